"""What was and will be: a roster's shifts between two instants, out of the history and the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shifts.check import fairness_of
from shifts.errors import Nearest, RosterError, worded
from shifts.fairness import Burden
from shifts.people_file import People
from shifts.resolver import resolve
from shifts.roster_file import Roster, rules_of
from shifts.rows import past_shift
from shifts.shift import Shift
from shifts.tables import DutyRow, RosterRow, RosterVersionRow


@dataclass(frozen=True)
class Stood:
    """A roster's newest rules, and its shifts between two instants: as they were, then as they will be."""

    roster: Roster
    shifts: tuple[Shift, ...]


async def stood_between(session: AsyncSession, name: str, start: datetime, end: datetime) -> Stood:
    """Up to where the roster is settled the history counts, from there on its newest rules.

    Raises `RosterError` for a roster there is not, with the nearest names.
    """
    row = await session.scalar(select(RosterRow).where(RosterRow.name == name))
    if row is None:
        names = await session.scalars(select(RosterRow.name))
        raise RosterError(
            worded("no roster is called “{name}”; {hint}"), name=name, hint=Nearest(name, tuple(names))
        )
    version = await session.get(RosterVersionRow, (row.id, row.version))
    assert version is not None
    roster = rules_of(version.text)
    past = await session.scalars(
        select(DutyRow)
        .where(DutyRow.roster_id == row.id, DutyRow.starts < end, DutyRow.ends > start)
        .order_by(DutyRow.starts, DutyRow.id)
    )
    shifts = [past_shift(duty) for duty in past]
    begin = max(start, row.settled)
    if begin < end:
        shifts = _joined(shifts, resolve(roster, begin, end).shifts, row.settled)
    return Stood(roster, tuple(sorted(shifts, key=lambda shift: (shift.start, shift.role, shift.id))))


def _joined(past: Sequence[Shift], ahead: Sequence[Shift], settled: datetime) -> list[Shift]:
    """The history up to `settled`, then the rules; a shift that runs then is one."""
    running = {(shift.id, shift.person): shift for shift in past if shift.end == settled}
    whole = []
    for shift in ahead:
        before = running.pop((shift.id, shift.person), None)
        start = before.start if before is not None else max(shift.start, settled)
        whole.append(replace(shift, start=start))
    ended = {id(shift) for shift in running.values()}
    return [s for s in past if s.end != settled or id(s) in ended] + whole


async def fairness_between(
    session: AsyncSession,
    names: Sequence[str],
    start: datetime,
    end: datetime,
    people: People | None,
    pages: dict[str, int],
) -> dict[str, Burden]:
    """What duty for these rosters cost each person in a period, past or to come, with the pages received."""
    everything = [await stood_between(session, name, start, end) for name in names]
    burdens: dict[str, Burden] = {}
    for stood in everything:
        for person, own in fairness_of(stood.roster, stood.shifts, start, end, people).items():
            burdens[person] = burdens.get(person, Burden()) + own
    for person, count in pages.items():
        burdens[person] = replace(burdens.get(person, Burden()), pages=count)
    return burdens
