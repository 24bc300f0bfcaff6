"""`nightdesk roster`, `duty`: what a roster gives, files in and out of the database, who is on."""

from __future__ import annotations

import getpass
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import roster_planning
from bot.cli.inputs import InputError, parse_instant, print_json, write_text
from bot.cli.on_database import on_database
from bot.cli.options import AsJson, Config
from bot.cli.roster_sources import InRole, InZone, Named, RosterFile

if TYPE_CHECKING:
    from shifts.check import Check
    from store.clock import Clock
    from store.database import Database

roster = typer.Typer(help="Rosters: what a file gives; in and out of the database.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    roster_planning.register(roster)
    app.add_typer(roster, name="roster")
    app.command()(duty)


@roster.command("check")
def check_roster(
    file: Annotated[Path, typer.Argument(help="A roster file (YAML).")],
    begins: Annotated[str, typer.Option("--from", help="Instant or date, UTC unless it says otherwise.")],
    ends: Annotated[str, typer.Option("--to", help="Instant or date, not included.")],
    people_file: Annotated[
        Path | None, typer.Option("--people", help="A people file: each person's own zone and nights.")
    ] = None,
    png: Annotated[Path | None, typer.Option("--png", help="Draw the timeline into this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a roster file gives: shifts, gaps, overlaps, fairness, and what to look at twice."""
    from bot.cli.roster_tables import print_check
    from shifts.check import check
    from shifts.people_file import read_people
    from shifts.roster_file import read_roster

    start, end = parse_instant(begins), parse_instant(ends)
    if end <= start:
        raise InputError(f"--to {ends} is not after --from {begins}")
    rules = read_roster(file)
    checked = check(rules, start, end, read_people(people_file) if people_file else None)
    if png is not None:
        _draw(checked, rules.timezone, png)
    if as_json:
        print_json(checked.to_dict())
    else:
        print_check(checked)


@roster.command("import")
def import_roster(
    file: RosterFile,
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would change.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Publish without asking.")] = False,
    version: Annotated[
        int | None, typer.Option("--version", min=0, help="The version that was edited; another is refused.")
    ] = None,
    over: Annotated[
        str | None,
        typer.Option("--over", help="Of a list: the roster it replaces in its time."),
    ] = None,
    name: Named = None,
    timezone: InZone = "UTC",
    role: InRole = None,
    config: Config = None,
) -> None:
    """Publish a roster: say what changes for whom, and materialise its shifts.

    On a terminal it asks before it takes published shifts from anybody, opens a gap or cuts a rest short.
    """
    from bot.cli.preview_tables import print_preview
    from bot.cli.roster_sources import ListOptions, is_list, roster_of
    from shifts.check import check
    from shifts.people import PeopleService
    from shifts.roster_file import rules_of
    from shifts.service import RosterService

    if not is_list(file):
        roster_of(file, ListOptions(), None)  # what is wrong with a file needs no database to be said

    async def act(database: Database, clock: Clock) -> None:
        service = RosterService(database, clock)
        people = await PeopleService(database, clock).everybody()
        base = None if over is None else rules_of((await service.text(over))[0])
        options = ListOptions(name, timezone, role)
        rules, text = roster_of(file, options, people if people.people else None, base)
        stands = await service.version(rules.name)
        if version is not None and version != stands:
            await service.publish(text, by=getpass.getuser(), expected_version=version)  # says who did what
        changes = await service.preview(text)
        print_preview(changes, {p.name: p.timezone for p in people.people}, to_stderr=not preview)
        end = clock.now() + timedelta(weeks=rules.horizon.weeks)
        for warning in check(rules, clock.now(), end, people if people.people else None).warnings:
            typer.echo(f"! {warning}", err=True)
        if preview:
            return
        asked = stands > 0 and changes.worth_asking and not yes and _on_a_terminal()
        if asked and not typer.confirm(f"publish this as version {stands + 1} of {rules.name}?", err=True):
            raise InputError(f"{file}: not published; version {stands} of {rules.name} stays")
        # what was asked about is what is published, whoever published something in between
        expected = stands if version is None and asked else version
        published = await service.publish(text, by=getpass.getuser(), expected_version=expected)
        typer.echo(f"{rules.name}: version {published.version} is published", err=True)

    on_database(config, act, new=not preview)


@roster.command("export")
def export_roster(
    file: Annotated[
        Path,
        typer.Argument(help="The file to write: YAML, or shifts as .csv or .ics; - for stdout."),
    ],
    name: Annotated[
        str | None, typer.Option("--roster", help="Which; may be left out while there is one.")
    ] = None,
    begins: Annotated[
        str | None, typer.Option("--from", help="Of shifts: instant or date; now.", show_default=False)
    ] = None,
    ends: Annotated[
        str | None, typer.Option("--to", help="Of shifts: not included; as far as it is materialised.")
    ] = None,
    config: Config = None,
) -> None:
    """Write a roster's newest version as it was imported, or its shifts as a table or a calendar."""
    from bot.cli.roster_sources import is_list, list_of
    from shifts.ledger import stood_between
    from shifts.people import PeopleService
    from shifts.roster_file import rules_of
    from shifts.service import RosterService

    async def act(database: Database, clock: Clock) -> tuple[str, int]:
        service = RosterService(database, clock)
        names = await service.names()
        if name is None and len(names) != 1:
            there_are = f"there are {', '.join(names)}: say which with --roster" if names else "there is none"
            raise InputError(f"which roster? {there_are}")
        chosen = name or names[0]
        text, version = await service.text(chosen)
        if not is_list(file):
            return text, version
        start = parse_instant(begins) if begins else clock.now()
        weeks = rules_of(text).horizon.weeks
        end = parse_instant(ends) if ends else start + timedelta(weeks=weeks)
        people = (await PeopleService(database, clock).everybody()).people
        async with database.read() as session:
            stood = await stood_between(session, chosen, start, end)
        zones = {person.name: person.timezone for person in people}
        return list_of(file, stood.shifts, zones, chosen, clock.now()), version

    text, version = on_database(config, act)
    write_text(file, text)
    typer.echo(f"version {version}", err=True)


def duty(
    at: Annotated[
        str | None, typer.Option("--at", help="Instant, UTC unless it says otherwise; now.")
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Who is on, in each role of each roster, and who is next; where nobody is, who would be paged."""
    from bot.cli.roster_tables import duty_to_dict, print_duty
    from shifts.people import PeopleService
    from shifts.service import RosterService
    from shifts.who_is_on import who_is_next

    asked = parse_instant(at) if at is not None else None

    async def act(database: Database, clock: Clock) -> None:
        now = clock.now()
        instant = asked or now
        on = await RosterService(database, clock).on_duty(instant)
        async with database.read() as session:
            # of a time that has passed the store keeps who was on, not who was to follow
            following = await who_is_next(session, instant) if instant >= now else {}
        zones = {p.name: p.timezone for p in (await PeopleService(database, clock).everybody()).people}
        if as_json:
            print_json(duty_to_dict(on, following, instant, zones))
        else:
            print_duty(on, following, instant, zones)

    on_database(config, act)


def _on_a_terminal() -> bool:
    return sys.stdin.isatty()


def _draw(checked: Check, timezone: str, path: Path) -> None:
    from shifts.timeline import timeline_png

    image = timeline_png(checked, timezone)
    try:
        path.write_bytes(image)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
