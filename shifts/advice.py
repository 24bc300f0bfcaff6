"""What a roster manager should look at twice: nothing wrong with the file, but perhaps not what was meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from shifts.intervals import Interval, clip, inside, union
from shifts.local_times import moment_interval, written
from shifts.people_file import People
from shifts.resolver import absence_intervals
from shifts.roster_file import Absence, Layer, Override, Roster, Turnout
from shifts.shift import Resolution
from shifts.wall_clock import DAY, Occurrence, occurrence
from shifts.zones import zone_info

WITHOUT_BREAK = timedelta(days=14)
"""Longer than this without an hour off is worth a word."""


def warnings(roster: Roster, resolution: Resolution, people: People | None = None) -> Iterator[str]:
    """Sentences, most urgent kinds first; each names where in the file it comes from."""
    yield from _unpaged_gaps(roster, resolution)
    yield from _unfilled_roles(roster)
    yield from _on_while_absent(roster, resolution)
    yield from _idle_overrides(roster, resolution)
    yield from _changing_clocks(roster, resolution)
    yield from _without_break(resolution)
    yield from _idle_people(roster)
    if people is not None:
        yield from _unreachable(roster, people)


def _unpaged_gaps(roster: Roster, resolution: Resolution) -> Iterator[str]:
    away = absence_intervals(roster)
    for role, rule in roster.role_rules.items():
        own = [gap for gap in resolution.gaps if gap.role == role]
        if not own:
            continue
        first = f"the first from {own[0].start:%Y-%m-%dT%H:%MZ}"
        if rule.fallback is None and any(gap.on == 0 for gap in own):
            yield f"roles {role}: nobody would be paged in its gaps ({first}): name a fallback"
        elif rule.fallback is not None:
            absent = [g for g in own if inside((g.start, g.end), away.get(rule.fallback, []))]
            if absent:
                start = f"{absent[0].start:%Y-%m-%dT%H:%MZ}"
                yield f"roles {role}: the fallback {rule.fallback} is away in the gap from {start}"


def _unfilled_roles(roster: Roster) -> Iterator[str]:
    filled = {layer.role for layer in roster.layers} | {override.role for override in roster.overrides}
    filled |= {fixed.role for fixed in roster.fixed}
    for role, rule in roster.role_rules.items():
        if role not in filled and rule.minimum > 0:
            yield f"roles {role}: no layer fills it"


def _on_while_absent(roster: Roster, resolution: Resolution) -> Iterator[str]:
    away = absence_intervals(roster)
    for shift in resolution.shifts:
        for start, end in inside((shift.start, shift.end), away.get(shift.person, [])):
            yield (
                f"{shift.person} is on as {shift.role} by {shift.source} from {start:%Y-%m-%dT%H:%MZ} "
                f"to {end:%Y-%m-%dT%H:%MZ}, but away then"
            )


def _idle_overrides(roster: Roster, resolution: Resolution) -> Iterator[str]:
    for number in resolution.idle_overrides:
        override = roster.overrides[number - 1]
        effect = f"{override.person} is added" if override.person else "nothing changes"
        yield (
            f"overrides #{number}: {override.replaces} has no shift as {override.role} from "
            f"{written(override.begins)} to {written(override.ends)}, so {effect}"
        )


def _changing_clocks(roster: Roster, resolution: Resolution) -> Iterator[str]:
    for layer in roster.layers:
        yield from _handoffs_on_changing_clocks(roster, layer, resolution)
    spans: list[tuple[str, Override | Absence | Turnout]] = []
    for n, fixed in enumerate(roster.fixed, start=1):
        zone = roster.zone_of(fixed)
        for m, shift in enumerate(fixed.shifts, start=1):
            own = shift if shift.timezone else shift.model_copy(update={"timezone": zone})
            spans.append((f"fixed #{n} shifts #{m}", own))
    spans += [(f"overrides #{n}", each) for n, each in enumerate(roster.overrides, start=1)]
    spans += [(f"absences #{n}", each) for n, each in enumerate(roster.absences, start=1)]
    for where, span in spans:
        zone = roster.zone_of(span)
        for word, moment, first in (("from", span.begins, True), ("to", span.ends, False)):
            at = moment_interval(moment, moment, zone)[0 if first else 1]
            if moment.tzinfo is not None or not resolution.start <= at <= resolution.end:
                continue
            how = occurrence(moment, zone_info(zone))
            if how is Occurrence.TWICE:
                meant = "the first is meant" if first else "the last is meant"
                yield f"{where}: {word} {written(moment)} comes twice in {zone}; {meant}, {written(at)}"
            elif how is Occurrence.NEVER and (moment.hour, moment.minute) != (0, 0):
                yield f"{where}: {word} {written(moment)} never comes in {zone}; {written(at)} counts"


def _handoffs_on_changing_clocks(roster: Roster, layer: Layer, resolution: Resolution) -> Iterator[str]:
    name = roster.zone_of(layer)
    zone = zone_info(name)
    clocks = {edge for window in layer.hours or () for edge in (window.begins, window.ends)}
    if layer.turn.unit != "hours":
        clocks.add(layer.handoff)
    day = resolution.start.astimezone(zone).date()
    while day <= resolution.end.astimezone(zone).date():
        for clock in sorted(clocks):
            how = occurrence(datetime.combine(day, clock), zone)
            if (
                how is not Occurrence.ONCE
                and day >= layer.starts
                and (layer.until is None or day <= layer.until)
            ):
                what = (
                    "comes twice: shifts start at the first and end at the last"
                    if how is Occurrence.TWICE
                    else "never comes: the first instant after it counts"
                )
                yield f"layers {layer.name}: on {day} {clock:%H:%M} in {name} {what}"
        day += DAY


def _without_break(resolution: Resolution) -> Iterator[str]:
    duty: dict[str, list[Interval]] = {}
    for shift in resolution.shifts:
        duty.setdefault(shift.person, []).append((shift.start, shift.end))
    for person, intervals in sorted(duty.items()):
        for start, end in clip(union(intervals), resolution.start, resolution.end):
            if end - start > WITHOUT_BREAK:
                days = (end - start) / DAY
                yield f"{person} is on for {days:.0f} days without a break from {start:%Y-%m-%dT%H:%MZ}"


def _idle_people(roster: Roster) -> Iterator[str]:
    used = {name for name, where in roster.names_in_use() if not where.startswith("absences")}
    for person in roster.people or ():
        if person not in used:
            yield f"people: {person} has no turn, no override and is nobody's fallback"


def _unreachable(roster: Roster, people: People) -> Iterator[str]:
    known = people.by_name()
    for name in dict.fromkeys([*(roster.people or ()), *(name for name, _ in roster.names_in_use())]):
        person = known.get(name)
        if person is None:
            yield f"{name} is not in the people file"
        elif not person.reachable_by():
            yield f"{name} cannot be paged: no slack, discord, email or phone"
        elif not person.contact:
            yield f"{name} has no contact rules: name at least one, as {{after: 0, by: slack}}"
