"""What an edit means to the people it touches, by their own clocks and calendars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from shifts.check import fairness_of
from shifts.fairness import Burden, night
from shifts.intervals import Interval, inside, union
from shifts.people_file import People
from shifts.preview import Preview, preview
from shifts.resolver import absence_intervals
from shifts.roster_file import Roster
from shifts.shift import Resolution
from shifts.wall_clock import DAY, local_days
from shifts.zones import zone_info


@dataclass(frozen=True)
class Resolved:
    """Rules and what they give."""

    roster: Roster
    resolution: Resolution

    def fairness(self, people: People | None) -> dict[str, Burden]:
        """Everybody's burden in the interval."""
        result = self.resolution
        return fairness_of(self.roster, result.shifts, result.start, result.end, people)


def full_preview(before: Resolved | None, after: Resolved, people: People | None) -> Preview:
    """What changes when one roster takes the place of another in the same interval.

    With what needs the people's own clocks; whose zone is not known counts in the roster's.
    """
    old = None if before is None else before.resolution
    plain = preview(old, after.resolution, timedelta(hours=after.roster.rest.hours))
    gained: dict[str, list[Interval]] = {}
    for (person, _), change in plain.changes.items():
        gained.setdefault(person, []).extend(change.gained)
    away = absence_intervals(after.roster)
    zones = {person.name: person.timezone for person in people.people} if people else {}
    was = {} if before is None else before.fairness(people)
    now = after.fairness(people)
    return replace(
        plain,
        fairness={name: (was.get(name, Burden()), now.get(name, Burden())) for name in plain.touches},
        while_away=_parts(gained, away),
        at_night={
            person: tuple(found)
            for person, spans in gained.items()
            if (found := at_night(spans, zones.get(person, after.roster.timezone)))
        },
    )


def at_night(spans: Sequence[Interval], timezone: str) -> list[Interval]:
    """What of some times lies in the nights (22:00 to 06:00) of a zone."""
    zone = zone_info(timezone)
    return [
        part
        for start, end in union(spans)
        for day, _, _ in local_days(start - DAY, end, zone)
        for part in inside((start, end), [night(day, zone)])
    ]


def _parts(
    spans: Mapping[str, Sequence[Interval]], of: Mapping[str, Sequence[Interval]]
) -> dict[str, tuple[Interval, ...]]:
    found = {
        person: tuple(part for span in union(each) for part in inside(span, of.get(person, ())))
        for person, each in spans.items()
    }
    return {person: parts for person, parts in found.items() if parts}
