"""What the parts of a roster must fulfil together: names known, each said once, nothing contradicted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import combinations
from typing import TYPE_CHECKING

from shifts.errors import did_you_mean
from shifts.exceptions import EVER, FixedSchedule, Turnout
from shifts.local_times import moment_interval
from shifts.roster_parts import LONGEST_NAME, SHADOW

if TYPE_CHECKING:
    from shifts.roster_file import Roster


def problems_of(roster: Roster) -> Iterator[str]:
    """A sentence for each thing that is wrong, with its place in the file."""
    yield from _unknown_names(roster)
    yield from _twice(roster)
    yield from _overlaps(roster)


def _unknown_names(roster: Roster) -> Iterator[str]:
    if roster.people is not None:
        for person, where in dict.fromkeys(roster.names_in_use()):
            if person not in roster.people:
                yield f"{where}: {person!r} is not among the people; {did_you_mean(person, roster.people)}"
    if roster.roles:
        used = [(each.role, f"layers {each.name}") for each in roster.layers]
        used += [(each.role, f"fixed #{n}") for n, each in enumerate(roster.fixed, start=1)]
        used += [(each.role, f"overrides #{n}") for n, each in enumerate(roster.overrides, start=1)]
        for role, where in used:
            if role not in roster.roles:
                yield f"{where}: {role!r} is not among the roles; {did_you_mean(role, roster.roles)}"
    yield from _unknown_shadowed(roster)


def _unknown_shadowed(roster: Roster) -> Iterator[str]:
    layers, roles = [layer.name for layer in roster.layers], set(roster.role_rules)
    for number, shadow in enumerate(roster.shadows, start=1):
        if shadow.layer is not None and shadow.layer not in layers:
            yield f"shadows #{number}: no layer is called {shadow.layer!r}; " + did_you_mean(
                shadow.layer, layers
            )
        if shadow.role is not None and shadow.role not in roles:
            hint = did_you_mean(shadow.role, roles)
            yield f"shadows #{number}: {shadow.role!r} is not among the roles; {hint}"
    for role in roles:
        if len(role) > LONGEST_NAME:
            yield f"roles: {role!r} is longer than {LONGEST_NAME} characters, with what marks a trainee"
    for role in roster.roles:
        if role.endswith(SHADOW):
            yield f"roles: {role!r} is a trainee's; trainees are listed under shadows"


def _twice(roster: Roster) -> Iterator[str]:
    for what, names in (
        ("people", roster.people or ()),
        ("layers", [layer.name for layer in roster.layers]),
    ):
        for name in dict.fromkeys(name for name in names if list(names).count(name) > 1):
            yield f"{what}: {name!r} stands twice"


def _overlaps(roster: Roster) -> Iterator[str]:
    for (first, one), (second, other) in combinations(enumerate(roster.swaps, start=1), 2):
        if one.shift == other.shift and one.part[0] < other.part[1] and other.part[0] < one.part[1]:
            if one.part == other.part == EVER:
                yield f"swaps: {one.shift!r} stands twice"
            else:
                yield f"swaps #{first} and #{second} overlap: both hand over {one.shift!r}"
    yield from _overlapping_overrides(roster)
    yield from _overlapping_fixed(roster)


def _overlapping_overrides(roster: Roster) -> Iterator[str]:
    spans = [
        (number, each, *moment_interval(each.begins, each.ends, roster.zone_of(each)))
        for number, each in enumerate(roster.overrides, start=1)
    ]
    for (first, a, a_start, a_end), (second, b, b_start, b_end) in combinations(spans, 2):
        if a.role != b.role or max(a_start, b_start) >= min(a_end, b_end):
            continue
        if a.replaces is not None and a.replaces == b.replaces:
            said = f"both replace {a.replaces}"
        elif a.person is not None and a.person == b.person:
            said = f"both put {a.person} on"
        else:
            continue
        overlap = f"from {max(a_start, b_start):%Y-%m-%dT%H:%MZ} to {min(a_end, b_end):%Y-%m-%dT%H:%MZ}"
        yield f"overrides #{first} and #{second} overlap: {said} as {a.role} {overlap}"


def _overlapping_fixed(roster: Roster) -> Iterator[str]:
    numbered = list(enumerate(roster.fixed, start=1))
    whole = [(*_instants(roster, each), f"#{n}", each.role, "") for n, each in numbered]
    single = [
        (*_instants(roster, each, fixed.timezone), f"#{n} shifts #{m}", fixed.role, each.person)
        for n, fixed in numbered
        for m, each in enumerate(fixed.shifts, start=1)
    ]
    for spans in (whole, single):
        last: dict[tuple[str, str], tuple[str, datetime]] = {}
        for start, end, where, role, person in sorted(spans):
            before, until = last.get((role, person), ("", start))
            if until > start:
                who = f"have {person} on twice" if person else "fill the role"
                yield f"fixed {before} and {where} overlap: both {who} as {role} at {start:%Y-%m-%dT%H:%MZ}"
            last[role, person] = (where, max(end, until))
    yield from _outside_their_schedule(roster)


def _outside_their_schedule(roster: Roster) -> Iterator[str]:
    for number, fixed in enumerate(roster.fixed, start=1):
        begins, ends = _instants(roster, fixed)
        for place, each in enumerate(fixed.shifts, start=1):
            start, end = _instants(roster, each, fixed.timezone)
            if start < begins or end > ends:
                spans = ((start, end), (begins, ends))
                own, whole = (f"{a:%Y-%m-%dT%H:%MZ} to {b:%Y-%m-%dT%H:%MZ}" for a, b in spans)
                where = f"fixed #{number} shifts #{place}"
                yield f"{where}: {each.person} from {own} reaches beyond the schedule, {whole}"


def _instants(
    roster: Roster, part: FixedSchedule | Turnout, zone: str | None = None
) -> tuple[datetime, datetime]:
    zone = part.timezone or zone or roster.timezone
    return moment_interval(part.begins, part.ends, zone)
