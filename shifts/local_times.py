"""Local times as files write them: `09:00`, `2026-10-19`, `2026-11-03T20:00`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

from shifts.wall_clock import end_instant, midnight, start_instant
from shifts.zones import zone_info

FIRST_YEAR, LAST_YEAR = 1970, 2199
"""Zones have rules in these years; beyond them a date is a slip of the finger."""

_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_clock(value: object) -> time:
    """A time of day as files write it. ValueError in words."""
    if isinstance(value, time):
        return value
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        hour, minute = int(found[1]), int(found[2])
        if (hour, minute) == (24, 0):
            return time()
        if hour < 24 and minute < 60:
            return time(hour, minute)
    raise ValueError(f"{value!r} is not a time of day; expected hours and minutes as 09:00, to 24:00")


def _read_day(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError(f"{value!r} is not a date; expected year, month and day as 2026-10-19")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is not a day of the calendar") from None
    return _in_range(day)


def read_moment(value: object) -> datetime:
    """A moment as files write it: naive on a wall, or an instant. ValueError in words."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        day = _read_day(value)
        assert isinstance(day, date)
        return midnight(day)
    try:
        moment = (
            datetime.fromisoformat(value)
            if isinstance(value, str) and "T" in value.replace(" ", "T")
            else None
        )
    except ValueError:
        moment = None
    if moment is None:
        raise ValueError(
            f"{value!r} is not a local time; expected 2026-11-03T20:00, or a date for its midnight"
        )
    _in_range(moment.date())
    return moment if moment.tzinfo is None else moment.astimezone(UTC)


def _in_range(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{day} lies outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return day


def written(moment: datetime) -> str:
    """The moment as a file writes it."""
    if moment.tzinfo is not None:
        return moment.astimezone(UTC).isoformat(timespec=_exactness(moment)).replace("+00:00", "Z")
    return (
        moment.date().isoformat()
        if moment.time() == time()
        else moment.isoformat(timespec=_exactness(moment))
    )


def _exactness(moment: datetime) -> str:
    return "auto" if moment.second or moment.microsecond else "minutes"


Clock = Annotated[
    time, BeforeValidator(read_clock), PlainSerializer(lambda each: f"{each:%H:%M}", return_type=str)
]
"""A time of day; `24:00` is the midnight at the day's end."""

Day = Annotated[
    date, BeforeValidator(_read_day), PlainSerializer(lambda each: each.isoformat(), return_type=str)
]

Moment = Annotated[datetime, BeforeValidator(read_moment), PlainSerializer(written, return_type=str)]
"""Naive: on the wall of the zone that goes with it. Aware (written with an offset or Z): that instant."""


def moment_interval(begins: datetime, ends: datetime, zone: str) -> tuple[datetime, datetime]:
    """The instants (UTC) between two moments: from the first occurrence of one to the last of the other."""
    rules = zone_info(zone)
    start = begins if begins.tzinfo is not None else start_instant(begins, rules)
    end = ends if ends.tzinfo is not None else end_instant(ends, rules)
    return start, end
