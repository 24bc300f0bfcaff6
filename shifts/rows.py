"""Shifts and rows of tables, one out of the other."""

from __future__ import annotations

from datetime import timedelta

from shifts.shift import Shift, Source
from shifts.tables import DutyRow, RosterRow, ShiftRow

LONG = timedelta(days=8)
"""A week and the hour that a change of clocks adds to it are not long."""


def source_of(stored: str) -> Source:
    """The source that a column says."""
    return "override" if stored == "override" else "swap" if stored == "swap" else "rotation"


def shift_of(row: ShiftRow) -> Shift:
    """The shift ahead in a row."""
    return Shift(
        id=row.id,
        role=row.role,
        person=row.person,
        start=row.starts,
        end=row.ends,
        source=source_of(row.source),
        turn=row.turn,
        timezone=row.timezone,
    )


def past_shift(row: DutyRow) -> Shift:
    """The duty that was, out of the history."""
    return Shift(
        id=row.shift,
        role=row.role,
        person=row.person,
        start=row.starts,
        end=row.ends,
        source=source_of(row.source),
        turn=row.turn,
        timezone=row.timezone,
    )


def shift_row(row: RosterRow, shift: Shift) -> ShiftRow:
    """The row of a shift ahead."""
    return ShiftRow(
        id=shift.id,
        roster_id=row.id,
        role=shift.role,
        person=shift.person,
        starts=shift.start,
        ends=shift.end,
        source=shift.source,
        turn=shift.turn,
        timezone=shift.timezone,
        long=shift.end - shift.start > LONG,
    )
