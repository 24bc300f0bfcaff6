"""`nightdesk people calendar`: secret addresses under which calendar programs read shifts and nights."""

from __future__ import annotations

import getpass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.inputs import InputError, print_json
from bot.cli.on_database import on_database
from bot.cli.options import AsJson, Config

if TYPE_CHECKING:
    from shifts.feeds import Feed
    from store.clock import Clock
    from store.database import Database

calendar = typer.Typer(
    help="Calendars: secret addresses for people's shifts, rosters, nights.", no_args_is_help=True
)


@calendar.command()
def create(
    person: Annotated[str | None, typer.Option("--person", help="The shifts of one person.")] = None,
    roster: Annotated[str | None, typer.Option("--roster", help="All shifts of one roster.")] = None,
    facility: Annotated[
        str | None, typer.Option("--night", help="The nights of one facility, dusk to dawn.")
    ] = None,
    reminders: Annotated[
        list[int] | None, typer.Option("--alarm", min=0, help="Minutes before each start; may be repeated.")
    ] = None,
    config: Config = None,
) -> None:
    """Make an address to subscribe to. It is shown once: whoever has it reads the calendar."""
    from bot.composition import facilities_of
    from bot.settings import load_settings
    from shifts.feeds import FeedKind, FeedService

    settings = load_settings(config)
    wanted = [
        (kind, subject)
        for kind, subject in (
            (FeedKind.PERSON, person), (FeedKind.ROSTER, roster), (FeedKind.NIGHT, facility),
        )
        if subject is not None
    ]  # fmt: skip
    if len(wanted) != 1:
        raise InputError("say whose calendar it shall be: one of --person, --roster and --night")
    kind, subject = wanted[0]
    if kind is FeedKind.NIGHT:
        subject = _with_nights(subject, facilities_of(settings))
    leads = [timedelta(minutes=minutes) for minutes in reminders or ()]

    async def act(database: Database, clock: Clock) -> str:
        feeds = FeedService(database, clock)
        new = await feeds.create(kind, subject, by=getpass.getuser(), reminders=leads)
        typer.echo(
            f"#{new.feed.id}: take it back with `nightdesk people calendar revoke {new.feed.id}`", err=True
        )
        return new.token

    token = on_database(config, act)
    typer.echo(f"{_base(settings.web.public_url, settings.web.host, settings.web.port)}/calendar/{token}.ics")


@calendar.command("list")
def list_feeds(as_json: AsJson = False, config: Config = None) -> None:
    """Every address that was made: for whom, of what, when it was last read."""

    async def act(database: Database, clock: Clock) -> None:
        from bot.cli.roster_tables import console_of, plain_table
        from shifts.feeds import FeedService

        rows = [_feed_to_dict(feed) for feed in await FeedService(database, clock).feeds()]
        if as_json:
            print_json(rows)
            return
        table = plain_table(f"{len(rows)} calendars", *(rows[0] if rows else ("calendar",)))
        for row in rows:
            table.add_row(*("" if value is None else str(value) for value in row.values()))
        console_of().print(table)

    on_database(config, act)


@calendar.command()
def revoke(
    number: Annotated[int, typer.Argument(help="The number that `create` and `list` show.")],
    config: Config = None,
) -> None:
    """Take an address back: from now on it gives nothing."""

    async def act(database: Database, clock: Clock) -> None:
        from shifts.feeds import FeedService

        feed = await FeedService(database, clock).revoke(number, by=getpass.getuser())
        typer.echo(f"#{number} ({feed.kind.value} {feed.subject}) is taken back", err=True)

    on_database(config, act)


def absences(
    name: Annotated[str, typer.Argument(help="Whose absences these are.")],
    source: Annotated[str, typer.Argument(help="The address (https) or the file of an iCalendar.")],
    called: Annotated[
        str,
        typer.Option("--calendar", help="A name for the calendar: importing it again brings it up to date."),
    ] = "calendar",
    matching: Annotated[
        str | None, typer.Option("--matching", help="Only events with this word in their title.")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would change.")] = False,
    config: Config = None,
) -> None:
    """Take the absences of a person's calendar into every roster that names the person."""
    from bot.calendar_fetch import read_source
    from bot.cli.preview_tables import print_preview
    from bot.settings import load_settings
    from shifts.absence_import import AbsenceImport, Taken
    from shifts.actor import Actor
    from shifts.people import PeopleService

    hosts = load_settings(config).calendars.hosts

    async def act(database: Database, clock: Clock) -> tuple[list[Taken], dict[str, str]]:
        content = await read_source(source, hosts)
        everybody = await PeopleService(database, clock).everybody()
        zones = {person.name: person.timezone for person in everybody.people}
        service = AbsenceImport(database, clock)
        if preview:
            return await service.preview(name, called, content, matching=matching), zones
        actor = Actor(getpass.getuser(), manages=True)
        return await service.put(actor, name, called, content, matching=matching), zones

    taken, zones = on_database(config, act)
    for each in taken:
        counts = f"{len(each.added)} absences added, {len(each.removed)} removed"
        typer.echo(f"{each.roster}: {counts}", err=True)
        print_preview(each.preview, zones)
    if not taken:
        typer.echo(f"{name}: nothing has changed", err=True)


def _feed_to_dict(feed: Feed) -> dict[str, Any]:
    return {
        "number": feed.id,
        "kind": feed.kind.value,
        "of": feed.subject,
        "by": feed.owner,
        "alarms": [int(lead.total_seconds()) // 60 for lead in feed.reminders],
        "created": f"{feed.created:%Y-%m-%dT%H:%M:%SZ}",
        "used": f"{feed.used:%Y-%m-%dT%H:%M:%SZ}" if feed.used else None,
        "revoked": f"{feed.revoked:%Y-%m-%dT%H:%M:%SZ}" if feed.revoked else None,
    }


def _with_nights(name: str, facilities: Any) -> str:
    from shifts.errors import did_you_mean

    known = {each.name: each for each in facilities if not each.space}
    if name not in known:
        raise InputError(
            f"no facility of this desk with nights is called {name!r}; {did_you_mean(name, known)}"
        )
    return name


def _base(public_url: str | None, host: str, port: int) -> str:
    if public_url is not None:
        return public_url.rstrip("/")
    typer.echo("web.public_url is not set: this address is good on the hub's own machine only", err=True)
    return f"http://{host}:{port}"
