"""How a person stands at an instant: asleep or awake, on shift, on leave, on a day off. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from shifts.contact import ContactRule, State
from shifts.holiday_days import calendar_days
from shifts.intervals import Interval
from shifts.people_file import Person
from shifts.quiet_hours import quiet_at
from shifts.roster_file import WEEKDAYS
from shifts.zones import zone_info


@dataclass(frozen=True)
class Standing:
    """The states are independent: who is on shift at 03:00 may be in quiet hours too.

    `holiday` is the name of the local day's public or own holiday; `working` is False then, and on
    weekdays on which the person does not work.
    """

    quiet: bool
    on_shift: bool
    on_leave: bool
    working: bool = True
    holiday: str | None = None

    @property
    def awake(self) -> bool:
        return not self.quiet

    def holds(self, state: State) -> bool:
        """Whether this is one of the states that a contact rule names in `when`."""
        match state:
            case "any":
                return True
            case "quiet":
                return self.quiet
            case "awake":
                return self.awake
            case "on_shift":
                return self.on_shift
            case "on_leave":
                return self.on_leave


def standing_of(
    person: Person, instant: datetime, *, on_shift: bool, absences: Iterable[Interval] = ()
) -> Standing:
    """How `person` stands at `instant`.

    `on_shift` is what the rosters say (`RosterService.on_duty`), `absences` are the person's own, as
    instants. Quiet hours are wall-clock times where the person lives, also when the clocks change there.
    """
    zone = zone_info(person.timezone)
    day = instant.astimezone(zone).date()
    holiday = holiday_of(person, day)
    return Standing(
        quiet=quiet_at(person.quiet, zone, instant) is not None,
        on_shift=on_shift,
        on_leave=any(start <= instant < end for start, end in absences),
        working=holiday is None and WEEKDAYS[day.weekday()] in person.working_days,
        holiday=holiday,
    )


def holiday_of(person: Person, day: date) -> str | None:
    """The name of a local day that is a holiday where the person lives or works, or None."""
    if person.country is not None:
        found = calendar_days(person.country, None, day.year, day.year).get(day)
        if found is not None:
            return found
    for each in person.holidays:
        if each.calendar is not None:
            found = calendar_days(each.calendar, each.subdivision, day.year, day.year).get(day)
            if found is not None:
                return found
        elif each.date == day:
            return each.name or "holiday"
    return None


def quiet_until(person: Person, instant: datetime) -> datetime | None:
    """When the quiet hours end in which `instant` lies; None for somebody who is awake."""
    interval = quiet_at(person.quiet, zone_info(person.timezone), instant)
    return interval[1] if interval is not None else None


def rules_that_hold(person: Person, standing: Standing) -> tuple[ContactRule, ...]:
    """The person's contact rules that count in this state, soonest first; only ways that are usable."""
    usable = person.usable()
    held = [rule for rule in person.contact if rule.by in usable and standing.holds(rule.when)]
    return tuple(sorted(held, key=lambda rule: rule.after))
