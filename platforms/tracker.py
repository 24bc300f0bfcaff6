"""The tracker: starts what was asked of platforms, looks at what runs, takes back, and has it told."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from platforms.job import Job, Moved, PlatformError, Work
from platforms.jobs import JOBS_DUE, JOBS_MOVED, job_of
from platforms.steps import Came, Step, end_of, failed, moved, next_step
from platforms.tables import JobRow
from store import blobs
from store.claims import claim, hold, is_free, release
from store.clock import Clock
from store.database import DATABASE_AWAY, Database
from store.leases import Lease
from store.wakeup import Bell

log = logging.getLogger(__name__)

AT_ONCE = 8  # calls of one platform that are under way at once; the platform's own pace is its client's
CALL = 90.0  # s a call may take
LEASE = 120.0  # s a claim stands: longer than a call
TERM = 15.0  # s for which a tracker has a platform to itself
POLL = 2.0  # s between looks for due jobs when nobody rings
BREATH = 1.0  # s after the database was away
TELLS = 20  # cards brought up to date in one round

Tell: TypeAlias = Callable[[AsyncSession, Job], Awaitable[None]]
"""Owes the job's card, in the transaction that says it is told."""


async def tells_nobody(session: AsyncSession, job: Job) -> None:
    """For a tracker whose jobs nobody reads about."""


@dataclass(frozen=True)
class _Claimed:
    job: Job
    step: Step
    owner: str


class Tracker:
    """Follows every job to its end.

    Promises: a job is claimed, and that its platform may have it is committed, before the platform is
    called; after a crash anywhere the same call is made again, which by `Work` does nothing twice. Whatever
    goes wrong with one job, the others move. Not more than AT_ONCE calls of a platform are under way, and of
    several trackers that share a database one asks it, so that its limits are kept by all together. A card's
    words are owed in the transaction that says so, and not more often than `steps.QUIET`.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        works: Mapping[str, Work],
        *,
        tell: Tell = tells_nobody,
        bell: Bell | None = None,
        owner: str = "tracker",
        wake: Callable[[], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._works = works
        self._tell = tell
        self._bell = bell or Bell(clock)
        self._owner = owner
        self._wake = wake or (lambda: None)
        self._under_way: dict[str, set[asyncio.Task[None]]] = {}
        self._held: dict[str, tuple[Lease, float]] = {}  # by platform, until when by the clock's seconds

    async def run(self) -> None:
        """Follow jobs until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    await self._round(tasks)
        finally:
            await self._let_go()

    async def _round(self, tasks: asyncio.TaskGroup) -> None:
        try:
            taken = await self._take()
            told = await self._tell_due()
        except DATABASE_AWAY as error:
            log.warning("jobs wait, the database is away: %s", type(error).__name__)
            await self._clock.sleep(BREATH)
            return
        for claimed in taken:
            task = tasks.create_task(self._see_to(claimed))
            here = self._under_way.setdefault(claimed.job.platform, set())
            here.add(task)
            task.add_done_callback(here.discard)
        if told < TELLS:
            await self._bell.wait(JOBS_DUE, POLL)

    async def track_due(self) -> int:
        """Do everything that is due now, once; says how many calls that were. For tests and benchmarks."""
        taken = await self._take()
        await asyncio.gather(*(self._see_to(claimed) for claimed in taken))
        while await self._tell_due() == TELLS:
            pass
        return len(taken)

    # --- whose turn it is

    async def _take(self) -> list[_Claimed]:
        """Claim what is due, of each platform as much as may be under way."""
        now = self._clock.now()
        due = (JobRow.ended.is_(None), JobRow.due <= now)
        async with self._database.read() as session:
            waiting = select(JobRow.platform).where(*due, is_free(JobRow, now)).distinct()
            platforms = list(await session.scalars(waiting))
        free = {name: AT_ONCE - len(self._under_way.get(name, ())) for name in platforms}
        free = {name: room for name, room in free.items() if room > 0 and await self._is_ours(name)}
        if not free:
            return []
        async with self._database.write() as session:
            return [
                await self._claimed(session, row, now)
                for platform, room in free.items()
                for row in await claim(
                    session,
                    JobRow,
                    where=(JobRow.platform == platform) & due[0] & due[1],
                    order_by=(JobRow.due, JobRow.id),
                    limit=room,
                    owner=f"{self._owner}/{secrets.token_hex(6)}",
                    now=now,
                    until=now + timedelta(seconds=LEASE),
                )
            ]

    async def _is_ours(self, platform: str) -> bool:
        """Whether this tracker is the one that asks a platform, from now on if nobody else is."""
        now = self._clock.monotonic()
        lease, until = self._held.get(platform, (None, 0.0))
        if lease is not None and now < until - TERM / 2:
            return True
        lease = lease or Lease(self._database, self._clock, f"jobs at {platform}", self._owner, TERM)
        if await lease.acquire():
            self._held[platform] = (lease, now + TERM)
            return True
        self._held.pop(platform, None)
        return False

    async def _let_go(self) -> None:
        """Let another tracker go on at once."""
        for lease, _ in self._held.values():
            try:
                await lease.release()
            except DATABASE_AWAY:
                return  # it runs out
        self._held.clear()

    async def _claimed(self, session: AsyncSession, row: JobRow, now: datetime) -> _Claimed:
        work = self._works.get(row.kind)
        if work is not None and row.patience is None:
            row.patience = work.patience
            row.deadline = row.created + timedelta(seconds=work.patience)
        step = next_step(row, now, known=work is not None)
        if step is Step.START:
            row.attempted = True
        assert row.claimed_by is not None, "what was claimed just now is somebody's"
        return _Claimed(job_of(row), step, row.claimed_by)

    # --- one job

    async def _see_to(self, claimed: _Claimed) -> None:
        came: Came
        try:
            came = await self._call(claimed)
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("job %d (%s) failed (%s)", claimed.job.id, claimed.job.kind, reference)
            came = failed(
                PlatformError(
                    f"nightdesk itself failed on this job; its log has it under {reference}",
                    advice="tell whoever runs this desk, and ask again",
                )
            )
        while True:
            try:
                await self._write_down(claimed, came)
                break
            except DATABASE_AWAY as error:
                log.warning("job %d cannot be written down yet: %s", claimed.job.id, type(error).__name__)
                await self._clock.sleep(BREATH)
        self._bell.ring(JOBS_MOVED)
        self._bell.ring(JOBS_DUE)

    async def _call(self, claimed: _Claimed) -> Came:
        job, work = claimed.job, self._works.get(claimed.job.kind)
        if work is None or claimed.step is Step.GIVE_UP:
            return end_of(claimed.step, job)
        try:
            async with asyncio.timeout(CALL):
                return moved(await self._asked(work, claimed.step, job))
        except TimeoutError:
            return failed(PlatformError(f"{job.platform} did not answer within {CALL:.0f} s", later=True))
        except PlatformError as error:
            return failed(error)

    async def _asked(self, work: Work, step: Step, job: Job) -> Moved:
        match step:
            case Step.START:
                return await work.start(job)
            case Step.CANCEL:
                return await work.cancel(job)
            case _:
                return await work.look(job)

    async def _write_down(self, claimed: _Claimed, came: Came) -> None:
        pictures = came.moved.pictures if came.moved is not None else {}
        packed = {name: await asyncio.to_thread(blobs.pack, png) for name, png in pictures.items()}
        async with self._database.write() as session:
            row = await hold(session, JobRow, claimed.job.id, claimed.owner)
            if row is None:
                log.info("job %d was taken over by another", claimed.job.id)
                return
            kept = {name: await blobs.put(session, each) for name, each in packed.items()}
            before = row.state
            came.write(row, claimed.step, kept, self._clock.now())
            if row.state != before:
                log.info("job %d (%s at %s): %s", row.id, row.kind, row.platform, row.state)
            release(row)

    # --- telling

    async def _tell_due(self) -> int:
        """Bring cards up to date whose time has come; says how many."""
        now = self._clock.now()
        async with self._database.read() as session:
            wanted = select(JobRow.id).where(JobRow.tell_at <= now).order_by(JobRow.tell_at).limit(TELLS)
            numbers = list(await session.scalars(wanted))
        for number in numbers:
            async with self._database.write() as session:
                row = await session.scalar(
                    select(JobRow)
                    .where(JobRow.id == number, JobRow.tell_at <= now)
                    .with_for_update(skip_locked=True)
                    .execution_options(populate_existing=True)
                )
                if row is None:
                    continue
                row.tell_at, row.told = None, now
                try:
                    async with session.begin_nested():
                        await self._tell(session, job_of(row))
                except DATABASE_AWAY:
                    raise
                except Exception:
                    # One card that cannot be written keeps no other from being told.
                    log.exception("the card of job %d could not be written", number)
        if numbers:
            self._wake()
        return len(numbers)
