"""`nightdesk roster shifts|override|absent|fixed|undo|cover|holes|note|remind`: the life of a roster."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import swaps
from bot.cli.inputs import InputError, parse_instant, print_json
from bot.cli.on_database import on_database
from bot.cli.options import AsJson, Config
from bot.cli.rosters import roster

if TYPE_CHECKING:
    from shifts.changes import Edit
    from store.clock import Clock
    from store.database import Database

Begins = Annotated[
    str,
    typer.Option("--from", help="Local time of the roster (2026-11-03T20:00), a date, or an instant (Z)."),
]
Ends = Annotated[str, typer.Option("--to", help="As --from; a date is not included.")]
Timezone = Annotated[
    str | None, typer.Option("--timezone", help="The zone of --from and --to; else the roster's.")
]
Preview = Annotated[bool, typer.Option("--preview", help="Only say what would change, for whom.")]
Version = Annotated[
    int | None, typer.Option("--version", min=0, help="The version you looked at; another is refused.")
]
RosterName = Annotated[str, typer.Argument(help="The roster's name.", metavar="ROSTER")]
RoleName = Annotated[str, typer.Argument(help="The role.", metavar="ROLE")]

LENGTH = re.compile(r"([0-9]+) ?(min|m|h|d|w)")
UNITS = {"min": "minutes", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def register(app: typer.Typer) -> None:
    roster.add_typer(swaps.swap, name="swap")


@roster.command("shifts")
def shifts(
    name: Annotated[str | None, typer.Option("--roster", help="Of this roster only.")] = None,
    person: Annotated[str | None, typer.Option("--person", help="Of this person only.")] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=730, help="How far ahead.")] = 14,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List the shifts that are on or ahead, with the ids by which they are swapped."""
    from shifts.ahead import shifts_ahead

    async def act(database: Database, clock: Clock) -> None:
        now = clock.now()
        async with database.read() as session:
            found = await shifts_ahead(session, now, now + timedelta(days=days), roster=name, person=person)
        if as_json:
            print_json(
                [
                    {
                        "id": each.id,
                        "role": each.role,
                        "person": each.person,
                        "start": f"{each.start:%Y-%m-%dT%H:%M:%SZ}",
                        "end": f"{each.end:%Y-%m-%dT%H:%M:%SZ}",
                        "source": each.source,
                    }
                    for each in found
                ]
            )
            return
        for each in found:
            span = f"{each.start:%a %Y-%m-%d %H:%M} to {each.end:%a %Y-%m-%d %H:%M} UTC"
            typer.echo(f"{span}  {each.person} ({each.role})  {each.id}")

    on_database(config, act)


@roster.command("override")
def override(
    name: RosterName,
    role: RoleName,
    begins: Begins,
    ends: Ends,
    person: Annotated[str | None, typer.Option("--person", help="Who is on then.")] = None,
    replaces: Annotated[
        str | None, typer.Option("--replaces", help="In whose place; alone: who is taken off.")
    ] = None,
    timezone: Timezone = None,
    preview: Preview = False,
    version: Version = None,
    by: swaps.As = None,
    config: Config = None,
) -> None:
    """Add somebody, put somebody in the place of another, or take somebody off, for a time."""
    from shifts import changes

    edit = changes.override(role, begins, ends, person=person, replaces=replaces, timezone=timezone)
    _make(name, edit, preview, version, by, config)


@roster.command("fixed")
def fixed(
    name: RosterName,
    role: RoleName,
    begins: Begins,
    ends: Ends,
    turnouts: Annotated[
        list[str], typer.Option("--shift", help="PERSON,FROM,TO; may be given several times.")
    ],
    timezone: Timezone = None,
    preview: Preview = False,
    version: Version = None,
    by: swaps.As = None,
    config: Config = None,
) -> None:
    """Fix a role's schedule for a time: these shifts and nothing else of the rules."""
    from shifts import changes

    shifts = []
    for each in turnouts:
        parts = [part.strip() for part in each.split(",")]
        if len(parts) != 3:
            raise InputError(f"--shift {each!r}: expected PERSON,FROM,TO as ana,2026-11-03,2026-11-04")
        shifts.append((parts[0], parts[1], parts[2]))
    edit = changes.fixed_schedule(role, begins, ends, shifts, timezone=timezone)
    _make(name, edit, preview, version, by, config)


@roster.command("absent")
def absent(
    person: Annotated[str, typer.Argument(help="Who is away.")],
    begins: Begins,
    ends: Ends,
    timezone: Timezone = None,
    by: swaps.As = None,
    config: Config = None,
) -> None:
    """Note that somebody is away, in every roster in which they stand."""
    from bot.cli.preview_tables import print_preview
    from shifts.changes import RosterChanges

    async def act(database: Database, clock: Clock) -> None:
        published = await RosterChanges(database, clock).away(
            swaps.acting(by), person, begins, ends, timezone=timezone
        )
        for each in published:
            print_preview(each.preview, await swaps.zones_of(database, clock))
            typer.echo(f"{each.name}: version {each.version} is published", err=True)

    on_database(config, act)


@roster.command("undo")
def undo(
    name: RosterName,
    section: Annotated[str, typer.Argument(help="overrides, swaps, absences or fixed.")],
    number: Annotated[int, typer.Argument(help="Which, counted from 1 as in the file.")],
    preview: Preview = False,
    version: Version = None,
    by: swaps.As = None,
    config: Config = None,
) -> None:
    """Take an override, a swap, an absence or a fixed schedule back."""
    from shifts.changes import taken_back

    _make(name, taken_back(section, number), preview, version, by, config)


@roster.command("cover")
def cover(
    shift: Annotated[str, typer.Argument(help="The shift's id, from `roster shifts`.")],
    until: Annotated[str, typer.Option("--until", help="Instant, UTC unless it says otherwise.")],
    to: Annotated[
        list[str] | None,
        typer.Option("--to", help="Whom to ask; may be given several times. Else everybody."),
    ] = None,
    note: Annotated[str, typer.Option("--note", help="Words for those who are asked.")] = "",
    by: swaps.As = None,
    config: Config = None,
) -> None:
    """Ask to be covered from now (or the shift's start) until a time: an offer of that part."""
    from shifts.swaps import SwapService

    instant = parse_instant(until)

    async def act(database: Database, clock: Clock) -> None:
        offer = await SwapService(database, clock).cover_until(
            swaps.acting(by), instant, shift=shift, to=to or (), note=note
        )
        swaps.print_offer(offer)

    on_database(config, act)


@roster.command("holes")
def holes(as_json: AsJson = False, config: Config = None) -> None:
    """What is wrong with the cover of the next four weeks: gaps, too few, people no page reaches."""
    from shifts.cover_watch import holes as holes_of
    from shifts.people import PeopleService
    from shifts.roster_file import parse_roster
    from shifts.service import RosterService

    async def act(database: Database, clock: Clock) -> None:
        rosters = RosterService(database, clock)
        people = (await PeopleService(database, clock).everybody()).by_name()
        now = clock.now()
        for name in await rosters.names():
            found = holes_of(parse_roster((await rosters.text(name))[0]), people, now)
            if as_json:
                print_json([{"roster": name, **hole.to_dict()} for hole in found])
                continue
            for hole in found:
                span = f"{hole.span[0]:%Y-%m-%d %H:%M} to {hole.span[1]:%Y-%m-%d %H:%M} UTC"
                what = {
                    "gap": f"{hole.on} of {hole.minimum} as {hole.role}",
                    "unreachable": f"{hole.person} ({hole.role}) has no verified way to be paged",
                    "alone": f"{hole.person} is the only one as {hole.role}",
                }[hole.kind]
                paged = f"; {hole.fallback} would be paged" if hole.fallback and not hole.on else ""
                typer.echo(f"{name}: {what}, {span}{paged}")

    on_database(config, act)


@roster.command("note")
def note(
    name: RosterName,
    role: RoleName,
    text: Annotated[str, typer.Argument(help="The words.")],
    by: swaps.As = None,
    config: Config = None,
) -> None:
    """Leave a note for whoever comes on next in a role."""
    from shifts.handoff_notes import HandoffNotes

    async def act(database: Database, clock: Clock) -> None:
        await HandoffNotes(database, clock).write(swaps.acting(by), name, role, text)

    on_database(config, act)


@roster.command("remind")
def remind(
    person: Annotated[str, typer.Argument(help="Who is reminded.")],
    before: Annotated[
        list[str] | None,
        typer.Option("--before", help="How long before a shift: 30min, 2h, 1d, 1w; several times."),
    ] = None,
    never: Annotated[bool, typer.Option("--never", help="Not at all.")] = False,
    way: Annotated[
        str | None,
        typer.Option("--by", help="slack, discord, email, sms, voice or whatsapp; else the usual."),
    ] = None,
    name: Annotated[str, typer.Option("--roster", help="For this roster only.")] = "",
    config: Config = None,
) -> None:
    """Set the reminders a person gets before each shift; without --before, show them."""
    from shifts.contact import ADDRESS_OF
    from shifts.errors import did_you_mean
    from shifts.people import PeopleService
    from shifts.reminders import Reminder, Reminders

    chosen = next((each for each in ADDRESS_OF if each == way), None)
    if way is not None and chosen is None:
        raise InputError(f"--by {way!r} is not a way to reach people; {did_you_mean(way, ADDRESS_OF)}")
    wanted = [Reminder(_length(each), chosen) for each in before or ()]

    async def act(database: Database, clock: Clock) -> None:
        await PeopleService(database, clock).person(person)
        reminders = Reminders(database)
        if wanted or never:
            await reminders.set(person, wanted, roster=name)
        for each in await reminders.of(person, name):
            minutes = each.before.total_seconds() / 60
            shown = f"{minutes / 60:g} h" if minutes >= 60 else f"{minutes:g} min"
            typer.echo(f"{shown} before, by {each.way or 'the usual way'}")

    on_database(config, act)


def _length(text: str) -> timedelta:
    found = LENGTH.fullmatch(text.strip())
    if found is None:
        raise InputError(f"--before {text!r} is no length of time; expected one as 30min, 2h, 1d or 1w")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def _make(name: str, edit: Edit, preview: bool, version: int | None, by: str | None, config: Config) -> None:
    from bot.cli.preview_tables import print_preview
    from shifts.changes import RosterChanges

    async def act(database: Database, clock: Clock) -> None:
        changes = RosterChanges(database, clock)
        zones = await swaps.zones_of(database, clock)
        if preview:
            print_preview(await changes.preview(name, edit), zones)
            return
        published = await changes.make(swaps.acting(by), name, edit, expected_version=version)
        print_preview(published.preview, zones)
        typer.echo(f"{name}: version {published.version} is published", err=True)

    on_database(config, act)
