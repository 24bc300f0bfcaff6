"""Jobs from asking to their end: started once, looked at politely, taken back, timed out, never lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from platforms.job import Job, JobState, Moved, PlatformError, Work
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
        self.work: Work = PortalWork(self.portal)
        self.tracker = self.new_tracker()

    def new_tracker(self, owner: str = "one", *, works: dict[str, Work] | None = None) -> Tracker:
        async def tell(session: AsyncSession, job: Job) -> None:
            self.told.append(job)

        works = {PortalWork.kind: self.work} if works is None else works
        return Tracker(self.database, self.clock, works, tell=tell, owner=owner)

    async def ask(self, **parameters: object) -> Job:
        return await self.jobs.ask(Wanted("portal.thing", "portal", parameters, "ana", facility="ZTF"))

    async def passes(self, seconds: float, step: float = 1.0) -> None:
        for _ in range(int(seconds / step)):
            await self.clock.advance(step)
            await self.tracker.track_due()

    async def until_ended(self, job: Job) -> Job:
        for _ in range(200):
            await self.tracker.track_due()
            job = await self.jobs.job(job.id)
            if job.state.ended:
                return job
            await self.clock.advance(30.0)
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


async def test_what_was_never_sent_is_taken_back_at_once_and_never_sent(world: World) -> None:
    job = await world.ask()
    job = await world.jobs.cancel(job.id, by="ana")
    assert job.state is JobState.CANCELLED
    await world.passes(30)
    assert not world.portal.asked
    assert [each.state for each in world.told] == [JobState.CANCELLED]


async def test_a_running_job_is_taken_back_at_its_platform(world: World) -> None:
    job = await world.ask()
    await world.passes(4)
    job = await world.jobs.cancel(job.id, by="ana")
    assert job.state is JobState.CANCELLING
    await world.tracker.track_due()
    job = await world.jobs.job(job.id)
    assert job.state is JobState.CANCELLED and world.portal.made == {job.mark: "cancelled"}
    assert (await world.jobs.cancel(job.id, by="bo")).state is JobState.CANCELLED


async def test_taking_back_what_is_being_sent_at_this_moment_takes_it_back_once_it_is_there(
    world: World,
) -> None:
    sending, go_on = asyncio.Event(), asyncio.Event()

    class Slow(PortalWork):
        async def start(self, job: Job) -> Moved:
            sending.set()
            await go_on.wait()
            return await super().start(job)

    world.work = Slow(world.portal)
    tracker = world.new_tracker()
    job = await world.ask()
    starting = asyncio.create_task(tracker.track_due())
    await sending.wait()
    assert (await world.jobs.cancel(job.id, by="ana")).state is JobState.CANCELLING
    go_on.set()
    await starting
    job = await world.jobs.job(job.id)
    assert job.state is JobState.CANCELLING and job.remote, "what was made meanwhile is not forgotten"
    await tracker.track_due()
    assert (await world.jobs.job(job.id)).state is JobState.CANCELLED
    assert world.portal.made == {job.mark: "cancelled"}


async def test_a_job_that_ends_before_it_is_taken_back_keeps_its_results(world: World) -> None:
    job = await world.ask()
    await world.passes(4)
    world.portal.made[job.mark] = "done"
    looking = asyncio.Event()

    class Ends(PortalWork):
        async def cancel(self, job: Job) -> Moved:
            looking.set()
            return await self.look(job)

    world.work = Ends(world.portal)
    await world.jobs.cancel(job.id, by="ana")
    await world.new_tracker().track_due()
    job = await world.jobs.job(job.id)
    assert looking.is_set() and job.state is JobState.DONE and job.results["tiles"] == 17


async def test_what_cannot_be_taken_back_goes_on_and_says_why(world: World) -> None:
    job = await world.ask()
    await world.passes(4)
    world.portal.refuses_cancel = True
    await world.jobs.cancel(job.id, by="ana")
    await world.tracker.track_due()
    job = await world.jobs.job(job.id)
    assert job.state is JobState.RUNNING and "does not take back" in job.said
    assert world.told[-1].said == job.said, "who asked is told at once"
    world.portal.made[job.mark] = "done"
    assert (await world.until_ended(job)).state is JobState.DONE


async def test_a_platform_that_is_down_is_asked_less_and_less_and_the_job_survives(world: World) -> None:
    job = await world.ask()
    await world.passes(4)
    before = world.portal.asked["look"]
    world.portal.fails = [PlatformError("portal does not answer", later=True)] * 1000
    await world.passes(600, step=4.0)
    assert 10 <= world.portal.asked["look"] - before <= 18, "2 s at first, a minute in the end"
    job = await world.jobs.job(job.id)
    assert job.state is JobState.RUNNING and job.said == "portal does not answer"
    world.portal.fails.clear()
    world.portal.made[job.mark] = "done"
    assert (await world.until_ended(job)).state is JobState.DONE


async def test_a_job_in_which_nothing_moves_is_looked_at_once_a_minute(world: World) -> None:
    await world.ask()
    await world.passes(120, step=4.0)
    before = world.portal.asked["look"]
    await world.passes(600, step=6.0)
    assert 9 <= world.portal.asked["look"] - before <= 11


async def test_a_job_whose_time_is_over_is_given_up_with_what_was_heard_last(world: World) -> None:
    job = await world.ask()
    job = await world.until_ended(job)
    assert job.state is JobState.TIMED_OUT and job.ended is not None
    assert timedelta(seconds=3600) <= job.ended - job.created < timedelta(seconds=3700)
    assert job.failure is not None and "computing tiles" in job.failure and job.advice


async def test_what_ended_while_the_desk_was_away_past_its_time_is_not_given_up(world: World) -> None:
    job = await world.ask()
    await world.passes(4)
    world.portal.made[job.mark] = "done"
    await world.clock.advance(9 * 3600.0)
    await world.new_tracker("after the restart").track_due()
    assert (await world.jobs.job(job.id)).state is JobState.DONE


async def test_a_kind_that_is_no_longer_configured_waits_and_says_so_until_it_is(world: World) -> None:
    job = await world.ask()
    await world.passes(4)
    without = world.new_tracker(works={})
    for _ in range(30):
        await without.track_due()
        await world.clock.advance(3.0)
    waiting = await world.jobs.job(job.id)
    assert not waiting.state.ended and "not configured for portal.thing" in waiting.said
    world.portal.made[job.mark] = "done"
    await world.clock.advance(60.0)
    assert (await world.until_ended(job)).state is JobState.DONE


async def test_a_kind_that_is_never_configured_again_can_be_cancelled_and_ends_with_its_time(
    world: World,
) -> None:
    first, second = await world.ask(n=1), await world.ask(n=2)
    await world.passes(4)
    without = world.new_tracker(works={})
    await world.jobs.cancel(first.id, by="ana")
    await without.track_due()
    first = await world.jobs.job(first.id)
    assert first.state is JobState.FAILED and first.advice and first.mark in first.advice
    await world.clock.advance(3700.0)
    await without.track_due()
    assert (await world.jobs.job(second.id)).state is JobState.TIMED_OUT


async def test_a_work_with_a_fault_fails_its_job_and_no_other(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    class Faulty(PortalWork):
        kind = "portal.faulty"

        async def start(self, job: Job) -> Moved:
            raise KeyError("token=very-secret")

    tracker = world.new_tracker(works={"portal.faulty": Faulty(world.portal), "portal.thing": world.work})
    faulty = await world.jobs.ask(Wanted("portal.faulty", "portal", {}, "ana"))
    good = await world.ask()
    await tracker.track_due()
    faulty = await world.jobs.job(faulty.id)
    assert faulty.state is JobState.FAILED and faulty.failure and "secret" not in faulty.failure
    assert faulty.failure.split()[-1] in caplog.text, "the log is found by the reference"
    assert (await world.jobs.job(good.id)).state is JobState.QUEUED


async def test_progress_is_told_every_few_seconds_and_the_last_of_it_too(world: World) -> None:
    def look(job: Job, looks: int) -> Moved:
        return Moved(JobState.RUNNING, progress=min(looks, 60) / 100, said="tile", look_after=1.0)

    world.work = PortalWork(world.portal, look)
    world.tracker = world.new_tracker()
    await world.ask()
    await world.passes(100)
    assert world.portal.asked["look"] >= 90
    assert len(world.told) <= 3 + 60 / 5, "not more than one edit in five seconds"
    assert world.told[-1].progress == 0.6


async def test_a_card_that_cannot_be_written_keeps_no_other_from_being_told(world: World) -> None:
    told: list[int] = []

    async def tell(session: AsyncSession, job: Job) -> None:
        if job.id == first.id:
            raise ValueError("no such place")
        told.append(job.id)

    tracker = Tracker(world.database, world.clock, {}, tell=tell)
    first, second = await world.ask(n=1), await world.ask(n=2)
    await tracker.track_due()
    assert told == [second.id]


async def test_a_call_of_the_platform_has_its_job_looked_at_now(world: World) -> None:
    job = await world.ask()
    await world.passes(200, step=5.0)
    before = world.portal.asked["look"]
    assert await world.jobs.woken("portal", "id", job.mark) == 1
    await world.tracker.track_due()
    assert world.portal.asked["look"] == before + 1
    assert await world.jobs.woken("portal", "id", "another") == 0
    assert await world.jobs.woken("elsewhere", "id", job.mark) == 0


async def test_two_trackers_start_nothing_twice(any_database: Database, clock: ManualClock) -> None:
    world = World(any_database, clock)
    jobs = [await world.ask(n=n) for n in range(12)]
    one, two = world.new_tracker("one"), world.new_tracker("two")
    for _ in range(6):
        await asyncio.gather(one.track_due(), two.track_due())
        await clock.advance(2.0)
    assert world.portal.creations == {job.mark: 1 for job in jobs}
    assert world.portal.asked["start"] == len(jobs)
    assert {(await world.jobs.job(job.id)).state for job in jobs} == {JobState.RUNNING}


async def test_one_tracker_asks_a_platform_and_another_goes_on_when_it_is_gone(world: World) -> None:
    jobs = [await world.ask(n=n) for n in range(3)]
    one, two = world.new_tracker("one"), world.new_tracker("two")
    assert await one.track_due() == 3
    await world.clock.advance(2.0)
    assert await two.track_due() == 0, "the platform's limits are kept by one for all"
    await world.clock.advance(20.0)
    assert await two.track_due() == 3, "one has not been heard of for longer than its lease"
    await two._let_go()
    await world.clock.advance(60.0)
    assert await one.track_due() == 3, "two has ended in order: nobody waits for its lease"
    assert world.portal.creations == {job.mark: 1 for job in jobs}


async def test_of_two_who_ask_the_same_at_the_same_moment_one_is_told_of_the_others(
    any_database: Database, clock: ManualClock
) -> None:
    world = World(any_database, clock)
    came = await asyncio.gather(*(world.ask(n=1) for _ in range(5)), return_exceptions=True)
    asked = [each for each in came if isinstance(each, Job)]
    assert len(asked) == 1
    assert {each.job.id for each in came if isinstance(each, AlreadyAsked)} == {asked[0].id}


async def test_what_was_done_yesterday_or_failed_may_be_asked_again(world: World) -> None:
    job = await world.ask()
    await world.tracker.track_due()
    world.portal.made[job.mark] = "done"
    await world.until_ended(job)
    with pytest.raises(AlreadyAsked):
        await world.ask()
    await world.clock.advance(24 * 3600.0)
    again = await world.ask()
    await world.jobs.cancel(again.id, by="ana")
    assert (await world.ask()).id > again.id
