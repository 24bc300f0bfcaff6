"""Which fields a night has room for: greedily by what each adds, as long as all can still be fitted in.

The night is cut into slots of one visit. A field may take the slots in which it is in sight; a set of
fields fits where each has a slot of its own. That is a matching, so fields can be chosen by weight alone and
are moved to other slots as others come: for fields that do not overlap the choice is the best there is (a
transversal matroid), and early-setting fields get their early slots by themselves.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from facilities.constraints import Flags
from skymaps.healpix import Floats, Integers


@dataclass(frozen=True, eq=False)
class Cover:
    """What each field takes: `members` are indices into `weight` [N], one array a field."""

    members: Sequence[Integers]
    weight: Floats

    def gain(self, number: int, left: Floats) -> float:
        return float(left[self.members[number]].sum())

    def best(self, numbers: Integers) -> float:
        """The most that one of these fields holds; 0 where there are none."""
        return max((self.gain(int(number), self.weight) for number in numbers), default=0.0)


@dataclass
class Slots:
    """Who has which slot. `allowed` are the slots of each field as the bits of one integer."""

    allowed: Sequence[int]
    owner: dict[int, int] = field(default_factory=dict)
    free: int = 0
    full: int = 0  # slots of which no field that may have them can ever be moved away

    def take(self, number: int) -> bool:
        """Give a field a slot, moving others where that makes room; False where nothing does."""
        came_from: dict[int, tuple[int, int | None]] = {}
        seen = self.full
        frontier: list[tuple[int, int | None]] = [(number, None)]
        while frontier:
            following: list[tuple[int, int | None]] = []
            for who, lost in frontier:
                reached = self.allowed[who] & ~seen
                spare = reached & self.free
                if spare:
                    slot = (spare & -spare).bit_length() - 1
                    self._move(slot, who, lost, came_from)
                    return True
                seen |= reached
                while reached:
                    slot = (reached & -reached).bit_length() - 1
                    reached &= reached - 1
                    came_from[slot] = (who, lost)
                    following.append((self.owner[slot], slot))
            frontier = following
        # All that was reached is owned by fields that can go nowhere else: nobody need look there again.
        self.full = seen
        return False

    def _move(
        self, slot: int, who: int, lost: int | None, came_from: dict[int, tuple[int, int | None]]
    ) -> None:
        self.free &= ~(1 << slot)
        self.owner[slot] = who
        while lost is not None:
            slot = lost
            who, lost = came_from[slot]
            self.owner[slot] = who


def choose(cover: Cover, slots: Flags, *, goal: float, most: int, minimum: float) -> list[int]:
    """The fields to expose, greedily by weight, until they hold `goal` or `most` of them are chosen.

    `slots` bool[M, S]: in which slots each field is in sight throughout. Fields that add less than `minimum`
    are left out.
    """
    masks = [_bits(row) for row in slots]
    room = Slots(masks, free=(1 << slots.shape[1]) - 1)
    left = cover.weight.copy()
    queue = [(-cover.gain(number, left), number) for number in range(len(masks)) if masks[number]]
    heapq.heapify(queue)
    chosen: list[int] = []
    held = 0.0
    while queue and len(chosen) < most and held < goal * (1.0 - 1e-9):
        _, number = heapq.heappop(queue)
        gain = cover.gain(number, left)
        if queue and gain < -queue[0][0]:
            # what others took since made it worse than the next; it waits its turn with its true gain
            heapq.heappush(queue, (-gain, number))
            continue
        if gain <= minimum:
            break
        if not room.take(number):
            continue
        left[cover.members[number]] = 0.0
        held += gain
        chosen.append(number)
    return chosen


def _bits(row: Flags) -> int:
    return int.from_bytes(np.packbits(row, bitorder="little").tobytes(), "little")
