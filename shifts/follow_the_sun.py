"""Follow the sun: a roster in which each stands duty inside their waking hours, with fair shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from shifts.check import holidays_of
from shifts.division import Division, Part, divide
from shifts.errors import RosterError
from shifts.fair_turns import Task, share
from shifts.fairness import Burden, burden
from shifts.intervals import Interval
from shifts.people_file import Person
from shifts.roster_file import Roster
from shifts.waking import CELL, CELLS, WAKING, Waker, awake, waker
from shifts.wall_clock import DAY
from shifts.zones import zone_info

LONGEST_PERIOD = timedelta(days=732)
MOST_PEOPLE = 200


@dataclass(frozen=True)
class Wishes:
    """What the people of a roster agreed on.

    `waking` are the hours of who has no quiet hours; `shortest` and `longest` bound one person's duty a day,
    `turn_days` is how long the same person keeps the same hours. `by_night`: the hours in which nobody is
    awake are shared by everybody, else they stay a gap.
    """

    role: str = "advocate"
    waking: tuple[time, time] = WAKING
    shortest: timedelta = timedelta(hours=4)
    longest: timedelta = timedelta(hours=8)
    turn_days: int = 7
    rest: timedelta = timedelta(hours=11)
    by_night: bool = False
    fallback: str | None = None
    carried: Mapping[str, Burden] = field(default_factory=dict)
    absences: Mapping[str, Sequence[Interval]] = field(default_factory=dict)


@dataclass(frozen=True)
class Era:
    """Days [first, last) on which nobody's clocks change against the others': one division holds for all.

    `asleep` are the times of day (UTC) at which nobody is awake, to the half hour.
    """

    first: date
    last: date
    parts: tuple[tuple[time, time], ...]
    asleep: tuple[tuple[time, time], ...]


@dataclass(frozen=True)
class Generated:
    """A roster, the divisions of the day behind it, and what each has by it, what was carried included."""

    roster: Roster
    eras: tuple[Era, ...]
    burden: Mapping[str, Burden]
    without_turn: tuple[str, ...]
    short_rests: Mapping[str, int]
    """How often each rests shorter than was agreed, because nobody else could stand the hours."""

    @property
    def covered(self) -> bool:
        """Whether somebody is awake at every hour."""
        return not any(era.asleep for era in self.eras)


def follow_the_sun(
    name: str, people: Sequence[Person], first: date, last: date, wishes: Wishes, base: Roster | None = None
) -> Generated:
    """A roster for the days [first, last) of UTC.

    `base` gives what stays as it is: absences, holidays, other roles and their layers. The share of each is
    what `fairness` calls their weight, that of `wishes.carried` included. Raises `RosterError`.
    """
    _check(people, first, last, wishes)
    wakers = [waker(person, wishes.waking) for person in people]
    days = (last - first).days
    table = awake(wakers, first, days + 1)
    origin = _origin(table[: days + 1], wishes)
    rolled = [table[n][origin:] + table[n + 1][:origin] for n in range(days)]
    spans = _eras(rolled, wishes)
    grounds = _Grounds(people, wakers, first, origin, rolled, wishes, base)
    parts = [list(grounds.parts_of(begin, end)) for begin, end in spans]
    tasks = [task for span, own in zip(spans, parts, strict=True) for task in grounds.tasks(span, own)]
    holders = share(tasks, {n: b.weight for n, b in wishes.carried.items()}, wishes.rest)
    return grounds.result(name, spans, parts, tasks, holders)


def _check(people: Sequence[Person], first: date, last: date, wishes: Wishes) -> None:
    if not people:
        raise RosterError("a roster of nobody: name at least one person")
    if len(people) > MOST_PEOPLE:
        raise RosterError(f"{len(people)} people are more than the {MOST_PEOPLE} that are shared among")
    if last <= first:
        raise RosterError(f"the last day {last} is not after the first day {first}")
    if last - first > LONGEST_PERIOD:
        raise RosterError(f"{first} to {last} is longer than {LONGEST_PERIOD.days} days")
    if not 1 <= wishes.turn_days <= 366:
        raise RosterError(f"a turn of {wishes.turn_days} days is no turn: it lasts from 1 to 366 days")
    if not CELL <= wishes.shortest <= wishes.longest <= DAY:
        shortest, longest = (each / timedelta(hours=1) for each in (wishes.shortest, wishes.longest))
        raise RosterError(f"duty of {shortest:g} to {longest:g} hours a day: expected 0.5 up to 24, in order")


def _limits(wishes: Wishes) -> tuple[int, int]:
    return wishes.shortest // CELL, wishes.longest // CELL


def _together(days: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Who is awake at each half hour on all of the days."""
    cells = list(days[0])
    for day in days[1:]:
        cells = [a & b for a, b in zip(cells, day, strict=True)]
    return tuple(cells)


def _origin(table: Sequence[Sequence[int]], wishes: Wishes) -> int:
    """The half hour of UTC, a whole hour, at which the day is best cut: the same on all days."""
    most = Counter(tuple(day) for day in table).most_common(1)[0][0]

    def rank(origin: int) -> tuple[float, ...]:
        cells = most[origin:] + most[:origin]
        division = divide(cells, *_limits(wishes))
        # a night that nobody covers is one night, not two halves
        return (len(list(_runs(cells))), round(division.load / 2), len(division.parts), division.load, origin)

    return min(range(0, CELLS, 2), key=rank)


def _eras(days: Sequence[Sequence[int]], wishes: Wishes) -> list[tuple[int, int]]:
    """Runs of days that one division serves as well as one of their own would."""
    edges = [0, *(n + 1 for n, (a, b) in enumerate(pairwise(days)) if a != b), len(days)]
    runs = list(pairwise(edges))
    merged = [runs[0]]
    for run in runs[1:]:
        both = (merged[-1][0], run[1])
        if _serves_as_well(days, merged[-1], run, wishes):
            merged[-1] = both
        else:
            merged.append(run)
    return merged


def _serves_as_well(
    days: Sequence[Sequence[int]], one: tuple[int, int], other: tuple[int, int], wishes: Wishes
) -> bool:
    apart = [_together(days[a:b]) for a, b in (one, other)]
    together = _together([*apart])
    if any(bool(a) != bool(b) for each in apart for a, b in zip(each, together, strict=True)):
        return False
    loads = [divide(each, *_limits(wishes)).load for each in (*apart, together)]
    return loads[2] <= 1.05 * max(loads[:2])


class _Grounds:
    """Everything that the turns of one generated roster are made of."""

    def __init__(
        self,
        people: Sequence[Person],
        wakers: Sequence[Waker],
        first: date,
        origin: int,
        days: Sequence[Sequence[int]],
        wishes: Wishes,
        base: Roster | None,
    ) -> None:
        self.people, self.wakers, self.days, self.wishes = people, wakers, days, wishes
        self.first, self.base = first, base
        self.begin = datetime.combine(first, time(), UTC) + origin * CELL
        years = (first.year - 1, first.year + len(days) // 365 + 1)
        rules = base or Roster.from_dict({"roster": "x", "timezone": "UTC"})
        self.holidays = [holidays_of(rules, person, *years) for person in people]

    def division(self, begin: int, end: int) -> Division:
        return divide(_together(self.days[begin:end]), *_limits(self.wishes))

    def parts_of(self, begin: int, end: int) -> Iterator[Part]:
        """The parts of the day, in order; by night those of everybody, if that was wished."""
        division = self.division(begin, end)
        yield from division.parts
        if self.wishes.by_night:
            for start, stop in _runs(_together(self.days[begin:end])):
                yield Part(start, stop, (1 << len(self.people)) - 1)

    def tasks(self, span: tuple[int, int], parts: Sequence[Part]) -> Iterator[Task]:
        """A task for each turn of the span and each part of its day, in this order."""
        for begin in range(span[0], span[1], self.wishes.turn_days):
            end = min(begin + self.wishes.turn_days, span[1])
            for part in parts:
                spans = tuple(self.interval(day, part) for day in range(begin, end))
                able = {
                    person.name: burden(spans, zone_info(person.timezone), self.holidays[number]).weight
                    for number, person in enumerate(self.people)
                    if part.people >> number & 1
                }
                there = {name: weight for name, weight in able.items() if not self._away(name, spans)}
                # where all are away the resolver finds who stands in, as it does for every absence
                yield Task(begin, spans, there or able)

    def interval(self, day: int, part: Part) -> Interval:
        midnight = self.begin + day * DAY
        return midnight + part.start * CELL, midnight + part.end * CELL

    def _away(self, name: str, spans: Sequence[Interval]) -> bool:
        away = self.wishes.absences.get(name, ())
        return any(a < end and b > start for a, b in away for start, end in spans)

    def result(
        self,
        name: str,
        spans: Sequence[tuple[int, int]],
        parts: Sequence[Sequence[Part]],
        tasks: Sequence[Task],
        holders: Sequence[str | None],
    ) -> Generated:
        held = iter(zip(tasks, holders, strict=True))
        layers: list[dict[str, Any]] = []
        duty: dict[str, list[Interval]] = {person.name: [] for person in self.people}
        for span, own in zip(spans, parts, strict=True):
            turns = -(-(span[1] - span[0]) // self.wishes.turn_days)
            names: list[list[str]] = [[] for _ in own]
            for _ in range(turns):
                for column in names:
                    task, holder = next(held)
                    assert holder is not None  # a part has somebody who can stand it
                    column.append(holder)
                    duty[holder] += task.spans
            several = len(spans) > 1
            layers += [self._layer(span, *each, several) for each in zip(own, names, strict=True)]
        carried = self.wishes.carried
        return Generated(
            roster=self._roster(name, layers),
            eras=tuple(self._era(span, own) for span, own in zip(spans, parts, strict=True)),
            burden={
                person.name: carried.get(person.name, Burden())
                + burden(sorted(duty[person.name]), zone_info(person.timezone), self.holidays[number])
                for number, person in enumerate(self.people)
            },
            without_turn=tuple(name for name, own_duty in duty.items() if not own_duty),
            short_rests={
                name: short
                for name, own_duty in duty.items()
                if (short := _short_rests(own_duty, self.wishes.rest))
            },
        )

    def _layer(self, span: tuple[int, int], part: Part, members: list[str], dated: bool) -> dict[str, Any]:
        begins, ends = self.interval(span[0], part)
        until = self.interval(span[1], part)[0]
        days = self.wishes.turn_days
        by_night = part.people.bit_count() == len(self.people) and self.wishes.by_night
        asleep = by_night and not self._awake_at(span, part)
        return {
            "name": ("asleep " if asleep else "")
            + f"{begins:%H:%M}-{ends:%H:%M} UTC"
            + (f" from {begins:%Y-%m-%d}" if dated else ""),
            "role": self.wishes.role,
            "timezone": "UTC",
            "members": _cycle(members),
            "starts": f"{begins:%Y-%m-%d}",
            "handoff": f"{begins:%H:%M}",
            "turn": {"weeks": days // 7} if days % 7 == 0 else {"days": days},
            "hours": [{"from": f"{begins:%H:%M}", "to": f"{ends:%H:%M}"}],
            "until": f"{until:%Y-%m-%d}",
        }

    def _awake_at(self, span: tuple[int, int], part: Part) -> bool:
        return bool(_together(self.days[span[0] : span[1]])[part.start])

    def _roster(self, name: str, layers: list[dict[str, Any]]) -> Roster:
        role, fallback = self.wishes.role, self.wishes.fallback
        people = [person.name for person in self.people]
        if self.base is None:
            rule = {"minimum": 1} | ({"fallback": fallback} if fallback else {})
            return Roster.from_dict(
                {
                    "roster": name,
                    "timezone": "UTC",
                    "rest": {"hours": self.wishes.rest / timedelta(hours=1)},
                    "people": people,
                    "roles": {role: rule},
                    "layers": layers,
                }
            )
        kept = self.base.to_dict() | {"roster": name}
        gone = [layer.name for layer in self.base.layers if layer.role == role]
        kept["layers"] = [each for each in kept.get("layers", []) if each["role"] != role] + layers
        kept["swaps"] = [s for s in kept.get("swaps", []) if s["shift"].split("/")[1] not in gone]
        if "people" in kept:
            kept["people"] = list(dict.fromkeys([*kept["people"], *people]))
        if "roles" in kept:
            kept["roles"].setdefault(role, {})
            if fallback:
                kept["roles"][role]["fallback"] = fallback
        return Roster.from_dict(kept)

    def _era(self, span: tuple[int, int], parts: Sequence[Part]) -> Era:
        def times(start: int, end: int) -> tuple[time, time]:
            return (self.begin + start * CELL).time(), (self.begin + end * CELL).time()

        return Era(
            self.first + span[0] * DAY,
            self.first + span[1] * DAY,
            tuple(times(part.start, part.end) for part in parts),
            tuple(times(*run) for run in _runs(_together(self.days[span[0] : span[1]]))),
        )


def _short_rests(duty: Sequence[Interval], rest: timedelta) -> int:
    return sum(second[0] - first[1] < rest for first, second in pairwise(sorted(duty)))


def _runs(cells: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where nobody is awake, [start, end)."""
    start = None
    for number, people in enumerate([*cells, 1]):
        if not people and start is None:
            start = number
        elif people and start is not None:
            yield start, number
            start = None


def _cycle(members: list[str]) -> list[str]:
    """The shortest list that gives `members` when it is gone through again and again."""
    return next(
        members[:length]
        for length in range(1, len(members) + 1)
        if all(name == members[number % length] for number, name in enumerate(members))
    )
