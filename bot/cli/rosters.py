"""`nightdesk roster`, `duty`: what a roster gives, files in and out of the database, who is on."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.inputs import InputError, parse_instant, print_json, write_text
from bot.cli.on_database import on_database
from bot.cli.options import AsJson, Config

if TYPE_CHECKING:
    from shifts.check import Check
    from store.clock import Clock
    from store.database import Database

OutFile = Annotated[Path, typer.Argument(help="The file to write; - for standard output.")]

roster = typer.Typer(help="Rosters: what a file gives; in and out of the database.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
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
    file: Annotated[Path, typer.Argument(help="A roster file (YAML).")],
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would change.")] = False,
    version: Annotated[
        int | None, typer.Option("--version", min=0, help="The version that was edited; another is refused.")
    ] = None,
    config: Config = None,
) -> None:
    """Publish a roster file: say what changes for whom, and materialise its shifts."""
    from bot.cli.roster_tables import print_preview
    from shifts.documents import read_text
    from shifts.roster_file import read_roster
    from shifts.service import RosterService

    name = read_roster(file).name  # whatever is wrong is said with the file's name
    text = read_text(file)

    async def act(database: Database, clock: Clock) -> None:
        service = RosterService(database, clock)
        if preview:
            print_preview(await service.preview(text))
            return
        published = await service.publish(text, by=getpass.getuser(), expected_version=version)
        print_preview(published.preview)
        typer.echo(f"{name}: version {published.version} is published", err=True)

    on_database(config, act, new=not preview)


@roster.command("export")
def export_roster(
    file: OutFile,
    name: Annotated[
        str | None, typer.Option("--roster", help="Which; may be left out while there is one.")
    ] = None,
    config: Config = None,
) -> None:
    """Write a roster's newest version as it was imported."""
    from shifts.service import RosterService

    async def act(database: Database, clock: Clock) -> tuple[str, int]:
        service = RosterService(database, clock)
        names = await service.names()
        if name is None and len(names) != 1:
            there_are = f"there are {', '.join(names)}: say which with --roster" if names else "there is none"
            raise InputError(f"which roster? {there_are}")
        return await service.text(name or names[0])

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
    """Who is on, in each role of each roster; where nobody is, who would be paged."""
    from bot.cli.roster_tables import duty_to_dict, print_duty
    from shifts.people import PeopleService
    from shifts.service import RosterService

    asked = parse_instant(at) if at is not None else None

    async def act(database: Database, clock: Clock) -> None:
        instant = asked or clock.now()
        on = await RosterService(database, clock).on_duty(instant)
        zones = {p.name: p.timezone for p in (await PeopleService(database, clock).everybody()).people}
        if as_json:
            print_json(duty_to_dict(on, instant, zones))
        else:
            print_duty(on, instant, zones)

    on_database(config, act)


def _draw(checked: Check, timezone: str, path: Path) -> None:
    from shifts.timeline import timeline_png

    image = timeline_png(checked, timezone)
    try:
        path.write_bytes(image)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
