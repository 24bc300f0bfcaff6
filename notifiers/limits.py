"""How many first notices a reader gets before the rest is told together: throttles, families, backlogs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from events.state import EventState
from notifiers.subscription_tables import TellingRow, Why
from store.upsert import insert

HOUR = timedelta(hours=1)
STREAM_KEEPS = timedelta(days=14)
"""A notice older than what GCN's stream keeps comes from an archive that somebody plays: no backlog."""

KEEP_TELLINGS = timedelta(days=8)


class Group(StrEnum):
    """What a route gathers into one message after the first: events of one …"""

    MISSION = "mission"
    KIND = "kind"  # mission and notice type: a burst of sub-threshold triggers, say
    SOURCE = "source"  # events that are each other's coincidences
    ROUTE = "route"  # all that the route tells


@dataclass(frozen=True)
class Staleness:
    """When notices count as a backlog, as after an outage, and how many of them are told one by one.

    A notice that reaches a decision `after` its issue is stale. In `window` a reader is told `cards` stale
    events one by one; the rest is gathered for `gather` and told as one digest.
    """

    after: timedelta = timedelta(hours=1)
    cards: int = 3
    window: timedelta = timedelta(minutes=30)
    gather: timedelta = timedelta(minutes=5)

    def is_stale(self, state: EventState, now: datetime) -> bool:
        """Whether the newest notice comes late. One without a time of issue counts from its arrival."""
        newest = state.newest
        late = now - (newest.notice.issued or newest.arrived)
        return self.after < late <= STREAM_KEEPS


@dataclass(frozen=True)
class Limit:
    """At most `at_most` events of a `family` in `window`; the others wait until that has passed.

    `gather` shortens the wait to a fixed one.
    """

    family: str
    at_most: int
    window: timedelta
    why: Why = Why.MANY
    gather: timedelta | None = None


@dataclass
class Tellings:
    """What was told lately, by reader and family, and what is added to it by this decision."""

    now: datetime
    instants: dict[tuple[str, str], list[datetime]] = field(default_factory=lambda: defaultdict(list))
    added: list[dict[str, object]] = field(default_factory=list)

    def due(self, reader: str, limits: Iterable[Limit]) -> tuple[datetime, Why] | None:
        """When a reader may be told of one more, and why not now; None where that is now."""
        waits = [wait for limit in limits if (wait := self._wait(reader, limit)) is not None]
        return max(waits, key=lambda wait: wait[0], default=None)

    def count(self, reader: str, limits: Iterable[Limit], event: str) -> None:
        """Remember that a reader is told first of an event."""
        for limit in limits:
            self.instants[reader, limit.family].append(self.now)
            self.added.append({"reader": reader, "family": limit.family, "event": event, "at": self.now})

    def _wait(self, reader: str, limit: Limit) -> tuple[datetime, Why] | None:
        lately = [at for at in self.instants[reader, limit.family] if at > self.now - limit.window]
        if len(lately) < limit.at_most:
            return None
        free = sorted(lately)[-limit.at_most] + limit.window
        return (free if limit.gather is None else min(free, self.now + limit.gather)), limit.why


def limits_of(
    route: str, at_most: int | None, group: Group | None, group_for: timedelta, state: EventState
) -> tuple[Limit, ...]:
    """The limits of a route for an event."""
    limits = [] if at_most is None else [Limit(f"{route}|hour"[:300], at_most, HOUR)]
    if group is not None:
        limits.append(Limit(f"{route}|{group.value}|{_family(group, state)}"[:300], 1, group_for))
    return tuple(limits)


def backlog_limit(staleness: Staleness) -> Limit:
    """The limit for stale events, one for all routes."""
    return Limit("stale", staleness.cards, staleness.window, Why.BACKLOG, staleness.gather)


async def tellings(session: AsyncSession, limits: Sequence[Limit], now: datetime) -> Tellings:
    """What was told lately of the families of these limits."""
    found = Tellings(now)
    if not limits:
        return found
    longest = max(limit.window for limit in limits)
    families = sorted({limit.family for limit in limits})
    rows = await session.execute(
        select(TellingRow.reader, TellingRow.family, TellingRow.at).where(
            TellingRow.family.in_(families), TellingRow.at > now - longest
        )
    )
    for reader, family, at in rows:
        found.instants[reader, family].append(at)
    return found


async def write_tellings(session: AsyncSession, found: Tellings) -> None:
    """Write down what this decision told."""
    if found.added:
        await session.execute(insert(session, TellingRow), found.added)
        found.added.clear()


async def forget_tellings(session: AsyncSession, now: datetime) -> None:
    """Let go of what no limit looks at any more."""
    await session.execute(delete(TellingRow).where(TellingRow.at < now - KEEP_TELLINGS))


def _family(group: Group, state: EventState) -> str:
    match group:
        case Group.MISSION:
            return state.mission
        case Group.KIND:
            return f"{state.mission} {state.described.notice.kind}"
        case Group.SOURCE:
            companions = (a.event for a in state.associations if a.claimed_by_alert or a.overlap != 0.0)
            return min(state.event, *companions, state.event)
        case Group.ROUTE:
            return ""
