"""Tasks that must not end: begun again, after longer and longer pauses, without touching each other."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

import pytest

from bot.supervision import Supervisor


class PatientClock:
    """Remembers for how long it was asked to sleep, and lets no time pass but what it is given."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self.elapsed = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 20, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.elapsed

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if len(self.pauses) >= 9:
            await asyncio.Event().wait()
        await asyncio.sleep(0)


async def _until(condition: object) -> None:
    assert callable(condition)
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


async def test_a_task_that_fails_is_begun_again_after_pauses_that_double(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = PatientClock()
    supervisor = Supervisor(clock)

    async def fail() -> None:
        raise RuntimeError("broken")

    with caplog.at_level(logging.CRITICAL):
        supervisor.start("fails", fail)
        await _until(lambda: len(clock.pauses) == 9)
    assert clock.pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    state = supervisor.states["fails"]
    assert (state.running, state.restarts, state.error) == (False, 9, "RuntimeError: broken")
    await supervisor.stop()


async def test_a_task_that_ran_for_long_starts_over_with_the_shortest_pause() -> None:
    clock = PatientClock()
    supervisor = Supervisor(clock)

    async def run_long() -> None:
        clock.elapsed += 100.0

    supervisor.start("long", run_long)
    await _until(lambda: len(clock.pauses) == 3)
    assert clock.pauses[:3] == [0.5, 0.5, 0.5]
    assert supervisor.states["long"].error == "ended by itself"
    await supervisor.stop()


async def test_one_that_fails_does_not_touch_another_and_stopping_waits_for_both() -> None:
    clock = PatientClock()
    supervisor = Supervisor(clock)
    tidied = []

    async def serve() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            tidied.append("served")

    async def fail() -> None:
        raise RuntimeError("broken")

    supervisor.start("serves", serve)
    supervisor.start("fails", fail)
    await _until(lambda: len(clock.pauses) >= 2)
    assert supervisor.states["serves"].running
    await supervisor.stop()
    assert tidied == ["served"]
