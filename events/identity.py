"""Which event a notice is about: exact, namespaced by mission, never by time or likeness."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from gcn.notice import AlertType, Notice

LONGEST_KEY = 200
"""Longer identities do not exist; what claims one is broken or hostile and gets an event of its own."""

_FURTHEST_AHEAD = timedelta(days=1)
_PROPER_NAME = re.compile(r"(GRB|GW|EP|IC|AT|SN|FRB|KM3|HESE|EHE)[ -]?\d{6}", re.IGNORECASE)
_ORDER_OF_TYPES = (
    AlertType.EARLY_WARNING,
    AlertType.SUBTHRESHOLD,
    AlertType.PRELIMINARY,
    AlertType.OTHER,
    AlertType.INITIAL,
    AlertType.UPDATE,
    AlertType.FINAL,
    AlertType.RETRACTION,
)


def event_key(notice: Notice) -> str | None:
    """`MISSION:ID` as the notice states it, or None where it names no event (or none that could be)."""
    key = notice.event
    if key is None or len(key) > LONGEST_KEY or not key.isprintable():
        return None
    mission, colon, identifier = key.partition(":")
    return key if mission and colon and identifier else None


def identities(notice: Notice) -> tuple[str, ...]:
    """The further `MISSION:ID` among a notice's aliases: other ids by which its event is sent elsewhere."""
    found = (alias for alias in notice.aliases if len(alias) <= LONGEST_KEY and alias.isprintable())
    return tuple(alias for alias in found if all(alias.partition(":")))


def own_key(notice: Notice, content_hash: str) -> str:
    """The key of a notice that names no event: its mission and the first 12 digits of its content hash.

    So the same content always is the same event, and two contents never are one.
    """
    return f"{notice.mission[:100] or 'unknown'}:{content_hash[:12]}"


def folded(name: str) -> str:
    """A name as it is compared: letter case and white space aside (`GRB 240112A` is `grb240112a`)."""
    return "".join(name.casefold().split())


def event_name(key: str, aliases: Iterable[str]) -> str:
    """How people call an event: its GRB, EP, IC… name if it has one, else its own id.

    A superevent keeps its id. An id of digits alone is said with its mission: `Fermi 745811685`.
    """
    mission, _, identifier = key.partition(":")
    if mission != "LVK":
        for alias in aliases:
            if _PROPER_NAME.match(alias):
                return alias
    return identifier if identifier[:1].isalpha() else f"{mission} {identifier}"


def said_at(notice: Notice, arrived: datetime) -> datetime:
    """When a notice was said: its issue time, else its arrival.

    An issue time more than a day ahead of its own arrival is a broken clock; taken at its word it
    would stand as the newest notice for ever.
    """
    if notice.issued is None or notice.issued > arrived + _FURTHEST_AHEAD:
        return arrived
    return notice.issued


def order(said: datetime, alert_type: str, content_hash: str) -> tuple[datetime, int, str]:
    """Sort key of revisions: by what was said, never by arrival: a replay in any order tells one story.

    Notices of one second follow the course of an alert (preliminary before initial); the hash
    decides between what is left.
    """
    return said, _ORDER_OF_TYPES.index(AlertType(alert_type)), content_hash
