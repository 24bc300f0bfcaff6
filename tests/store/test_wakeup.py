import asyncio

from store.clock import ManualClock
from store.wakeup import Bell


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_ring_wakes_who_waits_before_the_time_is_up(clock: ManualClock) -> None:
    bell = Bell(clock)
    waiting = asyncio.ensure_future(bell.wait("messages", 60))
    await settle()
    bell.ring("messages")
    assert await waiting is True
    assert clock.monotonic() == 0


async def test_all_who_wait_hear_the_same_ring(clock: ManualClock) -> None:
    bell = Bell(clock)
    waiting = [asyncio.ensure_future(bell.wait("messages", 60)) for _ in range(3)]
    await settle()
    bell.ring("messages")
    assert await asyncio.gather(*waiting) == [True, True, True]


async def test_a_ring_before_the_wait_is_not_lost_and_is_heard_once(clock: ManualClock) -> None:
    bell = Bell(clock)
    bell.ring("messages")
    assert await bell.wait("messages", 60) is True
    second = asyncio.ensure_future(bell.wait("messages", 60))
    await settle()
    assert not second.done()
    await clock.advance(60)
    assert await second is False


async def test_another_bell_wakes_nobody(clock: ManualClock) -> None:
    bell = Bell(clock)
    waiting = asyncio.ensure_future(bell.wait("messages", 1))
    await settle()
    bell.ring("outbox")
    await settle()
    assert not waiting.done()
    await clock.advance(1)
    assert await waiting is False


async def test_a_cancelled_wait_leaves_nothing_running(clock: ManualClock) -> None:
    bell = Bell(clock)
    waiting = asyncio.ensure_future(bell.wait("messages", 60))
    await settle()
    waiting.cancel()
    await settle()
    assert waiting.cancelled()
    assert asyncio.all_tasks() == {asyncio.current_task()}
