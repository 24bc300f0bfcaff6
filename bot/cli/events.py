"""Commands about events: `moc`, `galaxies`, `circulars`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.inputs import InputError, parse_instant, print_json
from bot.cli.options import AsJson, Config

if TYPE_CHECKING:
    from bot.settings import Settings
    from events.galaxies import Completeness, Ranking
    from events.galaxy_store import StoredCatalogue
    from events.state import EventState
    from skymaps.skymap import SkyMap
    from store.database import Database

What = Annotated[
    str, typer.Argument(help="An event by any of its names, or a file with a sky map or notice.")
]


def register(app: typer.Typer) -> None:
    app.command()(moc)
    app.command()(galaxies)
    app.command()(circulars)


def moc(
    what: What,
    out: Annotated[Path, typer.Option("--out", help="Where to: .fits or .json.")],
    level: Annotated[float, typer.Option("--level", help="Credible level, 0..1.")] = 0.9,
    start: Annotated[str | None, typer.Option("--from", help="With --to: a space-time MOC.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="ISO 8601, UTC unless it says otherwise.")] = None,
    config: Config = None,
) -> None:
    """Write the credible region of an event or map as a MOC, or with a range of time as a space-time MOC."""
    from skymaps.moc import Coverage, MocFormat, credible_moc, space_time_moc
    from skymaps.regions import credible_region

    try:
        form = MocFormat(out.suffix.removeprefix(".").lower())
    except ValueError:
        raise InputError(f"{out}: expected a file ending in .fits or .json") from None
    if (start is None) is not (end is None):
        raise InputError("a range of time has two ends: expected --from and --to together")
    skymap, _ = _map_of(what, config)
    if start is not None and end is not None:
        times = parse_instant(start), parse_instant(end)
        content = space_time_moc([Coverage(credible_region(skymap, level), *times)], form)
    else:
        content = credible_moc(skymap, level, form)
    try:
        out.write_bytes(content)
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror}") from None


def galaxies(
    what: Annotated[
        str,
        typer.Argument(help="An event, or a file with a 3-D sky map; or the word import.", metavar="WHAT"),
    ],
    file: Annotated[Path | None, typer.Argument(help="With import: CSV, GLADE+.txt, FITS or HDF5.")] = None,
    catalogue: Annotated[
        str | None, typer.Option("--catalogue", help="Its name; the last imported unless told otherwise.")
    ] = None,
    level: Annotated[float, typer.Option("--level", help="Credible level of the volume, 0..1.")] = 0.9,
    limit: Annotated[int, typer.Option("--limit", help="How many to list.", min=1)] = 20,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """The likeliest galaxies inside the credible volume; `galaxies import FILE` brings a catalogue in."""
    from bot.settings import load_settings

    settings = load_settings(config)
    if what == "import" and not Path(what).exists():
        if file is None:
            raise InputError("galaxies import: expected the file of a catalogue")
        asyncio.run(_import(settings, file, catalogue or file.name.partition(".")[0]))
        return
    if file is not None:
        raise InputError(f"{file}: one event or map at a time; `galaxies import FILE` brings a catalogue in")
    skymap, title = _map_of(what, config)
    stored, ranking, complete = asyncio.run(_ranked(settings, skymap, catalogue, level, limit))
    if as_json:
        print_json(
            {
                "catalogue": stored.name,
                "level": ranking.level,
                "inside": ranking.inside,
                "completeness": None if complete is None else dict(vars(complete)),
                "galaxies": [each.to_dict() for each in ranking.galaxies],
            }
        )
    else:
        _print_ranking(title, stored, ranking, complete)


def circulars(
    text: Annotated[str, typer.Argument(help="Words to look for; an event by any of its names.")],
    limit: Annotated[int, typer.Option("--limit", help="How many to list.", min=1)] = 20,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """GCN circulars in the store that hold all these words, or that belong to this event; newest first."""
    from bot.settings import load_settings
    from events.circulars import find_circulars

    async def found() -> None:
        from rich.console import Console
        from rich.text import Text

        async with _opened(load_settings(config)) as database, database.read() as session:
            rows = await find_circulars(session, text, limit=limit)
        if as_json:
            print_json([row.to_dict() for row in rows])
            return
        for row in rows:
            issued = f"{row.issued:%Y-%m-%d %H:%M}" if row.issued else ""
            Console().print(Text(f"{row.number}  {issued}  {row.event}  {row.subject}"))
        if not rows:
            raise InputError(f"no circular holds {text!r}")

    asyncio.run(found())


def _map_of(what: str, config: Path | None) -> tuple[SkyMap, str]:
    """The sky map of a file or event, and how to call it."""
    from bot.cli.sources import read_map
    from bot.settings import load_settings

    path = Path(what)
    if path.exists():
        return read_map(path)[0], path.name
    return asyncio.run(_map_of_event(load_settings(config), what))


async def _map_of_event(settings: Settings, name: str) -> tuple[SkyMap, str]:
    from events.map_source import map_source
    from events.tables import RevisionRow

    async with _opened(settings) as database, database.read() as session:
        state = await _resolved(database, name)
        for revision in reversed(state.revisions):
            source = await map_source(session, await session.get_one(RevisionRow, revision.id))
            if source is not None:
                return source.read(), state.name
    raise InputError(f"{state.name} has neither a sky map nor a position with a radius")


async def _resolved(database: Database, name: str) -> EventState:
    from events.search import Ambiguous, NotFound
    from events.service import EventService

    async with database.read() as session:
        found = await EventService().resolve(session, name)
    if isinstance(found, Ambiguous):
        raise InputError(f"{name} is the name of several events: {', '.join(found.events)}")
    if isinstance(found, NotFound):
        hint = f"; did you mean {', '.join(found.suggestions)}?" if found.suggestions else ""
        raise InputError(f"{name}: neither a file nor an event that this desk knows{hint}")
    return found


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    """The configured database at this program's schema."""
    from bot import schema
    from bot.cli.opening import opened

    async with opened(settings) as database:
        await schema.ensure(database)
        yield database


async def _import(settings: Settings, file: Path, name: str) -> None:
    from events.galaxy_files import GalaxyFileError, read_catalogue
    from events.galaxy_store import store_catalogue
    from store.clock import SystemClock

    try:
        read = read_catalogue(file)
    except GalaxyFileError as error:
        raise InputError(str(error)) from None
    async with _opened(settings) as database, database.write() as session:
        stored = await store_catalogue(session, name[:60], read, SystemClock().now())
    typer.echo(f"{stored.name}: {stored.galaxies:,} galaxies, {sum(read.refused.values()):,} rows left out")
    for reason, count in sorted(read.refused.items()):
        rows = ", ".join(str(each.row) for each in read.examples if each.reason == reason)
        typer.echo(f"  {count:,} with {reason}" + (f" (row {rows})" if rows else ""))


async def _ranked(
    settings: Settings, skymap: SkyMap, name: str | None, level: float, limit: int
) -> tuple[StoredCatalogue, Ranking, Completeness | None]:
    from events.galaxies import completeness, rank, volume_threshold
    from events.galaxy_store import catalogues, load_galaxies, tiles_reaching
    from skymaps.distance import LinesOfSight, marginal_moments

    async with _opened(settings) as database, database.read() as session:
        stored = await catalogues(session)
        chosen = next((each for each in stored if name is None or each.name == name), None)
        if chosen is None:
            known = ", ".join(each.name for each in stored) or "none; `nightdesk galaxies import FILE`"
            raise InputError(f"no galaxy catalogue {name or ''}; imported are: {known}")
        tiles = tiles_reaching(skymap, volume_threshold(skymap, level))
        found = await load_galaxies(session, chosen.id, tiles)
    mean, _ = marginal_moments(LinesOfSight.of(skymap))
    ranking = rank(found, skymap, level=level, limit=limit)
    return chosen, ranking, completeness(chosen.shells, mean)


def _print_ranking(
    title: str, stored: StoredCatalogue, ranking: Ranking, complete: Completeness | None
) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    known = (
        f"lists {complete.fraction:.0%} of the {complete.quantity} at {complete.distance:.0f} Mpc"
        if complete is not None
        else "says neither mass nor light, so its completeness is unknown"
    )
    table = Table(
        title=f"{title}: {ranking.inside:,} galaxies in the {ranking.level:.0%} volume\n"
        f"{stored.name} {known}",
        title_justify="left",
    )
    for heading in ("", "galaxy", "RA", "Dec", "Mpc", "stellar mass / M☉", "share"):
        table.add_column(heading)
    for each in ranking.galaxies:
        table.add_row(
            str(each.rank),
            Text(each.name),
            f"{each.ra:.4f}",
            f"{each.dec:+.4f}",
            f"{each.distance:.1f}",
            "" if each.mass is None else f"{each.mass:.2e}",
            f"{each.share:.2%}",
        )
    Console().print(table)
