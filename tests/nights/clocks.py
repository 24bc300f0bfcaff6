"""Clocks that a night may have: real time passes on all of them, the hour they show is another matter."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta

from store.clock import SystemClock


class SteppedClock(SystemClock):
    """The machine's clock, set forward and back while the hub runs (NTP, a resumed laptop, a person)."""

    def __init__(self) -> None:
        self._off = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self._off

    def step(self, by: timedelta) -> None:
        self._off += by


class StoppedClock(SystemClock):
    """Always shows the same instant, so that two desks say the same words."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at


class HurryingClock(SystemClock):
    """Runs `speed` times as fast as the machine's, in each process that is handed it; it showed `start` then.

    `began` is when, by the machine's clock (s).
    """

    def __init__(self, start: str, began: float, speed: float) -> None:
        self._start, self._began, self._speed = start, began, speed

    def to_json(self) -> list[object]:
        """What another process makes the same clock of."""
        return [self._start, self._began, self._speed]

    def now(self) -> datetime:
        passed = (time.time() - self._began) * self._speed
        return datetime.fromisoformat(self._start) + timedelta(seconds=passed)

    def monotonic(self) -> float:
        return time.monotonic() * self._speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)
