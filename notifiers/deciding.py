"""What every decision about an event looks at, read once: the words, what is held, what was told lately."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from cards.card import Card
from cards.change_note import change_note
from cards.event_card import event_card
from cards.reader import Reader
from events.state import EventState, RevisionState
from notifiers.held import HeldBook, held_of
from notifiers.limits import Limit, Staleness, Tellings, backlog_limit, tellings
from notifiers.mornings import USUAL_HOUR
from notifiers.routes import Route
from notifiers.verdicts import Verdicts


class Words(Protocol):
    """Who writes the cards, for one reader at a time."""

    def card(self, state: EventState, now: datetime, reader: Reader) -> Card: ...

    def change(self, before: RevisionState, after: RevisionState, reader: Reader) -> Card | None: ...


class PlainWords:
    """The cards of `cards/`, with nothing of the desk's own (people on shift, buttons) added."""

    def card(self, state: EventState, now: datetime, reader: Reader) -> Card:
        return event_card(state, now, reader)

    def change(self, before: RevisionState, after: RevisionState, reader: Reader) -> Card | None:
        return change_note(before, after, reader)


@dataclass(frozen=True)
class Habits:
    """What the desk does unless a route says otherwise: what is a backlog (None: nothing is), when the daily
    digest comes."""

    staleness: Staleness | None = None
    digest_at: time = USUAL_HOUR


@dataclass
class Deciding:
    """One decision about one event, and what it has to look at: asked for once, however many readers."""

    session: AsyncSession
    state: EventState
    before: RevisionState | None
    now: datetime
    words: Words
    habits: Habits
    held: HeldBook
    tellings: Tellings
    verdicts: Verdicts

    def revision(self, revision_id: int | None) -> RevisionState | None:
        """A revision of the event by its id."""
        return next((r for r in self.state.revisions if r.id == revision_id), None)

    def limits(self, routes: Iterable[Route]) -> tuple[Limit, ...]:
        """The limits that hold for an event that all these routes tell: none where one of them has none."""
        each = [route.limits(self.state) for route in routes]
        found = [] if not all(each) else [limit for limits in each for limit in limits]
        staleness = self.habits.staleness
        if staleness is not None and staleness.is_stale(self.state, self.now):
            found.append(backlog_limit(staleness))
        return tuple(dict.fromkeys(found))


async def begin_deciding(
    session: AsyncSession,
    state: EventState,
    before: RevisionState | None,
    routes: Sequence[Route],
    now: datetime,
    words: Words | None,
    habits: Habits,
) -> Deciding:
    """Read what a decision about an event needs whoever reads."""
    limits = [limit for route in routes for limit in route.limits(state)]
    if habits.staleness is not None and habits.staleness.is_stale(state, now):
        limits.append(backlog_limit(habits.staleness))
    return Deciding(
        session,
        state,
        before,
        now,
        words or PlainWords(),
        habits,
        await held_of(session, state, now),
        await tellings(session, limits, now),
        Verdicts(state, now),
    )


def fingerprint(state: EventState) -> str:
    """Of all that a card tells of an event: equal where nothing new is known."""
    facts = (
        state.newest.id,
        state.retracted,
        state.name,
        state.aliases,
        sorted(state.tags),
        state.associations,
        [
            (r.id, r.statistics, r.observability, r.analysis_error, r.combined, r.combined_observability)
            for r in state.revisions
        ],
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()
