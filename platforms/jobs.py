"""Jobs asked for, looked up, taken back: what commands, reactions and webhooks do with them."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from platforms.job import Job, JobPlace, JobState
from platforms.tables import JobEventRow, JobRow, JobWishRow
from store.clock import Clock
from store.database import Database
from store.upsert import insert
from store.wakeup import Bell

JOBS_DUE = "jobs due"
"""The bell to ring when a job is to be started, looked at or told of at once."""

JOBS_MOVED = "jobs moved"
"""Rung when a job has moved."""

UNTIL_STARTED = timedelta(days=1)
"""A job's deadline until its work has said how long it takes."""

TO_CANCEL = timedelta(minutes=30)
"""For how long a platform that does not answer is asked to take a job back, at least."""

FRESH = timedelta(hours=24)
"""For how long a job that is done answers the same request."""

USUAL, MOST = 100, 1000
"""How many jobs are listed."""


class JobError(RuntimeError):
    """A job that is not there, or cannot be taken back: one sentence."""


class AlreadyAsked(JobError):
    """The same runs already, or was done within the last day: `job`. Ask again with `again=True`."""

    def __init__(self, job: Job) -> None:
        super().__init__(f"the same was asked before: job {job.id} of {job.requester}, {job.state.value}")
        self.job = job


@dataclass(frozen=True)
class Wanted:
    """What is asked for. `parameters` is a JSON object; `place` is where the card goes (None: nowhere).

    `patience` (s from now until it is given up) is the work's own where it is None. `about` are events that
    it may be for where `event` names none, by their keys.
    """

    kind: str
    platform: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    requester: str = ""
    event: str | None = None
    facility: str | None = None
    source: str | None = None
    place: JobPlace | None = None
    patience: float | None = None
    about: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The same for the same request, whoever asks."""
        what = (self.kind, self.platform, self.parameters, self.event, self.facility, self.source)
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


class Which(TypedDict, total=False):
    """Which jobs are meant; what is left out or None asks nothing.

    `kind` may be a kind's beginning, `skyportal.`; `limit` is USUAL where it is left out, MOST at most.
    """

    open_only: bool
    event: str | None
    requester: str | None
    facility: str | None
    source: str | None
    kind: str | None
    platform: str | None
    since: datetime | None
    limit: int


class JobService:
    """Jobs as the desk's people ask for them; the `Tracker` does what is written here.

    Promises: what `ask` returned is written down and will be started, also after a crash; the same request
    asked at the same moment by two, on two replicas, makes one job.
    """

    def __init__(self, database: Database, clock: Clock, bell: Bell) -> None:
        self._database = database
        self._clock = clock
        self._bell = bell

    async def ask(self, wanted: Wanted, *, again: bool = False) -> Job:
        """Ask for a job. Raises AlreadyAsked, unless `again`, for what runs or was done within FRESH."""
        async with self._database.write() as session:
            job = await self.ask_in(session, wanted, again=again)
        self.ring()
        return job

    async def ask_in(self, session: AsyncSession, wanted: Wanted, *, again: bool = False) -> Job:
        """The same within the caller's transaction; call `ring` after it."""
        now = self._clock.now()
        wish = await _locked_wish(session, wanted.fingerprint)
        before = await session.get(JobRow, wish.job_id) if wish.job_id is not None else None
        if before is not None and not again and _answers(before, now):
            raise AlreadyAsked(job_of(before))
        row = _new_row(wanted, now)
        session.add(row)
        await session.flush()
        wish.job_id = row.id
        session.add_all(JobEventRow(job_id=row.id, event=event) for event in dict.fromkeys(wanted.about))
        await session.flush()
        return job_of(row)

    async def job(self, number: int) -> Job:
        """One job. Raises JobError where there is none of this number."""
        async with self._database.read() as session:
            row = await session.get(JobRow, number)
        if row is None:
            raise JobError(f"there is no job {number}")
        return job_of(row)

    async def jobs(self, **which: Unpack[Which]) -> tuple[Job, ...]:
        """Jobs that match all that is given, newest first."""
        async with self._database.read() as session:
            return await jobs_in(session, **which)

    async def cancel(self, number: int, *, by: str) -> Job:
        """Have a job taken back; one that has ended stays as it ended.

        What its platform cannot have yet is `CANCELLED` at once, else `CANCELLING` until the platform took
        it back or said why not. Raises JobError where there is none of this number.
        """
        async with self._database.write() as session:
            job = await self.cancel_in(session, number, by=by)
        self.ring()
        self._bell.ring(JOBS_MOVED)
        return job

    async def cancel_in(self, session: AsyncSession, number: int, *, by: str) -> Job:
        """The same within the caller's transaction; call `ring` after it."""
        row = await session.get(JobRow, number, with_for_update=True, populate_existing=True)
        if row is None:
            raise JobError(f"there is no job {number}")
        now = self._clock.now()
        if row.ended is None and row.state != JobState.CANCELLING.value:
            row.cancelled_by, row.due, row.tell_at, row.looks, row.failures = by, now, now, 0, 0
            if row.attempted:
                row.state = JobState.CANCELLING.value
                row.deadline = max(row.deadline, now + TO_CANCEL)
            else:
                row.state, row.ended = JobState.CANCELLED.value, now
                row.said = ""
            await session.flush()
        return job_of(row)

    async def woken(self, platform: str, remote_key: str, value: object) -> int:
        """A platform says that the job whose `remote[remote_key]` is `value` has moved: look at it now.

        Says how many jobs that woke. Nothing of what the platform said is believed: it is asked.
        """
        now = self._clock.now()
        async with self._database.write() as session:
            open_here = select(JobRow).where(JobRow.platform == platform, JobRow.ended.is_(None))
            meant = [
                row
                for row in await session.scalars(open_here)
                if remote_key in row.remote and str(row.remote[remote_key]) == str(value)
            ]
            for row in meant:
                row.due = min(row.due, now)
        if meant:
            self.ring()
        return len(meant)

    async def wake(self, number: int) -> None:
        """Look at a job now; one that has ended is left alone."""
        async with self._database.write() as session:
            row = await session.get(JobRow, number, with_for_update=True, populate_existing=True)
            if row is not None and row.ended is None:
                row.due = min(row.due, self._clock.now())
        self.ring()

    async def follow(self, number: int, *, every: float = 2.0) -> AsyncIterator[Job]:
        """A job each time it has changed, and as it ended; `every` s between looks when nobody rings."""
        last: Job | None = None
        while True:
            job = await self.job(number)
            if job != last:
                yield job
                last = job
            if job.state.ended:
                return
            await self._bell.wait(JOBS_MOVED, every)

    def ring(self) -> None:
        """Wake the tracker, once what was asked is committed."""
        self._bell.ring(JOBS_DUE)


async def jobs_in(session: AsyncSession, **which: Unpack[Which]) -> tuple[Job, ...]:
    """`JobService.jobs` within the caller's transaction."""
    limit = min(which.get("limit", USUAL), MOST)
    wanted = select(JobRow).order_by(JobRow.created.desc(), JobRow.id.desc()).limit(limit)
    if which.get("open_only"):
        wanted = wanted.where(JobRow.ended.is_(None))
    if (kind := which.get("kind")) is not None:
        whole = JobRow.kind == kind
        wanted = wanted.where(JobRow.kind.startswith(kind, autoescape=True) if kind.endswith(".") else whole)
    if (since := which.get("since")) is not None:
        wanted = wanted.where(JobRow.created >= since)
    for column, value in (
        (JobRow.event, which.get("event")),
        (JobRow.requester, which.get("requester")),
        (JobRow.facility, which.get("facility")),
        (JobRow.source, which.get("source")),
        (JobRow.platform, which.get("platform")),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    return tuple(job_of(row) for row in await session.scalars(wanted))


async def open_jobs(session: AsyncSession) -> Mapping[tuple[str, str], int]:
    """How many jobs are open, by platform and state."""
    open_now = (
        select(JobRow.platform, JobRow.state, func.count())
        .where(JobRow.ended.is_(None))
        .group_by(JobRow.platform, JobRow.state)
    )
    return {(platform, state): count for platform, state, count in await session.execute(open_now)}


def job_of(row: JobRow) -> Job:
    """A job as it is written down."""
    return Job(
        id=row.id,
        mark=row.mark,
        kind=row.kind,
        platform=row.platform,
        requester=row.requester,
        state=JobState(row.state),
        created=row.created,
        deadline=row.deadline,
        parameters=row.parameters,
        event=row.event,
        facility=row.facility,
        source=row.source,
        remote=row.remote,
        progress=row.progress,
        said=row.said,
        results=row.results,
        pictures=row.pictures,
        failure=row.failure,
        advice=row.advice,
        started=row.started,
        ended=row.ended,
        place=JobPlace(**row.place) if row.place is not None else None,
    )


async def _locked_wish(session: AsyncSession, fingerprint: str) -> JobWishRow:
    """The row of a request, locked until the transaction ends: the second of two who ask sees the first."""
    wish = insert(session, JobWishRow).values(fingerprint=fingerprint, job_id=None)
    await session.execute(wish.on_conflict_do_nothing())
    row = await session.get(JobWishRow, fingerprint, with_for_update=True, populate_existing=True)
    assert row is not None, "a wish that was just written is there"
    return row


def _answers(row: JobRow, now: datetime) -> bool:
    """Whether a job answers the same request, so that asking again should be meant."""
    if row.ended is None:
        return row.state != JobState.CANCELLING.value
    return row.state == JobState.DONE.value and now - row.ended < FRESH


def _new_row(wanted: Wanted, now: datetime) -> JobRow:
    lasts = timedelta(seconds=wanted.patience) if wanted.patience is not None else UNTIL_STARTED
    return JobRow(
        mark=f"nd-{secrets.token_hex(8)}",
        fingerprint=wanted.fingerprint,
        kind=wanted.kind,
        platform=wanted.platform,
        requester=wanted.requester,
        state=JobState.STARTING.value,
        parameters=dict(wanted.parameters),
        event=wanted.event,
        facility=wanted.facility,
        source=wanted.source,
        place=asdict(wanted.place) if wanted.place is not None else None,
        remote={},
        progress=None,
        said="",
        results={},
        pictures={},
        failure=None,
        advice=None,
        created=now,
        deadline=now + lasts,
        patience=wanted.patience,
        started=None,
        ended=None,
        due=now,
        looks=0,
        failures=0,
        attempted=False,
        cancelled_by=None,
        tell_at=now,
        told=None,
    )
