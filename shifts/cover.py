"""How many are on: gaps where a role has fewer people than its minimum, overlaps where turns meet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from shifts.roster_file import Roster
from shifts.shift import Gap, Overlap, Shift


class _Step(NamedTuple):
    """A time in which nobody comes or goes: who is on, and out of how many turns."""

    start: datetime
    end: datetime
    people: tuple[str, ...]
    turns: int


def gaps(roster: Roster, shifts: Iterable[Shift], start: datetime, end: datetime) -> Iterator[Gap]:
    """Where in [start, end) a role has fewer people than its minimum, role by role."""
    of_role = _by_role(shifts)
    for role, rule in roster.role_rules.items():
        steps = _steps(of_role[role], start, end)
        for run in _runs(step for step in steps if len(step.people) < rule.minimum):
            least = min(len(step.people) for step in run)
            yield Gap(role, run[0].start, run[-1].end, rule.fallback, least)


def overlaps(roster: Roster, shifts: Iterable[Shift], start: datetime, end: datetime) -> Iterator[Overlap]:
    """Where in [start, end) people of several turns are on at once, and more than the role's minimum."""
    of_role = _by_role(shifts)
    for role, rule in roster.role_rules.items():
        enough = max(1, rule.minimum)
        steps = _steps(of_role[role], start, end)
        for run in _runs(step for step in steps if step.turns > 1 and len(step.people) > enough):
            people = sorted({person for step in run for person in step.people})
            yield Overlap(role, run[0].start, run[-1].end, tuple(people))


def _by_role(shifts: Iterable[Shift]) -> defaultdict[str, list[Shift]]:
    of_role: defaultdict[str, list[Shift]] = defaultdict(list)
    for shift in shifts:
        of_role[shift.role].append(shift)
    return of_role


def _steps(shifts: Sequence[Shift], start: datetime, end: datetime) -> Iterator[_Step]:
    changes = sorted(
        [(max(shift.start, start), number, True) for number, shift in enumerate(shifts)]
        + [(min(shift.end, end), number, False) for number, shift in enumerate(shifts)]
    )
    on: dict[int, Shift] = {}
    at = start
    for instant, number, comes in changes:
        if instant > at:
            yield _step(at, instant, on)
            at = instant
        if comes:
            on[number] = shifts[number]
        else:
            del on[number]
    if at < end:
        yield _step(at, end, on)


def _step(start: datetime, end: datetime, on: dict[int, Shift]) -> _Step:
    people = tuple({shift.person: None for shift in on.values()})
    return _Step(start, end, people, len({shift.turn for shift in on.values()}))


def _runs(steps: Iterable[_Step]) -> Iterator[list[_Step]]:
    """Steps that follow each other without a pause, together."""
    run: list[_Step] = []
    for step in steps:
        if run and step.start > run[-1].end:
            yield run
            run = []
        run.append(step)
    if run:
        yield run
