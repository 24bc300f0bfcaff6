import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from gcn.heartbeat import Heartbeat
from store.clock import ManualClock


class Told:
    """What people were told, in order."""

    def __init__(self) -> None:
        self.news: list[datetime | timedelta] = []
        self.fails = 0

    async def tell(self, news: datetime | timedelta) -> None:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("the card could not be stored")
        self.news.append(news)


@pytest.fixture
def heartbeat(clock: ManualClock) -> Heartbeat:
    return Heartbeat(clock)


@pytest.fixture
async def told(heartbeat: Heartbeat) -> AsyncIterator[Told]:
    told = Told()
    watch = asyncio.ensure_future(heartbeat.watch(told.tell, told.tell))
    await settle()
    yield told
    watch.cancel()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def beat_for(heartbeat: Heartbeat, clock: ManualClock, seconds: int) -> None:
    for _ in range(seconds):
        await clock.advance(1)
        heartbeat.beat()
        await settle()


async def test_a_steady_pulse_is_no_news(heartbeat: Heartbeat, clock: ManualClock, told: Told) -> None:
    await beat_for(heartbeat, clock, 300)
    assert told.news == []
    assert heartbeat.silent_for() == 0


async def test_silence_is_told_once_after_sixty_seconds_and_its_end_once_with_its_length(
    heartbeat: Heartbeat, clock: ManualClock, told: Told
) -> None:
    await beat_for(heartbeat, clock, 3)
    since = clock.now()
    await clock.advance(59.9)
    await settle()
    assert told.news == []
    await clock.advance(0.1)
    await settle()
    assert told.news == [since]
    assert heartbeat.silent
    await clock.advance(3600)
    await settle()
    assert told.news == [since]
    await beat_for(heartbeat, clock, 5)
    assert told.news == [since, timedelta(seconds=3661)]
    assert not heartbeat.silent


async def test_a_stream_that_never_came_up_is_silent_since_listening_began(
    heartbeat: Heartbeat, clock: ManualClock, told: Told
) -> None:
    began = clock.now()
    await clock.advance(61)
    await settle()
    assert told.news == [began]


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)])
async def test_a_clock_that_jumps_is_not_taken_for_silence_nor_hides_it(
    heartbeat: Heartbeat, clock: ManualClock, told: Told, jump: timedelta
) -> None:
    await beat_for(heartbeat, clock, 10)
    clock.jump(jump)
    await beat_for(heartbeat, clock, 10)
    assert told.news == []
    clock.jump(jump)
    await clock.advance(60)
    await settle()
    assert len(told.news) == 1
    await beat_for(heartbeat, clock, 1)
    assert told.news[1] == timedelta(seconds=61)


async def test_each_silence_is_told(heartbeat: Heartbeat, clock: ManualClock, told: Told) -> None:
    for _ in range(3):
        await clock.advance(100)
        await settle()
        await beat_for(heartbeat, clock, 1)
    assert len(told.news) == 6


async def test_a_replica_that_does_not_read_the_heartbeat_raises_no_alarm(
    heartbeat: Heartbeat, clock: ManualClock, told: Told
) -> None:
    heartbeat.stand_by(True)
    await settle()
    await clock.advance(600)
    await settle()
    assert told.news == []
    heartbeat.stand_by(False)
    await settle()
    await clock.advance(59)
    await settle()
    assert told.news == []
    await clock.advance(1)
    await settle()
    assert len(told.news) == 1


async def test_news_that_could_not_be_told_is_told_by_the_next_watch(
    heartbeat: Heartbeat, clock: ManualClock
) -> None:
    told = Told()
    for told.fails in (1, 0):
        watch = asyncio.ensure_future(heartbeat.watch(told.tell, told.tell))
        await settle()
        await clock.advance(60)
        await settle()
    assert len(told.news) == 1
    watch.cancel()
