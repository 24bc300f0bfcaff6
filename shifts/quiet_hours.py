"""Hours in which a person sleeps or wants to: wall-clock times of weekdays, and the instants they mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from shifts.documents import Entry
from shifts.intervals import Interval, union
from shifts.local_times import Clock
from shifts.roster_file import WEEKDAYS, Weekday
from shifts.wall_clock import DAY, end_instant, start_instant


class Quiet(Entry):
    """Local hours of the weekdays on which they begin; they end on the next day where `to` is not later."""

    what: ClassVar[str] = "quiet hours"
    days: tuple[Weekday, ...] = WEEKDAYS
    begins: Clock = Field(alias="from")
    ends: Clock = Field(alias="to")

    @model_validator(mode="after")
    def some_time(self) -> Quiet:
        if not self.days:
            raise ValueError("no weekday is named, so it is never quiet; leave `days` out for every day")
        if self.begins == self.ends and len(set(self.days)) == len(WEEKDAYS):
            raise ValueError(
                f"from {self.begins:%H:%M} to {self.ends:%H:%M} is no time, or always: say which"
            )
        return self

    def on(self, day: date, zone: ZoneInfo) -> Interval | None:
        """The instants of the hours that begin on a local `day`; None on other weekdays.

        They begin at the first occurrence of their time and end at the last, as shifts do.
        """
        if WEEKDAYS[day.weekday()] not in self.days:
            return None
        last = day if self.ends > self.begins else day + DAY
        start = start_instant(datetime.combine(day, self.begins), zone)
        end = end_instant(datetime.combine(last, self.ends), zone)
        return (start, end) if end > start else None


def quiet_intervals(quiet: Sequence[Quiet], zone: ZoneInfo, start: datetime, end: datetime) -> list[Interval]:
    """The quiet hours that touch [start, end), whole and joined."""
    found = union(_each(quiet, zone, start, end))
    return [each for each in found if each[0] < end and each[1] > start]


def quiet_at(quiet: Sequence[Quiet], zone: ZoneInfo, instant: datetime) -> Interval | None:
    """The quiet hours in which `instant` lies, or None."""
    # a week on either side: quiet days that follow each other are one interval
    near = union(_each(quiet, zone, instant - timedelta(days=8), instant + timedelta(days=8)))
    return next((each for each in near if each[0] <= instant < each[1]), None)


def _each(quiet: Sequence[Quiet], zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Interval]:
    day = start.astimezone(zone).date() - 2 * DAY
    last = end.astimezone(zone).date() + DAY
    while day <= last:
        for each in quiet:
            if (interval := each.on(day, zone)) is not None:
                yield interval
        day += DAY
