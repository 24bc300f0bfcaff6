"""A person's own shifts: the one that runs and those ahead, from the store."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shifts.rows import shift_of
from shifts.shift import Shift
from shifts.tables import ShiftRow


async def upcoming(
    session: AsyncSession, person: str, now: datetime, *, limit: int = 10, until: datetime | None = None
) -> tuple[Shift, ...]:
    """Shifts of `person` that have not ended at `now` and begin before `until`, the earliest first."""
    wanted = select(ShiftRow).where(ShiftRow.person == person, ShiftRow.ends > now)
    if until is not None:
        wanted = wanted.where(ShiftRow.starts < until)
    rows = await session.scalars(wanted.order_by(ShiftRow.starts, ShiftRow.id).limit(limit))
    return tuple(shift_of(row) for row in rows)
