"""The feed read back gives the instants that went in, and its rules alone are right about every zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from icalendar import Calendar, Component

from shifts.calendar import calendar_feed
from shifts.resolver import resolve
from shifts.vtimezone import vtimezone
from shifts.zones import known_zones
from tests.shifts.rosters import at, layer, roster
from tests.shifts.zone_changes import changes

NOW = at("2026-03-01T00:00")


@pytest.mark.parametrize(
    "zone",
    ["UTC", "Europe/Paris", "America/Santiago", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu"],
)
@pytest.mark.parametrize("clock", ["00:00", "02:30"])
def test_the_feed_read_back_gives_the_same_instants(zone: str, clock: str) -> None:
    desk = roster(layer(["ana", "bo"], {"days": 3}, "2026-02-01", clock), timezone=zone)
    shifts = resolve(desk, NOW, NOW + timedelta(days=280)).shifts
    read = Calendar.from_ical(calendar_feed(shifts, title="desk", now=NOW))
    events = {
        (str(e["SUMMARY"]), e["DTSTART"].dt.astimezone(UTC), e["DTEND"].dt.astimezone(UTC))
        for e in read.walk("VEVENT")
    }
    assert events == {(f"{s.person}: advocate", s.start, s.end) for s in shifts}
    assert not [problem for event in read.walk() for problem in event.errors]
    found = recurring_ical_events.of(read).between(NOW, NOW + timedelta(days=280))
    assert len(found) == len(shifts)


def offset_by_rules(rules: Component, instant: datetime) -> timedelta:
    """RFC 5545, 3.6.5: the observance of the latest onset counts; onsets are local times of TZOFFSETFROM."""
    onsets = [
        (each["DTSTART"].dt.replace(tzinfo=UTC) - each["TZOFFSETFROM"].td, each["TZOFFSETTO"].td)
        for each in rules.subcomponents
    ]
    return max((onset, to) for onset, to in onsets if onset <= instant)[1]


def test_the_rules_of_the_feed_alone_tell_every_zones_clock_to_the_second() -> None:
    start, end = at("2026-01-01T00:00"), at("2027-06-01T00:00")
    for name in sorted(known_zones())[::4]:
        zone = ZoneInfo(name)
        read = Component.from_ical(vtimezone(zone, start, end).to_ical())
        found = [change.instant for change in changes(zone, start, end)]
        edges = [edge + timedelta(seconds=s) for edge in found for s in (-1, 0, 3600)]
        for instant in (start, *edges, end):
            assert offset_by_rules(read, instant) == instant.astimezone(zone).utcoffset(), (name, instant)


def test_an_edited_shift_keeps_its_uid_and_reminders_come_before_it() -> None:
    feeds = []
    for handoff in ("09:00", "10:00"):
        desk = roster(layer(["ana"], {"weeks": 1}, "2026-03-02", handoff))
        shifts = resolve(desk, at("2026-03-02T12:00"), at("2026-03-05T00:00")).shifts
        feeds.append(
            Calendar.from_ical(calendar_feed(shifts, title="d", now=NOW, reminders=[timedelta(minutes=30)]))
        )
    first, second = (feed.walk("VEVENT")[0] for feed in feeds)
    assert first["UID"] == second["UID"] and first["DTSTART"].dt != second["DTSTART"].dt
    (alarm,) = first.walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(minutes=-30)
