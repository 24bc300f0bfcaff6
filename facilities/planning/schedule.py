"""The order of a night: what sets goes first, else what is worth most for the time it takes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from facilities.planning.choice import Cover
from facilities.planning.night import STEP, Sight
from facilities.planning.settings import Terms
from skymaps.healpix import Flags, Floats, Integers

BLOCK_SECONDS = 1800.0
"""A block of fields in one filter; by then the same fields come again in the next."""

_SOON = 1.5
"""A field that has to be begun within so many visits goes before any other."""


@dataclass(frozen=True)
class Shot:
    """One exposure: the field's number, when the shutter opens (unix seconds), which of the filters."""

    field: int
    start: float
    filter: int


class Scheduler:
    """Puts chosen fields into a night, one after the other, and fills what is left with others.

    Promises: every exposure lies in a stretch in which its field is in sight, begins no sooner after the last
    one than overhead, slew and change of filter allow, and starts on a whole second.
    """

    def __init__(self, sight: Sight, directions: Floats, reach: float, cover: Cover, terms: Terms) -> None:
        """`directions` unit vectors to the fields [M, 3], `reach` radians from a centre to a corner."""
        self._sight, self._directions, self._cover, self._terms = sight, directions, cover, terms
        self._left = cover.weight.copy()
        self._gain = np.array([cover.gain(number, self._left) for number in range(len(cover.members))])
        self._away = np.zeros(len(directions))
        self._touching = math.cos(min(math.pi, 2.0 * reach + 1e-6))
        self._in_filter = 0
        self._clock = math.ceil(sight.watch.start)
        self._held = 0.0
        self._begun = False
        # in orbit a field is behind the Earth for a part of the time: a visit takes so much longer
        self._stretch = 1.0 / np.maximum(sight.share, 1e-3)
        ever = sight.until.max(axis=0)
        self._sets = np.where(ever >= 0, sight.watch.sky.instants[np.maximum(ever, 0)], -np.inf)

    def run(self, chosen: Sequence[int], *, goal: float, most: int, minimum: float) -> Iterator[Shot]:
        """The exposures in time order."""
        waiting = np.zeros(len(self._directions), dtype=np.bool_)
        waiting[list(chosen)] = True
        others = ~waiting
        done = 0
        while done < most and self._held < goal * (1.0 - 1e-9):
            room = most - done
            block = self._block(waiting, others, room, goal, minimum)
            if not block:
                if not self._wait(waiting | others, minimum):
                    return
                continue
            yield from block
            done += len({shot.field for shot in block})

    def _block(self, waiting: Flags, others: Flags, room: int, goal: float, minimum: float) -> list[Shot]:
        """The next field in all filters; or half an hour of fields in one filter, and again in the others."""
        terms = self._terms
        first = self._next(waiting, others, terms.visit, minimum)
        if first is None or terms.asked.sequence == "alternating" or len(terms.filters) == 1:
            return [] if first is None else self._visit([first], waiting, others)
        pass_seconds = [seconds + terms.overhead for seconds in terms.seconds]
        size = min(room, max(1, int(BLOCK_SECONDS / max(pass_seconds))))
        whole = size * sum(pass_seconds) + len(pass_seconds) * terms.filter_change
        first = self._next(waiting, others, whole, minimum)
        if first is None:  # too little is left for a block: one field after the other
            first = self._next(waiting, others, terms.visit, minimum)
            return [] if first is None else self._visit([first], waiting, others)
        return self._visit([first], waiting, others, size=size, whole=whole, goal=goal, minimum=minimum)

    def _visit(
        self,
        fields: list[int],
        waiting: Flags,
        others: Flags,
        *,
        size: int = 1,
        whole: float = 0.0,
        goal: float = 0.0,
        minimum: float = 0.0,
    ) -> list[Shot]:
        """Expose a field and, up to `size`, those that follow it; then the same in the other filters.

        The first filter is the one that is in already. `whole` is what the block takes: a field joins
        while it stays in sight for the rest of that.
        """
        order = [(self._in_filter + k) % len(self._terms.filters) for k in range(len(self._terms.filters))]
        begun = self._clock
        shots = [self._expose(fields[0], order[0])]
        self._settle(fields[0], waiting, others)
        while len(fields) < size and self._held < goal * (1.0 - 1e-9):
            ahead = max(self._terms.visit, whole - (self._clock - begun))
            number = self._next(waiting, others, ahead, minimum)
            if number is None:
                break
            fields.append(number)
            shots.append(self._expose(number, order[0]))
            self._settle(number, waiting, others)
        for index in order[1:]:
            shots += [shot for number in fields if (shot := self._try(number, index)) is not None]
        return shots

    def _next(self, waiting: Flags, others: Flags, seconds: float, minimum: float) -> int | None:
        """What to expose now: what sets soon, else the most for its time, else whatever adds something."""
        starts = self._clock + self._pauses()
        ready = self._sight.open_for(starts, seconds * self._stretch) & (self._gain > minimum)
        cost = starts - self._clock + seconds * self._stretch
        now = np.flatnonzero(ready & waiting)
        if now.size:
            urgent = self._urgent(waiting, now, seconds)
            if urgent is not None:
                return urgent
        else:
            now = np.flatnonzero(ready & others)
            if not now.size:
                return None
        return int(now[np.argmax(self._gain[now] / cost[now])])

    def _urgent(self, waiting: Flags, now: Integers, seconds: float) -> int | None:
        """The field that sets first, where one more visit before it would cost it or one after it."""
        fields = np.flatnonzero(waiting)
        last = self._sets[fields] - seconds * self._stretch[fields]
        order = np.argsort(last, kind="stable")
        step = seconds + self._terms.overhead
        # the latest start of each, such that all that set after it can follow
        latest = last[order] - np.arange(order.size) * step
        latest = np.minimum.accumulate(latest[::-1])[::-1] + np.arange(order.size) * step
        still = np.isin(fields[order], now) & (last[order] >= self._clock)
        reached = self._clock + self._pauses()[fields[order]]
        pressing = np.flatnonzero(still & (latest < reached + _SOON * step))
        return int(fields[order][pressing[0]]) if pressing.size else None

    def _wait(self, wanted: Flags, minimum: float) -> bool:
        """Let time pass until a field comes into sight; False where none does any more."""
        fields = np.flatnonzero(wanted & (self._gain > minimum))
        row = self._sight.row(self._clock) + 1
        instants, until = self._sight.watch.sky.instants[row:], self._sight.until[row:, fields]
        if not until.size:
            return False
        enough = np.arange(row, row + len(until))[:, None] + math.ceil(self._terms.visit / STEP)
        some = np.flatnonzero((until >= enough).any(axis=1))
        if not some.size:
            return False
        self._clock = max(self._clock + 1, math.ceil(instants[some[0]]))
        return True

    def _pauses(self) -> Floats:
        """Seconds until each field can be exposed in the first filter, from now on."""
        if not self._begun:
            return np.zeros(len(self._directions))
        return np.ceil(np.maximum(self._terms.overhead, self._away / self._terms.slew_rate))

    def _expose(self, number: int, index: int) -> Shot:
        pause = float(self._pauses()[number])
        if self._begun and index != self._in_filter:
            pause = max(pause, math.ceil(self._terms.filter_change))
        start = self._clock + pause
        self._clock = math.ceil(start + self._terms.seconds[index] * self._stretch[number])
        self._in_filter, self._begun = index, True
        cosine = np.clip(self._directions @ self._directions[number], -1.0, 1.0)
        self._away = np.degrees(np.arccos(cosine))
        return Shot(number, start, index)

    def _try(self, number: int, index: int) -> Shot | None:
        """Expose a field once more, where it is still in sight."""
        pause = float(self._pauses()[number])
        if index != self._in_filter:
            pause = max(pause, math.ceil(self._terms.filter_change))
        seconds = self._terms.seconds[index] * self._stretch
        if not self._sight.open_for(self._clock + pause, seconds)[number]:
            return None
        return self._expose(number, index)

    def _settle(self, number: int, waiting: Flags, others: Flags) -> None:
        """The field is done: what it holds adds nothing to others."""
        self._held += float(self._gain[number])
        self._left[self._cover.members[number]] = 0.0
        waiting[number] = others[number] = False
        self._gain[number] = 0.0
        for other in np.flatnonzero(self._directions @ self._directions[number] >= self._touching):
            self._gain[other] = self._cover.gain(int(other), self._left)
