"""Shifts and nights as iCalendar (RFC 5545): wall-clock times with the rules of their zone, stable UIDs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event, vText

from shifts.shift import Shift
from shifts.vtimezone import vtimezone
from shifts.wall_clock import DAY
from shifts.zones import zone_info

PRODUCT = "-//nightdesk//rosters//EN"
READ_AGAIN = timedelta(hours=1)
"""How often a calendar program is asked to look again; most look when they please."""


@dataclass(frozen=True)
class Entry:
    """One thing in a calendar. `key` names it for as long as it is the same thing, also when it moves."""

    key: str
    summary: str
    description: str
    start: datetime
    end: datetime
    zone: str


def shift_entries(shifts: Iterable[Shift], zones: Mapping[str, str] | None = None) -> tuple[Entry, ...]:
    """Shifts as entries, each in its person's zone (of `zones`), or its rule's."""
    return tuple(
        Entry(
            shift.id,
            f"{shift.person}: {shift.role}",
            f"{shift.id} ({shift.source})",
            shift.start,
            shift.end,
            (zones or {}).get(shift.person, shift.timezone),
        )
        for shift in shifts
    )


def night_entries(facility: str, zone: str, nights: Iterable[tuple[datetime, datetime]]) -> tuple[Entry, ...]:
    """Nights of a facility from dusk to dawn, on its own clock, each named by its evening's local date."""
    entries = []
    for dusk, dawn in nights:
        evening = dusk.astimezone(zone_info(zone)).date()
        entries.append(Entry(f"night/{facility}/{evening}", f"{facility}: night", "", dusk, dawn, zone))
    return tuple(entries)


def calendar_feed(
    shifts: Sequence[Shift],
    *,
    title: str,
    now: datetime,
    zones: Mapping[str, str] | None = None,
    reminders: Iterable[timedelta] = (),
) -> bytes:
    """`write_calendar` of shifts."""
    return write_calendar(shift_entries(shifts, zones), title=title, now=now, reminders=reminders)


def write_calendar(
    entries: Sequence[Entry], *, title: str, now: datetime, reminders: Iterable[timedelta] = ()
) -> bytes:
    """One VEVENT for each entry and a VTIMEZONE for each of their zones.

    An entry keeps its UID for as long as it keeps its key. `reminders` are times before the start. Instants
    in a repeated hour are written in UTC, since local time alone cannot say which of the two is meant (RFC
    5545, 3.3.5). `now` is the feed's DTSTAMP: when this text of it was made.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", vText(title))
    calendar.add("refresh-interval", READ_AGAIN, parameters={"VALUE": "DURATION"})
    leads = tuple(sorted(set(reminders), reverse=True))
    first = min((entry.start for entry in entries), default=now) - DAY
    last = max((entry.end for entry in entries), default=now) + DAY
    for name in sorted({entry.zone for entry in entries} - {"UTC"}):
        calendar.add_component(vtimezone(zone_info(name), first, last))
    for entry in entries:
        calendar.add_component(_event(entry, now, leads))
    return bytes(calendar.to_ical())


def _event(entry: Entry, now: datetime, leads: tuple[timedelta, ...]) -> Event:
    event = Event()
    event.add("uid", f"{hashlib.sha256(entry.key.encode()).hexdigest()[:32]}@nightdesk")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("summary", entry.summary)
    if entry.description:
        event.add("description", entry.description)
    event.add("dtstart", _wall(entry.start, entry.zone))
    event.add("dtend", _wall(entry.end, entry.zone))
    event.add("transp", "OPAQUE")
    for lead in leads:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", entry.summary)
        alarm.add("trigger", -lead)
        event.add_component(alarm)
    return event


def _wall(instant: datetime, zone: str) -> datetime:
    """The instant on the wall of a zone, without the odd seconds that a sunset has."""
    instant = instant.replace(microsecond=0)
    local = instant.astimezone(zone_info(zone))
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return instant.astimezone(UTC) if twice or zone == "UTC" else local
