"""What a change of a roster means to each person: shifts that came, went, moved or changed hands."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shifts.intervals import Interval, clip, outside, union
from shifts.shift import Resolution, Shift


@dataclass(frozen=True, slots=True)
class ShiftChange:
    """One shift of one person `before` and `after`; None: not theirs then. `other` had it, or has it now."""

    role: str
    before: Interval | None
    after: Interval | None
    other: str | None = None

    @property
    def first(self) -> datetime:
        """The first instant that it concerns."""
        return min(span[0] for span in (self.before, self.after) if span is not None)

    def to_dict(self) -> dict[str, Any]:
        return {
            "role": self.role,
            "before": _written(self.before),
            "after": _written(self.after),
            "other": self.other,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ShiftChange:
        return cls(values["role"], _read(values["before"]), _read(values["after"]), values["other"])


def personal_changes(before: Resolution | None, after: Resolution) -> dict[str, tuple[ShiftChange, ...]]:
    """Everybody whom the change touches, with what changes for them between `after.start` and `after.end`.

    A shift of the same turn and person that has other times has moved; what is only cut into other pieces, or
    known by another id, has not changed.
    """
    period = (after.start, after.end)
    old, new = _standing(before, period), _standing(after, period)
    changes: dict[str, list[ShiftChange]] = defaultdict(list)
    for person, role in sorted(old.keys() | new.keys()):
        lost, gained = old[person, role], new[person, role]
        gone = {turn: span for turn, span in lost.items() if outside(span, union(gained.values()))}
        come = {turn: span for turn, span in gained.items() if outside(span, union(lost.values()))}
        for turn in dict.fromkeys([*gone, *come]):
            was, now = lost.get(turn), gained.get(turn)
            span, others = (now, old) if now is not None else (was, new)
            assert span is not None
            other = None if was and now else _who_else(others, person, role, span)
            changes[person].append(ShiftChange(role, was, now, other))
    return {person: tuple(sorted(each, key=lambda c: c.first)) for person, each in changes.items()}


_Turns = defaultdict[tuple[str, str], dict[str, Interval]]


def _standing(resolution: Resolution | None, period: Interval) -> _Turns:
    """Each person's duty in each role by turn, the pieces of a turn together where they touch."""
    pieces: defaultdict[tuple[str, str], defaultdict[str, list[Interval]]]
    pieces = defaultdict(lambda: defaultdict(list))
    for shift in resolution.shifts if resolution is not None else ():
        pieces[shift.person, shift.role][shift.turn].append((shift.start, shift.end))
    standing: _Turns = defaultdict(dict)
    for key, turns in pieces.items():
        for turn, spans in turns.items():
            for number, span in enumerate(clip(union(spans), *period)):
                standing[key][turn if number == 0 else f"{turn}#{number}"] = span
    return standing


def _who_else(standing: _Turns, person: str, role: str, span: Interval) -> str | None:
    """Who else stands (or stood) the role for the most of `span`."""
    shares = {
        name: sum((b - a).total_seconds() for a, b in clip(union(turns.values()), *span))
        for (name, each), turns in standing.items()
        if each == role and name != person
    }
    best = max(sorted(shares), key=lambda name: shares[name], default=None)
    return best if best is not None and shares[best] > 0 else None


def shift_to_dict(shift: Shift) -> dict[str, Any]:
    """A shift as news keep it."""
    return {
        "id": shift.id,
        "role": shift.role,
        "person": shift.person,
        "span": _written((shift.start, shift.end)),
    }


def read_span(values: list[str]) -> Interval:
    """The interval that news keep as two instants."""
    return datetime.fromisoformat(values[0]), datetime.fromisoformat(values[1])


def _read(values: list[str] | None) -> Interval | None:
    return None if values is None else read_span(values)


def _written(span: Interval | None) -> list[str] | None:
    return None if span is None else [span[0].isoformat(), span[1].isoformat()]
