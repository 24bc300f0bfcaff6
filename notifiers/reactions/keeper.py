"""Questions that nobody answered in time say so."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from events.tables import EventRow
from notifiers import outbox
from notifiers.reactions.tables import ReactionRow, ReactionState
from notifiers.reactions.telling import Places, show
from store.clock import Clock
from store.database import DATABASE_AWAY, Database
from store.wakeup import Bell

log = logging.getLogger(__name__)

BELL = "reactions"
LOOK_AGAIN = 30.0  # s
AT_ONCE = 50


class ReactionKeeper:
    """Closes what nobody answered.

    Promises: a question that has expired starts nothing any more and says so where it was asked, also where
    no process ran when its time came.
    """

    def __init__(self, database: Database, clock: Clock, places: Places, *, bell: Bell) -> None:
        self._database = database
        self._clock = clock
        self._places = places
        self._bell = bell

    async def run(self) -> None:
        """Look for ever."""
        while True:
            try:
                if await self.step():
                    self._bell.ring(outbox.BELL)
            except DATABASE_AWAY as error:
                log.warning("questions of reactions wait: the database is away (%s)", type(error).__name__)
            await self._bell.wait(BELL, LOOK_AGAIN)

    async def step(self) -> int:
        """Close what has expired; says how many."""
        async with self._database.write() as session:
            return await close_expired(session, self._clock.now(), self._places)


async def close_expired(session: AsyncSession, now: datetime, places: Places) -> int:
    """Close the questions whose time is over, and let their cards say so; in the caller's transaction."""
    rows = await session.scalars(
        select(ReactionRow)
        .where(ReactionRow.state == ReactionState.ASKED.value, ReactionRow.expires <= now)
        .order_by(ReactionRow.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    due = rows.all()
    for row in due:
        row.state = ReactionState.EXPIRED.value
        name = await session.scalar(select(EventRow.name).where(EventRow.id == row.event_id))
        await show(session, row, name or row.event, places, now)
    return len(due)
