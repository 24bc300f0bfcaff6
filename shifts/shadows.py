"""Trainees: who shadows a person or a layer is on whenever they are, and counts for nothing.

A shadow's shifts are in a role of their own, `advocate shadow`: nobody who asks who the advocate is, to page
them or to count them, is given a trainee by mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from shifts.intervals import Interval, clip, outside, union
from shifts.local_times import moment_interval
from shifts.roster_file import EVER, Roster, Shadow, shadow_role
from shifts.shift import Shift


def shadow_shifts(
    roster: Roster, shifts: Sequence[Shift], absences: Mapping[str, Sequence[Interval]]
) -> Iterator[Shift]:
    """The shifts of everybody who shadows, out of the final `shifts`: they follow swaps and overrides too.

    A trainee is not on while away, nor beside themselves where they stand the role in earnest.
    """
    busy: dict[str, list[Interval]] = {}
    for shadow in roster.shadows:
        when = _when(roster, shadow)
        for shift in shifts:
            if not _followed(roster, shadow, shift):
                continue
            own = busy.setdefault(f"{shadow.person}/{shift.role}", _busy(shadow, shift, shifts, absences))
            for span in clip([(shift.start, shift.end)], *when):
                for piece in outside(span, union(own)):
                    own.append(piece)
                    yield _behind(shift, shadow, piece)


def _busy(
    shadow: Shadow, shift: Shift, shifts: Sequence[Shift], absences: Mapping[str, Sequence[Interval]]
) -> list[Interval]:
    in_earnest = ((s.start, s.end) for s in shifts if s.person == shadow.person and s.role == shift.role)
    return [*absences.get(shadow.person, ()), *in_earnest]


def _when(roster: Roster, shadow: Shadow) -> Interval:
    begins, ends = shadow.begins or EVER[0], shadow.ends or EVER[1]
    return moment_interval(begins, ends, roster.zone_of(shadow))


def _followed(roster: Roster, shadow: Shadow, shift: Shift) -> bool:
    if shift.person == shadow.person or shadow.role not in (None, shift.role):
        return False
    if shadow.layer is not None:
        return shift.turn.startswith(f"{roster.name}/{shadow.layer}/")
    return shift.person == shadow.follows


def _behind(shift: Shift, shadow: Shadow, piece: Interval) -> Shift:
    stem, _, cut = shift.id.partition("~")
    name = f"{stem}/shadow/{shadow.person}"
    if piece[0] != shift.start:
        cut = f"{piece[0]:%Y%m%dT%H%M%SZ}"
    return replace(
        shift,
        id=f"{name}~{cut}" if cut else name,
        role=shadow_role(shift.role),
        person=shadow.person,
        start=piece[0],
        end=piece[1],
        source="rotation",
        turn=f"{shift.turn}/shadow/{shadow.person}",
    )
