"""What a roster gives, looked at before it is published: shifts, gaps, overlaps, fairness, warnings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from shifts.advice import warnings
from shifts.fairness import Burden, fairness
from shifts.holiday_days import calendar_days
from shifts.people_file import People, Person
from shifts.resolver import resolve
from shifts.roster_file import Roster
from shifts.shift import Resolution, Shift
from shifts.zones import zone_info


@dataclass(frozen=True)
class Check:
    """A roster between two instants; shifts are cut to the interval, each with the zone it is read in."""

    resolution: Resolution
    zones: Mapping[str, str]
    fairness: Mapping[str, Burden]
    warnings: tuple[str, ...]

    def zone_of(self, shift: Shift) -> str:
        """The person's own zone where the people are known, else the zone of the rule."""
        return self.zones.get(shift.person, shift.timezone)

    def to_dict(self) -> dict[str, Any]:
        """The JSON of `roster check --json`."""
        result = self.resolution
        return {
            "roster": result.roster,
            "from": iso(result.start),
            "to": iso(result.end),
            "shifts": [shift_to_dict(shift, self.zone_of(shift)) for shift in result.shifts],
            "gaps": [
                {
                    "role": gap.role,
                    "start": iso(gap.start),
                    "end": iso(gap.end),
                    "fallback": gap.fallback,
                    "on": gap.on,
                }
                for gap in result.gaps
            ],
            "overlaps": [
                {
                    "role": each.role,
                    "start": iso(each.start),
                    "end": iso(each.end),
                    "people": list(each.people),
                }
                for each in result.overlaps
            ],
            "fairness": {person: burden.to_dict() for person, burden in self.fairness.items()},
            "warnings": list(self.warnings),
        }


def shift_to_dict(shift: Shift, timezone: str) -> dict[str, str]:
    """A shift as JSON, with its local times in `timezone`."""
    zone = zone_info(timezone)
    return {
        "id": shift.id,
        "role": shift.role,
        "person": shift.person,
        "start": iso(shift.start),
        "end": iso(shift.end),
        "source": shift.source,
        "local_start": shift.start.astimezone(zone).isoformat(),
        "local_end": shift.end.astimezone(zone).isoformat(),
        "timezone": timezone,
    }


def check(
    roster: Roster,
    start: datetime,
    end: datetime,
    people: People | None = None,
    pages: Mapping[str, int] | None = None,
) -> Check:
    """`roster` from `start` to `end`. Raises `RosterError` for an interval that cannot be resolved.

    `pages` are how many each person received in that time.
    """
    whole = resolve(roster, start, end)
    cut = tuple(
        replace(shift, start=max(shift.start, start), end=min(shift.end, end)) for shift in whole.shifts
    )
    return Check(
        resolution=replace(whole, shifts=cut),
        zones={person.name: person.timezone for person in people.people} if people else {},
        fairness=fairness_of(roster, cut, start, end, people, pages),
        warnings=tuple(warnings(roster, whole, people)),
    )


def fairness_of(
    roster: Roster,
    shifts: Iterable[Shift],
    start: datetime,
    end: datetime,
    people: People | None = None,
    pages: Mapping[str, int] | None = None,
) -> dict[str, Burden]:
    """The burden of everybody whom the roster names, or who is on, by the clock and calendar where they live.

    Whose zone is not known is counted by the roster's.
    """
    known = people.by_name() if people else {}
    named = dict.fromkeys(roster.people or sorted({name for name, _ in roster.names_in_use()}))
    return fairness(
        shifts,
        named,
        start,
        end,
        lambda name: zone_info(known[name].timezone if name in known else roster.timezone),
        lambda name: holidays_of(roster, known.get(name), start.year - 1, end.year + 1),
        pages,
    )


def holidays_of(roster: Roster, person: Person | None, first_year: int, last_year: int) -> dict[date, str]:
    """One person's holidays: of the person's country where known, else the roster's; dates of both."""
    country = person.country if person else None
    days: dict[date, str] = {}
    if country is not None:
        days |= calendar_days(country, None, first_year, last_year)
    for each in (*roster.holidays, *(person.holidays if person else ())):
        if each.date is not None:
            days[each.date] = each.name or "holiday"
        elif each.calendar is not None and (country is None or (person and each in person.holidays)):
            days |= calendar_days(each.calendar, each.subdivision, first_year, last_year)
    return days


def iso(instant: datetime) -> str:
    """ISO 8601 UTC ending in `Z`."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
