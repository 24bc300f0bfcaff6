"""`Kind`: how one GCN Schema notice departs from the core vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gcn.formats.schema_fields import Fields
from gcn.formats.schema_localization import ErrorModel, Localization, read_localization
from gcn.localisation import RADIUS_MEANING
from gcn.notice import AlertType, Notice


def _ids(fields: Fields) -> tuple[str, ...]:
    return fields.names("id")


def _names(fields: Fields) -> tuple[str, ...]:
    return fields.names("event_name")


def no_names(_: Fields) -> tuple[str, ...]:
    return ()


def _as_read(_: Fields, notice: Notice) -> Notice:
    return notice


def meaning(radius: str) -> Callable[[Fields], Localization]:
    """The reading of a position whose mission says elsewhere whether systematics are in its radius."""
    row = RADIUS_MEANING.get(radius)
    model = ErrorModel(row.systematic_included if row else None)
    return lambda fields: read_localization(fields, model)


@dataclass(frozen=True)
class Kind:
    """One schema: who sends it, what they call it, and how it departs from the core vocabulary.

    `title` is the schema's own. `instrument` and `alert_type` stand where the notice is silent.
    `identifiers` are the mission's ids of the event, the one that keys it first; `names` are names
    of this one event (never of its source, which bursts again). `tags` say what it is a notice of.
    """

    mission: str
    title: str
    instrument: str | None = None
    alert_type: AlertType = AlertType.OTHER
    identifiers: Callable[[Fields], tuple[str, ...]] = _ids
    names: Callable[[Fields], tuple[str, ...]] = _names
    localize: Callable[[Fields], Localization] = read_localization
    finish: Callable[[Fields, Notice], Notice] = _as_read
    tags: frozenset[str] = frozenset()
