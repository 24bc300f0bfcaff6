"""A pace that all who use one platform share, and two hundred jobs that keep to it."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from platforms.job import Job, JobState, Moved
from platforms.jobs import JobService, Wanted
from platforms.pace import Pace
from platforms.tracker import AT_ONCE, Tracker
from store.clock import ManualClock
from store.database import Database
from store.wakeup import Bell


def most_within(came: list[float], seconds: float) -> int:
    """The most calls in any window of so many seconds, counted the slow way."""
    return max(sum(1 for each in came if at <= each < at + seconds) for at in came)


async def test_calls_begin_in_order_at_once_as_many_as_may_and_then_one_by_one(clock: ManualClock) -> None:
    pace, came = Pace(5.0, 3, clock), list[tuple[int, float]]()

    async def call(number: int) -> None:
        await pace.wait()
        came.append((number, clock.monotonic()))

    calls = [asyncio.create_task(call(number)) for number in range(20)]
    for _ in range(100):
        await clock.advance(0.05)
    await asyncio.gather(*calls)
    assert [number for number, _ in came] == list(range(20))
    times = [at for _, at in came]
    assert sum(1 for at in times if at <= 0.05) == 3
    assert all(later - earlier == pytest.approx(0.2) for earlier, later in pairwise(times[3:]))
    assert all(most_within(times, seconds) <= 3 + 5 * seconds for seconds in (0.2, 1.0, 2.0))


async def test_when_a_platform_says_so_nobody_calls_for_that_long(clock: ManualClock) -> None:
    pace = Pace(5.0, 3, clock)
    pace.rest(30.0)
    waiting = asyncio.create_task(pace.wait())
    await asyncio.sleep(0)
    await clock.advance(29.0)
    assert not waiting.done()
    await clock.advance(1.1)
    await waiting


@pytest.mark.parametrize(("per_second", "burst"), [(0.0, 1), (-1.0, 1), (1.0, 0)])
def test_a_pace_that_allows_nothing_is_refused(clock: ManualClock, per_second: float, burst: int) -> None:
    with pytest.raises(ValueError, match="a pace allows something"):
        Pace(per_second, burst, clock)


class Paced:
    """Work of a platform that takes five calls a second, and says when each of ours came."""

    kind = "paced.thing"
    patience = 7200.0

    def __init__(self, clock: ManualClock) -> None:
        self.clock, self.pace = clock, Pace(5.0, 1, clock)
        self.came: list[float] = []
        self.under_way = self.most = 0
        self.looked: dict[int, int] = {}

    async def _call(self, job: Job) -> Moved:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await self.pace.wait()
        self.came.append(self.clock.monotonic())
        self.looked[job.id] = self.looked.get(job.id, 0) + 1
        self.under_way -= 1
        return Moved(JobState.RUNNING, remote={"id": job.id})

    start = look = cancel = _call


async def test_many_running_jobs_keep_to_their_platforms_pace_and_none_is_forgotten(
    database: Database, clock: ManualClock
) -> None:
    """Sixty here, in the clock's time; `benchmarks/jobs.py` asks a server for two hundred in real time."""
    work, number = Paced(clock), 60
    jobs = JobService(database, clock, Bell(clock))
    async with database.write() as session:
        for each in range(number):
            await jobs.ask_in(session, Wanted(work.kind, "paced", {"n": each}, "ana"))
    tracker = Tracker(database, clock, {work.kind: work})
    while len(work.looked) < number or min(work.looked.values()) < 2:
        turn = asyncio.create_task(tracker.track_due())
        while not turn.done():
            await asyncio.sleep(0.0005)
            if work.under_way:
                await clock.advance(0.05)
        assert len(work.came) < 5 * number, f"some are looked at all the time, others never: {work.looked}"
        if not await turn:
            await clock.advance(0.5)
    assert work.most == AT_ONCE
    assert most_within(work.came, 1.0 - 1e-6) <= 5
