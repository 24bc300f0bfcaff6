"""Dividing a day into turns that somebody can stand awake, so that the hours can be shared fairly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from shifts.waking import CELL

HOUR = timedelta(hours=1) // CELL
MOST_TURNS = 6
"""More handoffs a day than this nobody wants, and the search would take long."""
WORTH_A_HANDOFF = 1.1
"""A turn more is worth it only if the busiest then has less than a tenth less to do."""


@dataclass(frozen=True)
class Part:
    """Half hours [start, end) of the day, and the people (bits) who are awake through all of them."""

    start: int
    end: int
    people: int

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class Division:
    """A day divided; `load` is the fewest half hours a day that the busiest person has, shared perfectly."""

    parts: tuple[Part, ...]
    load: float


def divide(cells: tuple[int, ...], shortest: int, longest: int) -> Division:
    """The division of a day's half hours (sets of people awake; 0: nobody) that can be shared most fairly.

    Half hours of nobody belong to no part. Parts begin and end on whole hours of the grid, or where somebody
    wakes or sleeps if it must be; they last from `shortest` to `longest`, shorter only if nothing else does.
    """
    return _divide(cells, shortest, longest)


@lru_cache(maxsize=4096)
def _divide(cells: tuple[int, ...], shortest: int, longest: int) -> Division:
    for least, step in ((shortest, HOUR), (min(shortest, 2 * HOUR), HOUR), (1, 1)):
        found = [
            Division(parts, fair_load(parts)) for parts in _divisions(cells, 0, (), least, longest, step)
        ]
        if found:
            best = min(each.load for each in found)
            fair = [each for each in found if each.load <= WORTH_A_HANDOFF * best]
            return min(fair, key=_rank)
    return Division((), 0.0)


def fair_load(parts: Sequence[Part]) -> float:
    """The load of the busiest when the parts are shared as well as can be.

    For every set of parts only those who are awake in one of them can share it: the largest quotient bounds
    the load from below, and by max-flow min-cut it is reached.
    """
    worst = 0.0
    sums = [(0, 0)]
    for part in parts:
        sums += [(length + part.length, people | part.people) for length, people in sums]
    for length, people in sums[1:]:
        worst = max(worst, length / people.bit_count())
    return worst


def _divisions(
    cells: Sequence[int], at: int, parts: tuple[Part, ...], least: int, longest: int, step: int
) -> Iterator[tuple[Part, ...]]:
    while at < len(cells) and not cells[at]:
        at += 1
    if at == len(cells):
        yield parts
        return
    if len(parts) == MOST_TURNS and least > 1:
        return
    people, end, reached = cells[at], at, []
    while end < len(cells) and cells[end] and (together := people & cells[end]) and end - at < longest:
        people, end = together, end + 1
        run_ends = end == len(cells) or not cells[end]
        if (end - at >= least and end % step == 0) or run_ends:
            reached.append(Part(at, end, people))
    if least == 1:  # nothing else fits: the longest that somebody can stand
        reached = [Part(at, end, people)]
    for part in reached:
        yield from _divisions(cells, part.end, (*parts, part), least, longest, step)


def _rank(division: Division) -> tuple[float, ...]:
    lengths = [part.length for part in division.parts]
    return (len(lengths), division.load, max(lengths, default=0) - min(lengths, default=0))
