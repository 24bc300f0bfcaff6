"""How people are shown on a terminal: what time it is for them, how they stand, how they are reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from rich.console import Console
from rich.text import Text

from bot.cli.roster_tables import console_of, plain_table
from shifts.contact import CONFIRMED_BY_OWNER, KINDS, AddressKind
from shifts.people_file import Person
from shifts.quiet_hours import Quiet
from shifts.roster_file import WEEKDAYS
from shifts.standing import Standing
from shifts.zones import zone_info


def print_people(people: Sequence[Person], stand: Mapping[str, Standing], now: datetime) -> None:
    """One row a person."""
    title = f"{len(people)} people at {now:%Y-%m-%d %H:%M} UTC"
    table = plain_table(title, "name", "local time", "zone", "now", "paged by", "may")
    for person in people:
        ways = ", ".join(sorted(person.usable())) or "nothing: cannot be paged"
        table.add_row(
            Text(person.name),
            f"{now.astimezone(zone_info(person.timezone)):%a %H:%M}",
            person.timezone,
            Text(_now(stand[person.name])),
            Text(ways),
            Text(", ".join(person.permissions)),
        )
    console_of().print(table)


def print_person(person: Person, standing: Standing, now: datetime) -> None:
    """Everything that is known of a person; what is not is left out."""
    local = now.astimezone(zone_info(person.timezone))
    rows = [
        ("zone", f"{person.timezone}, where it is {local:%a %d %b %H:%M}"),
        ("now", _now(standing)),
        *((kind, _address(person, kind)) for kind in KINDS if person.address(kind) is not None),
        ("locale", person.locale),
        ("country", person.country or ""),
        ("quiet", "; ".join(_quiet(each) for each in person.quiet)),
        ("works", " ".join(person.working_days)),
        ("roles", ", ".join(person.roles)),
        ("may", ", ".join(person.permissions) or "nothing"),
        *(("contact", _rule(person, n)) for n in range(len(person.contact))),
    ]
    table = plain_table(person.name, "", "")
    for key, value in rows:
        if value:
            table.add_row(key, Text(value))
    console: Console = console_of()
    console.print(table)


def _now(standing: Standing) -> str:
    said = ["quiet hours" if standing.quiet else "awake"]
    said += ["on shift"] if standing.on_shift else []
    said += ["on leave"] if standing.on_leave else []
    said += [standing.holiday] if standing.holiday else [] if standing.working else ["day off"]
    return ", ".join(said)


def _address(person: Person, kind: AddressKind) -> str:
    if kind in person.stopped:
        state = "stopped by its owner"
    elif kind not in CONFIRMED_BY_OWNER:
        state = "linked"
    else:
        state = "confirmed" if kind in person.verified else "not confirmed, so not used"
    return f"{person.address(kind)} ({state})"


def _quiet(quiet: Quiet) -> str:
    days = "" if set(quiet.days) == set(WEEKDAYS) else f"{' '.join(quiet.days)} "
    return f"{days}{quiet.begins:%H:%M} – {quiet.ends:%H:%M}"


def _rule(person: Person, number: int) -> str:
    rule = person.contact[number]
    when = "" if rule.when == "any" else f", when {rule.when.replace('_', ' ')}"
    useless = "" if rule.by in person.usable() else " (cannot be used)"
    return f"after {rule.after} min by {rule.by}{when}{useless}"
