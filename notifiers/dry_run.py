"""What a rule would have told somebody: past events played again as they came, notice by notice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from events.loading import load_states
from events.search import EventFilter, filtered
from events.service import is_retracted
from events.state import EventState, RevisionState
from notifiers.duties import duties_at
from notifiers.routes import Route, Tell
from notifiers.ruling import Ruling, ruling
from shifts.people_file import Person
from shifts.standing import standing_of

MOST_EVENTS = 2000
"""How far back a dry run looks at most, however long the time."""

EVENTS_AT_ONCE = 100


class Would(StrEnum):
    """What would have happened."""

    TOLD = "told"
    WOKEN = "woken"  # told at once in quiet hours
    HELD = "held"  # in the morning's digest
    DROPPED = "dropped"


@dataclass(frozen=True)
class Occasion:
    """One time a rule would have had something to say. `first`: the first of this event."""

    at: datetime
    event: str
    name: str
    first: bool
    would: Would


@dataclass(frozen=True)
class DryRun:
    """What a rule would have done between two instants, in order; `events` were looked at."""

    since: datetime
    until: datetime
    events: int
    occasions: tuple[Occasion, ...]

    def count(self, *kinds: Would) -> int:
        """How many times one of these would have happened."""
        return sum(occasion.would in kinds for occasion in self.occasions)


async def dry_run(
    session: AsyncSession, route: Route, person: Person, since: datetime, until: datetime
) -> DryRun:
    """What `route` would have told `person` of the desk's events between two instants.

    As they stand now: quiet hours, leave and the rosters' history of who was on shift; mutes and limits on
    how many are told at once are left out. Numbers of sky maps are taken as known when their notice came.
    """
    ids = await filtered(session, EventFilter(since=since, until=until, limit=MOST_EVENTS))
    found: list[Occasion] = []
    for start in range(0, len(ids), EVENTS_AT_ONCE):
        for state in await load_states(session, ids[start : start + EVENTS_AT_ONCE]):
            for at, first, told_state in _occasions(route, state):
                if since <= at <= until:
                    would = await _would(session, route, person, at)
                    found.append(Occasion(at, told_state.event, told_state.name, first, would))
    return DryRun(since, until, len(ids), tuple(sorted(found, key=lambda each: (each.at, each.event))))


def as_it_was(state: EventState) -> Iterator[EventState]:
    """The event after each of its notices, in the order in which they came."""
    for arrived in sorted({revision.arrived for revision in state.revisions}):
        there = [revision for revision in state.revisions if revision.arrived <= arrived]
        numbered = tuple(replace(revision, number=n) for n, revision in enumerate(there, start=1))
        then = replace(state, revisions=numbered)
        yield replace(then, retracted=is_retracted(then), role=then.described.notice.role)


def _occasions(route: Route, state: EventState) -> Iterable[tuple[datetime, bool, EventState]]:
    told: RevisionState | None = None
    for then in as_it_was(state):
        at = max(revision.arrived for revision in then.revisions)
        wants = route.wants(then, at) if told is None else route.wants_more(then, at, told)
        if wants:
            yield at, told is None, then
            told = then.newest


async def _would(session: AsyncSession, route: Route, person: Person, at: datetime) -> Would:
    duties = await duties_at(session, at)
    away = duties.absences.get(person.name, ())
    standing = standing_of(person, at, on_shift=person.name in duties.on_shift, absences=away)
    verdict = ruling(route.urgency, standing, route.wakes, route.wakes and route.owner == person.name)
    if verdict is Ruling.DROP:
        return Would.DROPPED
    if verdict is Ruling.HOLD or route.tell is Tell.DIGEST:
        return Would.HELD
    return Would.WOKEN if standing.quiet else Would.TOLD
