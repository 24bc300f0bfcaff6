"""The rows of a roster's shifts: what has passed into the history, what lies ahead as the rules give it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shifts.intervals import clip
from shifts.rows import shift_of, shift_row
from shifts.shift import Gap, Resolution
from shifts.tables import DutyRow, RosterRow, ShiftRow


def up_to(resolution: Resolution, end: datetime) -> Resolution:
    """The resolution up to `end` only."""
    shifts = tuple(replace(s, end=min(s.end, end)) for s in resolution.shifts if s.start < end)
    gaps = tuple(
        Gap(g.role, *cut, g.fallback, g.on)
        for g in resolution.gaps
        for cut in clip([(g.start, g.end)], resolution.start, end)
    )
    return replace(resolution, end=end, shifts=shifts, gaps=gaps)


async def settle(session: AsyncSession, row: RosterRow, now: datetime) -> None:
    """Write into the history what has been duty since the roster was last settled."""
    begun = select(ShiftRow).where(ShiftRow.roster_id == row.id, ShiftRow.starts < now)
    open_duty = {
        (duty.shift, duty.person): duty
        for duty in await session.scalars(
            select(DutyRow).where(DutyRow.roster_id == row.id, DutyRow.ends == row.settled)
        )
    }
    for shift in await session.scalars(begun):
        ends = min(shift.ends, now)
        duty = open_duty.get((shift.id, shift.person))
        if duty is not None:
            duty.ends = ends
        elif ends > max(shift.starts, row.settled):
            session.add(
                DutyRow(
                    roster_id=row.id,
                    shift=shift.id,
                    role=shift.role,
                    person=shift.person,
                    starts=max(shift.starts, row.settled),
                    ends=ends,
                    source=shift.source,
                    turn=shift.turn,
                    timezone=shift.timezone,
                )
            )
    row.settled = max(row.settled, now)
    await session.flush()


async def published_shifts(session: AsyncSession, row: RosterRow, now: datetime) -> Resolution:
    """The shifts as they stand in the store, from `now` to where they were materialised."""
    rows = await session.scalars(select(ShiftRow).where(ShiftRow.roster_id == row.id, ShiftRow.ends > now))
    shifts = tuple(shift_of(each) for each in rows)
    return up_to(Resolution(row.name, now, row.materialised_until, shifts, (), ()), row.materialised_until)


async def write_ahead(session: AsyncSession, row: RosterRow, ahead: Resolution) -> None:
    """Make the stored shifts those of `ahead`; rows that are right already are left alone."""
    stored = {
        each.id: each for each in await session.scalars(select(ShiftRow).where(ShiftRow.roster_id == row.id))
    }
    for shift in ahead.shifts:
        known = stored.pop(shift.id, None)
        if known is None:
            session.add(shift_row(row, shift))
        elif shift_of(known) != shift:
            await session.merge(shift_row(row, shift))
    for gone in stored.values():
        await session.delete(gone)
    row.materialised_until = ahead.end
    await session.flush()
