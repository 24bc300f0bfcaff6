"""Overrides, fixed schedules and absences on a published roster: who may, what changes, who is told."""

from __future__ import annotations

import pytest
from sqlalchemy import select

import store.audit
from shifts.actor import Actor
from shifts.changes import RosterChanges, absence, fixed_schedule, override, taken_back
from shifts.duty_tables import DutyNewsRow
from shifts.errors import RosterError
from shifts.service import RosterService, StaleRosterError
from store.clock import ManualClock
from store.database import Database
from tests.shifts.rosters import at
from tests.shifts.test_swaps import ROSTER, START

ELI = Actor("eli", "slack", manages=True)


@pytest.fixture
async def changes(database: Database) -> RosterChanges:
    clock = ManualClock(START)
    await RosterService(database, clock).publish(ROSTER, by="eli")
    return RosterChanges(database, clock)


async def on(database: Database, text: str) -> list[str]:
    return [s.person for s in await RosterService(database, ManualClock(START)).shifts_at(at(text))]


async def test_an_override_puts_somebody_in_the_place_of_another(
    changes: RosterChanges, database: Database
) -> None:
    edit = override("advocate", "2026-10-27T08:00", "2026-10-28T08:00", person="chidi", replaces="bo")
    assert (await changes.preview("desk", edit)).touches == ("bo", "chidi")
    assert await on(database, "2026-10-27T12:00") == ["bo"]
    assert (await changes.make(ELI, "desk", edit)).version == 2
    assert await on(database, "2026-10-27T12:00") == ["chidi"]
    await changes.make(ELI, "desk", taken_back("overrides", 1))
    assert await on(database, "2026-10-27T12:00") == ["bo"]
    async with database.read() as session:
        entries = await store.audit.entries(session, subject="desk", what="roster.")
    assert [(e.who, e.where, e.what, e.result) for e in entries] == [
        ("eli", "slack", "roster.overrides.remove", "version 3"),
        ("eli", "slack", "roster.overrides.add", "version 2"),
    ]


async def test_everybody_touched_is_owed_before_and_after_and_the_managers_who_did_it(
    changes: RosterChanges, database: Database
) -> None:
    async with database.write() as session:
        for row in await session.scalars(select(DutyNewsRow)):
            await session.delete(row)
    edit = override("advocate", "2026-10-27T08:00", "2026-10-28T08:00", person="chidi", replaces="bo")
    await changes.make(ELI, "desk", edit)
    async with database.read() as session:
        rows = {row.person: row for row in await session.scalars(select(DutyNewsRow))}
    assert set(rows) == {"bo", "chidi", None}
    (gained,) = rows["chidi"].document["changes"]
    assert gained["before"] is None and gained["other"] == "bo"
    assert gained["after"] == ["2026-10-27T07:00:00+00:00", "2026-10-28T07:00:00+00:00"]
    assert rows[None].document["by"] == "eli" and rows[None].document["touched"] == ["bo", "chidi"]


async def test_a_fixed_schedule_is_made_and_taken_back(changes: RosterChanges, database: Database) -> None:
    turnouts = [("chidi", "2026-10-27", "2026-10-28"), ("dee", "2026-10-28", "2026-10-29")]
    await changes.make(ELI, "desk", fixed_schedule("advocate", "2026-10-27", "2026-10-29", turnouts))
    assert await on(database, "2026-10-27T12:00") == ["chidi"]
    assert await on(database, "2026-10-28T12:00") == ["dee"]
    assert await on(database, "2026-10-29T12:00") == ["bo"]


async def test_everybody_notes_their_own_absence_and_managers_that_of_others(
    changes: RosterChanges, database: Database
) -> None:
    await changes.away(Actor("bo"), "bo", "2026-10-27", "2026-10-28", timezone="Asia/Tokyo")
    assert await on(database, "2026-10-26T16:00") == ["ana"]
    with pytest.raises(RosterError, match="chidi may not note an absence: that is for ana or a roster manag"):
        await changes.away(Actor("chidi"), "ana", "2026-11-03", "2026-11-04")
    await changes.away(ELI, "ana", "2026-11-03", "2026-11-04")
    assert await on(database, "2026-11-03T12:00") == ["bo"]
    with pytest.raises(RosterError, match="“anna” stands in no roster; did you mean ana"):
        await changes.away(ELI, "anna", "2026-11-03", "2026-11-04")


async def test_overrides_are_for_managers(changes: RosterChanges) -> None:
    edit = override("advocate", "2026-10-27", "2026-10-28", person="chidi")
    with pytest.raises(RosterError, match="bo may not edit the overrides of desk: that is for roster mana"):
        await changes.make(Actor("bo"), "desk", edit)


async def test_the_second_of_two_managers_is_told_what_the_first_did(changes: RosterChanges) -> None:
    first = override("advocate", "2026-10-27", "2026-10-28", person="chidi")
    await changes.make(ELI, "desk", first, expected_version=1)
    with pytest.raises(StaleRosterError, match=r"eli published version 2 at .* overrides: nothing -> "):
        await changes.make(ELI, "desk", absence("ana", "2026-11-03", "2026-11-04"), expected_version=1)


async def test_what_is_wrong_with_an_exception_is_said_and_nothing_is_published(
    changes: RosterChanges, database: Database
) -> None:
    for edit, said in (
        (override("advocat", "2026-10-27", "2026-10-28", person="chidi"), "did you mean advocate"),
        (override("advocate", "2026-10-28", "2026-10-27", person="chidi"), "is not after from 2026-10-28"),
        (override("advocate", "2026-10-27", "2026-10-28", person="chidy"), "did you mean chidi"),
        (override("advocate", "tomorrow", "2026-10-28", person="chidi"), "'tomorrow' is not a local time"),
        (taken_back("absences", 1), "absences #1 is not in the file; there are none"),
    ):
        with pytest.raises(RosterError, match=said):
            await changes.make(ELI, "desk", edit)
    with pytest.raises(RosterError, match="'override' is not a part of a roster; did you mean overrides"):
        taken_back("override", 1)
    assert (await RosterService(database, ManualClock(START)).text("desk"))[1] == 1
