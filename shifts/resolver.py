"""From rules to shifts: a roster and an interval in, shifts, gaps and overlaps out. Pure, and no clock.

Order of say: layers (a later one wins where both have somebody on for the same role), then swaps, then fixed
schedules, then overrides in the order of the file; trainees follow what comes out. Absences act inside the
rotation: nobody's place moves by them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from shifts.cover import gaps, overlaps
from shifts.errors import RosterError
from shifts.intervals import Interval, clip, inside, outside, union
from shifts.local_times import FIRST_YEAR, LAST_YEAR, moment_interval
from shifts.roster_file import FixedSchedule, Override, Roster, Swap
from shifts.rotation import layer_shifts, turns
from shifts.shadows import shadow_shifts
from shifts.shift import Resolution, Shift, Source
from shifts.wall_clock import SECOND
from shifts.zones import zone_info

LONGEST_YEARS = 30


def resolve(roster: Roster, start: datetime, end: datetime) -> Resolution:
    """What `roster` gives between two aware instants.

    Shifts are whole, also where they reach beyond the interval; gaps and overlaps are cut to it. Two
    resolutions of neighbouring intervals agree on every shift they share, ids included. Raises `RosterError`
    for an interval without length or beyond the years that zones have rules for.
    """
    _check_interval(start, end)
    wide = _reach(roster, start, end)
    shifts = _with_fixed(roster, _swapped(roster, _layered(roster, wide)))
    idle = []
    for number, override in enumerate(roster.overrides, start=1):
        interval = moment_interval(override.begins, override.ends, roster.zone_of(override))
        if interval[0] < wide[1] and interval[1] > wide[0]:
            shifts, took = _overridden(roster, shifts, override, interval)
            if not took and interval[0] < end and interval[1] > start:
                idle.append(number)
    shifts += shadow_shifts(roster, shifts, absence_intervals(roster))
    kept = sorted(
        (shift for shift in shifts if shift.start < end and shift.end > start),
        key=lambda shift: (shift.start, shift.role, shift.end, shift.id),
    )
    return Resolution(
        roster=roster.name,
        start=start,
        end=end,
        shifts=tuple(kept),
        gaps=tuple(gaps(roster, kept, start, end)),
        overlaps=tuple(overlaps(roster, kept, start, end)),
        idle_overrides=tuple(idle),
    )


def _check_interval(start: datetime, end: datetime) -> None:
    if end <= start:
        raise RosterError(
            f"the interval ends at {end:%Y-%m-%dT%H:%MZ}, not after its start {start:%Y-%m-%dT%H:%MZ}"
        )
    if start.year <= FIRST_YEAR or end.year >= LAST_YEAR:
        raise RosterError(
            f"{start:%Y-%m-%d} to {end:%Y-%m-%d} is not within the years {FIRST_YEAR} to {LAST_YEAR}"
        )
    if end.year - start.year > LONGEST_YEARS:
        raise RosterError(f"from {start:%Y} to {end:%Y} is longer than {LONGEST_YEARS} years")


def _reach(roster: Roster, start: datetime, end: datetime) -> Interval:
    """The interval that has to be looked at so that each shift touching [start, end) is known whole.

    Overrides come whole, since they act on every shift of theirs; then the turns that touch all that.
    """
    exceptions: list[Override | FixedSchedule] = [*roster.overrides, *roster.fixed]
    spans = [moment_interval(each.begins, each.ends, roster.zone_of(each)) for each in exceptions]
    grown = True
    while grown:
        touching = [span for span in spans if span[0] < end and span[1] > start]
        wider = (min([start, *(a for a, _ in touching)]), max([end, *(b for _, b in touching)]))
        grown = wider != (start, end)
        start, end = wider
    on_the_edge = [
        turn
        for layer in roster.layers
        for at in (start, end)
        for _, turn in turns(layer, zone_info(roster.zone_of(layer)), at, at + SECOND)
    ]
    return min([start, *(a for a, _ in on_the_edge)]), max([end, *(b for _, b in on_the_edge)])


def absence_intervals(roster: Roster) -> dict[str, list[Interval]]:
    """When each person is away, as instants, joined and in order."""
    spans: dict[str, list[Interval]] = {}
    for absence in roster.absences:
        interval = moment_interval(absence.begins, absence.ends, roster.zone_of(absence))
        spans.setdefault(absence.person, []).append(interval)
    return {person: union(intervals) for person, intervals in spans.items()}


def _layered(roster: Roster, wide: Interval) -> list[Shift]:
    absences = absence_intervals(roster)
    taken: dict[str, list[Interval]] = {}
    shifts: list[Shift] = []
    for layer in reversed(roster.layers):
        own = list(layer_shifts(roster.name, layer, roster.zone_of(layer), *wide, absences))
        above = taken.get(layer.role, [])
        shifts += own if not above else [piece for shift in own for piece in _cut(shift, above)]
        taken[layer.role] = union([*above, *((shift.start, shift.end) for shift in own)])
    return shifts


def _swapped(roster: Roster, shifts: list[Shift]) -> list[Shift]:
    swaps: dict[str, list[Swap]] = {}
    for swap in roster.swaps:
        swaps.setdefault(swap.shift, []).append(swap)
    if not swaps:
        return shifts
    return [
        piece for shift in shifts for piece in _after_swaps(shift, swaps.get(shift.id.partition("~")[0], ()))
    ]


def _after_swaps(shift: Shift, swaps: Sequence[Swap]) -> Iterator[Shift]:
    """The shift with whoever took it, or parts of it, over."""
    own = (shift.start, shift.end)
    parts = {swap: clip([swap.part], *own) for swap in swaps}
    yield from _cut(shift, union(part for cut in parts.values() for part in cut))
    for swap, cut in parts.items():
        yield from (handed_over(_piece(shift, part), swap.person, "swap") for part in cut)


def _cut(shift: Shift, taken: Sequence[Interval]) -> Iterator[Shift]:
    for piece in outside((shift.start, shift.end), taken):
        yield _piece(shift, piece)


def _piece(shift: Shift, piece: Interval) -> Shift:
    """Part of a shift: the one that begins with it keeps its id, the others are told apart by their start."""
    if piece == (shift.start, shift.end):
        return shift
    name = shift.id
    if piece[0] != shift.start:
        name = f"{name.split('~')[0]}~{piece[0]:%Y%m%dT%H%M%SZ}"
    return replace(shift, id=name, start=piece[0], end=piece[1])


def _overridden(
    roster: Roster, shifts: list[Shift], override: Override, interval: Interval
) -> tuple[list[Shift], bool]:
    """The shifts after one override, and whether it found whom it replaces.

    A replacement takes the shifts of the replaced one by one, and the time between them stays as it was.
    Where the replaced has no shift at all, the person is added for the whole time: better one page too many.
    """
    result: list[Shift] = []
    taken: list[Shift] = []
    for shift in shifts:
        if override.replaces != shift.person or override.role != shift.role:
            result.append(shift)
            continue
        result += _cut(shift, [interval])
        taken += [_piece(shift, piece) for piece in inside((shift.start, shift.end), [interval])]
    if override.person is None:
        return result, bool(taken)
    for shift in taken:
        result.append(handed_over(shift, override.person, override.source))
    if not taken:
        result.append(_added(roster, override, override.person, interval))
    return result, bool(taken) or override.replaces is None


def handed_over(shift: Shift, person: str, source: Source) -> Shift:
    """The shift when `person` stands it: the turn stays, the id names who has it."""
    stem, tilde, piece = shift.id.partition("~")
    name = f"{stem.rsplit('/', 1)[0]}/{person}{tilde}{piece}"
    return replace(shift, id=name, person=person, source=source)


def _with_fixed(roster: Roster, shifts: list[Shift]) -> list[Shift]:
    """The shifts after the fixed schedules: each keeps its role to itself for its time."""
    for fixed in roster.fixed:
        zone = roster.zone_of(fixed)
        interval = moment_interval(fixed.begins, fixed.ends, zone)
        shifts = [
            piece
            for shift in shifts
            for piece in ([shift] if shift.role != fixed.role else _cut(shift, [interval]))
        ]
        for each in fixed.shifts:
            times = moment_interval(each.begins, each.ends, each.timezone or zone)
            for start, end in clip([times], *interval):
                turn = f"{roster.name}/fixed {fixed.role}/{start:%Y%m%dT%H%M%SZ}"
                name = f"{turn}/{each.person}"
                shifts.append(Shift(name, fixed.role, each.person, start, end, "override", turn, zone))
    return shifts


def _added(roster: Roster, override: Override, person: str, interval: Interval) -> Shift:
    turn = f"{roster.name}/override {override.role}/{interval[0]:%Y%m%dT%H%M%SZ}"
    return Shift(
        id=f"{turn}/{person}",
        role=override.role,
        person=person,
        start=interval[0],
        end=interval[1],
        source=override.source,
        turn=turn,
        timezone=roster.zone_of(override),
    )
