"""`nightdesk people`: who they are, how they are reached, what they may; in and out of the database."""

from __future__ import annotations

import getpass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.addresses import link, people_service, unlink, verify
from bot.cli.calendars import absences, calendar
from bot.cli.inputs import print_json, write_text
from bot.cli.on_database import on_database
from bot.cli.options import AsJson, Config

if TYPE_CHECKING:
    from shifts.people_file import Person
    from store.clock import Clock
    from store.database import Database

people = typer.Typer(help="People: who they are, how they are reached, what they may.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="As in the people file and in rosters.")]


def register(app: typer.Typer) -> None:
    people.add_typer(calendar, name="calendar")
    for command in (link, unlink, verify, absences):
        people.command()(command)
    app.add_typer(people, name="people")


@people.command("list")
def list_people(as_json: AsJson = False, config: Config = None) -> None:
    """Everybody: what time it is for them, how they stand now, by which ways they can be paged."""

    async def act(database: Database, clock: Clock) -> None:
        from bot.cli.people_tables import print_people
        from shifts import people_store
        from shifts.standing_store import standings

        now = clock.now()
        async with database.read() as session:
            everybody = await people_store.everybody(session)
            stand = await standings(session, now)
        rows = [person_to_dict(person) for person in everybody.people]
        if as_json:
            print_json([{**row, **_standing_to_dict(stand[row["name"]])} for row in rows])
        else:
            print_people(everybody.people, stand, now)

    on_database(config, act)


@people.command()
def show(name: Name, as_json: AsJson = False, config: Config = None) -> None:
    """One person: zone with the time it is there, addresses and which of them count, rules, permissions."""

    async def act(database: Database, clock: Clock) -> None:
        from bot.cli.people_tables import print_person
        from shifts import people_store
        from shifts.standing_store import standings

        now = clock.now()
        async with database.read() as session:
            person = await people_store.person(session, name)
            standing = (await standings(session, now, [name]))[name]
        if as_json:
            print_json({**person_to_dict(person), **_standing_to_dict(standing)})
        else:
            print_person(person, standing, now)

    on_database(config, act)


@people.command("import")
def import_people(
    file: Annotated[Path, typer.Argument(help="A people file (YAML).")], config: Config = None
) -> None:
    """Add and change the people of a file; people it does not name stay as they are.

    Slack and Discord accounts in it count as linked, and what `verified` names as confirmed: who imports
    answers for them.
    """
    from shifts.people_file import read_people

    read = read_people(file)

    async def act(database: Database, clock: Clock) -> None:
        done = await people_service(database, clock).put(read, by=getpass.getuser())
        typer.echo(
            f"{len(read.people)} people: {len(done.added)} added, {len(done.changed)} changed", err=True
        )

    on_database(config, act, new=True)


@people.command("export")
def export_people(
    file: Annotated[Path, typer.Argument(help="The file to write; - for standard output.")],
    config: Config = None,
) -> None:
    """Write everybody in the database as a people file, with what is confirmed and what was stopped."""

    async def act(database: Database, clock: Clock) -> str:
        from shifts.people_file import write_people

        return write_people(await people_service(database, clock).everybody())

    write_text(file, on_database(config, act))


@people.command("set")
def set_key(
    name: Name,
    key: Annotated[str, typer.Argument(help="A key of the people file, as timezone or quiet.")],
    value: Annotated[
        str, typer.Argument(help="Its value as the file writes it (YAML); empty takes it away.")
    ],
    config: Config = None,
) -> None:
    """Change one key of a person, as an administrator."""
    from shifts.documents import parse_yaml

    async def act(database: Database, clock: Clock) -> None:
        service = people_service(database, clock)
        await service.change(name, {key: parse_yaml(value)}, by=getpass.getuser(), administrator=True)
        typer.echo(f"{name}: {key} is changed", err=True)

    on_database(config, act)


@people.command()
def permissions(
    name: Name,
    texts: Annotated[
        list[str],
        typer.Argument(help="All that the person shall have: viewer, shifter, roster_manager, "
                       "administrator, trigger:FACILITY; none for nothing."),
    ],
    config: Config = None,
) -> None:  # fmt: skip
    """Say what a person may do, in place of what they might before."""
    wanted = [] if texts == ["none"] else texts

    async def act(database: Database, clock: Clock) -> None:
        changed = await people_service(database, clock).change(
            name, {"permissions": wanted}, by=getpass.getuser(), administrator=True
        )
        typer.echo(f"{name}: {', '.join(changed.permissions) or 'nothing'}", err=True)

    on_database(config, act)


@people.command()
def remove(name: Name, config: Config = None) -> None:
    """Take a person out. Rosters that name them are not touched: `nightdesk doctor` says which do."""

    async def act(database: Database, clock: Clock) -> None:
        await people_service(database, clock).remove(name, by=getpass.getuser())
        typer.echo(f"{name} is taken out", err=True)

    on_database(config, act)


@people.command()
def zones(
    country: Annotated[str, typer.Argument(help="A country, as CL or Chile.")], as_json: AsJson = False
) -> None:
    """The time zones of a country, each with the time it is there: which clock hangs on your wall?"""
    from shifts.zones import zone_choices, zones_of_country
    from store.clock import SystemClock

    choices = zone_choices(zones_of_country(country), SystemClock().now())
    if as_json:
        print_json([{"timezone": each.zone, "local": each.local.isoformat()} for each in choices])
    else:
        for each in choices:
            typer.echo(each.text)


@people.command()
def conflicts(
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How far ahead to look.")] = 28,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Duty that does not go together with leave, nights and holidays; people whom no page would reach."""

    async def act(database: Database, clock: Clock) -> None:
        from shifts.conflicts import conflicts_ahead

        found = await conflicts_ahead(database, clock.now(), timedelta(days=days))
        if as_json:
            print_json([each.to_dict() for each in found])
            return
        for each in found:
            typer.echo(f"! {each.text}")
        if not found:
            typer.echo(f"Nothing in the next {days} days.")

    on_database(config, act)


def person_to_dict(person: Person) -> dict[str, Any]:
    """A person as JSON: the keys of the file, all of them, and the ways that may be used."""
    return {**person.model_dump(mode="json", by_alias=True), "usable": sorted(person.usable())}


def _standing_to_dict(standing: Any) -> dict[str, Any]:
    keys = ("quiet", "on_shift", "on_leave", "working", "holiday")
    return {"now": {key: getattr(standing, key) for key in keys}}
