"""What duty costs each person: hours, nights, weekends, holidays, pages, by the clock where they live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
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
    Sundays; `holiday_hours` on local holidays, weekend or not; `pages` received.
    """

    hours: float = 0.0
    nights: int = 0
    weekend_hours: float = 0.0
    holiday_hours: float = 0.0
    pages: int = 0

    @property
    def weight(self) -> float:
        """One number to share fairly, in hours of plain duty.

        A night counts four more, an hour of a weekend half of one more, of a holiday one more, a page one:
        ours, for want of a rule that the field agrees on.
        """
        extra = 4.0 * self.nights + 0.5 * self.weekend_hours + self.holiday_hours
        return self.hours + extra + self.pages

    def __add__(self, other: Burden) -> Burden:
        """The burden of two times that share no night."""
        return Burden(
            self.hours + other.hours,
            self.nights + other.nights,
            self.weekend_hours + other.weekend_hours,
            self.holiday_hours + other.holiday_hours,
            self.pages + other.pages,
        )

    def to_dict(self) -> dict[str, float | int]:
        return {
            "hours": self.hours,
            "nights": self.nights,
            "weekend_hours": self.weekend_hours,
            "holiday_hours": self.holiday_hours,
            "pages": self.pages,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, float]) -> Burden:
        """What `to_dict` wrote; a key that is missing is 0."""
        return cls(
            float(values.get("hours", 0)),
            int(values.get("nights", 0)),
            float(values.get("weekend_hours", 0)),
            float(values.get("holiday_hours", 0)),
            int(values.get("pages", 0)),
        )


def fairness(
    shifts: Iterable[Shift],
    people: Iterable[str],
    start: datetime,
    end: datetime,
    zone_of: Callable[[str], ZoneInfo],
    holidays_of: Callable[[str], Mapping[date, str]],
    pages: Mapping[str, int] | None = None,
) -> dict[str, Burden]:
    """Each person's burden in [start, end), those of `people` who have none included.

    `holidays_of` gives the days (with their names) that are holidays to a person; `pages` how many each
    received in the interval.
    """
    duty: dict[str, list[Interval]] = {person: [] for person in people}
    for shift in shifts:
        duty.setdefault(shift.person, []).append((shift.start, shift.end))
    return {
        person: replace(
            burden(clip(union(intervals), start, end), zone_of(person), holidays_of(person)),
            pages=(pages or {}).get(person, 0),
        )
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
