"""Who is awake when: the hours in which people agreed to stand duty, on a grid of half hours of UTC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from shifts.people_file import Person
from shifts.wall_clock import DAY
from shifts.zones import zone_info

CELL = timedelta(minutes=30)
CELLS = DAY // CELL
MINUTES = 24 * 60
WAKING = (time(8), time(22))
"""The hours of who said nothing about theirs."""


@dataclass(frozen=True)
class Waker:
    """A person and the local minutes of the day at which they agreed to be on duty."""

    name: str
    timezone: str
    minutes: frozenset[int]

    @cached_property
    def _masks(self) -> dict[timedelta, int]:
        return {}

    def cells(self, day: date) -> int:
        """Bit k is set where half hour k of the UTC `day` lies wholly in the person's waking hours.

        On the day of a change of clocks a half hour counts only if it does by both offsets.
        """
        zone = zone_info(self.timezone)
        midnight = datetime.combine(day, time(), UTC)
        offsets = [(midnight + k * CELL).astimezone(zone).utcoffset() for k in (0, CELLS)]
        if offsets[0] == offsets[1]:
            return self._mask(offsets[0])
        mask = 0
        for k in range(CELLS):
            edges = {(midnight + e * CELL).astimezone(zone).utcoffset() for e in (k, k + 1)}
            if all(self._mask(offset) >> k & 1 for offset in edges):
                mask |= 1 << k
        return mask

    def _mask(self, offset: timedelta | None) -> int:
        assert offset is not None
        known = self._masks.get(offset)
        if known is None:
            shift = offset // timedelta(minutes=1)
            length = CELL // timedelta(minutes=1)
            known = sum(
                1 << k
                for k in range(CELLS)
                if all((k * length + minute + shift) % MINUTES in self.minutes for minute in range(length))
            )
            self._masks[offset] = known
        return known


def waker(person: Person, waking: tuple[time, time] = WAKING) -> Waker:
    """A person's waking hours: all but the quiet ones; of who has none, the agreed `waking` hours.

    Whose quiet hours differ by weekday is taken to sleep on every day as long as on any.
    """
    if person.quiet:
        asleep = {minute for quiet in person.quiet for minute in _between(quiet.begins, quiet.ends)}
        minutes = frozenset(range(MINUTES)) - asleep
    else:
        minutes = frozenset(_between(*waking))
    return Waker(person.name, person.timezone, minutes)


def _between(begins: time, ends: time) -> Sequence[int]:
    """Minutes of the day from one time to the next, round midnight where `ends` is not later."""
    first, last = (60 * each.hour + each.minute for each in (begins, ends))
    return [minute % MINUTES for minute in range(first, last if last > first else last + MINUTES)]


def awake(people: Sequence[Waker], first: date, days: int) -> list[list[int]]:
    """For each day and half hour the set of people awake, as a number whose bit p stands for `people[p]`."""
    table = []
    for number in range(days):
        cells = [person.cells(first + number * DAY) for person in people]
        table.append([sum((own >> k & 1) << p for p, own in enumerate(cells)) for k in range(CELLS)])
    return table
