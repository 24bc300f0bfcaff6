"""Absences out of people's calendars: where they live, once each, and up to date when imported again."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.calendar_fetch import read_source
from bot.cli.inputs import InputError
from shifts.absence_import import AbsenceImport
from shifts.actor import Actor
from shifts.calendar_reading import MOST_ABSENCES, Away, read_absences
from shifts.errors import RosterError
from shifts.people import PeopleService
from shifts.people_file import parse_people
from shifts.roster_file import parse_roster
from shifts.service import RosterService
from shifts.standing_store import standings
from store.clock import ManualClock
from store.database import Database
from tests.shifts.rosters import at

NOW, LATER = at("2026-11-20T03:00"), at("2027-11-20T03:00")
ANA = Actor("ana")

ROSTER = """# ours
roster: desk
timezone: UTC
layers:
  - {name: main, role: advocate, members: [ana, bo], starts: 2026-11-02, handoff: "09:00", turn: {days: 1}}
absences:
  - {person: ana, from: "2026-11-25", to: "2026-11-26"}   # by hand
"""


def event(start: str, end: str | None = None, **more: str) -> str:
    lines = [f"UID:{start}@x", "DTSTAMP:20261101T000000Z", f"DTSTART{start}"]
    lines += [f"DTEND{end}"] if end else []
    lines += [f"{key.replace('_', '-').upper()}:{value}" for key, value in more.items()]
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])


def calendar(*events: str) -> bytes:
    text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", *events, "END:VCALENDAR", ""])
    return text.encode()


def read(*events: str, timezone: str = "Asia/Tokyo", matching: str | None = None) -> tuple[Away, ...]:
    return read_absences(calendar(*events), timezone=timezone, start=NOW, end=LATER, matching=matching)


def test_whole_days_are_the_persons_own_and_hours_are_instants() -> None:
    assert read(event(";VALUE=DATE:20261224", ";VALUE=DATE:20261227")) == (
        Away("2026-12-24", "2026-12-27", "Asia/Tokyo"),
    )
    assert read(event(";VALUE=DATE:20261224")) == (Away("2026-12-24", "2026-12-25", "Asia/Tokyo"),)
    hours = event(";TZID=Europe/Paris:20261201T090000", ";TZID=Europe/Paris:20261201T103015")
    assert read(hours) == (Away("2026-12-01T08:00Z", "2026-12-01T09:31Z", None),)
    floating = event(":20261201T090000", ":20261201T100000")
    assert read(floating) == (Away("2026-12-01T00:00Z", "2026-12-01T01:00Z", None),)


def test_recurring_ones_come_one_by_one_without_those_taken_out_or_cancelled() -> None:
    weekly = event(
        ";VALUE=DATE:20261204", ";VALUE=DATE:20261205", rrule="FREQ=WEEKLY;COUNT=4", summary="Leave",
exdate="20261211",
    ).replace("EXDATE:", "EXDATE;VALUE=DATE:")  # fmt: skip
    cancelled = event(";VALUE=DATE:20270105", status="CANCELLED")
    talk = event(":20270106T090000Z", ":20270106T100000Z", summary="a talk")
    assert [each.begins for each in read(weekly, cancelled, talk, matching="leave")] == [
        "2026-12-04",
        "2026-12-18",
        "2026-12-25",
    ]


def test_what_has_passed_and_what_is_more_than_a_year_ahead_is_left_out_and_what_runs_is_in() -> None:
    events = [
        event(";VALUE=DATE:20261118", ";VALUE=DATE:20261120"),  # until 19 Nov 15:00 UTC in Tokyo
        event(";VALUE=DATE:20261119", ";VALUE=DATE:20261121"),
        event(";VALUE=DATE:20271121", ";VALUE=DATE:20271122"),
    ]
    assert [each.begins for each in read(*events)] == ["2026-11-19"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not a calendar"),
        (b"<html>sign in</html>", "is not a calendar"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n", "is not a calendar"),
        (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "is not a calendar"),
        (b"x" * 2_000_001, "2000001 bytes"),
        (calendar(event(":20261201T090000Z", rrule="FREQ=SECONDLY")), "more often than daily"),
        (calendar(event(":20261201T090000Z", rrule="FREQ=DAILY;BYMINUTE=1,2,3")), "more often than daily"),
        (calendar(event(":20261201T090000Z", rrule="FREQ=DAILY")), f"more than {MOST_ABSENCES}"),
        (calendar(event(":99999999T990000Z")), "is not a calendar"),
    ],
)
def test_a_calendar_that_is_none_or_would_never_end_gets_one_sentence(content: bytes, said: str) -> None:
    with pytest.raises(RosterError) as refused:
        read_absences(content, timezone="UTC", start=NOW, end=LATER)
    assert said in str(refused.value) and "\n" not in str(refused.value)


@pytest.fixture
async def service(database: Database, clock: ManualClock) -> AbsenceImport:
    people = parse_people(
        "- {name: ana, timezone: Asia/Tokyo}\n- {name: bo, timezone: UTC}\n- {name: chidi, timezone: UTC}\n"
    )
    await PeopleService(database, clock).put(people, by="root")
    await RosterService(database, clock).publish(ROSTER, by="root")
    return AbsenceImport(database, clock)


async def absences(database: Database, clock: ManualClock) -> list[tuple[str, str | None]]:
    text, _ = await RosterService(database, clock).text("desk")
    assert text.startswith("# ours") and "# by hand" in text
    return [(each.to_dict()["from"], each.calendar) for each in parse_roster(text).absences]


async def test_importing_again_brings_up_to_date_and_doubles_nothing(
    service: AbsenceImport, database: Database, clock: ManualClock
) -> None:
    christmas, skiing = event(";VALUE=DATE:20261224", ";VALUE=DATE:20261227"), event(";VALUE=DATE:20270201")
    (taken,) = await service.put(ANA, "ana", "holidays", calendar(christmas, skiing))
    assert (len(taken.added), len(taken.removed)) == (2, 0) and taken.preview.changes
    assert await service.put(ANA, "ana", "holidays", calendar(skiing, christmas)) == []
    longer = event(";VALUE=DATE:20261224", ";VALUE=DATE:20261231")
    (taken,) = await service.put(ANA, "ana", "holidays", calendar(longer))
    assert (len(taken.added), len(taken.removed)) == (1, 2)
    assert await absences(database, clock) == [("2026-11-25", None), ("2026-12-24", "holidays")]
    await service.put(ANA, "ana", "conferences", calendar(event(";VALUE=DATE:20270301")))
    await clock.advance(60 * 86400)
    assert [each.roster for each in await service.put(ANA, "ana", "conferences", calendar())] == ["desk"]
    # what has passed is history and stays
    assert await service.put(ANA, "ana", "holidays", calendar()) == []
    assert await absences(database, clock) == [("2026-11-25", None), ("2026-12-24", "holidays")]


async def test_the_turn_goes_to_the_other_and_the_person_is_on_leave(
    service: AbsenceImport, database: Database, clock: ManualClock
) -> None:
    rosters = RosterService(database, clock)
    off = at("2026-11-30T12:00")
    (before,) = await rosters.shifts_at(off)
    assert before.person == "ana"
    content = calendar(event(";VALUE=DATE:20261130", ";VALUE=DATE:20261202"))
    (previewed,) = await service.preview("ana", "holidays", content)
    assert (await rosters.shifts_at(off)) == [before]
    (taken,) = await service.put(ANA, "ana", "holidays", content)
    assert (previewed.added, previewed.preview.changes) == (taken.added, taken.preview.changes)
    assert [shift.person for shift in await rosters.shifts_at(off)] == ["bo"]
    async with database.read() as session:
        assert (await standings(session, off))["ana"].on_leave


async def test_only_the_person_or_a_manager_imports_and_only_for_who_stands_in_a_roster(
    service: AbsenceImport,
) -> None:
    with pytest.raises(RosterError, match="bo may not import absences"):
        await service.put(Actor("bo"), "ana", "holidays", calendar())
    with pytest.raises(RosterError, match="chidi stands in no roster"):
        await service.put(Actor("bo", manages=True), "chidi", "holidays", calendar())


async def test_addresses_are_read_from_named_hosts_over_https_only_and_never_repeated(
    tmp_path: Path,
) -> None:
    file = tmp_path / "leave.ics"
    file.write_bytes(calendar())
    assert await read_source(str(file), ()) == calendar()
    for source in (
        "https://evil.example/secret-4711/basic.ics",
        "webcal://169.254.169.254/secret-4711",
        "http://calendar.google.com/secret-4711",
        "https://ana:secret-4711@calendar.google.com/basic.ics",
        "https://calendar.google.com:8443/secret-4711",
        "https://[/secret-4711",
    ):
        with pytest.raises(InputError) as refused:
            await read_source(source, ("calendar.google.com",))
        assert "secret-4711" not in str(refused.value) and "\n" not in str(refused.value)
