"""The process dies between any two steps of a job: nothing is lost, and nothing is made twice remotely."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from platforms.job import Job, JobState
from platforms.jobs import JobService, Wanted
from platforms.tracker import LEASE, Tracker
from store.clock import ManualClock
from store.database import Database
from store.wakeup import Bell
from tests.platforms.works import Killed, Portal, PortalWork


class MortalDatabase:
    """The database of a process that dies before or after the commit of its nth transaction."""

    def __init__(self, database: Database, dies_at: int, *, committed: bool) -> None:
        self._database = database
        self.read = database.read
        self._left = dies_at
        self._committed = committed
        self.died = False

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        self._left -= 1
        now = self._left == 0
        async with self._database.write() as session:
            yield session
            if now and not self._committed:
                self.died = True
                raise Killed
        if now:
            self.died = True
            raise Killed


class Life:
    """One job, one platform, and trackers that die and are begun anew."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database, self.clock, self.portal = database, clock, Portal()
        self.jobs = JobService(database, clock, Bell(clock))
        self.told: list[JobState] = []
        self.lives = 0

    def tracker(self, database: Database | MortalDatabase) -> Tracker:
        async def tell(session: AsyncSession, job: Job) -> None:
            self.told.append(job.state)

        self.lives += 1
        works = {PortalWork.kind: PortalWork(self.portal)}
        return Tracker(database, self.clock, works, tell=tell, owner=f"life {self.lives}")  # type: ignore[arg-type]

    async def live(self, tracker: Tracker, job: Job, seconds: int) -> Job:
        for _ in range(seconds):
            await tracker.track_due()
            job = await self.jobs.job(job.id)
            if job.state.ended:
                return job
            await self.clock.advance(1.5)
        return job


async def _a_life(life: Life, first: Tracker, *, cancel: bool) -> Job:
    """A job from asking to its end, with a death somewhere and a new process after it."""
    job = await life.jobs.ask(Wanted("portal.thing", "portal", {}, "ana"))
    tracker = first
    for step in ("start", "run", "end"):
        if step == "end" and cancel:
            await life.jobs.cancel(job.id, by="ana")
        elif step == "end" and life.portal.made.get(job.mark) == "running":
            life.portal.made[job.mark] = "done"
        try:
            job = await life.live(tracker, job, 4)
        except Killed:
            await life.clock.advance(LEASE + 1)  # another replica finds the claim run out
            tracker = life.tracker(life.database)
            job = await life.live(tracker, job, 4)
    for _ in range(3):
        if not cancel and life.portal.made.get(job.mark) == "running":
            life.portal.made[job.mark] = "done"
        job = await life.live(tracker, job, 70)
    return job


@pytest.mark.parametrize("committed", [False, True], ids=["before the commit", "after the commit"])
@pytest.mark.parametrize("cancel", [False, True], ids=["done", "cancelled"])
async def test_a_death_at_any_transaction_loses_nothing_and_makes_nothing_twice(
    database: Database, clock: ManualClock, committed: bool, cancel: bool
) -> None:
    at = 0
    while True:
        at += 1
        life = Life(database, clock)
        mortal = MortalDatabase(database, at, committed=committed)
        job = await _a_life(life, life.tracker(mortal), cancel=cancel)
        assert job.state is (JobState.CANCELLED if cancel else JobState.DONE), at
        assert set(life.portal.creations.values()) <= {1}, at
        assert set(life.portal.made.values()) <= {"cancelled" if cancel else "done"}, at
        assert life.told[-1] is job.state, "whoever asked is told how it ended"
        # The same is asked in the next life: it has to be meant.
        await clock.advance(25 * 3600.0)
        if not mortal.died:
            break
    assert at > 6, "there were that many transactions to die in"


@pytest.mark.parametrize("call", ["start", "look", "cancel"])
@pytest.mark.parametrize("reached", [False, True], ids=["before it", "after it"])
async def test_a_death_in_a_call_of_the_platform_loses_nothing_and_makes_nothing_twice(
    database: Database, clock: ManualClock, call: str, reached: bool
) -> None:
    life = Life(database, clock)
    tracker = life.tracker(database)
    job = await life.jobs.ask(Wanted("portal.thing", "portal", {}, "ana"))
    if call != "start":
        await life.live(tracker, job, 4)
    if call == "cancel":
        await life.jobs.cancel(job.id, by="ana")
    await clock.advance(5.0)
    (life.portal.dies if reached else life.portal.fails).append(Killed())
    with pytest.raises(Killed):
        await tracker.track_due()
    await clock.advance(LEASE + 1)
    tracker = life.tracker(database)
    await life.live(tracker, job, 4)
    if call != "cancel":
        life.portal.made[job.mark] = "done"
    job = await life.live(tracker, job, 70)
    assert job.state is (JobState.CANCELLED if call == "cancel" else JobState.DONE)
    assert life.portal.creations == {job.mark: 1}


async def test_a_start_that_was_killed_and_then_cancelled_is_taken_back_where_it_arrived(
    database: Database, clock: ManualClock
) -> None:
    life = Life(database, clock)
    job = await life.jobs.ask(Wanted("portal.thing", "portal", {}, "ana"))
    life.portal.dies.append(Killed())
    with pytest.raises(Killed):
        await life.tracker(database).track_due()
    assert life.portal.made == {job.mark: "running"}
    job = await life.jobs.cancel(job.id, by="ana")
    assert job.state is JobState.CANCELLING and not job.remote
    await clock.advance(LEASE + 1)
    job = await life.live(life.tracker(database), job, 6)
    assert job.state is JobState.CANCELLED
    assert life.portal.made == {job.mark: "cancelled"} and life.portal.asked["start"] == 1
