"""What does not go together: duty with leave, nights and holidays, and people whom no page reaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shifts import people_store
from shifts.contact import CONFIRMED_BY_OWNER, KINDS, AddressKind
from shifts.intervals import Interval, inside, total
from shifts.people_file import Person
from shifts.quiet_hours import quiet_intervals
from shifts.resolver import resolve
from shifts.shift import Shift
from shifts.standing import Standing, holiday_of, rules_that_hold
from shifts.standing_store import joined_absences, newest_rosters
from shifts.wall_clock import local_days
from shifts.zones import zone_info
from store.database import Database

MOSTLY = 0.5
"""The part of a shift in somebody's quiet hours from which on it is one through their night."""


class ConflictKind(StrEnum):
    UNKNOWN = "unknown"  # the roster names somebody who is not among the people
    UNREACHABLE = "unreachable"  # no way that is linked or confirmed and not stopped
    SILENT = "silent"  # ways there are, but in some state no contact rule uses one
    LEAVE = "leave"  # on duty while away
    NIGHT = "night"  # on duty for most of a shift in their own quiet hours
    HOLIDAY = "holiday"  # on duty on a holiday of theirs


@dataclass(frozen=True)
class Conflict:
    """Something a roster manager wants to see. `shift` is None for what concerns the person at any time."""

    kind: ConflictKind
    person: str
    text: str
    shift: Shift | None = None

    def to_dict(self) -> dict[str, str | None]:
        return {
            "kind": self.kind.value,
            "person": self.person,
            "text": self.text,
            "shift": self.shift.id if self.shift is not None else None,
        }


def conflicts(
    shifts: Sequence[Shift], people: Mapping[str, Person], absences: Mapping[str, Sequence[Interval]]
) -> tuple[Conflict, ...]:
    """Every conflict of these shifts, those that keep a page from arriving first.

    `absences` are each person's, joined and in order.
    """
    found: list[Conflict] = []
    for name in dict.fromkeys(shift.person for shift in shifts):
        found += unpaged(name, people.get(name))
    for shift in shifts:
        person = people.get(shift.person)
        found += _leave(shift, absences.get(shift.person, ()))
        if person is not None:
            found += _night(shift, person)
            found += _holiday(shift, person)
    order = list(ConflictKind)
    return tuple(sorted(found, key=lambda each: order.index(each.kind)))


async def conflicts_ahead(database: Database, now: datetime, ahead: timedelta) -> tuple[Conflict, ...]:
    """The conflicts of every roster's newest version from now on, also of fallbacks no page would reach."""
    async with database.read() as session:
        rosters = await newest_rosters(session)
        people = (await people_store.everybody(session)).by_name()
    shifts = [shift for roster in rosters for shift in resolve(roster, now, now + ahead).shifts]
    on = {shift.person for shift in shifts}
    fallbacks = {rule.fallback for roster in rosters for rule in roster.roles.values() if rule.fallback}
    found = conflicts(shifts, people, joined_absences(rosters))
    return (*(each for name in sorted(fallbacks - on) for each in unpaged(name, people.get(name))), *found)


def unpaged(name: str, person: Person | None) -> Iterator[Conflict]:
    """Why somebody who may be paged would not hear of it, if so: each with what mends it."""
    if person is None:
        text = f"{name} is not among the people: nobody knows how to page them"
        yield Conflict(ConflictKind.UNKNOWN, name, text)
        return
    if not person.usable():
        text = f"{name} has no verified way to be paged: {_addresses(person)}"
        yield Conflict(ConflictKind.UNREACHABLE, name, text)
        return
    if not person.contact:
        return  # without rules every usable way is tried
    states = {
        "awake on shift": Standing(quiet=False, on_shift=True, on_leave=False),
        "in quiet hours on shift": Standing(quiet=True, on_shift=True, on_leave=False),
    }
    silent = [state for state, standing in states.items() if not rules_that_hold(person, standing)]
    if silent:
        text = f"{name} has no contact rule that counts {' or '.join(silent)} over a way that can be used"
        yield Conflict(ConflictKind.SILENT, name, text)


def _addresses(person: Person) -> str:
    """Why each address does not count."""
    why = [f"{kind} {_why_not(person, kind)}" for kind in KINDS if person.address(kind) is not None]
    return ", ".join(why) or "no address at all"


def _why_not(person: Person, kind: AddressKind) -> str:
    if kind in person.stopped:
        return "was stopped by its owner"
    return "is not confirmed" if kind in CONFIRMED_BY_OWNER else "is linked"


def _leave(shift: Shift, away: Sequence[Interval]) -> Iterator[Conflict]:
    for start, end in inside((shift.start, shift.end), away):
        span = f"from {start:%Y-%m-%dT%H:%MZ} to {end:%Y-%m-%dT%H:%MZ}"
        text = f"{shift.person} is on as {shift.role} {span}, but away then"
        yield Conflict(ConflictKind.LEAVE, shift.person, text, shift)


def _night(shift: Shift, person: Person) -> Iterator[Conflict]:
    zone = zone_info(person.timezone)
    quiet = quiet_intervals(person.quiet, zone, shift.start, shift.end)
    share = total(inside((shift.start, shift.end), quiet)) / (shift.end - shift.start)
    if share > MOSTLY:
        local = f"{shift.start.astimezone(zone):%a %d %b %H:%M}"
        text = f"{person.name} is on as {shift.role} from {local} local, {share:.0%} of it in quiet hours"
        yield Conflict(ConflictKind.NIGHT, person.name, text, shift)


def _holiday(shift: Shift, person: Person) -> Iterator[Conflict]:
    for day, _, _ in local_days(shift.start, shift.end, zone_info(person.timezone)):
        name = holiday_of(person, day)
        if name is not None:
            text = f"{person.name} is on as {shift.role} on {day}, {name}"
            yield Conflict(ConflictKind.HOLIDAY, person.name, text, shift)
