"""`nightdesk roster preview`, `generate` and `fairness`: what is looked at before a roster is published."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.inputs import InputError, parse_instant, print_json, read_file, write_text
from bot.cli.on_database import on_database
from bot.cli.options import AsJson, Config
from bot.cli.roster_sources import InRole, InZone, ListOptions, Named, RosterFile

if TYPE_CHECKING:
    from shifts.fairness import Burden
    from shifts.people_file import People, Person
    from shifts.preview import Preview
    from store.clock import Clock
    from store.database import Database

PeopleFile = Annotated[
    Path | None, typer.Option("--people", help="A people file; else those in the database.")
]
OutFile = Annotated[Path, typer.Option("--out", "-o", help="The file to write; - for standard output.")]
WEEKS = 12


def register(roster: typer.Typer) -> None:
    roster.command("preview")(preview)
    roster.command("generate")(generate)
    roster.command("fairness")(fairness)


def preview(
    file: RosterFile,
    against: Annotated[
        Path | None,
        typer.Option("--against", help="The file to compare with; else what is published."),
    ] = None,
    people_file: PeopleFile = None,
    begins: Annotated[str | None, typer.Option("--from", help="With --against; now.")] = None,
    ends: Annotated[str | None, typer.Option("--to", help="With --against: 12 weeks later.")] = None,
    name: Named = None,
    timezone: InZone = "UTC",
    role: InRole = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Say what publishing a file would change, for whom; gaps, overlaps, rest, nights, fairness."""
    from bot.cli.preview_tables import preview_to_dict, print_preview

    options = ListOptions(name, timezone, role)
    if against is not None:
        people = _people(people_file)
        changes = _compared(against, file, options, people, begins, ends)
    else:
        changes, people = _against_published(file, options, config)
    if as_json:
        print_json(preview_to_dict(changes))
    else:
        print_preview(changes, {p.name: p.timezone for p in people.people} if people else {})


def _people(path: Path | None) -> People | None:
    from shifts.people_file import read_people

    return None if path is None else read_people(path)


def _compared(
    old: Path, new: Path, options: ListOptions, people: People | None, begins: str | None, ends: str | None
) -> Preview:
    from bot.cli.roster_sources import roster_of
    from shifts.effects import Resolved, full_preview
    from shifts.resolver import resolve
    from store.clock import SystemClock

    start = parse_instant(begins) if begins else SystemClock().now()
    end = parse_instant(ends) if ends else start + timedelta(weeks=WEEKS)
    before, after = (
        Resolved(rules, resolve(rules, start, end))
        for rules, _ in (roster_of(path, options, people) for path in (old, new))
    )
    return full_preview(before, after, people)


def _against_published(file: Path, options: ListOptions, config: Path | None) -> tuple[Preview, People]:
    from bot.cli.roster_sources import roster_of
    from shifts.people import PeopleService
    from shifts.service import RosterService

    async def act(database: Database, clock: Clock) -> tuple[Preview, People]:
        people = await PeopleService(database, clock).everybody()
        _, text = roster_of(file, options, people if people.people else None)
        return await RosterService(database, clock).preview(text), people

    return on_database(config, act)


def fairness(
    begins: Annotated[str, typer.Option("--from", help="Instant or date, UTC unless it says otherwise.")],
    ends: Annotated[str, typer.Option("--to", help="Instant or date, not included.")],
    name: Annotated[str | None, typer.Option("--roster", help="Which; else all together.")] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Say what duty costs each person in any period: hours, nights, weekends, holidays, pages."""
    from bot.cli.roster_tables import console_of, fairness_table

    start, end = parse_instant(begins), parse_instant(ends)
    if end <= start:
        raise InputError(f"--to {ends} is not after --from {begins}")

    async def act(database: Database, clock: Clock) -> dict[str, Burden]:
        return await _burdens(database, clock, name, start, end)

    burdens = on_database(config, act)
    if as_json:
        print_json({person: each.to_dict() for person, each in burdens.items()})
    else:
        console_of().print(fairness_table(burdens))


async def _burdens(
    database: Database, clock: Clock, name: str | None, start: datetime, end: datetime
) -> dict[str, Burden]:
    from notifiers.paging.counts import pages_received
    from shifts.ledger import fairness_between
    from shifts.people import PeopleService
    from shifts.service import RosterService

    names = [name] if name is not None else await RosterService(database, clock).names()
    people = await PeopleService(database, clock).everybody()
    async with database.read() as session:
        pages = await pages_received(session, start, end)
        return await fairness_between(session, names, start, end, people, pages)


def generate(
    begins: Annotated[str, typer.Option("--from", help="The first day, a date of UTC.")],
    ends: Annotated[str, typer.Option("--to", help="The day after the last.")],
    people_file: PeopleFile = None,
    person: Annotated[
        list[str] | None, typer.Option("--person", help="Only these people; may be said several times.")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="The roster's name.")] = "follow-the-sun",
    role: Annotated[str, typer.Option("--role")] = "advocate",
    waking: Annotated[
        str, typer.Option("--waking", help="Local hours of whoever has no quiet hours.")
    ] = "08:00-22:00",
    shortest: Annotated[float, typer.Option("--shortest", help="Hours of one person's duty a day.")] = 4.0,
    longest: Annotated[float, typer.Option("--longest", help="Hours of one person's duty a day.")] = 8.0,
    turn: Annotated[int, typer.Option("--turn", help="Days for which a person keeps the same hours.")] = 7,
    rest: Annotated[float, typer.Option("--rest", help="Hours between two times of duty.")] = 11.0,
    by_night: Annotated[
        bool, typer.Option("--by-night", help="Share the hours at which nobody is awake among all.")
    ] = False,
    fallback: Annotated[str | None, typer.Option("--fallback", help="Paged where nobody is on.")] = None,
    base: Annotated[
        Path | None, typer.Option("--base", help="A roster file whose other roles and absences are kept.")
    ] = None,
    carried: Annotated[
        Path | None, typer.Option("--carried", help="What each carried so far: `roster fairness --json`.")
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The file to write; - for standard output.")
    ] = Path("-"),
    config: Config = None,
) -> None:
    """Make a roster that follows the sun: each on duty in their waking hours, hours shared fairly."""
    from bot.cli.generated_tables import print_generated
    from shifts.follow_the_sun import Wishes, follow_the_sun
    from shifts.resolver import absence_intervals
    from shifts.roster_file import read_roster, write_roster

    rules = None if base is None else read_roster(base)
    wishes = Wishes(
        role=role,
        waking=_hours(waking),
        shortest=timedelta(hours=shortest),
        longest=timedelta(hours=longest),
        turn_days=turn,
        rest=timedelta(hours=rest),
        by_night=by_night,
        fallback=fallback,
        carried=_carried(carried),
        absences={} if rules is None else absence_intervals(rules),
    )
    chosen = _chosen(_everybody(people_file, config), person)
    first, last = _day(begins, "--from"), _day(ends, "--to")
    generated = follow_the_sun(name if rules is None else rules.name, chosen, first, last, wishes, rules)
    print_generated(generated, chosen, wishes.role)
    write_text(out, write_roster(generated.roster))


def _everybody(path: Path | None, config: Path | None) -> People:
    from shifts.people import PeopleService
    from shifts.people_file import read_people

    if path is not None:
        return read_people(path)

    async def act(database: Database, clock: Clock) -> People:
        return await PeopleService(database, clock).everybody()

    return on_database(config, act)


def _chosen(people: People, names: list[str] | None) -> list[Person]:
    from shifts.errors import did_you_mean

    known = people.by_name()
    for name in names or ():
        if name not in known:
            raise InputError(f"--person: no person is called {name!r}; {did_you_mean(name, known)}")
    return [known[name] for name in names] if names else list(people.people)


def _carried(path: Path | None) -> dict[str, Burden]:
    from shifts.fairness import Burden

    if path is None:
        return {}
    try:
        return {name: Burden.from_dict(each) for name, each in json.loads(read_file(path)).items()}
    except (ValueError, AttributeError, TypeError):
        raise InputError(f"{path}: expected the JSON of `nightdesk roster fairness --json`") from None


def _hours(text: str) -> tuple[time, time]:
    from shifts.local_times import read_clock

    begins, _, ends = text.partition("-")
    try:
        return read_clock(begins.strip()), read_clock(ends.strip())
    except ValueError:
        raise InputError(f"--waking {text!r}: expected two times of day, as 08:00-22:00") from None


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{option} {text!r} is not a date; expected one as 2026-10-19") from None
