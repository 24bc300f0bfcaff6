"""What a roster gives: shifts, and where it gives too few people or more than one turn at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Source = Literal["rotation", "override", "swap"]


@dataclass(frozen=True, slots=True)
class Shift:
    """One person on duty in one role from `start` to `end` (UTC, end excluded).

    `id` is made of roster, layer, turn index, hours and person, so that the same rules give the same id
    whenever they are read; a piece that an override, an absence or a later layer left over carries `~` and
    its start. `turn` is shared by the people of one turn and by who stands in for them. `timezone` is the
    zone of the rule.
    """

    id: str
    role: str
    person: str
    start: datetime
    end: datetime
    source: Source
    turn: str
    timezone: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Fewer people than the role's minimum, `on` at least. The fallback would be paged, it has no shift."""

    role: str
    start: datetime
    end: datetime
    fallback: str | None
    on: int = 0


@dataclass(frozen=True, slots=True)
class Overlap:
    """More people than the role's minimum, out of different turns: a repeated hour, or an addition."""

    role: str
    start: datetime
    end: datetime
    people: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resolution:
    """A roster between two instants: whole `shifts` that touch the interval, `gaps` and `overlaps` inside it.

    `idle_overrides` are numbers (from 1) of overrides that replace somebody who has no shift then.
    """

    roster: str
    start: datetime
    end: datetime
    shifts: tuple[Shift, ...]
    gaps: tuple[Gap, ...]
    overlaps: tuple[Overlap, ...]
    idle_overrides: tuple[int, ...] = ()

    def on_at(self, instant: datetime, role: str | None = None) -> tuple[Shift, ...]:
        """The shifts that are on at `instant`, of one role or of all."""
        return tuple(
            shift
            for shift in self.shifts
            if shift.start <= instant < shift.end and role in (None, shift.role)
        )
