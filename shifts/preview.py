"""What an edit would change: duty gained and lost by each person, gaps, overlaps, rest, fairness."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from shifts.fairness import Burden
from shifts.intervals import Interval, clip, outside, total, union
from shifts.personal import ShiftChange, personal_changes
from shifts.shift import Gap, Overlap, Resolution

REST = timedelta(hours=11)
"""Rest between two times of duty that nothing else was agreed for: that of the EU's working time directive
(2003/88/EC, article 3)."""

Duty = defaultdict[tuple[str, str], list[Interval]]


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
    """The difference between two resolutions, inside the interval. Times of duty are per (person, role).

    `personal` says shift by shift what changes for each person; `short_rests` are the rests (from, to) too
    short that were not so before. What needs the people's own clocks is filled in by `shifts.effects`:
    `fairness` of everybody touched, before and after; duty gained `while_away` and `at_night` (22:00 to 06:00
    where the person lives), as joined times.
    """

    changes: dict[tuple[str, str], Change]
    gaps_opened: tuple[Gap, ...]
    gaps_closed: tuple[Gap, ...]
    short_rests: tuple[tuple[str, Interval], ...]
    overlaps_opened: tuple[Overlap, ...] = ()
    personal: Mapping[str, tuple[ShiftChange, ...]] = field(default_factory=dict)
    fairness: Mapping[str, tuple[Burden, Burden]] = field(default_factory=dict)
    while_away: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)
    at_night: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)

    @property
    def touches(self) -> tuple[str, ...]:
        """Everybody who has to be told."""
        return tuple(sorted({person for person, _ in self.changes}))

    @property
    def takes_away(self) -> tuple[str, ...]:
        """Everybody who loses duty that was published, or has it moved."""
        return tuple(sorted({person for (person, _), change in self.changes.items() if change.lost}))

    @property
    def worth_asking(self) -> bool:
        """Whether somebody should say that this is meant before it is published."""
        return bool(self.takes_away or self.gaps_opened or self.short_rests or self.while_away)


def preview(before: Resolution | None, after: Resolution, rest: timedelta = REST) -> Preview:
    """What changes for whom when `after` takes the place of `before` (None: of nothing)."""
    old, new = duty_of(before), duty_of(after)
    changes = {}
    for key in sorted(old.keys() | new.keys()):
        gained = [piece for span in new[key] for piece in outside(span, old[key])]
        lost = [piece for span in old[key] for piece in outside(span, new[key])]
        if gained or lost:
            changes[key] = Change(tuple(gained), tuple(lost))
    gaps_before = () if before is None else before.gaps
    overlaps_before = () if before is None else before.overlaps
    short_before = set(_short_rests(old, rest))
    return Preview(
        changes=changes,
        gaps_opened=tuple(gap for gap in after.gaps if gap not in gaps_before),
        gaps_closed=tuple(gap for gap in gaps_before if gap not in after.gaps),
        short_rests=tuple(each for each in _short_rests(new, rest) if each not in short_before),
        overlaps_opened=tuple(each for each in after.overlaps if each not in overlaps_before),
        personal=personal_changes(before, after),
    )


def duty_of(resolution: Resolution | None) -> Duty:
    """Joined times of duty per (person, role), inside the interval."""
    spans: Duty = defaultdict(list)
    for shift in resolution.shifts if resolution else ():
        spans[shift.person, shift.role].append((shift.start, shift.end))
    if resolution is None:
        return spans
    period = (resolution.start, resolution.end)
    return defaultdict(list, {key: clip(union(each), *period) for key, each in spans.items()})


def _short_rests(duty: Duty, rest: timedelta) -> list[tuple[str, Interval]]:
    spans: defaultdict[str, list[Interval]] = defaultdict(list)
    for (person, _), each in duty.items():
        spans[person] += each
    return [
        (person, (first[1], second[0]))
        for person, each in sorted(spans.items())
        for first, second in pairwise(union(each))
        if second[0] - first[1] < rest
    ]
