"""From wall clocks to instants: the one written policy for clocks that change.

A roster says times as clocks on the wall show them, in an IANA zone. Where the clock is put back a local
time comes twice, where it is put forward some never come. The policy: what starts, starts at the first
occurrence of its local time; what ends, ends at the last (so shifts overlap in the repeated hour and never
leave a gap); a missing local time means the first instant after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


class Occurrence(StrEnum):
    """How often a local time occurs on the wall."""

    ONCE = "once"
    TWICE = "twice"
    NEVER = "never"


def occurrence(local: datetime, zone: ZoneInfo) -> Occurrence:
    """How often the naive `local` time occurs in `zone` (PEP 495: the two folds tell)."""
    before = local.replace(tzinfo=zone, fold=0).utcoffset()
    after = local.replace(tzinfo=zone, fold=1).utcoffset()
    assert before is not None and after is not None
    if before == after:
        return Occurrence.ONCE
    return Occurrence.TWICE if before > after else Occurrence.NEVER


def start_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which starts what starts at `local`: the first that shows it, or a later time."""
    return _instant(local, zone, fold=0)


def end_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which ends what ends at `local`: the last that shows it, or the first later."""
    return _instant(local, zone, fold=1)


def _instant(local: datetime, zone: ZoneInfo, *, fold: int) -> datetime:
    before = local.replace(tzinfo=zone, fold=0).utcoffset()
    after = local.replace(tzinfo=zone, fold=1).utcoffset()
    assert before is not None and after is not None
    naive_utc = local - (after if fold else before)
    if before < after:
        naive_utc = _first_after_gap(local - after, local - before, zone)
    return naive_utc.replace(tzinfo=UTC)


@lru_cache(maxsize=4096)
def _first_after_gap(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The instant in (low, high] (naive UTC) at which the clock of `zone` jumps: bisected to the second."""
    old = _offset(low, zone)
    while high - low > SECOND:
        middle = low + timedelta(seconds=(high - low) // SECOND // 2)
        if _offset(middle, zone) == old:
            low = middle
        else:
            high = middle
    return high


def _offset(naive_utc: datetime, zone: ZoneInfo) -> timedelta | None:
    return naive_utc.replace(tzinfo=UTC).astimezone(zone).utcoffset()


def midnight(day: date) -> datetime:
    """The naive local midnight that begins `day`."""
    return datetime.combine(day, time())


@lru_cache(maxsize=16384)
def first_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) with which a local day begins."""
    return start_instant(midnight(day), zone)


def local_days(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[date, datetime, datetime]]:
    """Each local day of [start, end): its date, and its part of the interval as two instants.

    A day begins at the first instant after its midnight where that is missing (America/Santiago), and a day
    that never was (Pacific/Apia, 2011-12-30) is left out. The parts join without gap or overlap.
    """
    day = start.astimezone(zone).date()
    at = start
    while at < end:
        stop = min(end, first_of_day(day + DAY, zone))
        if stop > at:
            yield day, at, stop
            at = stop
        day += DAY
