"""Shifts as an iCalendar feed (RFC 5545): wall-clock times with the rules of their zone, stable UIDs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event

from shifts.shift import Shift
from shifts.vtimezone import vtimezone
from shifts.wall_clock import DAY
from shifts.zones import zone_info

PRODUCT = "-//nightdesk//rosters//EN"


def calendar_feed(
    shifts: Sequence[Shift],
    *,
    title: str,
    now: datetime,
    zones: Mapping[str, str] | None = None,
    reminders: Iterable[timedelta] = (),
) -> bytes:
    """One VEVENT for each shift, in the person's zone (of `zones`) or its rule's, and a VTIMEZONE for each.

    A shift keeps its UID for as long as it keeps its id. `reminders` are times before the start. Instants in
    a repeated hour are written in UTC, since local time alone cannot say which of the two is meant (RFC
    5545, 3.3.5). `now` is the feed's DTSTAMP.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title)
    leads = tuple(reminders)
    zone_of = {shift.id: (zones or {}).get(shift.person, shift.timezone) for shift in shifts}
    first = min((shift.start for shift in shifts), default=now) - DAY
    last = max((shift.end for shift in shifts), default=now) + DAY
    for name in sorted({*zone_of.values()} - {"UTC"}):
        calendar.add_component(vtimezone(zone_info(name), first, last))
    for shift in shifts:
        calendar.add_component(_event(shift, zone_of[shift.id], now, leads))
    return bytes(calendar.to_ical())


def _event(shift: Shift, zone: str, now: datetime, leads: tuple[timedelta, ...]) -> Event:
    event = Event()
    event.add("uid", f"{hashlib.sha256(shift.id.encode()).hexdigest()[:32]}@nightdesk")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("summary", f"{shift.person}: {shift.role}")
    event.add("description", f"{shift.id} ({shift.source})")
    event.add("dtstart", _wall(shift.start, zone))
    event.add("dtend", _wall(shift.end, zone))
    event.add("transp", "OPAQUE")
    for lead in leads:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"{shift.role} starts")
        alarm.add("trigger", -lead)
        event.add_component(alarm)
    return event


def _wall(instant: datetime, zone: str) -> datetime:
    local = instant.astimezone(zone_info(zone))
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return instant.astimezone(UTC) if twice or zone == "UTC" else local
