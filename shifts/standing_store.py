"""How people stand now, out of the store: their shifts, their absences in any roster, their own hours."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shifts import people_store
from shifts.intervals import Interval, union
from shifts.resolver import absence_intervals
from shifts.roster_file import Roster, rules_of
from shifts.standing import Standing, standing_of
from shifts.tables import RosterRow, RosterVersionRow
from shifts.who_is_on import who_is_on


async def standings(
    session: AsyncSession, instant: datetime, names: Collection[str] | None = None
) -> dict[str, Standing]:
    """How everybody (or those of `names` who are known) stands at `instant`, by name."""
    people = (await people_store.everybody(session)).people
    on = {shift.person for shift in await who_is_on(session, instant)}
    away = await absences_of_all(session)
    return {
        each.name: standing_of(each, instant, on_shift=each.name in on, absences=away.get(each.name, ()))
        for each in people
        if names is None or each.name in names
    }


async def absences_of_all(session: AsyncSession) -> dict[str, list[Interval]]:
    """When each person is away by the newest version of any roster, as instants, joined and in order."""
    return joined_absences(await newest_rosters(session))


async def newest_rosters(session: AsyncSession) -> list[Roster]:
    """Every roster by its newest version."""
    texts = await session.scalars(
        select(RosterVersionRow.text)
        .join(
            RosterRow,
            (RosterRow.id == RosterVersionRow.roster_id) & (RosterRow.version == RosterVersionRow.version),
        )
        .order_by(RosterRow.name)
    )
    return [rules_of(text) for text in texts]


def joined_absences(rosters: Iterable[Roster]) -> dict[str, list[Interval]]:
    """The absences of several rosters together: who is away is away from all."""
    spans: dict[str, list[Interval]] = {}
    for roster in rosters:
        own: Mapping[str, list[Interval]] = absence_intervals(roster)
        for person, intervals in own.items():
            spans.setdefault(person, []).extend(intervals)
    return {person: union(intervals) for person, intervals in spans.items()}
