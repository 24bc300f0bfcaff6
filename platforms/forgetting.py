"""What a job made is forgotten: its numbers and pictures go, who did it stays."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from platforms.job import Job, JobState
from platforms.jobs import job_of
from platforms.tables import JobRow

BY = "deleted_by"


def deleted_by(job: Job) -> str | None:
    """Who had what this job made deleted; None where it stands."""
    found = job.results.get(BY)
    return found if isinstance(found, str) else None


async def forget_in(session: AsyncSession, number: int, *, by: str, now: datetime) -> Job | None:
    """Forget what a job made, in the caller's transaction; None where it runs, or is forgotten already.

    The job's card is told anew, and the same request asks no “again?”, since nothing answers it any more.
    """
    row = await session.get(JobRow, number, with_for_update=True, populate_existing=True)
    if row is None or row.ended is None or BY in row.results:
        return None
    row.state, row.tell_at = JobState.CANCELLED.value, now
    row.results, row.pictures = {BY: by}, {}
    row.said, row.failure, row.advice = "", None, None
    await session.flush()
    return job_of(row)
