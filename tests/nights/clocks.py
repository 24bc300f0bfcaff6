"""Clocks that a night may have: real time passes on all of them, the hour they show is another matter."""

from __future__ import annotations

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
