"""The daily self-test: mock superevents go the whole way every day, and nobody is told of any."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.drills import begin_drill
from cards.card import Card
from cards.desk_card import self_test_missing_card, self_test_slow_card
from cards.reader import Reader
from notifiers.paging.tables import DrillRow, SelfTestRow
from store.clock import Clock
from store.database import Database
from store.leases import Lease
from store.upsert import insert

log = logging.getLogger(__name__)

EVERY = 600.0  # s between looks
TERM = 1500.0  # s
DAY = timedelta(hours=24)
ALLOWANCE = timedelta(minutes=10)
"""How long our own mock event may take to come through before somebody is told that it did not."""
SLOW = timedelta(seconds=60)

Warn = Callable[[Callable[[Reader], Card], str], Awaitable[None]]


async def record_self_test(session: AsyncSession, seconds: float, now: datetime) -> None:
    """Note that a mock superevent came through, and how long it took from its arrival to its card."""
    day = now.date().isoformat()
    made = insert(session, SelfTestRow).values(day=day, events=0, slowest=0.0, last=now)
    await session.execute(made.on_conflict_do_nothing())
    row = await session.get_one(SelfTestRow, day, with_for_update=True, populate_existing=True)
    row.events += 1
    row.slowest, row.last = max(row.slowest, seconds), max(row.last, now)


class SelfTest:
    """Sees that a mock superevent goes the whole way every day; one process of all replicas does.

    GCN sends them every hour where its gravitational-wave topic is read. Where none came for a day, the desk
    sends itself one; where that does not come through in ten minutes, or one was slow, `warn` is called, once
    a day.
    """

    def __init__(self, database: Database, clock: Clock, owner: str, warn: Warn) -> None:
        self._database = database
        self._clock = clock
        self._lease = Lease(database, clock, "self-test", owner, TERM)
        self._warn = warn

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self.step()
            await self._clock.sleep(EVERY)

    async def step(self) -> None:
        """One look."""
        if not await self._lease.acquire():
            return
        now = self._clock.now()
        async with self._database.read() as session:
            last = await session.scalar(select(func.max(SelfTestRow.last)))
            asked = await session.scalar(select(func.max(DrillRow.asked)).where(DrillRow.self_test))
            newest = await session.get(SelfTestRow, last.date().isoformat()) if last is not None else None
        if newest is not None and newest.slowest > SLOW.total_seconds():
            took = timedelta(seconds=newest.slowest)
            await self._warn(
                lambda reader: self_test_slow_card(took, SLOW, reader), f"self-test slow {newest.day}"
            )
        if last is not None and now - last < DAY:
            return
        if asked is None or now - asked >= DAY:
            await begin_drill(self._database, self._clock, silent=True, self_test=True, by="nightdesk")
        elif (last is None or last < asked) and now - asked >= ALLOWANCE:
            log.warning("no mock superevent has gone the whole way since %s", last or "the beginning")
            key = f"self-test missing {now:%Y-%m-%d}"
            await self._warn(lambda reader: self_test_missing_card(last, reader), key)
