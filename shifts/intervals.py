"""Half-open intervals of time, sorted: union, difference, and how many cover each instant."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

Interval = tuple[datetime, datetime]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same instants in as few intervals as can be; touching ones are joined."""
    joined: list[Interval] = []
    for start, end in sorted(intervals):
        if end <= start:
            continue
        if joined and start <= joined[-1][1]:
            if end > joined[-1][1]:
                joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def outside(interval: Interval, taken: Sequence[Interval]) -> list[Interval]:
    """What of `interval` lies in none of `taken` (as `union` gives them)."""
    start, end = interval
    left = []
    for begin, stop in _touching(start, end, taken):
        if begin > start:
            left.append((start, begin))
        start = max(start, stop)
    if start < end:
        left.append((start, end))
    return left


def inside(interval: Interval, taken: Sequence[Interval]) -> list[Interval]:
    """What of `interval` lies in one of `taken` (as `union` gives them)."""
    start, end = interval
    return [(max(start, begin), min(end, stop)) for begin, stop in _touching(start, end, taken)]


def _touching(start: datetime, end: datetime, taken: Sequence[Interval]) -> Iterator[Interval]:
    index = max(0, bisect_right(taken, start, key=lambda each: each[0]) - 1)
    while index < len(taken) and taken[index][0] < end:
        if taken[index][1] > start:
            yield taken[index]
        index += 1


def clip(intervals: Iterable[Interval], start: datetime, end: datetime) -> list[Interval]:
    """The intervals cut to [start, end); what lies outside is dropped."""
    return [(max(a, start), min(b, end)) for a, b in intervals if a < end and b > start]


def total(intervals: Iterable[Interval]) -> timedelta:
    """The time that the intervals take together, each for itself."""
    return sum((end - start for start, end in intervals), timedelta())
