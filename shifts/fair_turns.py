"""Sharing turns so that nobody's burden is greater than it must be, what they carried before included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

EPSILON = 1e-6
MOST_ROUNDS = 5000


@dataclass(frozen=True)
class Task:
    """A turn that one of the people in `weights` stands, each at the cost that it is to them.

    `spans` are its hours of duty in order. Tasks with the same `turn` are parts of the same days.
    """

    turn: int
    spans: tuple[tuple[datetime, datetime], ...]
    weights: Mapping[str, float]


def share(tasks: Sequence[Task], carried: Mapping[str, float], rest: timedelta) -> list[str | None]:
    """Who stands each task (None: nobody can).

    First come the turns in order of time, those that fewest can stand before the others, each to whoever has
    the least by then; then turns are handed on, from the busiest along any chain of people to somebody with
    less, until that would help nobody. Nobody stands two parts of the same days, or one sooner after another
    than the `rest` agreed on, unless nobody else can.
    """
    plan = _Plan(tasks, carried, rest)
    order = sorted(range(len(tasks)), key=lambda n: (tasks[n].turn, len(tasks[n].weights), n))
    for number in order:
        plan.give_to_who_has_least(number)
    plan.even_out()
    return plan.holder


class _Plan:
    """A sharing that is being made better; `loads` is what each person has by it."""

    def __init__(self, tasks: Sequence[Task], carried: Mapping[str, float], rest: timedelta) -> None:
        self.tasks = tasks
        self.rest = rest
        self.holder: list[str | None] = [None] * len(tasks)
        self.of: dict[str, set[int]] = {}
        self.loads = {name: carried.get(name, 0.0) for task in tasks for name in task.weights}
        self._near = _neighbours(tasks, rest)

    def give_to_who_has_least(self, number: int) -> None:
        weights = self.tasks[number].weights
        free = [name for name in weights if self._free(name, number)]
        last = {name: max(self.of.get(name, ()), default=-1) for name in weights}
        chosen = min(
            free or weights, key=lambda name: (self.loads[name] + weights[name], last[name]), default=None
        )
        if chosen is not None:
            self._put(number, chosen)

    def even_out(self) -> None:
        for _ in range(MOST_ROUNDS):
            busiest_first = sorted(self.of, key=lambda name: -self.loads[name])
            if not any(self._relieve(name) for name in busiest_first):
                return

    def _relieve(self, busiest: str) -> bool:
        """Hand one turn on from `busiest`, by the shortest chain that leaves everybody on it with less."""
        limit = self.loads[busiest] - EPSILON
        came_from: dict[str, tuple[str, int]] = {}
        queue = [busiest]
        for giver in queue:
            for number in sorted(self.of.get(giver, ())):
                weights = self.tasks[number].weights
                for taker in sorted(weights, key=lambda name: self.loads[name]):
                    if taker == busiest or taker in came_from or not self._free(taker, number):
                        continue
                    came_from[taker] = (giver, number)
                    if self.loads[taker] + weights[taker] < limit and self._hand_on(taker, came_from, limit):
                        return True
                    queue.append(taker)
        return False

    def _hand_on(self, last: str, came_from: Mapping[str, tuple[str, int]], limit: float) -> bool:
        chain = []
        taker = last
        while taker in came_from:
            giver, number = came_from[taker]
            chain.append((number, giver, taker))
            taker = giver
        for number, _, taker in chain:
            self._put(number, taker)
        touched = {name for _, giver, taker in chain for name in (giver, taker)}
        kept = all(self._free(taker, number) for number, _, taker in chain)
        if kept and max(self.loads[name] for name in touched) < limit:
            return True
        for number, giver, _ in reversed(chain):
            self._put(number, giver)
        return False

    def _put(self, number: int, name: str) -> None:
        before = self.holder[number]
        weights = self.tasks[number].weights
        if before is not None:
            self.of[before].discard(number)
            self.loads[before] -= weights[before]
        self.holder[number] = name
        self.of.setdefault(name, set()).add(number)
        self.loads[name] += weights[name]

    def _free(self, name: str, number: int) -> bool:
        own = self.of.get(name, ())
        return not any(near in own for near in self._near[number])


def _neighbours(tasks: Sequence[Task], rest: timedelta) -> list[list[int]]:
    """For each task those that the same person cannot stand too: of the same days, or too near."""
    near: list[list[int]] = [[] for _ in tasks]
    of_turn: dict[int, list[int]] = {}
    for number, task in enumerate(tasks):
        of_turn.setdefault(task.turn, []).append(number)
    days = [of_turn[turn] for turn in sorted(of_turn)]
    for same, following in zip(days, [*days[1:], []], strict=True):
        for number in same:
            near[number] += [other for other in same if other != number]
            for other in following:
                if tasks[other].spans[0][0] - tasks[number].spans[-1][1] < rest:
                    near[number].append(other)
                    near[other].append(number)
    return near
