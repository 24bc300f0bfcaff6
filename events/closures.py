"""Facilities that are closed for a while, by weather or maintenance: counted out until they open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from events.tables import ClosureRow
from facilities.observability import Closure
from store.upsert import insert


async def close(
    session: AsyncSession, facility: str, *, until: datetime | None, why: str, by: str, at: datetime
) -> None:
    """Close a facility from now on; closing it again says something new of it."""
    values = {"facility": facility, "since": at, "until": until, "why": why, "by": by[:120]}
    wish = insert(session, ClosureRow).values(values)
    await session.execute(wish.on_conflict_do_update(index_elements=[ClosureRow.facility], set_=values))


async def reopen(session: AsyncSession, facility: str) -> bool:
    """Open it again; False where it was not closed."""
    gone = delete(ClosureRow).where(ClosureRow.facility == facility).returning(ClosureRow.facility)
    return (await session.execute(gone)).first() is not None


async def closures_at(session: AsyncSession, at: datetime) -> Mapping[str, Closure]:
    """What is closed at `at` or was closed with an end after it, by facility."""
    standing = select(ClosureRow).where(or_(ClosureRow.until.is_(None), ClosureRow.until > at))
    rows = await session.scalars(standing.order_by(ClosureRow.facility))
    return {row.facility: Closure(row.facility, row.until, row.why) for row in rows}
