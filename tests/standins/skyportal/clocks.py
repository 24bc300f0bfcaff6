"""A clock whose sleepers do not wait: what a client slept is noted and the time passes."""

from __future__ import annotations

import asyncio
from datetime import datetime

from store.clock import ManualClock


class HurriedClock(ManualClock):
    """`slept` is the sum of what was waited for."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self.slept = 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept += max(0.0, seconds)
        self._move(max(0.0, seconds))
        await asyncio.sleep(0)
