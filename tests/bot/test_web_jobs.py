"""`POST /hooks/jobs/{token}`: who has a job's address has that job looked at, and can do nothing else."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select, update

from bot import web_jobs
from platforms.hooks import JobHooks
from platforms.jobs import JobService, Wanted
from platforms.tables import JobRow
from store.clock import ManualClock
from store.database import Database
from store.wakeup import Bell

DESK = "https://desk.example.org"


async def test_the_address_of_a_job_has_it_looked_at_now_and_a_guessed_one_does_nothing(
    database: Database, clock: ManualClock
) -> None:
    jobs = JobService(database, clock, Bell(clock))
    hooks = JobHooks(database, jobs, DESK)
    job = await jobs.ask(Wanted("portal.thing", "portal", {}, "ana"))
    other = await jobs.ask(Wanted("portal.thing", "portal", {"n": 2}, "ana"))
    await postpone(database, clock)
    address = await hooks.address(job)
    assert address is not None and address.startswith(f"{DESK}/hooks/jobs/{job.id}-")
    assert job.mark not in address
    app = web.Application()
    app.add_routes(web_jobs.routes(hooks))
    async with TestClient(TestServer(app)) as client:
        path = address.removeprefix(DESK)
        wrong = [
            path[:-1] + ("0" if path[-1] != "0" else "1"),
            path.replace(f"/{job.id}-", f"/{other.id}-"),
            "/hooks/jobs/99-" + "0" * 32,
            "/hooks/jobs/" + "9" * 40,
            "/hooks/jobs/é-é",
        ]
        for each in wrong:
            assert (await client.post(each, json={"state": "done"})).status == 404
        assert await due_now(database, clock) == set()
        assert (await client.get(path)).status == 405
        assert (await client.post(path, data=b"\xff" * 100)).status == 204
    assert await due_now(database, clock) == {job.id}


async def test_a_desk_that_cannot_be_reached_gives_no_address_and_another_desk_knows_no_token(
    database: Database, clock: ManualClock
) -> None:
    jobs = JobService(database, clock, Bell(clock))
    job = await jobs.ask(Wanted("portal.thing", "portal", {}, "ana"))
    assert await JobHooks(database, jobs, None).address(job) is None
    token = await JobHooks(database, jobs, DESK).token(job.id, job.mark)
    assert await JobHooks(database, jobs, DESK).called(token), "a restarted desk knows it again"


async def postpone(database: Database, clock: ManualClock) -> None:
    async with database.write() as session:
        await session.execute(update(JobRow).values(due=clock.now() + timedelta(minutes=1)))


async def due_now(database: Database, clock: ManualClock) -> set[int]:
    async with database.read() as session:
        return set(await session.scalars(select(JobRow.id).where(JobRow.due <= clock.now())))
