"""VTIMEZONE components (RFC 5545, 3.6.5) out of the IANA rules, with every onset written out.

Onsets are local times of the offset that ends (TZOFFSETFROM), as the RFC wants them; `icalendar` 7.3 writes
those of a change to summer time an hour late.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from shifts.wall_clock import DAY, SECOND


def vtimezone(zone: ZoneInfo, start: datetime, end: datetime) -> Timezone:
    """The rules of `zone` that are in force between two instants."""
    component = Timezone()
    component.add("tzid", zone.key)
    component.add_component(_observance(zone, start, start - SECOND, first=True))
    for instant in offset_changes(zone, start, end):
        component.add_component(_observance(zone, instant, instant - SECOND, first=False))
    return component


def offset_changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """The instants in (start, end] from which on the clocks of `zone` show another offset, to the second."""
    at = start
    while at < end:
        later = min(at + DAY, end)
        if at.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            low, high = at, later
            while high - low > SECOND:
                middle = low + timedelta(seconds=(high - low) // SECOND // 2)
                if middle.astimezone(zone).utcoffset() == at.astimezone(zone).utcoffset():
                    low = middle
                else:
                    high = middle
            yield high
        at = later


def _observance(
    zone: ZoneInfo, onset: datetime, before: datetime, *, first: bool
) -> TimezoneStandard | TimezoneDaylight:
    local = onset.astimezone(zone)
    old, new = before.astimezone(zone).utcoffset(), local.utcoffset()
    assert old is not None and new is not None
    if first:
        old = new
    component = TimezoneDaylight() if local.dst() else TimezoneStandard()
    component.add("dtstart", (onset.astimezone(UTC) + old).replace(tzinfo=None))
    component.add("tzoffsetfrom", old)
    component.add("tzoffsetto", new)
    component.add("tzname", local.tzname())
    return component
