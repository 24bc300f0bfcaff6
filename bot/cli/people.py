"""`nightdesk people`: who they are, how they are reached, what they may; in and out of the database."""

from __future__ import annotations

import getpass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.calendars import absences, calendar
from bot.cli.inputs import InputError, print_json, write_text
from bot.cli.on_database import on_database
from bot.cli.options import AsJson, Config

if TYPE_CHECKING:
    from shifts.contact import AddressKind
    from shifts.people import PeopleService
    from shifts.people_file import Person
    from store.clock import Clock
    from store.database import Database

people = typer.Typer(help="People: who they are, how they are reached, what they may.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="As in the people file and in rosters.")]


def register(app: typer.Typer) -> None:
    people.add_typer(calendar, name="calendar")
    people.command()(absences)
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
        done = await _service(database, clock).put(read, by=getpass.getuser())
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

        return write_people(await _service(database, clock).everybody())

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
        service = _service(database, clock)
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
        changed = await _service(database, clock).change(
            name, {"permissions": wanted}, by=getpass.getuser(), administrator=True
        )
        typer.echo(f"{name}: {', '.join(changed.permissions) or 'nothing'}", err=True)

    on_database(config, act)


@people.command()
def link(
    name: Name,
    kind: Annotated[str | None, typer.Argument(help="slack or discord; left out, a code is made.")] = None,
    account: Annotated[
        str | None, typer.Argument(help="The account's ID: U012AB3CD, 123456789012345678.")
    ] = None,
    config: Config = None,
) -> None:  # fmt: skip
    """Link a chat account on your word, or make a code for the person to type in the chat to be linked."""
    if (kind is None) != (account is None):
        raise InputError("name both the kind and the account, or neither for a code")

    async def act(database: Database, clock: Clock) -> None:
        service = _service(database, clock)
        if kind is None:
            challenge = await service.begin_link(name)
            until = f"{challenge.expires:%H:%M} UTC"
            typer.echo(challenge.code)
            typer.echo(
                f"tell it {name} alone: typed in a chat before {until} it links that account", err=True
            )
            return
        changes: dict[str, Any] = {_kind(kind, ("slack", "discord")): account}
        await service.change(name, changes, by=getpass.getuser(), administrator=True)
        typer.echo(f"{name}: the {kind} account is linked", err=True)

    on_database(config, act)


@people.command()
def unlink(
    name: Name,
    kind: Annotated[str, typer.Argument(help="slack, discord, email or phone.")],
    config: Config = None,
) -> None:
    """Take an address away, with the contact rules that lead over it."""

    async def act(database: Database, clock: Clock) -> None:
        checked = _kind(kind, ("slack", "discord", "email", "phone"))
        after = await _service(database, clock).unlink(name, checked, by=getpass.getuser())
        left = ", ".join(sorted(after.usable())) or "nothing: this person cannot be paged"
        typer.echo(f"{name}: the {kind} is unlinked; what is left: {left}", err=True)

    on_database(config, act)


@people.command()
def verify(
    name: Name,
    kind: Annotated[str, typer.Argument(help="email or phone.")],
    way: Annotated[
        str, typer.Option("--by", help="How a code goes to a phone: sms, voice or whatsapp.")
    ] = "sms",
    code: Annotated[str | None, typer.Option("--code", help="The code that came back from there.")] = None,
    vouch: Annotated[
        bool, typer.Option("--vouch", help="Call it confirmed on your word; the audit says whose.")
    ] = False,
    config: Config = None,
) -> None:
    """Send an e-mail or phone a code; with --code give it back; with --vouch answer for the address yourself.

    The running hub sends it. A code counts for a quarter of an hour and five tries.
    """
    if code is not None and vouch:
        raise InputError("either give back a --code, or --vouch for it")

    async def act(database: Database, clock: Clock) -> None:
        service, checked = _service(database, clock), _kind(kind, ("email", "phone"))
        if code is None and not vouch:
            until = await _sent(database, clock, config, name, "email" if checked == "email" else way)
            typer.echo(f"{name}: a code is on its way; it counts until {until:%H:%M} UTC", err=True)
            return
        if code is not None:
            await service.confirm(name, checked, code)
        else:
            person = await service.person(name)
            confirmed = {"verified": sorted({*person.verified, checked})}
            await service.change(name, confirmed, by=getpass.getuser(), administrator=True)
        typer.echo(f"{name}: the {kind} is confirmed", err=True)

    on_database(config, act)


@people.command()
def remove(name: Name, config: Config = None) -> None:
    """Take a person out. Rosters that name them are not touched: `nightdesk doctor` says which do."""

    async def act(database: Database, clock: Clock) -> None:
        await _service(database, clock).remove(name, by=getpass.getuser())
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


async def _sent(database: Database, clock: Clock, config: Path | None, name: str, way: str) -> datetime:
    from bot.settings import load_settings
    from notifiers.confirmation import send_code
    from shifts.contact import ADDRESS_OF, CONFIRMED_BY_OWNER

    for known, kind in ADDRESS_OF.items():
        if known == way and kind in CONFIRMED_BY_OWNER:
            async with database.write() as session:
                desk = load_settings(config).desk.name
                return (await send_code(session, name, known, desk=desk, now=clock.now())).expires
    raise InputError(f"--by {way}: a code goes to a phone by sms, voice or whatsapp")


def person_to_dict(person: Person) -> dict[str, Any]:
    """A person as JSON: the keys of the file, all of them, and the ways that may be used."""
    return {**person.model_dump(mode="json", by_alias=True), "usable": sorted(person.usable())}


def _standing_to_dict(standing: Any) -> dict[str, Any]:
    keys = ("quiet", "on_shift", "on_leave", "working", "holiday")
    return {"now": {key: getattr(standing, key) for key in keys}}


def _service(database: Database, clock: Clock) -> PeopleService:
    from shifts.people import PeopleService

    return PeopleService(database, clock)


def _kind(text: str, allowed: tuple[AddressKind, ...]) -> AddressKind:
    for kind in allowed:
        if text == kind:
            return kind
    raise InputError(f"{text!r} is not one of {', '.join(allowed)}")
