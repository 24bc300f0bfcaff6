"""What duty costs each person: hours, nights, weekends and holidays, by the clock where the person lives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shifts.intervals import Interval, clip, inside, total, union
from shifts.shift import Shift
from shifts.wall_clock import DAY, end_instant, local_days, start_instant

NIGHT_FROM, NIGHT_TO = time(22), time(6)
HOUR = timedelta(hours=1)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Burden:
    """One person's duty in an interval.

    `hours` on duty, time in two roles at once counted once; `nights`, the local nights (22:00 to 06:00 in
    the person's own zone) of which at least an hour was duty; `weekend_hours` on local Saturdays and
    Sundays; `holiday_hours` on local holidays, weekend or not.
    """

    hours: float = 0.0
    nights: int = 0
    weekend_hours: float = 0.0
    holiday_hours: float = 0.0

    def to_dict(self) -> dict[str, float | int]:
        return {
            "hours": self.hours,
            "nights": self.nights,
            "weekend_hours": self.weekend_hours,
            "holiday_hours": self.holiday_hours,
        }


def fairness(
    shifts: Iterable[Shift],
    people: Iterable[str],
    start: datetime,
    end: datetime,
    zone_of: Callable[[str], ZoneInfo],
    holidays_of: Callable[[str], Mapping[date, str]],
) -> dict[str, Burden]:
    """Each person's burden in [start, end), those of `people` who have none included.

    `holidays_of` gives the days (with their names) that are holidays to a person.
    """
    duty: dict[str, list[Interval]] = {person: [] for person in people}
    for shift in shifts:
        duty.setdefault(shift.person, []).append((shift.start, shift.end))
    return {
        person: burden(clip(union(intervals), start, end), zone_of(person), holidays_of(person))
        for person, intervals in duty.items()
    }


def burden(duty: Iterable[Interval], zone: ZoneInfo, holidays: Mapping[date, str]) -> Burden:
    """The burden of joined, sorted intervals of duty, on the wall clock and calendar of `zone`."""
    duty = list(duty)
    weekend = holiday = timedelta()
    nights: set[date] = set()
    for interval in duty:
        for day, begins, ends in local_days(*interval, zone):
            if day.weekday() >= SATURDAY:
                weekend += ends - begins
            if day in holidays:
                holiday += ends - begins
            nights.update((day - DAY, day))
    worked = sum(total(inside(night(day, zone), duty)) >= HOUR for day in nights)
    return Burden(
        hours=total(duty) / HOUR, nights=worked, weekend_hours=weekend / HOUR, holiday_hours=holiday / HOUR
    )


@lru_cache(maxsize=16384)
def night(day: date, zone: ZoneInfo) -> Interval:
    """The night that begins on the evening of `day`, as instants."""
    return (
        start_instant(datetime.combine(day, NIGHT_FROM), zone),
        end_instant(datetime.combine(day + DAY, NIGHT_TO), zone),
    )
