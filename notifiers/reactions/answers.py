"""What people answer to a reaction: go or no, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from events.state import EventState
from notifiers.reactions.decide import begin_row
from notifiers.reactions.starting import Starts
from notifiers.reactions.tables import ReactionRow, ReactionState
from notifiers.reactions.telling import Places, show


class Answered(StrEnum):
    """What an answer came to."""

    STARTED = "started"
    DECLINED = "declined"
    SETTLED = "settled"  # it was answered, or closed, before
    EXPIRED = "expired"


@dataclass(frozen=True)
class Outcome:
    """What an answer came to, and how the reaction stands now."""

    came: Answered
    row: ReactionRow


async def reaction_row(session: AsyncSession, number: int) -> ReactionRow | None:
    """The reaction, locked until the transaction ends."""
    row: ReactionRow | None = await session.get(
        ReactionRow, number, with_for_update=True, populate_existing=True
    )
    return row


async def answer(
    session: AsyncSession,
    row: ReactionRow,
    state: EventState,
    *,
    go: bool,
    person: str,
    via: str,
    now: datetime,
    starts: Starts,
    places: Places,
) -> Outcome:
    """Start it or let it be, in the caller's transaction, with the row locked; ring the outbox's bell after.

    Of two who answer one settles it, and what is started is started in that transaction.
    """
    if row.state == ReactionState.EXPIRED.value:
        return Outcome(Answered.EXPIRED, row)
    if row.state != ReactionState.ASKED.value:
        return Outcome(Answered.SETTLED, row)
    if row.expires is not None and now >= row.expires:
        row.state = ReactionState.EXPIRED.value
        await show(session, row, state.name, places, now)
        return Outcome(Answered.EXPIRED, row)
    row.answered_by, row.via, row.answered = person, via, now
    if go:
        row.state = ReactionState.STARTED.value
        await begin_row(session, state, row, person, starts)
    else:
        row.state = ReactionState.DECLINED.value
    await show(session, row, state.name, places, now)
    return Outcome(Answered.STARTED if go else Answered.DECLINED, row)
