"""What an edit would change: duty gained and lost by each person, gaps opened and closed, rest cut short."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from shifts.intervals import Interval, clip, outside, total, union
from shifts.shift import Gap, Resolution

REST = timedelta(hours=11)
"""Rest between two times of duty that nothing else was agreed for: that of the EU's working time directive
(2003/88/EC, article 3)."""


@dataclass(frozen=True)
class Change:
    """One person's duty gained and lost, as joined times in UTC."""

    gained: tuple[Interval, ...] = ()
    lost: tuple[Interval, ...] = ()

    @property
    def hours(self) -> float:
        """Hours more (or, negative, fewer) than before."""
        return (total(self.gained) - total(self.lost)) / timedelta(hours=1)


@dataclass(frozen=True)
class Preview:
    """The difference between two resolutions, inside the interval. Times of duty are per (person, role)."""

    changes: dict[tuple[str, str], Change]
    gaps_opened: tuple[Gap, ...]
    gaps_closed: tuple[Gap, ...]
    short_rests: tuple[tuple[str, Interval], ...]

    @property
    def touches(self) -> tuple[str, ...]:
        """Everybody who has to be told."""
        return tuple(sorted({person for person, _ in self.changes}))


def preview(before: Resolution | None, after: Resolution, rest: timedelta = REST) -> Preview:
    """What changes for whom when `after` takes the place of `before` (None: of nothing)."""
    old, new = _duty(before), _duty(after)
    changes = {}
    for key in sorted(old.keys() | new.keys()):
        gained = [piece for span in new[key] for piece in outside(span, old[key])]
        lost = [piece for span in old[key] for piece in outside(span, new[key])]
        if gained or lost:
            changes[key] = Change(tuple(gained), tuple(lost))
    gaps_before, gaps_after = (() if before is None else before.gaps), after.gaps
    return Preview(
        changes=changes,
        gaps_opened=tuple(gap for gap in gaps_after if gap not in gaps_before),
        gaps_closed=tuple(gap for gap in gaps_before if gap not in gaps_after),
        short_rests=tuple(_short_rests(after, {person for person, _ in changes}, rest)),
    )


def _duty(resolution: Resolution | None) -> defaultdict[tuple[str, str], list[Interval]]:
    spans: defaultdict[tuple[str, str], list[Interval]] = defaultdict(list)
    for shift in resolution.shifts if resolution else ():
        spans[shift.person, shift.role].append((shift.start, shift.end))
    if resolution is None:
        return spans
    period = (resolution.start, resolution.end)
    return defaultdict(list, {key: clip(union(each), *period) for key, each in spans.items()})


def _short_rests(resolution: Resolution, people: set[str], rest: timedelta) -> list[tuple[str, Interval]]:
    spans: defaultdict[str, list[Interval]] = defaultdict(list)
    for shift in resolution.shifts:
        if shift.person in people:
            spans[shift.person].append((shift.start, shift.end))
    return [
        (person, (first[1], second[0]))
        for person, each in sorted(spans.items())
        for first, second in pairwise(union(each))
        if second[0] - first[1] < rest
    ]


def differences(before: Any, after: Any, where: str = "") -> list[str]:
    """What differs between two documents, one line for each value: where, what it was, what it is."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        return [
            line
            for key in keys
            for line in differences(before.get(key), after.get(key), f"{where} {key}".strip())
        ]
    if isinstance(before, list) and isinstance(after, list):
        lines = []
        for number in range(max(len(before), len(after))):
            old = before[number] if number < len(before) else None
            new = after[number] if number < len(after) else None
            entry = new if isinstance(new, dict) else old
            name = entry.get("name", f"#{number + 1}") if isinstance(entry, dict) else f"#{number + 1}"
            lines += differences(old, new, f"{where} {name}".strip())
        return lines
    return [] if before == after else [f"{where}: {_shown(before)} -> {_shown(after)}"]


def _shown(value: object) -> str:
    return "nothing" if value is None else str(value)
