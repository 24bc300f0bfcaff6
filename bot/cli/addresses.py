"""`nightdesk people link|unlink|verify`: which addresses are a person's, and which of them count."""

from __future__ import annotations

import getpass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.inputs import InputError
from bot.cli.on_database import on_database
from bot.cli.options import Config

if TYPE_CHECKING:
    from shifts.contact import AddressKind
    from shifts.people import PeopleService
    from store.clock import Clock
    from store.database import Database

Name = Annotated[str, typer.Argument(help="As in the people file and in rosters.")]


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
        service = people_service(database, clock)
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


def unlink(
    name: Name,
    kind: Annotated[str, typer.Argument(help="slack, discord, email or phone.")],
    config: Config = None,
) -> None:
    """Take an address away, with the contact rules that lead over it."""

    async def act(database: Database, clock: Clock) -> None:
        checked = _kind(kind, ("slack", "discord", "email", "phone"))
        after = await people_service(database, clock).unlink(name, checked, by=getpass.getuser())
        left = ", ".join(sorted(after.usable())) or "nothing: this person cannot be paged"
        typer.echo(f"{name}: the {kind} is unlinked; what is left: {left}", err=True)

    on_database(config, act)


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
        service, checked = people_service(database, clock), _kind(kind, ("email", "phone"))
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


def people_service(database: Database, clock: Clock) -> PeopleService:
    """The way to people in the opened database."""
    from shifts.people import PeopleService

    return PeopleService(database, clock)


def _kind(text: str, allowed: tuple[AddressKind, ...]) -> AddressKind:
    for kind in allowed:
        if text == kind:
            return kind
    raise InputError(f"{text!r} is not one of {', '.join(allowed)}")
