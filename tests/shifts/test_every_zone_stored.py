"""The store through every kind of change of clocks: history stays, the future is not written twice."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from shifts.intervals import clip, union
from shifts.resolver import resolve
from shifts.roster_file import Roster, write_roster
from shifts.service import RosterService
from shifts.shift import Shift
from shifts.tables import DutyRow, RosterRow, RosterVersionRow, ShiftRow
from store.clock import ManualClock
from store.database import Database
from tests.shifts.rosters import layer, roster
from tests.shifts.test_every_zone import one_per_rule
from tests.shifts.zone_changes import Change


def one_of_each_kind() -> list[tuple[str, Change]]:
    """A zone for each direction, width and time of day at which the clocks of some zone change."""
    kinds = {
        (change.forward, abs(change.after - change.before), change.earlier_wall.time()): (zone, change)
        for zone, change in one_per_rule()
    }
    return list(kinds.values())


def daily(zone: str, change: Change, people: list[str]) -> Roster:
    inside = change.earlier_wall + (change.later_wall - change.earlier_wall) / 2
    first = (change.instant - timedelta(days=9)).date().isoformat()
    return roster(layer(people, {"days": 1}, first, f"{inside:%H:%M}"), timezone=zone, horizon={"weeks": 1})


def of(shifts: list[Shift] | tuple[Shift, ...], people: list[str], *period: object) -> dict[str, object]:
    return {
        person: clip(union((s.start, s.end) for s in shifts if s.person == person), *period)  # type: ignore[arg-type]
        for person in people
    }


async def stored(database: Database) -> list[tuple[object, ...]]:
    async with database.read() as session:
        return [tuple(row) for row in await session.execute(select(ShiftRow.__table__).order_by(ShiftRow.id))]


async def test_through_every_kind_of_change_history_stays_and_materialising_again_changes_nothing(
    database: Database,
) -> None:
    for zone, change in one_of_each_kind():
        begin = change.instant - timedelta(days=2, hours=5)
        clock = ManualClock(begin)
        service = RosterService(database, clock)
        rules = daily(zone, change, ["ana", "bo"])
        await service.publish(write_roster(rules), by="ana")
        for hours in (50, 6, 20):  # to just before the change, past it, and on
            await clock.advance(timedelta(hours=hours).total_seconds())
            assert await service.materialise() == {}, zone
        ahead = await stored(database)
        assert await service.materialise() == {} and await stored(database) == ahead, zone
        edited = clock.now()
        past = await service.history("desk")
        was = resolve(rules, begin, edited).shifts
        assert of(past, ["ana", "bo"], begin, edited) == of(was, ["ana", "bo"], begin, edited), zone
        await service.publish(write_roster(daily(zone, change, ["eli"])), by="bo")
        assert await service.history("desk") == past, zone
        assert {shift.person for shift in await service.shifts_at(edited)} == {"eli"}
        assert await service.shifts_at(begin) == [shift for shift in past if shift.start == begin], zone
        async with database.write() as session:
            for table in (ShiftRow, DutyRow, RosterVersionRow, RosterRow):
                await session.execute(delete(table))
