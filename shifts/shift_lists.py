"""Lists of shifts, one a line (CSV) or one an event (iCalendar), read as a roster and written from one.

A list says who is on when and knows no rules: it is read as a fixed schedule for each of its roles, from its
first shift to its last.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shifts.documents import LARGEST
from shifts.errors import RosterError, did_you_mean
from shifts.local_times import moment_interval, read_moment, written
from shifts.people_file import People
from shifts.roster_file import SHADOW, Roster
from shifts.shift import Shift
from shifts.wall_clock import midnight
from shifts.zones import check_zone, zone_info

COLUMNS = {
    "role": "role", "person": "person", "name": "person", "from": "from", "start": "from", "to": "to",
    "end": "to", "timezone": "timezone", "zone": "timezone",
}  # fmt: skip
OWN = ("id", "source", "local_from", "local_to")
"""Columns that an export has besides, which say nothing new."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Where a cell begins with one a spreadsheet takes it for a formula; it gets an apostrophe in front."""
FURTHEST = timedelta(days=2 * 366)
"""How far recurrences without an end are followed."""


@dataclass(frozen=True)
class Listed:
    """One shift of a list; `where` says which line or event it is."""

    where: str
    role: str
    person: str
    start: datetime
    end: datetime


def read_csv(text: str, timezone: str, *, role: str | None = None) -> list[Listed]:
    """The shifts of a table with the columns person, from, to, and perhaps role and timezone.

    Times are local, of the row's zone or else `timezone`, unless they end in Z or an offset; `role` is that
    of rows without one. Comma, semicolon or tab. Raises `RosterError` with the line.
    """
    if len(text) > LARGEST:
        raise RosterError(f"has {len(text)} characters, more than the {LARGEST} that are read")
    lines = text.lstrip("\ufeff").splitlines()
    if not lines:
        raise RosterError("is empty; expected a line of headings: role,person,from,to")
    separator = max(",;\t", key=lines[0].count)
    rows = csv.reader(io.StringIO("\n".join(lines)), delimiter=separator)
    try:
        headings = _headings(next(rows))
        return [
            _row(dict(zip(headings, row, strict=False)), f"line {rows.line_num}", timezone, role)
            for row in rows
            if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise RosterError(f"line {rows.line_num} is not CSV: {error}") from None


def _headings(cells: Sequence[str]) -> list[str]:
    names = [cell.strip().casefold().replace(" ", "_") for cell in cells]
    for name in names:
        if name not in COLUMNS and name not in OWN:
            raise RosterError(f"{name!r} is not a column of shifts; {did_you_mean(name, COLUMNS)}")
    headings = [COLUMNS.get(name, name) for name in names]
    for needed in ("person", "from", "to"):
        if headings.count(needed) != 1:
            raise RosterError(
                f"the headings {', '.join(names)} have {headings.count(needed)} times {needed!r}"
            )
    return headings


def _row(cells: Mapping[str, str], where: str, timezone: str, role: str | None) -> Listed:
    said = {key: _plain(value) for key, value in cells.items()}
    for needed in ("person", "from", "to"):
        if not said.get(needed):
            raise RosterError(f"{where}: {needed} is missing")
    try:
        zone = check_zone(said.get("timezone") or timezone)
        begins, ends = (read_moment(said[key]) for key in ("from", "to"))
        start, end = moment_interval(begins, ends, zone)
    except ValueError as error:
        raise RosterError(f"{where}: {error}") from None
    return _listed(where, said.get("role") or role, said["person"], start, end)


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA else cell


def _listed(where: str, role: str | None, person: str, start: datetime, end: datetime) -> Listed:
    if not role:
        raise RosterError(f"{where}: no role is named; give one for all with --role")
    if end <= start:
        raise RosterError(f"{where}: to {written(end)} is not after from {written(start)}")
    return Listed(where, role, person, start, end)


def read_ical(
    content: bytes,
    timezone: str,
    *,
    role: str | None = None,
    people: People | None = None,
    until: datetime | None = None,
) -> list[Listed]:
    """The events of a calendar as shifts, recurrences written out (to `until`, else two years at most).

    Who it is stands in the summary, alone or as `person: role`, else in the attendee's address, looked up
    among `people`. Floating times are of `timezone`, all-day events from its midnight to midnight; cancelled
    events are left out. Raises `RosterError` with the event.
    """
    from icalendar import Calendar
    from recurring_ical_events import of

    if len(content) > LARGEST:
        raise RosterError(f"has {len(content)} bytes, more than the {LARGEST} that are read")
    try:
        calendar: Any = Calendar.from_ical(content)
        starts = [_moment(event["DTSTART"].dt) for event in calendar.walk("VEVENT") if "DTSTART" in event]
    except (ValueError, KeyError, IndexError) as error:
        raise RosterError(f"is not an iCalendar: {' '.join(str(error).split())}") from None
    if not starts:
        raise RosterError("is a calendar without events")
    first = min(moment_interval(start, start, timezone)[0] for start in starts)
    found = of(calendar, skip_bad_series=False).between(first, until or first + FURTHEST)
    return [_event(event, timezone, role, people) for event in found if event.get("STATUS") != "CANCELLED"]


def _event(event: Any, timezone: str, role: str | None, people: People | None) -> Listed:
    summary = " ".join(str(event.get("SUMMARY", "")).split())
    start, end = moment_interval(_moment(event["DTSTART"].dt), _moment(event["DTEND"].dt), timezone)
    where = f"event {summary!r} of {start:%Y-%m-%dT%H:%MZ}"
    person, colon, said = (part.strip() for part in summary.partition(":"))
    by_address = _by_address(event, people)
    if by_address is not None and not colon:
        person = by_address
    if not person:
        raise RosterError(f"{where}: neither summary nor attendee says whose shift it is")
    return _listed(where, said or role, person, start, end)


def _by_address(event: Any, people: People | None) -> str | None:
    attendees = event.get("ATTENDEE", [])
    addresses = {
        str(each).casefold().removeprefix("mailto:")
        for each in (attendees if isinstance(attendees, list) else [attendees])
    }
    named = [p.name for p in (people.people if people else ()) if (p.email or "").casefold() in addresses]
    return named[0] if len(named) == 1 else None


def _moment(value: date | datetime) -> datetime:
    return value if isinstance(value, datetime) else midnight(value)


def as_roster(
    listed: Sequence[Listed],
    name: str,
    timezone: str,
    *,
    base: Roster | None = None,
    people: People | None = None,
) -> Roster:
    """A roster with the shifts as fixed schedules; `base` gives the rest of it. Raises `RosterError`.

    Trainees' shifts are left out: they follow from `shadows`. Names are those of `people`, where given.
    """
    known = {person.name.casefold(): person.name for person in people.people} if people else None
    by_role: dict[str, list[Listed]] = {}
    for each in listed:
        if not each.role.endswith(SHADOW):
            by_role.setdefault(each.role, []).append(each)
    if not by_role:
        raise RosterError("lists no shifts")
    fixed = [
        {
            "role": role,
            "from": written(min(each.start for each in shifts)),
            "to": written(max(each.end for each in shifts)),
            "shifts": [
                {"person": _known(each, known), "from": written(each.start), "to": written(each.end)}
                for each in sorted(shifts, key=lambda each: (each.start, each.person))
            ],
        }
        for role, shifts in by_role.items()
    ]
    document: dict[str, Any] = {"roster": name, "timezone": timezone} if base is None else base.to_dict()
    return Roster.from_dict({**document, "fixed": [*document.get("fixed", ()), *fixed]})


def _known(each: Listed, known: Mapping[str, str] | None) -> str:
    if known is None:
        return each.person
    name = known.get(each.person.casefold())
    if name is None:
        hint = did_you_mean(each.person, known.values())
        raise RosterError(f"{each.where}: no person is called {each.person!r}; {hint}")
    return name


def write_csv(shifts: Iterable[Shift], zones: Mapping[str, str] | None = None) -> str:
    """One line a shift: instants in UTC, and local times where the person lives (`zones`) or of the rule."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["role", "person", "from", "to", "local_from", "local_to", "timezone", "source", "id"])
    for row in _rows(shifts, zones or {}):
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row])
    return table.getvalue()


def _rows(shifts: Iterable[Shift], zones: Mapping[str, str]) -> Iterator[list[str]]:
    for shift in shifts:
        zone = zones.get(shift.person, shift.timezone)
        span = [at.replace(microsecond=0) for at in (shift.start, shift.end)]
        local = (at.astimezone(zone_info(zone)).isoformat() for at in span)
        instants = (at.astimezone(UTC).isoformat().replace("+00:00", "Z") for at in span)
        yield [shift.role, shift.person, *instants, *local, zone, shift.source, shift.id]
