"""`nightdesk roster swap …`: shifts that people offer each other."""

from __future__ import annotations

import getpass
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.inputs import InputError, parse_instant
from bot.cli.on_database import on_database
from bot.cli.options import Config

if TYPE_CHECKING:
    from shifts.actor import Actor
    from shifts.intervals import Interval
    from shifts.offers import Offer
    from shifts.service import Published
    from shifts.swaps import SwapService
    from store.clock import Clock
    from store.database import Database

swap = typer.Typer(help="Shifts that change hands: offered, countered, accepted.", no_args_is_help=True)

As = Annotated[
    str | None,
    typer.Option("--as", help="Act as this person, with what they may; else as who runs this desk."),
]
ShiftId = Annotated[str, typer.Argument(help="The shift's id, from `roster shifts`.", metavar="SHIFT")]
Number = Annotated[int, typer.Argument(help="The offer's number.", metavar="OFFER")]
Begins = Annotated[
    str | None, typer.Option("--from", help="Only a part, from here (instant, UTC unless it says otherwise).")
]
Until = Annotated[str | None, typer.Option("--until", help="Only a part, until here.")]
For = Annotated[str | None, typer.Option("--for", help="The id of a shift that is taken in return.")]


@swap.command("offer")
def offer(
    shift: ShiftId,
    to: Annotated[
        list[str] | None, typer.Option("--to", help="To whom; several times. Else to everybody.")
    ] = None,
    returns: For = None,
    begins: Begins = None,
    until: Until = None,
    expires: Annotated[str | None, typer.Option("--expires", help="Until when the offer stands.")] = None,
    note: Annotated[str, typer.Option("--note", help="Words for those who are asked.")] = "",
    by: As = None,
    config: Config = None,
) -> None:
    """Offer a shift, or a part of it, to people or to everybody in the roster."""
    ends = parse_instant(expires) if expires else None
    part = _part(begins, until)

    async def act(swaps: SwapService) -> None:
        made = await swaps.offer(
            acting(by), shift, to=to or (), part=part, returns=returns, expires=ends, note=note
        )
        print_offer(made)

    _with(config, act)


@swap.command("accept")
def accept(number: Number, by: As = None, config: Config = None) -> None:
    """Take an offered shift over."""
    _published(config, lambda swaps: swaps.accept(acting(by), number))


@swap.command("decline")
def decline(number: Number, by: As = None, config: Config = None) -> None:
    """Say no to an offer."""
    _offered(config, lambda swaps: swaps.decline(acting(by), number))


@swap.command("counter")
def counter(
    number: Number,
    returns: For = None,
    begins: Begins = None,
    until: Until = None,
    by: As = None,
    config: Config = None,
) -> None:
    """Answer with another offer: one's own shift in return, or only a part."""
    part = _part(begins, until)
    _offered(config, lambda swaps: swaps.counter(acting(by), number, returns=returns, part=part))


@swap.command("agree")
def agree(
    number: Number,
    person: Annotated[str, typer.Argument(help="Whose counter-offer.")],
    by: As = None,
    config: Config = None,
) -> None:
    """Take a counter-offer."""
    _published(config, lambda swaps: swaps.agree(acting(by), number, person))


@swap.command("withdraw")
def withdraw(number: Number, by: As = None, config: Config = None) -> None:
    """Take an offer back."""
    _offered(config, lambda swaps: swaps.withdraw(acting(by), number))


@swap.command("take")
def take(shift: ShiftId, by: As = None, config: Config = None) -> None:
    """Take a shift that is on over, from now."""
    _published(config, lambda swaps: swaps.take_now(acting(by), shift))


@swap.command("give")
def give(
    shift: ShiftId,
    person: Annotated[str, typer.Argument(help="Who has it then.")],
    begins: Begins = None,
    until: Until = None,
    by: As = None,
    config: Config = None,
) -> None:
    """As a roster manager, hand a shift to somebody without asking; both are told."""
    part = _part(begins, until)
    _published(config, lambda swaps: swaps.impose(acting(by), shift, person, part=part))


@swap.command("list")
def list_offers(
    person: Annotated[str | None, typer.Option("--person", help="What concerns this person.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what is settled.")] = False,
    config: Config = None,
) -> None:
    """List the offers that are open."""

    async def act(swaps: SwapService) -> None:
        for each in await swaps.offers(person=person, all_states=everything):
            print_offer(each)

    _with(config, act)


def print_offer(made: Offer) -> None:
    """One line: number, state, whose shift, when, to whom."""
    span = f"{made.span[0]:%Y-%m-%d %H:%M} to {made.span[1]:%Y-%m-%d %H:%M} UTC"
    to = "everybody" if made.to_all else ", ".join(f"{a.person} ({a.answer})" for a in made.answers)
    taken = f", taken by {made.taken_by}" if made.taken_by else ""
    typer.echo(f"{made.id}  {made.state.value}  {made.person} ({made.role}) {span}  to {to}{taken}")


async def zones_of(database: Database, clock: Clock) -> dict[str, str]:
    """The zone of everybody the desk knows."""
    from shifts.people import PeopleService

    return {p.name: p.timezone for p in (await PeopleService(database, clock).everybody()).people}


def _part(begins: str | None, until: str | None) -> Interval | None:
    if begins is None and until is None:
        return None
    if begins is None or until is None:
        raise InputError("a part of a shift has both --from and --until")
    return parse_instant(begins), parse_instant(until)


def acting(name: str | None) -> Actor:
    """Who acts: a person with their own rights, or who runs this desk, who manages everything."""
    from shifts.actor import Actor

    return Actor(name or getpass.getuser(), "terminal", manages=name is None)


def _with(config: Config, action: Callable[[SwapService], Awaitable[None]]) -> None:
    from shifts.swaps import SwapService

    async def act(database: Database, clock: Clock) -> None:
        await action(SwapService(database, clock))

    on_database(config, act)


def _published(config: Config, action: Callable[[SwapService], Awaitable[Published]]) -> None:
    from bot.cli.preview_tables import print_preview
    from shifts.swaps import SwapService

    async def act(database: Database, clock: Clock) -> None:
        published = await action(SwapService(database, clock))
        print_preview(published.preview, await zones_of(database, clock))
        typer.echo(f"{published.name}: version {published.version} is published", err=True)

    on_database(config, act)


def _offered(config: Config, action: Callable[[SwapService], Awaitable[Offer]]) -> None:
    async def act(swaps: SwapService) -> None:
        print_offer(await action(swaps))

    _with(config, act)
