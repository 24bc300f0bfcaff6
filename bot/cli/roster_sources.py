"""What a roster is read from: its own file, a table of shifts or a calendar of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.inputs import InputError, read_file

if TYPE_CHECKING:
    from shifts.people_file import People
    from shifts.roster_file import Roster

TABLES, CALENDARS = (".csv", ".tsv"), (".ics", ".ical")

RosterFile = Annotated[
    Path, typer.Argument(help="A roster file (YAML), or a list of shifts as table (.csv) or calendar (.ics).")
]
Named = Annotated[str | None, typer.Option("--name", help="Of a list: the roster's name; else the file's.")]
InZone = Annotated[
    str, typer.Option("--timezone", help="Of a list: the zone of times that name none.", show_default=True)
]
InRole = Annotated[str | None, typer.Option("--role", help="Of a list: the role of shifts that name none.")]


@dataclass(frozen=True)
class ListOptions:
    """How a list of shifts is to be read; a roster file says all that itself."""

    name: str | None = None
    timezone: str = "UTC"
    role: str | None = None


def is_list(path: Path) -> bool:
    """Whether the file's name says that it lists shifts."""
    return path.suffix.casefold() in (*TABLES, *CALENDARS)


def roster_of(
    path: Path, options: ListOptions, people: People | None, base: Roster | None = None
) -> tuple[Roster, str]:
    """The roster in a file, and its text as it would be stored. Raises `RosterError` with the file's name.

    A list is laid over `base` for its time, or is a roster of its own.
    """
    from shifts.documents import read_text
    from shifts.errors import RosterError
    from shifts.roster_file import read_roster, write_roster
    from shifts.zones import check_zone

    if not is_list(path):
        return read_roster(path), read_text(path)
    try:
        zone = check_zone(options.timezone)
    except ValueError as error:
        raise InputError(f"--timezone: {error}") from None
    try:
        roster = _listed(path, options, zone, people, base)
    except RosterError as error:
        raise RosterError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from None
    return roster, f"# out of {path.name}\n{write_roster(roster)}"


def _listed(
    path: Path, options: ListOptions, zone: str, people: People | None, base: Roster | None
) -> Roster:
    from shifts.documents import read_text
    from shifts.shift_lists import as_roster, read_csv, read_ical

    if path.suffix.casefold() in TABLES:
        listed = read_csv(read_text(path), zone, role=options.role)
    else:
        listed = read_ical(read_file(path), zone, role=options.role, people=people)
    return as_roster(listed, options.name or path.stem, zone, base=base, people=people)


def list_of(path: Path, shifts: object, zones: dict[str, str], title: str, now: datetime) -> str:
    """Shifts as the table or calendar that the file's name says."""
    from shifts.calendar import calendar_feed
    from shifts.shift_lists import write_csv

    if path.suffix.casefold() in TABLES:
        return write_csv(shifts, zones)  # type: ignore[arg-type]
    return calendar_feed(shifts, title=title, now=now, zones=zones).decode()  # type: ignore[arg-type]
