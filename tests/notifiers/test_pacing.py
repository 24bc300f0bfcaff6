"""Pacing on a clock that moves when told."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from notifiers.channels.base import ChannelConfig, Pace, TryAgain, TryLater
from notifiers.channels.slack import SlackChannel
from notifiers.channels.slack_workspace import SlackWorkspace
from notifiers.pacing import LONGEST_BREATHER, Pacer, Traffic
from notifiers.tables import Kind
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


# --- a provider and its destinations

SLACK = SlackChannel(ChannelConfig("gw", "slack", "C0000000001"), SlackWorkspace("xoxb-test"))


async def traffic_of(*destinations: str, shared: bool = True) -> Traffic:
    """A provider without a pace of its own, one message to each destination sent a second ago."""
    clock = ManualClock(START)
    traffic = Traffic(clock, Pace(), shared=shared)
    for destination in destinations:
        traffic.take(destination, Kind.POST, SLACK)
    await clock.advance(1.0)
    return traffic


def waits(traffic: Traffic, *destinations: str) -> list[float]:
    return [traffic.wait_for(destination, Kind.POST) for destination in destinations]


async def test_a_refusal_pauses_the_destination_that_was_refused() -> None:
    traffic = await traffic_of("a", "b")
    traffic.failed("a", TryLater("slower", 30.0))
    assert waits(traffic, "a", "b") == [30.0, 0.0]


async def test_a_refusal_of_a_second_destination_meanwhile_pauses_the_provider() -> None:
    traffic = await traffic_of("a", "b", "c")
    traffic.failed("a", TryLater("slower", 30.0))
    traffic.failed("b", TryLater("slower", 20.0))
    assert waits(traffic, "a", "b", "c") == [30.0, 20.0, 20.0]


async def test_a_provider_that_means_everybody_is_left_alone_by_everybody() -> None:
    traffic = await traffic_of("a", "b")
    traffic.failed("a", TryLater("slower", 30.0, everywhere=True))
    assert waits(traffic, "a", "b") == [30.0, 30.0]


async def test_servers_of_their_own_say_nothing_of_each_other() -> None:
    traffic = await traffic_of("a", "b", "c", "d", shared=False)
    for destination in "abc":
        traffic.failed(destination, TryLater("slower", 30.0))
        traffic.failed(destination, TryAgain("down"))
    assert waits(traffic, "d") == [0.0]


async def test_three_destinations_that_fail_in_a_row_are_their_providers_trouble_until_one_does_not() -> None:
    traffic = await traffic_of("a", "b", "c", "d")
    for destination in "ab":
        traffic.failed(destination, TryAgain("down"))
    assert waits(traffic, "a", "d") == [0.0, 0.0]
    traffic.arrived("d")
    traffic.failed("c", TryAgain("down"))
    assert waits(traffic, "d") == [0.0]
    for destination in "ab":
        traffic.failed(destination, TryAgain("down"))
    assert waits(traffic, "d") == [1.0]


async def test_what_does_not_answer_is_probed_more_and_more_seldom_but_never_forgotten() -> None:
    traffic = await traffic_of("a")
    seen = []
    for _ in range(8):
        traffic.failed("a", TryAgain("down"))
        seen.append(traffic.wait_for("a", Kind.POST))
    assert seen == [0.0, 1.0, 2.0, 4.0, 8.0, LONGEST_BREATHER, LONGEST_BREATHER, LONGEST_BREATHER]


async def test_pictures_wait_for_no_words() -> None:
    traffic = await traffic_of("a")
    traffic.failed("a", TryLater("slower", 30.0, everywhere=True))
    assert traffic.wait_for("a", Kind.PICTURE) == 0.0
