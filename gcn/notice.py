"""`Notice`: what one message says, whatever its format. The keys of `nightdesk notice --json`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from skymaps.shapes import Shape


class NoticeError(ValueError):
    """A message that cannot be read: what was read, where in it, and what was expected."""


class AlertType(StrEnum):
    """What a notice does to the story of its event."""

    EARLY_WARNING = "early_warning"
    PRELIMINARY = "preliminary"
    INITIAL = "initial"
    UPDATE = "update"
    FINAL = "final"
    RETRACTION = "retraction"
    SUBTHRESHOLD = "subthreshold"
    OTHER = "other"


class Role(StrEnum):
    """VOEvent's roles, plus `mock` for simulated and injected events. Only `observation` is the real sky."""

    OBSERVATION = "observation"
    TEST = "test"
    MOCK = "mock"
    UTILITY = "utility"
    PREDICTION = "prediction"


def rayleigh_sigma(radius: float, containment: float) -> float:
    """Gaussian width per axis of a circular error region, in the units of `radius`.

    Rayleigh: R_c = sigma sqrt(-2 ln(1 - c)); divisors 1.510 at 68 %, 2.146 at 90 %.
    """
    if not 0.0 < containment < 1.0:
        raise ValueError(f"containment must lie between 0 and 1, not {containment!r}")
    return radius / math.sqrt(-2.0 * math.log1p(-containment))


@dataclass(frozen=True)
class Position:
    """A sky position as sent, ICRS degrees. `sigma` is the Gaussian width per axis that follows."""

    ra: float
    dec: float
    radius: float | None = None
    containment: float | None = None
    systematic_included: bool | None = None
    sigma: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "ra": self.ra,
            "dec": self.dec,
            "radius": self.radius,
            "containment": self.containment,
            "systematic_included": self.systematic_included,
            "sigma": self.sigma,
        }


class MapSource(StrEnum):
    """Where the sky map of a notice is: inside it, behind a link, or to be drawn from a shape."""

    EMBEDDED = "embedded"
    URL = "url"
    SHAPE = "shape"


@dataclass(frozen=True)
class SkyMapRef:
    """The sky map a notice carries. `content` is the decoded FITS file of an embedded map."""

    source: MapSource
    url: str | None = None
    content: bytes | None = field(default=None, repr=False)
    shape: Shape | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "source": self.source.value,
            "url": self.url,
            "bytes": None if self.content is None else len(self.content),
        }


@dataclass(frozen=True)
class Coincidence:
    """What an alert itself claims about another messenger (`external_coinc` of `igwn.gwalert`)."""

    observatory: str | None = None
    search: str | None = None
    time_difference: float | None = None  # s
    time_far: float | None = None  # Hz
    space_time_far: float | None = None  # Hz
    combined_skymap: bytes | None = field(default=None, repr=False)  # FITS file

    def to_dict(self) -> dict[str, Any]:
        return {
            "observatory": self.observatory,
            "search": self.search,
            "time_difference": self.time_difference,
            "time_far": self.time_far,
            "space_time_far": self.space_time_far,
            "combined_skymap": self.combined_skymap is not None,
        }


@dataclass(frozen=True)
class Notice:
    """One message, read. Field by field as in the contract of `nightdesk notice --json`.

    `event` is `MISSION:ID`, exact and unique across missions, or None where the notice is about no
    event. `aliases` are further exact names of the same event. `gates` are the reasons why this
    notice must not page by default (empty: it may). `properties` are the sender's own further
    values, flat, by the sender's names.
    """

    format: str
    mission: str
    kind: str
    instrument: str | None = None
    event: str | None = None
    aliases: tuple[str, ...] = ()
    alert_type: AlertType = AlertType.OTHER
    role: Role = Role.OBSERVATION
    trigger_time: datetime | None = None
    issued: datetime | None = None
    significant: bool | None = None
    far: float | None = None  # Hz
    classification: Mapping[str, float] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    position: Position | None = None
    skymap: SkyMapRef | None = None
    coincidence: Coincidence | None = None
    tags: frozenset[str] = frozenset()
    links: Mapping[str, str] = field(default_factory=dict)
    gates: tuple[str, ...] = ()

    @property
    def retraction(self) -> bool:
        return self.alert_type is AlertType.RETRACTION

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of `nightdesk notice --json`: unknown is None, never 0 or empty text."""
        return {
            "format": self.format,
            "mission": self.mission,
            "instrument": self.instrument,
            "kind": self.kind,
            "event": self.event,
            "aliases": list(self.aliases),
            "alert_type": self.alert_type.value,
            "role": self.role.value,
            "trigger_time": iso(self.trigger_time),
            "issued": iso(self.issued),
            "significant": self.significant,
            "far": self.far,
            "classification": dict(self.classification),
            "properties": dict(self.properties),
            "position": self.position.to_dict() if self.position else None,
            "skymap": self.skymap.to_dict() if self.skymap else None,
            "coincidence": self.coincidence.to_dict() if self.coincidence else None,
            "tags": sorted(self.tags),
            "links": dict(self.links),
            "gates": list(self.gates),
        }


def iso(instant: datetime | None) -> str | None:
    """ISO 8601 UTC ending in `Z`, with fractions of a second only where there are any."""
    if instant is None:
        return None
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
