"""Two hundred running jobs at one SkyPortal that takes five requests a second: is it ever asked more often?

Run as `python -m benchmarks.jobs`. Real time, one process: the tracker of the hub with SQLite, the SkyPortal
client as it is, and on loopback a server that counts as nginx does before a SkyPortal (a bucket that leaks
five a second and holds ten; what overflows is refused with 429). Nothing moves in the jobs, so that they are
looked at as often as it gets while they have just been started, which is the worst that can be asked.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from benchmarks.timing import Measurement, table
from platforms.job import Job, JobState, Moved
from platforms.jobs import JobService, Wanted
from platforms.skyportal.client import SkyPortal
from platforms.tracker import Tracker
from store.clock import SystemClock
from store.database import Database
from store.wakeup import Bell

JOBS = 200
SECONDS = 60.0
PER_SECOND, HOLDS = 5.0, 10.0


@dataclass
class Portal:
    """What the server saw: when each request came, and how many it refused."""

    came: list[float] = field(default_factory=list)
    refused: int = 0
    _level: float = 0.0

    async def answer(self, request: web.Request) -> web.Response:
        now = time.monotonic()
        passed = now - self.came[-1] if self.came else 0.0
        self._level = max(0.0, self._level - passed * PER_SECOND) + 1.0
        self.came.append(now)
        if self._level > HOLDS + 1.0:
            self.refused += 1
            return web.Response(status=429)
        return web.json_response({"status": "success", "data": {"id": 1, "status": "running"}})

    def most_within(self, seconds: float) -> int:
        """The most requests in any window of so many seconds."""
        first = most = 0
        for last, at in enumerate(self.came):
            while self.came[first] <= at - seconds:
                first += 1
            most = max(most, last - first + 1)
        return most


class Looks:
    """Work that asks once for a start and once for a look."""

    kind = "bench.plan"
    patience = 3600.0

    def __init__(self, portal: SkyPortal) -> None:
        self._portal = portal

    async def start(self, job: Job) -> Moved:
        await self._portal.call("POST", "/api/observation_plan", {"mark": job.mark})
        return Moved(JobState.RUNNING, remote={"id": job.id})

    async def look(self, job: Job) -> Moved:
        await self._portal.call("GET", f"/api/observation_plan/{job.id}")
        return Moved(JobState.RUNNING)

    async def cancel(self, job: Job) -> Moved:
        return Moved(JobState.CANCELLED)


async def measure(jobs: int = JOBS, seconds: float = SECONDS) -> tuple[Portal, float]:
    """What the server saw, and the CPU seconds that the whole of it took."""
    seen, clock = Portal(), SystemClock()
    app = web.Application()
    app.router.add_route("*", "/api/{tail:.*}", seen.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{Path(folder) / 'jobs.sqlite'}")
        await database.create_all()
        portal = SkyPortal("skyportal", f"http://127.0.0.1:{port}", "token", clock)
        bell = Bell(clock)
        service = JobService(database, clock, bell)
        async with database.write() as session:
            for number in range(jobs):
                await service.ask_in(session, Wanted(Looks.kind, "skyportal", {"n": number}, "bench"))
        tracker = Tracker(database, clock, {Looks.kind: Looks(portal)}, bell=bell)
        used = time.process_time()
        tracking = asyncio.create_task(tracker.run())
        await asyncio.sleep(seconds)
        tracking.cancel()
        await asyncio.gather(tracking, return_exceptions=True)
        used = time.process_time() - used
        open_now = await service.jobs(open_only=True, limit=jobs)
        assert len(open_now) == jobs, "every job still runs"
        assert {job.state for job in open_now} == {JobState.RUNNING}, "and every one was started"
        await portal.close()
        await database.dispose()
    await runner.cleanup()
    return seen, used


def run() -> list[Measurement]:
    """Requests a second, the most at once, refusals."""
    seen, used = asyncio.run(measure())
    note = f"{JOBS} running jobs, {SECONDS:.0f} s from their start"
    mean = len(seen.came) / SECONDS
    return [
        Measurement("jobs: requests a second, mean", mean, None, "/s", "≤ 5 and a burst of 8 once", note),
        Measurement("jobs: most in any 10 s", seen.most_within(10.0), None, "", "≤ 58", note),
        Measurement("jobs: refused by the platform (429)", seen.refused, None, "", "0", note),
        Measurement("jobs: CPU", 100.0 * used / SECONDS, None, "% of a core", "", note),
    ]


if __name__ == "__main__":
    print(table(run()))
