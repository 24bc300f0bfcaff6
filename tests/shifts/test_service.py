"""Rosters and people in the store, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

import shifts.service as service_module
from bot import schema
from shifts.errors import RosterError
from shifts.ledger import fairness_between, stood_between
from shifts.resolver import resolve
from shifts.roster_file import parse_roster
from shifts.service import RosterService, StaleRosterError
from shifts.shift import Shift
from shifts.tables import DutyRow, ShiftRow
from shifts.who_is_on import who_is_next
from store.clock import ManualClock
from store.database import Database
from tests.shifts.rosters import at

ROSTER = """
roster: desk
timezone: Europe/Paris
horizon: {weeks: 6}
roles: {advocate: {fallback: chidi}}
layers:
  - {name: main, role: advocate, members: [ana, bo], starts: 2026-10-19, handoff: "09:00", turn: {weeks: 1}}
"""
CHIDI_FOR_ANA = (
    "overrides:\n  - {role: advocate, person: chidi, replaces: ana, from: 2026-10-20, to: 2026-11-20}\n"
)
START = at("2026-10-21T12:00")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def rosters(any_database: Database, clock: ManualClock) -> RosterService:
    return RosterService(any_database, clock)


async def people_on(rosters: RosterService, instant: datetime) -> list[str]:
    return [shift.person for shift in await rosters.shifts_at(instant)]


async def test_the_store_gives_the_same_shifts_as_the_rules(
    rosters: RosterService, any_database: Database
) -> None:
    await rosters.publish(ROSTER, by="ana")
    expected = resolve(parse_roster(ROSTER), START, START + timedelta(weeks=6)).shifts
    async with any_database.read() as session:
        stored = list(await session.scalars(select(ShiftRow).order_by(ShiftRow.starts)))
    assert [(s.id, s.person, s.starts, s.ends) for s in stored] == [
        (s.id, s.person, s.start, s.end) for s in expected
    ]
    for hours in range(0, 6 * 7 * 24, 31):
        instant = START + timedelta(hours=hours)
        assert await people_on(rosters, instant) == [s.person for s in expected if s.start <= instant < s.end]


async def test_materialising_again_changes_nothing(rosters: RosterService, any_database: Database) -> None:
    async def rows() -> list[tuple[object, ...]]:
        async with any_database.read() as session:
            found = await session.execute(select(ShiftRow.__table__).order_by(ShiftRow.id))
            return [tuple(row) for row in found]

    await rosters.publish(ROSTER, by="ana")
    first = await rows()
    assert await rosters.materialise() == {}
    assert await rows() == first and first


async def test_the_horizon_moves_with_the_clock_and_ids_stay(
    rosters: RosterService, clock: ManualClock
) -> None:
    await rosters.publish(ROSTER, by="ana")
    before = {s.id for day in range(40) for s in await rosters.shifts_at(START + timedelta(days=day))}
    await clock.advance(timedelta(weeks=2).total_seconds())
    assert await rosters.materialise() == {}
    after = {s.id for day in range(14, 54) for s in await rosters.shifts_at(START + timedelta(days=day))}
    assert len(before & after) == 4 and after - before


async def test_history_is_untouched_by_edits_of_the_past(rosters: RosterService, clock: ManualClock) -> None:
    await rosters.publish(ROSTER, by="ana")
    await clock.advance(timedelta(hours=24).total_seconds())
    await rosters.publish(ROSTER + CHIDI_FOR_ANA, by="bo")
    await clock.advance(timedelta(weeks=1).total_seconds())
    await rosters.materialise()

    def spans(shifts: list[Shift]) -> list[tuple[str, str, str]]:
        return [(s.person, f"{s.start:%m-%dT%H}", f"{s.end:%m-%dT%H}") for s in shifts]

    assert spans(await rosters.history("desk")) == [
        ("ana", "10-21T12", "10-22T12"),
        ("chidi", "10-22T12", "10-26T08"),
        ("bo", "10-26T08", "10-29T12"),
    ]
    assert await people_on(rosters, at("2026-10-22T11:59")) == ["ana"]
    assert await people_on(rosters, at("2026-10-22T12:00")) == ["chidi"]
    await rosters.publish(ROSTER.replace("[ana, bo]", "[dee, eli]"), by="dee")
    assert [s.person for s in await rosters.history("desk")] == ["ana", "chidi", "bo"]
    assert await people_on(rosters, at("2026-10-29T11:59")) == ["bo"]
    assert await people_on(rosters, at("2026-10-29T12:00")) == ["eli"]


async def test_duty_that_is_settled_often_is_one_row(
    rosters: RosterService, clock: ManualClock, any_database: Database
) -> None:
    await rosters.publish(ROSTER, by="ana")
    for _ in range(10):
        await clock.advance(3600)
        await rosters.materialise()
    async with any_database.read() as session:
        (row,) = await session.scalars(select(DutyRow))
    assert (row.person, row.starts, row.ends) == ("ana", START, START + timedelta(hours=10))


async def test_the_second_of_two_managers_is_told_what_the_first_changed(rosters: RosterService) -> None:
    await rosters.publish(ROSTER, by="ana", expected_version=0)
    await rosters.publish(ROSTER.replace("09:00", "10:00"), by="bo", expected_version=1)
    with pytest.raises(StaleRosterError) as told:
        await rosters.publish(ROSTER + CHIDI_FOR_ANA, by="chidi", expected_version=1)
    assert str(told.value) == (
        "roster desk: bo published version 2 at 2026-10-21T12:00Z; "
        "since version 1 this changed: layers main handoff: 09:00 -> 10:00"
    )
    assert (await rosters.text("desk"))[1] == 2
    with pytest.raises(StaleRosterError, match="bo published version 2"):
        await rosters.publish(ROSTER, by="dee", expected_version=0)


async def test_a_preview_says_who_gains_and_loses_and_publishes_nothing(rosters: RosterService) -> None:
    await rosters.publish(ROSTER, by="ana")
    changes = await rosters.preview(ROSTER + CHIDI_FOR_ANA)
    assert changes.touches == ("ana", "chidi")
    lost, gained = changes.changes["ana", "advocate"], changes.changes["chidi", "advocate"]
    assert lost.lost == gained.gained and lost.gained == gained.lost == ()
    weeks = [
        (START, at("2026-10-26T08:00")),
        (at("2026-11-02T08:00"), at("2026-11-09T08:00")),
    ]
    assert list(lost.lost)[:2] == weeks
    assert (await rosters.text("desk"))[1] == 1
    assert await people_on(rosters, START) == ["ana"]


async def test_a_preview_shows_gaps_that_open_and_rest_that_is_cut_short(rosters: RosterService) -> None:
    await rosters.publish(ROSTER, by="ana")
    away = "absences:\n" + "".join(
        f"  - {{person: {p}, from: 2026-10-24, to: 2026-10-25}}\n" for p in ("ana", "bo")
    )
    changes = await rosters.preview(ROSTER + away)
    (gap,) = changes.gaps_opened
    assert (gap.start, gap.end) == (at("2026-10-23T22:00"), at("2026-10-24T22:00"))
    early = "overrides:\n  - {role: advocate, person: bo, from: 2026-10-25T20:00, to: 2026-10-26T03:00}\n"
    assert ("bo", (at("2026-10-26T02:00"), at("2026-10-26T08:00"))) in (
        await rosters.preview(ROSTER + early)
    ).short_rests


async def test_a_change_that_nobody_made_is_told(
    rosters: RosterService, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rosters.publish(ROSTER, by="ana")
    # as a new tz database would: the same file gives other instants
    moved = ROSTER.replace("Europe/Paris", "Europe/London")
    monkeypatch.setattr(service_module, "rules_of", lambda _: parse_roster(moved))
    changed = await rosters.materialise()
    assert set(changed) == {"desk"} and changed["desk"].touches == ("ana", "bo")
    first = changed["desk"].personal["ana"][0]
    assert first.before == (START, at("2026-10-26T08:00"))
    assert first.after == (START, at("2026-10-26T09:00"))
    assert await rosters.materialise() == {}


async def test_an_empty_role_is_told_with_whom_would_be_paged(rosters: RosterService) -> None:
    await rosters.publish(ROSTER.replace("2026-10-19", "2026-10-26"), by="ana")
    (duty,) = await rosters.on_duty(START)
    assert (duty.roster, duty.role, duty.shifts, duty.fallback) == ("desk", "advocate", (), "chidi")


async def test_who_comes_next_is_told_by_roster_and_role(
    rosters: RosterService, any_database: Database
) -> None:
    await rosters.publish(ROSTER.replace("[ana, bo]", "[ana, [bo, dee]]"), by="ana")
    async with any_database.read() as session:
        following = await who_is_next(session, START)
        (last,) = (await who_is_next(session, at("2026-11-20T00:00"))).values()
    assert list(following) == [("desk", "advocate")]
    assert [(s.person, s.start) for s in following["desk", "advocate"]] == [
        ("bo", at("2026-10-26T08:00")),
        ("dee", at("2026-10-26T08:00")),
    ]
    assert [(s.person, s.start) for s in last] == [
        ("bo", at("2026-11-23T08:00")),
        ("dee", at("2026-11-23T08:00")),
    ]


async def test_the_ledger_joins_what_was_with_what_will_be_and_counts_pages(
    rosters: RosterService, any_database: Database, clock: ManualClock
) -> None:
    await rosters.publish(ROSTER, by="ana")
    await clock.advance(timedelta(hours=24).total_seconds())
    await rosters.publish(ROSTER.replace("[ana, bo]", "[eli, bo]"), by="bo")
    await clock.advance(timedelta(hours=2).total_seconds())
    await rosters.materialise()
    async with any_database.read() as session:
        stood = await stood_between(session, "desk", at("2026-10-20T00:00"), at("2026-11-02T08:00"))
        fair = await fairness_between(
            session, ["desk"], at("2026-10-22T00:00"), at("2026-11-02T08:00"), None, {"bo": 3}
        )
        with pytest.raises(RosterError, match="did you mean desk"):
            await stood_between(session, "dsk", START, START + timedelta(days=1))
    assert [(s.person, s.start, s.end) for s in stood.shifts] == [
        ("ana", START, START + timedelta(hours=24)),
        ("eli", START + timedelta(hours=24), at("2026-10-26T08:00")),
        ("bo", at("2026-10-26T08:00"), at("2026-11-02T08:00")),
    ]
    assert (fair["ana"].hours, fair["bo"].hours, fair["bo"].pages) == (12.0, 168.0, 3)
    assert fair["eli"].hours == 3 * 24 + 20


async def test_beyond_the_horizon_the_rules_say_who_will_be_on(rosters: RosterService) -> None:
    await rosters.publish(ROSTER, by="ana")
    (duty,) = await rosters.on_duty(START + timedelta(weeks=20))
    assert [shift.person for shift in duty.shifts] == ["ana"]


async def test_an_unknown_roster_is_answered_with_the_nearest_name(rosters: RosterService) -> None:
    await rosters.publish(ROSTER, by="ana")
    with pytest.raises(RosterError, match="no roster is called “dsk”; did you mean desk"):
        await rosters.text("dsk")


async def test_the_file_comes_back_as_it_was_written(rosters: RosterService) -> None:
    await rosters.publish("# our comment\n" + ROSTER, by="ana")
    assert await rosters.text("desk") == ("# our comment\n" + ROSTER, 1)


async def test_the_migrations_make_these_tables_and_take_them_back(database_url: str) -> None:
    tables = ("people", "contact_methods", "rosters", "roster_versions", "shifts", "duty_history")

    async def about_these() -> list[str]:
        return [said for said in await schema.check(database) if any(f"'{name}'" in said for name in tables)]

    database = Database(database_url)
    await schema.upgrade(database)
    assert await about_these() == []
    await schema.downgrade(database, "0001")
    await schema.upgrade(database)
    assert await about_these() == []
    await database.dispose()
