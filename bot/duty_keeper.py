"""Keeps what follows from rosters up to date: offers that end, news that will be due, cover that lacks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from notifiers.roster_news import BELL
from shifts.cover_watch import CoverWatch
from shifts.duty_plan import Dusk, DutyPlanner
from shifts.swaps import SwapService
from store.clock import Clock
from store.database import Database
from store.leases import Lease
from store.wakeup import Bell

log = logging.getLogger(__name__)

EVERY = 60.0  # s; an edit made by another process is planned after so long at most
COVER_EVERY = 600.0  # s
TERM = 300.0  # s


class DutyKeeper:
    """Looks after the duty of all rosters every minute: one process of all replicas, while it has the lease.

    `wake` is told when the next piece of news is due.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        owner: str,
        bell: Bell,
        dusk: Dusk | None = None,
        wake: Callable[[datetime | None], None] | None = None,
    ) -> None:
        self._swaps = SwapService(database, clock)
        self._planner = DutyPlanner(database, clock, dusk)
        self._cover = CoverWatch(database, clock)
        self._lease = Lease(database, clock, "duty", owner, TERM)
        self._clock = clock
        self._bell = bell
        self._wake = wake
        self._looked: float | None = None

    async def run(self) -> None:
        """Keep it for ever."""
        while True:
            await self.step()
            await self._clock.sleep(EVERY)

    async def step(self) -> bool:
        """One round; False where another process keeps it."""
        if not await self._lease.acquire():
            return False
        await self._swaps.expire()
        due = await self._planner.plan()
        monotonic = self._clock.monotonic()
        if self._looked is None or monotonic - self._looked >= COVER_EVERY:
            await self._cover.look()
            self._looked = monotonic
        if due is not None and due <= self._clock.now():
            self._bell.ring(BELL)
        elif self._wake is not None:
            self._wake(due)
        return True
