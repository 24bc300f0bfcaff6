"""The engine that moves pages on: steps that are due begin, tries that are due are made."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifiers.outbox import BELL as OUTBOX_BELL
from notifiers.paging.answers import view_of
from notifiers.paging.parts import BELL, Parts, apply, event_of, note
from notifiers.paging.plan import Plan
from notifiers.paging.steps import begin_next, make_due_tries
from notifiers.paging.tables import LIVE, PageContactRow, PageRow, PageState
from notifiers.paging.telling import show
from notifiers.paging.transitions import reopened
from notifiers.paging.who import duties_at
from shifts.service import RosterService
from store.claims import claim, release
from store.clock import Clock
from store.database import DATABASE_AWAY, Database
from store.wakeup import Bell

log = logging.getLogger(__name__)

POLL = 1.0  # s between looks when nobody rings: other replicas do not ring here
TERM = timedelta(seconds=10)
BREATH = 1.0  # s after something went wrong


class PagingEngine:
    """Moves the pages of a database on.

    Promises: a step begins once, and each try it wrote down is owed to the outbox once, however many engines
    share the database and wherever one of them is killed: each move is one transaction that holds the page,
    and nothing leaves the desk but through the outbox. A page that makes trouble does not stop the others.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        parts: Parts,
        *,
        owner: str,
        bell: Bell | None = None,
        observe: Callable[[timedelta], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._parts = parts
        self._rosters = RosterService(database, clock)
        self._owner = owner
        self._bell = bell or Bell(clock)
        self._observe = observe
        self._set_aside: dict[int, datetime] = {}
        self.last_round: datetime | None = None
        """When the engine last looked at everything and came to an end: what the dead man's switch asks."""

    async def run(self) -> None:
        """Move pages on until cancelled."""
        while True:
            try:
                await self.settle()
            except DATABASE_AWAY as error:
                log.warning("pages wait, the database is away: %s", type(error).__name__)
                await self._clock.sleep(BREATH)
                continue
            await self._bell.wait(BELL, POLL)

    async def settle(self) -> int:
        """Do everything that is due now; says how many moves were made."""
        moved = 0
        while await self.step():
            moved += 1
        self.last_round = self._clock.now()
        return moved

    async def step(self) -> bool:
        """One move of one page; False where none is due."""
        now = self._clock.now()
        async with self._database.read() as session:
            if await session.scalar(select(PageRow.id).where(self._due(now)).limit(1)) is None:
                return False
        page_id: int | None = None
        try:
            async with self._database.write() as session:
                rows = await claim(
                    session,
                    PageRow,
                    where=self._due(now),
                    order_by=(PageRow.next_due, PageRow.id),
                    limit=1,
                    owner=self._owner,
                    now=now,
                    until=now + TERM,
                )
                if not rows:
                    return False  # another replica has it
                page_id = rows[0].id
                await self._move(session, rows[0], now)
                release(rows[0])
        except DATABASE_AWAY:
            raise
        except Exception:
            log.exception("page %s could not be moved on; the others are", page_id)
            if page_id is None:
                raise
            self._set_aside[page_id] = now + timedelta(seconds=30)
            return True
        self._bell.ring(OUTBOX_BELL)
        return True

    def _due(self, now: datetime) -> ColumnElement[bool]:
        waiting = exists().where(
            PageContactRow.page_id == PageRow.id, PageContactRow.done.is_(None), PageContactRow.due <= now
        )
        due = or_(
            and_(PageRow.state.in_(LIVE), PageRow.next_due <= now),
            and_(PageRow.state == PageState.OPEN.value, waiting),
        )
        aside = [page for page, until in self._set_aside.items() if until > now]
        return and_(due, PageRow.id.not_in(aside)) if aside else due

    async def _move(self, session: AsyncSession, row: PageRow, now: datetime) -> None:
        duties = await duties_at(self._rosters, now)
        if row.next_due is not None and row.next_due <= now:
            await self._wake_up(session, row, now)
            if row.state == PageState.OPEN.value:
                first = row.step == 0
                await begin_next(session, row, duties, self._parts, now)
                if first and self._observe is not None:
                    self._observe(now - row.opened)
        await session.flush()
        if row.state == PageState.OPEN.value:
            await make_due_tries(session, row, duties, self._parts, now)

    async def _wake_up(self, session: AsyncSession, row: PageRow, now: datetime) -> None:
        """What happens before the next step of a page that somebody had: it is nobody's again, or closed."""
        match PageState(row.state):
            case PageState.SNOOZED:
                again = reopened(view_of(row), now)
                apply(row, replace(again, step=max(0, again.step - 1)))
                await note(session, row, "snooze over", now)
            case PageState.ACKNOWLEDGED if Plan.from_dict(row.plan).reopen_after is not None:
                holder = row.holder
                apply(row, replace(reopened(view_of(row), now), step=0))
                await note(session, row, "reopened", now, holder)
            case PageState.ACKNOWLEDGED:
                row.state, row.closed, row.next_due = PageState.RESOLVED.value, now, None
                await note(session, row, "closed", now)
                await show(session, row, await event_of(session, row, self._parts), now)
            case _:
                pass
