"""Who is on at an instant: by the history before a roster was settled, by its shifts after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, and_, bindparam, exists, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from shifts.rows import LONG, shift_of, source_of
from shifts.shift import Shift
from shifts.tables import DutyRow, RosterRow, ShiftRow
from store.database import Database, UtcDateTime
from store.prompt import instant as read_instant


def _statement() -> CompoundSelect[Any]:
    """The one statement, made once: making it takes longer than the database does to answer."""
    instant, since = bindparam("instant", type_=UtcDateTime()), bindparam("since", type_=UtcDateTime())
    settled_later = exists().where(RosterRow.settled > instant)
    ahead = select(
        ShiftRow.id,
        ShiftRow.role,
        ShiftRow.person,
        ShiftRow.starts,
        ShiftRow.ends,
        ShiftRow.source,
        ShiftRow.turn,
        ShiftRow.timezone,
    ).where(
        ShiftRow.starts <= instant,
        ShiftRow.ends > instant,
        ~settled_later.where(RosterRow.id == ShiftRow.roster_id),
    )
    past = select(
        DutyRow.shift,
        DutyRow.role,
        DutyRow.person,
        DutyRow.starts,
        DutyRow.ends,
        DutyRow.source,
        DutyRow.turn,
        DutyRow.timezone,
    ).where(
        DutyRow.starts <= instant,
        DutyRow.ends > instant,
        settled_later.where(RosterRow.id == DutyRow.roster_id),
    )
    short = ahead.where(ShiftRow.long.is_(False), ShiftRow.starts >= since)
    long = ahead.where(ShiftRow.long.is_(True))
    return union_all(short, long, past)


_STATEMENT = _statement()


async def who_is_on(session: AsyncSession, instant: datetime) -> list[Shift]:
    """Everybody on at `instant`, as this transaction sees it."""
    found = await session.execute(_STATEMENT, _values(instant))
    return _read(found.all())


async def who_is_on_now(database: Database, instant: datetime) -> list[Shift]:
    """The same as it was last committed, in well under a millisecond: for a page, which waits for nothing."""
    return _read(await database.prompt.ask(_STATEMENT, _values(instant)))


async def who_is_next(session: AsyncSession, instant: datetime) -> dict[tuple[str, str], list[Shift]]:
    """Who comes on next after `instant`, by roster and role: all of those who begin together.

    As far as shifts are materialised; a role that nobody takes up again by then is left out.
    """
    first = (
        select(ShiftRow.roster_id, ShiftRow.role, func.min(ShiftRow.starts).label("starts"))
        .where(ShiftRow.starts > instant)
        .group_by(ShiftRow.roster_id, ShiftRow.role)
        .subquery()
    )
    rows = await session.execute(
        select(RosterRow.name, ShiftRow)
        .join(RosterRow, RosterRow.id == ShiftRow.roster_id)
        .join(
            first,
            and_(
                first.c.roster_id == ShiftRow.roster_id,
                first.c.role == ShiftRow.role,
                first.c.starts == ShiftRow.starts,
            ),
        )
        .order_by(RosterRow.name, ShiftRow.role, ShiftRow.id)
    )
    found: dict[tuple[str, str], list[Shift]] = {}
    for roster, row in rows:
        found.setdefault((roster, row.role), []).append(shift_of(row))
    return found


def _values(instant: datetime) -> dict[str, datetime]:
    return {"instant": instant, "since": instant - LONG}


def _read(rows: Iterable[Sequence[Any]]) -> list[Shift]:
    shifts = [
        Shift(name, role, person, read_instant(starts), read_instant(ends), source_of(source), turn, timezone)
        for name, role, person, starts, ends, source, turn, timezone in rows
    ]
    return sorted(shifts, key=lambda shift: (shift.role, shift.start, shift.id))
