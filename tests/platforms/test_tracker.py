"""Jobs from asking to their end: started once, looked at politely, taken back, timed out, never lost."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from platforms.job import Job, JobState, PlatformError
from platforms.jobs import AlreadyAsked, JobError, JobService, Wanted
from platforms.tracker import Tracker
from store.clock import ManualClock
from store.database import Database
from store.wakeup import Bell
from tests.platforms.works import PNG, Portal, PortalWork


class World:
    """A tracker at one platform, and what it told."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database, self.clock = database, clock
        self.portal = Portal()
        self.jobs = JobService(database, clock, Bell(clock))
        self.told: list[Job] = []
        self.tracker = self.new_tracker()

    def new_tracker(self, owner: str = "one") -> Tracker:
        async def tell(session: AsyncSession, job: Job) -> None:
            self.told.append(job)

        works = {PortalWork.kind: PortalWork(self.portal)}
        return Tracker(self.database, self.clock, works, tell=tell, owner=owner)

    async def ask(self, **parameters: object) -> Job:
        return await self.jobs.ask(Wanted("portal.thing", "portal", parameters, "ana", facility="ZTF"))

    async def passes(self, seconds: float, step: float = 1.0) -> None:
        for _ in range(int(seconds / step)):
            await self.clock.advance(step)
            await self.tracker.track_due()

    async def until_ended(self, job: Job) -> Job:
        for _ in range(4000):
            await self.tracker.track_due()
            job = await self.jobs.job(job.id)
            if job.state.ended:
                return job
            await self.clock.advance(1.0)
        raise AssertionError(f"job {job.id} never ended: {job}")


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    return World(database, clock)


async def test_a_job_is_started_looked_at_and_ends_with_its_numbers_and_pictures(world: World) -> None:
    job = await world.ask(strategy="tiling")
    assert job.state is JobState.STARTING and job.mark
    await world.tracker.track_due()
    assert (await world.jobs.job(job.id)).state is JobState.QUEUED
    await world.passes(3)
    running = await world.jobs.job(job.id)
    assert (running.state, running.progress, running.said) == (JobState.RUNNING, 0.4, "computing tiles")
    world.portal.made[job.mark] = "done"
    job = await world.until_ended(job)
    assert job.state is JobState.DONE and job.progress == 1.0
    assert job.results == {"probability": 0.42, "tiles": 17}
    assert list(job.pictures) == ["tiles"] and PNG
    assert world.portal.creations == {job.mark: 1}
    assert [each.state for each in world.told][-1] is JobState.DONE


async def test_the_same_asked_again_while_it_runs_is_refused_with_the_job_that_runs(world: World) -> None:
    first = await world.ask(strategy="tiling")
    with pytest.raises(AlreadyAsked) as refused:
        await world.ask(strategy="tiling")
    assert refused.value.job.id == first.id
    other = await world.ask(strategy="galaxies")
    assert other.id != first.id
    wanted = Wanted("portal.thing", "portal", {"strategy": "tiling"}, "bo", facility="ZTF")
    assert (await world.jobs.ask(wanted, again=True)).id not in (first.id, other.id)


async def test_what_the_platform_refuses_for_good_fails_with_its_reason_and_what_to_do(world: World) -> None:
    job = await world.ask()
    world.portal.fails = [PlatformError("portal has no instrument ZTF", advice="add it there")]
    job = await world.until_ended(job)
    assert (job.state, job.failure, job.advice) == (
        JobState.FAILED, "portal has no instrument ZTF", "add it there",
    )  # fmt: skip


async def test_a_job_that_is_not_there_is_said_so(world: World) -> None:
    with pytest.raises(JobError, match="there is no job 77"):
        await world.jobs.job(77)
