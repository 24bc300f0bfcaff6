"""Pacing on a clock that moves when told."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from notifiers.channels.base import Pace
from notifiers.pacing import Pacer
from store.clock import ManualClock

START = datetime(2026, 11, 20, tzinfo=UTC)


async def test_one_a_second_means_one_a_second() -> None:
    clock = ManualClock(START)
    pacer = Pacer(clock, Pace(every=1.0))
    assert pacer.wait_for() == 0.0
    pacer.take()
    assert 0.99 < pacer.wait_for() <= 1.0
    await clock.advance(0.5)
    assert 0.49 < pacer.wait_for() <= 0.5
    await clock.advance(0.5)
    assert pacer.wait_for() == 0.0


async def test_a_pause_that_was_asked_for_is_kept_to_its_end() -> None:
    clock = ManualClock(START)
    pacer = Pacer(clock, Pace())
    pacer.hold(30.0)
    pacer.hold(5.0)  # a shorter one does not shorten it
    assert pacer.wait_for() == 30.0
    await clock.advance(30.0)
    assert pacer.wait_for() == 0.0


def test_no_pace_is_no_wait() -> None:
    pacer = Pacer(ManualClock(START), Pace())
    for _ in range(1000):
        assert pacer.wait_for() == 0.0
        pacer.take()


@given(
    steps=st.lists(st.floats(0.0, 3.0), min_size=1, max_size=60),
    every=st.sampled_from([0.1, 0.5, 1.0]),
    burst=st.integers(1, 4),
)
@settings(max_examples=60, deadline=None)
async def test_no_stretch_of_time_holds_more_than_its_share(
    steps: list[float], every: float, burst: int
) -> None:
    """Counted over every pair of messages, not by the bucket's own arithmetic."""
    clock = ManualClock(START)
    pacer = Pacer(clock, Pace(every, burst))
    passed: list[float] = []
    for step in steps:
        while pacer.wait_for() == 0.0:
            pacer.take()
            passed.append(clock.monotonic())
        await clock.advance(step)
    for i, begin in enumerate(passed):
        for j in range(i, len(passed)):
            assert j - i + 1 <= burst + (passed[j] - begin) / every + 1e-6
