"""Keeps the rosters in the store ahead of time: one process of all replicas, while it holds the lease."""

from __future__ import annotations

import logging

from shifts.service import RosterService
from store.clock import Clock
from store.database import Database
from store.leases import Lease

log = logging.getLogger(__name__)

EVERY = 600.0  # s
TERM = 1500.0  # s; two rounds may fail before another process takes over


class RosterKeeper:
    """Settles the shifts that have passed and materialises those ahead, every ten minutes."""

    def __init__(self, database: Database, clock: Clock, owner: str) -> None:
        self._service = RosterService(database, clock)
        self._lease = Lease(database, clock, "rosters", owner, TERM)
        self._clock = clock

    async def run(self) -> None:
        """Keep them for ever."""
        while True:
            await self.step()
            await self._clock.sleep(EVERY)

    async def step(self) -> bool:
        """One round; False where another process keeps them."""
        if not await self._lease.acquire():
            return False
        for roster in await self._service.materialise():
            log.warning("roster %s: shifts moved though nobody edited it (new time-zone rules?)", roster)
        return True
