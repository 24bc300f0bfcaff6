"""Alarm clocks for loops: APScheduler wakes them, the tables say what is due.

A wake-up is one instant of UTC. Late, doubled or lost it does no harm: the loops also look by themselves.
"""

from __future__ import annotations

import contextlib
from datetime import datetime

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from store.wakeup import Bell

LATEST = 3600
"""Seconds after which a wake-up that was missed (a laptop that slept) is not made up for."""


class Wakeups:
    """Rings bells at instants. One instant for each bell: the last that was set."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._scheduler = AsyncIOScheduler(timezone="UTC")

    def start(self) -> None:
        """Begin to ring. Inside the event loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Ring no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def set(self, bell: str, at: datetime | None) -> None:
        """Ring `bell` at an instant; None: not any more."""
        if not self._scheduler.running:
            return
        if at is None:
            with contextlib.suppress(JobLookupError):
                self._scheduler.remove_job(bell)
            return
        self._scheduler.add_job(
            self._ring,
            DateTrigger(run_date=at, timezone="UTC"),
            args=[bell],
            id=bell,
            replace_existing=True,
            misfire_grace_time=LATEST,
            coalesce=True,
        )

    async def _ring(self, bell: str) -> None:
        # A coroutine runs on the loop itself: bells are for its thread only.
        self._bell.ring(bell)
