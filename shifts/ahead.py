"""The shifts that are on or ahead, as they stand in the store."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shifts.rows import shift_of
from shifts.shift import Shift
from shifts.tables import RosterRow, ShiftRow


async def shifts_ahead(
    session: AsyncSession,
    now: datetime,
    until: datetime,
    *,
    roster: str | None = None,
    person: str | None = None,
) -> list[Shift]:
    """The shifts that have not ended at `now` and begin before `until`, soonest first."""
    rows = (
        select(ShiftRow)
        .join(RosterRow, RosterRow.id == ShiftRow.roster_id)
        .where(ShiftRow.ends > now, ShiftRow.starts < until)
        .order_by(ShiftRow.starts, ShiftRow.role, ShiftRow.id)
    )
    if roster is not None:
        rows = rows.where(RosterRow.name == roster)
    if person is not None:
        rows = rows.where(ShiftRow.person == person)
    return [shift_of(row) for row in await session.scalars(rows)]
