"""When what is held is told: at the end of the quiet hours, of a leave, or at the daily digest. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from shifts.intervals import Interval
from shifts.people_file import Person
from shifts.quiet_hours import quiet_intervals
from shifts.standing import quiet_until
from shifts.wall_clock import DAY, start_instant
from shifts.zones import zone_info

USUAL_HOUR = time(8, 0)
"""When the daily digest comes to a channel, and to somebody who has no quiet hours."""


def awake_from(person: Person, instant: datetime, absences: Sequence[Interval] = ()) -> datetime:
    """The first instant from `instant` on at which the person is neither in quiet hours nor on leave."""
    for _ in range(100):
        over = max((end for start, end in absences if start <= instant < end), default=None)
        over = over or quiet_until(person, instant)
        if over is None:
            return instant
        instant = over
    return instant


def next_morning(person: Person, instant: datetime, hour: time = USUAL_HOUR) -> datetime:
    """The end of the quiet hours in which `instant` lies or that come next; `hour` for who has none."""
    zone = zone_info(person.timezone)
    ahead = quiet_intervals(person.quiet, zone, instant, instant + timedelta(days=8))
    return next((end for _, end in ahead if end > instant), None) or next_at(zone, hour, instant)


def next_at(zone: ZoneInfo, hour: time, instant: datetime) -> datetime:
    """The first time after `instant` that the clocks of a zone show `hour`, or what follows a skipped one."""
    day = instant.astimezone(zone).date()
    while (at := start_instant(datetime.combine(day, hour), zone)) <= instant:
        day += DAY
    return at
