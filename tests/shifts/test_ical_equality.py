"""The same rotation said in iCal and expanded by `recurring-ical-events` is the same shifts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from icalendar import Calendar, Event

from shifts.resolver import resolve
from tests.shifts.rosters import at, layer, roster

PEOPLE = ["ana", "bo", "chidi"]
START, END = at("2026-03-01T00:00"), at("2027-03-01T00:00")


def expanded(zone: str, unit: str, count: int, clock: str) -> set[tuple[str, datetime, datetime]]:
    """Each person's turn repeats when all had theirs; RFC 5545 repeats on the wall clock, as rosters do."""
    days = count * {"days": 1, "weeks": 7}[unit]
    calendar = Calendar()
    for place, person in enumerate(PEOPLE):
        event = Event()
        begins = datetime.fromisoformat(f"2026-01-05T{clock}") + timedelta(days=days * place)
        event.add("uid", person)
        event.add("summary", person)
        event.add("dtstart", begins.replace(tzinfo=ZoneInfo(zone)))
        event.add("dtend", (begins + timedelta(days=days)).replace(tzinfo=ZoneInfo(zone)))
        event.add("rrule", {"freq": "daily", "interval": days * len(PEOPLE)})
        calendar.add_component(event)
    return {
        (str(o["SUMMARY"]), o["DTSTART"].dt.astimezone(UTC), o["DTEND"].dt.astimezone(UTC))
        for o in recurring_ical_events.of(calendar).between(START, END)
    }


@pytest.mark.parametrize(("unit", "count"), [("days", 1), ("days", 5), ("weeks", 1)])
@pytest.mark.parametrize("clock", ["09:00", "18:30"])
@pytest.mark.parametrize(
    "zone",
    ["UTC", "Europe/Paris", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"],
)
def test_a_rotation_equals_its_ical_expansion(zone: str, clock: str, unit: str, count: int) -> None:
    desk = roster(layer(PEOPLE, {unit: count}, "2026-01-05", clock), timezone=zone)
    ours = {(s.person, s.start, s.end) for s in resolve(desk, START, END).shifts}
    assert ours == expanded(zone, unit, count, clock)
