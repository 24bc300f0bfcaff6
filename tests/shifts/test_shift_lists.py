# ruff: noqa: E501 - tables of one line each
"""Rosters come from and go to tables and calendars without an hour lost; mistakes are told with their line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from shifts.calendar import calendar_feed
from shifts.errors import RosterError
from shifts.people_file import parse_people
from shifts.resolver import resolve
from shifts.roster_file import SHADOW, parse_roster, read_roster, write_roster
from shifts.shift_lists import as_roster, read_csv, read_ical, write_csv
from tests.shifts.rosters import at, layer, roster

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
FROM, TO = at("2026-10-20T00:00"), at("2026-11-10T00:00")
PEOPLE = parse_people("- {name: ana, timezone: UTC, email: ana@example.org}\n- {name: bo, timezone: UTC}\n")


def spans(shifts: tuple[object, ...]) -> set[tuple[object, ...]]:
    return {(s.role, s.person, s.start, s.end) for s in shifts}  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["grandma-like", "growth-like", "goto-like"])
@pytest.mark.parametrize("form", ["csv", "ical"])
def test_an_example_comes_back_from_a_table_and_from_a_calendar_shift_by_shift(name: str, form: str) -> None:
    rules = read_roster(EXAMPLES / f"{name}.yaml")
    # A trainee's shifts are listed, but they follow from those of whom they shadow.
    shifts = resolve(rules, FROM, TO).shifts
    in_earnest = tuple(shift for shift in shifts if not shift.role.endswith(SHADOW))
    assert in_earnest
    zones = {"ana": "America/Santiago", "bo": "Asia/Kathmandu"}
    if form == "csv":
        listed = read_csv(write_csv(shifts, zones), "Asia/Tokyo")
    else:
        listed = read_ical(calendar_feed(shifts, title="x", now=FROM, zones=zones), "Asia/Tokyo")
    again = parse_roster(write_roster(as_roster(listed, "again", "Asia/Tokyo")))
    assert spans(resolve(again, FROM, TO).shifts) == spans(in_earnest)


def test_times_of_a_table_are_local_of_the_row_or_else_of_the_roster() -> None:
    text = "Person;Start;End;Zone\nana;2026-10-25 00:00;2026-10-25 12:00;\nbo;2026-10-25T12:00;2026-10-26;Asia/Tokyo\n"
    first, second = read_csv(text, "Europe/Paris", role="advocate")
    assert (first.start, first.end) == (at("2026-10-24T22:00"), at("2026-10-25T11:00"))
    assert (second.start, second.end) == (at("2026-10-25T03:00"), at("2026-10-25T15:00"))


def test_cells_that_a_spreadsheet_would_run_are_defused_and_read_back() -> None:
    desk = roster(layer(["=cmd|x", "@bo"], {"days": 1}, "2026-10-19"))
    shifts = resolve(desk, FROM, TO).shifts
    text = write_csv(shifts)
    assert not [cell for line in text.splitlines() for cell in line.split(",") if cell.startswith(("=", "@"))]
    assert {each.person for each in read_csv(text, "UTC")} == {"=cmd|x", "@bo"}


def test_a_list_laid_over_a_roster_replaces_its_rotation_for_its_time_only() -> None:
    base = roster(layer(["ana", "bo"], {"weeks": 1}, "2026-10-19"))
    listed = read_csv("person,from,to,role\nbo,2026-10-21,2026-10-22,advocate\n", "UTC")
    merged = as_roster(listed, "desk", "UTC", base=base)
    told = [(s.person, f"{s.start:%m-%dT%H}") for s in resolve(merged, FROM, at("2026-10-26T12:00")).shifts]
    assert told == [("ana", "10-19T09"), ("bo", "10-21T00"), ("ana", "10-22T00"), ("bo", "10-26T09")]


ICAL = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
SUMMARY:On call
ATTENDEE:mailto:Ana@example.org
DTSTART;TZID=Europe/Paris:20261020T090000
DTEND;TZID=Europe/Paris:20261021T090000
RRULE:FREQ=DAILY;INTERVAL=2;COUNT=5
EXDATE;TZID=Europe/Paris:20261022T090000
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTAMP:20260101T000000Z
SUMMARY:bo: deputy
DTSTART;VALUE=DATE:20261024
DTEND;VALUE=DATE:20261026
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTAMP:20260101T000000Z
SUMMARY:bo: deputy
STATUS:CANCELLED
DTSTART:20261101T000000Z
DTEND:20261102T000000Z
END:VEVENT
END:VCALENDAR
"""


def test_a_calendar_is_read_with_recurrences_addresses_whole_days_and_cancellations() -> None:
    listed = read_ical(
        ICAL.replace("\n", "\r\n").encode(), "Pacific/Auckland", role="advocate", people=PEOPLE
    )
    ana = [(each.start, each.end) for each in listed if each.person == "ana"]
    assert ana == [
        (at("2026-10-20T07:00"), at("2026-10-21T07:00")),
        (at("2026-10-24T07:00"), at("2026-10-25T08:00")),
        (at("2026-10-26T08:00"), at("2026-10-27T08:00")),
        (at("2026-10-28T08:00"), at("2026-10-29T08:00")),
    ]
    (bo,) = [each for each in listed if each.person == "bo"]
    assert (bo.role, bo.start, bo.end) == ("deputy", at("2026-10-23T11:00"), at("2026-10-25T11:00"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty; expected a line of headings"),
        ("person,from\nana,2026-10-20\n", "have 0 times 'to'"),
        ("person,form,to\n", "'form' is not a column of shifts; did you mean from?"),
        ("person,from,to\nana,2026-10-21,2026-10-20\n", "line 2: to 2026-10-20T00:00Z is not after from"),
        ("person,from,to\nana,2026-10-32,2026-10-20\n", "line 2: '2026-10-32' is not a day of the calendar"),
        ("person,from,to\nana,20 Oct,2026-10-20\n", "line 2: '20 Oct' is not a local time"),
        (
            "person,from,to,zone\nana,2026-10-20,2026-10-21,CEST\n",
            "line 2: no IANA time zone is called 'CEST'",
        ),
        ("person,from,to\n,2026-10-20,2026-10-21\n", "line 2: person is missing"),
        ("person,from,to\n", "lists no shifts"),
        (
            "person,from,to\nanna,2026-10-20,2026-10-21\n",
            "line 2: no person is called 'anna'; did you mean ana?",
        ),
        (
            "person,from,to\nana,2026-10-20,2026-10-22\nana,2026-10-21,2026-10-23\n",
            "fixed #1 shifts #1 and #1 shifts #2 overlap: both have ana on twice as advocate at 2026-10-21T00:00Z",
        ),
    ],
)
def test_each_mistake_in_a_table_gets_one_clear_sentence(text: str, said: str) -> None:
    with pytest.raises(RosterError) as refused:
        as_roster(read_csv(text, "UTC", role="advocate"), "desk", "UTC", people=PEOPLE)
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_a_row_without_any_role_is_refused() -> None:
    with pytest.raises(RosterError, match="line 2: no role is named"):
        read_csv("person,from,to\nana,2026-10-20,2026-10-21\n", "UTC")


@pytest.mark.parametrize(
    "content", [b"", b"BEGIN:VCALENDAR", b"\xff\xfe", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"]
)
def test_what_is_no_calendar_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(RosterError, match=r"iCalendar|without events"):
        read_ical(content, "UTC", role="advocate")


def test_a_recurrence_without_end_is_followed_to_the_day_that_was_asked_for() -> None:
    endless = ICAL.replace(";COUNT=5", "").replace("\n", "\r\n").encode()
    until = at("2026-10-20T07:00") + timedelta(days=60)
    listed = read_ical(endless, "UTC", role="advocate", people=PEOPLE, until=until)
    assert len([each for each in listed if each.person == "ana"]) == 29
