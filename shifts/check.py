"""What a roster gives, looked at before it is published: shifts, gaps, overlaps, fairness, warnings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from shifts.advice import warnings
from shifts.fairness import Burden, fairness
from shifts.holiday_days import calendar_days
from shifts.people_file import People
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


def check(roster: Roster, start: datetime, end: datetime, people: People | None = None) -> Check:
    """`roster` from `start` to `end`. Raises `RosterError` for an interval that cannot be resolved."""
    whole = resolve(roster, start, end)
    known = people.by_name() if people else {}
    zones = {name: person.timezone for name, person in known.items()}
    cut = tuple(
        replace(shift, start=max(shift.start, start), end=min(shift.end, end)) for shift in whole.shifts
    )
    named = dict.fromkeys(roster.people or sorted({name for name, _ in roster.names_in_use()}))
    countries = {name: person.country for name, person in known.items()}
    return Check(
        resolution=replace(whole, shifts=cut),
        zones=zones,
        fairness=fairness(
            cut,
            named,
            start,
            end,
            lambda person: zone_info(zones.get(person, roster.timezone)),
            lambda person: holidays_of(roster, countries.get(person), start.year - 1, end.year + 1),
        ),
        warnings=tuple(warnings(roster, whole, people)),
    )


def holidays_of(roster: Roster, country: str | None, first_year: int, last_year: int) -> dict[date, str]:
    """One person's holidays: of the person's country where known, else the roster's; and its own dates."""
    days: dict[date, str] = {}
    if country is not None:
        days |= calendar_days(country, None, first_year, last_year)
    for each in roster.holidays:
        if each.date is not None:
            days[each.date] = each.name or "holiday"
        elif each.calendar is not None and country is None:
            days |= calendar_days(each.calendar, each.subdivision, first_year, last_year)
    return days


def iso(instant: datetime) -> str:
    """ISO 8601 UTC ending in `Z`."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
