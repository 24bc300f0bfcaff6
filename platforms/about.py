"""Jobs that name a source and no event, and the events they may be about."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from platforms.job import Job
from platforms.jobs import job_of
from platforms.tables import JobEventRow, JobRow


async def jobs_about(session: AsyncSession, event: str, *, limit: int) -> tuple[Job, ...]:
    """The jobs that name no event and may be about this one, newest first."""
    wanted = (
        select(JobRow)
        .join(JobEventRow, JobEventRow.job_id == JobRow.id)
        .where(JobEventRow.event == event, JobRow.event.is_(None))
        .order_by(JobRow.created.desc(), JobRow.id.desc())
        .limit(limit)
    )
    return tuple(job_of(row) for row in await session.scalars(wanted))


async def events_about(session: AsyncSession, jobs: Collection[int]) -> Mapping[int, tuple[str, ...]]:
    """The events, by their keys, that each of these jobs may be about."""
    found: dict[int, tuple[str, ...]] = {}
    if not jobs:
        return found
    rows = select(JobEventRow).where(JobEventRow.job_id.in_(jobs)).order_by(JobEventRow.event)
    for row in await session.scalars(rows):
        found[row.job_id] = (*found.get(row.job_id, ()), row.event)
    return found
