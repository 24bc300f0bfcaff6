"""An event here and the same event there: by alias, exactly, and by its time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

from events.state import EventState
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.instants import naive
from platforms.skyportal.plan_answers import objects
from platforms.skyportal.reading import Incoming, Utc, parsed, rows
from platforms.skyportal.refusals import SkyPortalError

SAME_SECOND = timedelta(seconds=2)  # it rounds to 1 s
MOVED = timedelta(seconds=60)  # a superevent's time may move as better triggers come
SUPEREVENT = re.compile(r"^(?:LVC|LVK|IGWN)#(.+)$", re.IGNORECASE)
PER_PAGE = 50


@dataclass(frozen=True)
class EventIdentity:
    """What tells an event from all others. `names` are all it has, as people write them."""

    event: str  # MISSION:ID
    names: tuple[str, ...]
    trigger_time: datetime | None

    @property
    def mission(self) -> str:
        return self.event.partition(":")[0]

    @property
    def name(self) -> str:
        return self.names[0] if self.names else self.event

    def has(self, alias: str) -> bool:
        """Whether an alias there is exactly one of the names; `LVC#S261001ab` is not `S261001a`."""
        word = alias.rpartition("#")[2].strip().casefold()
        return word in {each.casefold() for each in self.names}

    def to_json(self) -> dict[str, Any]:
        at = self.trigger_time
        return {
            "event": self.event,
            "names": list(self.names),
            "trigger_time": None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> EventIdentity:
        at = value.get("trigger_time")
        when = datetime.fromisoformat(at) if at else None
        return cls(value["event"], tuple(value["names"]), when)


def identity_of(state: EventState) -> EventIdentity:
    """The identity of an event here."""
    key = state.event.partition(":")[2]
    aliases = [each.rpartition(":")[2] for each in state.aliases]
    names = tuple(dict.fromkeys(each for each in (state.name, key, *aliases) if each))
    return EventIdentity(state.event, names, state.trigger_time)


class PortalNotice(Incoming):
    """A notice it holds of an event. `date` is when it was sent."""

    id: int
    ivorn: str = ""
    date: Utc | None = None


class Localization(Incoming):
    """One sky map it holds of an event."""

    id: int
    localization_name: str
    created_at: Utc | None = None
    notice_id: int | None = None


class PortalEvent(Incoming):
    """An event there. `dateobs` is its name in most addresses, `id` in others (comments)."""

    id: int
    dateobs: str
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    trigger_id: str | None = None
    event_users_ids: tuple[int, ...] | None = None
    gcn_notices: Annotated[tuple[PortalNotice, ...], BeforeValidator(objects)] = ()
    localizations: Annotated[tuple[Localization, ...], BeforeValidator(objects)] = ()

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.dateobs).replace(tzinfo=UTC)

    def page(self, portal: SkyPortal) -> str:
        """Its page, for people."""
        return portal.page(f"gcn_events/{self.dateobs}")

    def map_of(self, identity: EventIdentity) -> Localization | None:
        """The newest sky map that is the event's own: a merged event's maps lie beside it."""
        own = [
            each
            for each in self.localizations
            if (owner := _superevent(each.localization_name)) is None or identity.has(owner)
        ]
        oldest = datetime.min.replace(tzinfo=UTC)
        return max(own, key=lambda each: (each.created_at or oldest, each.id), default=None)


async def search_events(
    portal: SkyPortal, query: Mapping[str, str | int | bool], *, token: str | None = None
) -> tuple[PortalEvent, ...]:
    """Events of the list, which is 1.3 kB for each; the single answer is megabytes of pixels."""
    limits = {"numPerPage": PER_PAGE, "excludeNoticeContent": True}
    found = await portal.call(
        "GET", "/api/gcn_event", query={**query, **limits}, token=token, asked="look the event up"
    )
    return tuple(parsed(portal, PortalEvent, each, "an event") for each in rows(found, "events"))


async def find_event(
    portal: SkyPortal, identity: EventIdentity, *, token: str | None = None
) -> PortalEvent | None:
    """The event there, or None.

    By alias first, where only the whole name counts: the server's own search finds S261001ab for S261001a.
    Raises SkyPortalError where it was merged there into an event that is another one.
    """
    for name in identity.names[:4]:
        near = await search_events(portal, {"partialdateobs": name}, token=token)
        named = [each for each in near if any(identity.has(alias) for alias in each.aliases)]
        for each in named:
            if _is_it(each, identity):
                return each
        if named:
            merged = ", ".join(named[0].aliases)
            raise SkyPortalError(
                f"{portal.name} has {identity.name} as an alias of another event, {named[0].dateobs}"
                f" ({merged}): they were merged there by mistake",
                advice=f"take the alias away on {portal.name}, then mirror the event",
            )
    if identity.trigger_time is None:
        return None
    window = {
        "startDate": naive(identity.trigger_time - SAME_SECOND),
        "endDate": naive(identity.trigger_time + SAME_SECOND),
    }
    at_that_time = [
        each for each in await search_events(portal, window, token=token) if _unclaimed(each, identity)
    ]
    when = identity.trigger_time
    return min(at_that_time, key=lambda each: abs(each.at - when), default=None)


def would_merge(near: Sequence[PortalEvent], identity: EventIdentity) -> PortalEvent | None:
    """The event that a notice would be attached to by mistake: one whose alias only contains the name."""
    for each in near:
        for alias in each.aliases:
            inside = any(name.casefold() in alias.casefold() for name in identity.names)
            if inside and not identity.has(alias):
                return each
    return None


def _is_it(found: PortalEvent, identity: EventIdentity) -> bool:
    if identity.trigger_time is None:
        return True
    others = [each for each in found.aliases if SUPEREVENT.match(each) and not identity.has(each)]
    allowed = SAME_SECOND if others else MOVED
    return abs(found.at - identity.trigger_time) <= allowed


def _unclaimed(found: PortalEvent, identity: EventIdentity) -> bool:
    """At the same second, and nothing says that it is another event."""
    gravitational = [each for each in found.aliases if SUPEREVENT.match(each)]
    if gravitational or "GW" in found.tags:
        return identity.mission == "LVK" and not gravitational
    return identity.mission != "LVK" or not found.aliases


def _superevent(map_name: str) -> str | None:
    found = re.match(r"^([MT]?S\d{6}[a-z]+)(?:[-_.]|$)", map_name)
    return found[1] if found else None
