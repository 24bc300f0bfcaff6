"""`sky`, `observe`, `coincidences`, `galaxies`, `moc`: where it is, who can see it, what else is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from cards import coordinates, wording
from cards.answer_card import answer_card
from cards.card import Block, Line, Lines, Picture, Table, Text, strong
from cards.cleaning import clean, shorten
from cards.coincidence_lines import coincidence_lines
from cards.drawing import NightWork, SkyWork, draw_night, draw_sky
from cards.facility_table import facility_table
from cards.pictures import OBSERVABILITY, SKY_MAP, sky_map_alt
from cards.reader import Reader
from cards.text import line_text
from cards.translation import marked
from cards.verdict import verdict
from commands.command import Command, Nature
from commands.errors import CommandError
from commands.event_commands import EVENT
from commands.event_words import newest_map, title_of
from commands.heavy import run_apart
from commands.options import Option, OptionKind
from commands.request import Reply, Request
from commands.rooms import Rooms
from events.analysis import Desk, MapSource
from events.closures import closures_at
from events.galaxies import Ranking, completeness, rank, volume_threshold
from events.galaxy_store import StoredCatalogue, catalogues, load_galaxies, tiles_reaching
from events.search import Ambiguous, NotFound
from events.state import EventState
from skymaps.skymap import SkyMapError

FACILITIES_SHOWN = 12
GALAXIES_DRAWN = 30
FIELD = 6.0  # degrees of a zoom that says no height


async def sky(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """The map, drawn anew: enlarged, with other events, a source, galaxies on it."""
    state, reader = request.event(), request.reader
    source = await newest_map(request, rooms, state)
    title = line_text(verdict(state, reader).title, reader)
    yield Reply(answer_card(reader, title, reader.say("Drawing the sky map …")))
    others = list(await _others(request, rooms))
    at = request.coordinates_or_none("source")
    if at is not None:
        others.append((coordinates.position(at.ra, at.dec, None), at.ra, at.dec, None))
    lines: list[Line] = []
    if request.flag("galaxies"):
        found, words = await _galaxies_to_mark(request, rooms, source)
        others += [(name, ra, dec, None) for name, ra, dec in found]
        lines.append((Text(words),))
    work = SkyWork(
        source,
        title,
        reader,
        state.trigger_time or request.now,
        tuple(each for each in request.facilities() if not each.space),
        tuple(others),
        _zoom(request, state),
    )
    try:
        png = await run_apart(rooms, draw_sky, work)
    except SkyMapError as error:
        raise CommandError(
            reader.say("The map of {name} cannot be read: {why}", name=title_of(state), why=str(error))
        ) from None
    statistics = state.newest_with_map.statistics if state.newest_with_map else None
    alt = sky_map_alt(title_of(state), statistics, reader) if statistics else title
    picture = Picture(SKY_MAP, alt, reader.say("Sky map of {name}", name=title_of(state)))
    blocks = [Lines(tuple(lines))] if lines else []
    yield Reply(answer_card(reader, title, *blocks, picture), {SKY_MAP: png})


async def observe(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Who can see it, at any time, as a table and as a picture of the night."""
    state, reader, at = request.event(), request.reader, request.time()
    source = await newest_map(request, rooms, state)
    title = reader.say("Who can see {name}", name=title_of(state))
    yield Reply(answer_card(reader, title, reader.say("Computing …")))
    async with rooms.database.read() as session:
        closures = await closures_at(session, at)
    wanted = request.facilities()
    desk = Desk.of(wanted or rooms.facilities, closures)
    names = tuple(each.name for each in wanted)
    work = NightWork(source, line_text(verdict(state, reader).title, reader), reader, at, desk, names)
    try:
        rows, png = await run_apart(rooms, draw_night, work)
    except SkyMapError as error:
        raise CommandError(
            reader.say("The map of {name} cannot be read: {why}", name=title_of(state), why=str(error))
        ) from None
    table = facility_table(rows, at, reader, shown=FACILITIES_SHOWN, only=names or None)
    blocks: list[Block] = [table] if table else []
    pictures = {}
    if png is not None:
        pictures[OBSERVABILITY] = png
        alt = reader.say("Altitude and observable probability over the night for the best facilities.")
        blocks.append(Picture(OBSERVABILITY, alt, reader.say("Tonight for {name}", name=title_of(state))))
    yield Reply(answer_card(reader, title, *blocks), pictures)


async def coincidences(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    state, reader = request.event(), request.reader
    lines = coincidence_lines(state, reader)
    title = reader.say("What may belong to {name}", name=title_of(state))
    if not lines:
        yield Reply(answer_card(reader, title, reader.say("Nothing the desk has seen.")))
        return
    yield Reply(answer_card(reader, title, Lines(lines)))


async def galaxies(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    state, reader = request.event(), request.reader
    title = reader.say("Galaxies in the volume of {name}", name=title_of(state))
    source = await newest_map(request, rooms, state)
    level = request.number("level")
    level = level / 100.0 if level > 1.0 else level
    try:
        stored, ranking = await _ranked(rooms, reader, source, level, int(request.number("limit")))
    except SkyMapError as error:
        raise CommandError(f"{title_of(state)}: {error}") from None
    statistics = state.newest_with_map.statistics if state.newest_with_map else None
    mean = statistics.distance_mean if statistics else None
    complete = completeness(stored.shells, mean) if wording.known(mean) else None
    rows = tuple(
        (
            (Text(shorten(clean(each.name), 40)),),
            (Text(coordinates.position(each.ra, each.dec, None)),),
            (Text(f"{wording.three_figures(each.distance, reader)} Mpc"),),
            (strong(wording.percent(each.share, reader)),),
        )
        for each in ranking.galaxies
    )
    columns = (reader.say("galaxy"), reader.say("where"), reader.say("distance"), reader.say("share"))
    words = reader.say_many(
        "{count} galaxy of {catalogue} in the {level} volume.",
        "{count} galaxies of {catalogue} in the {level} volume.",
        ranking.inside,
        catalogue=clean(stored.name),
        level=wording.percent(level, reader),
    )
    blocks: list[str | Table] = [words]
    if complete is not None:
        blocks.append(
            reader.say(
                "It lists {part} of what there is at {distance} Mpc.",
                part=wording.percent(complete.fraction, reader),
                distance=wording.three_figures(complete.distance, reader),
            )
        )
    if rows:
        blocks.append(Table((), columns, rows))
    yield Reply(answer_card(reader, title, *blocks))


async def moc(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Where the region can be had as a MOC, and how large it is."""
    state, reader = request.event(), request.reader
    await newest_map(request, rooms, state)
    level = request.number("level")
    level = level / 100.0 if level > 1.0 else level
    title = reader.say(
        "The {level} region of {name}", level=wording.percent(level, reader), name=title_of(state)
    )
    lines: list[Line] = [
        reader.line(
            "On the desk: {command}",
            command=strong(f"nightdesk moc {state.event} --level {level:g} --out region.fits"),
        )
    ]
    if rooms.facts.public_url:
        url = f"{rooms.facts.public_url.rstrip('/')}/moc/{state.event}.fits?level={level:g}"
        lines.insert(0, reader.line("As a file: {address}", address=url))
    yield Reply(answer_card(reader, title, Lines(tuple(lines))))


async def _others(request: Request, rooms: Rooms) -> list[tuple[str, float, float, float | None]]:
    """Other events as points on the map: at their stated position or their peak."""
    found: list[tuple[str, float, float, float | None]] = []
    text = request.text_or_none("with")
    if text is None:
        return found
    for name in [part.strip() for part in text.split(",") if part.strip()][:5]:
        async with rooms.database.read() as session:
            other = await rooms.events.resolve(session, name)
        if isinstance(other, Ambiguous | NotFound):
            raise CommandError(
                request.reader.say("No one event is called “{name}”.", name=name[:80]), option="with"
            )
        stated = other.described.notice.position
        statistics = other.newest_with_map.statistics if other.newest_with_map else None
        if stated is not None and wording.known(stated.ra) and wording.known(stated.dec):
            radius = stated.radius if wording.known(stated.radius) and stated.radius > 0 else None
            found.append((title_of(other), stated.ra, stated.dec, radius))
        elif (
            statistics is not None
            and wording.known(statistics.peak.ra)
            and wording.known(statistics.peak.dec)
        ):
            found.append((title_of(other), statistics.peak.ra, statistics.peak.dec, None))
        else:
            raise CommandError(
                request.reader.say("{name} has no position yet.", name=title_of(other)), option="with"
            )
    return found


def _zoom(request: Request, state: EventState) -> tuple[float, float, float] | None:
    height = request.number_or_none("zoom")
    at = request.coordinates_or_none("source")
    if height is None and at is None:
        return None
    if at is None:
        statistics = state.newest_with_map.statistics if state.newest_with_map else None
        if (
            statistics is None
            or not wording.known(statistics.peak.ra)
            or not wording.known(statistics.peak.dec)
        ):
            return None
        return statistics.peak.ra, statistics.peak.dec, height or FIELD
    return at.ra, at.dec, height or FIELD


async def _ranked(
    rooms: Rooms, reader: Reader, source: MapSource, level: float, limit: int
) -> tuple[StoredCatalogue, Ranking]:
    """The likeliest galaxies of the newest catalogue. Raises SkyMapError for a map that has no volume."""
    async with rooms.database.read() as session:
        stored = await catalogues(session)
    if not stored:
        raise CommandError(
            reader.say("No galaxy catalogue is imported; “nightdesk galaxies import FILE” brings one in.")
        )
    skymap = await asyncio.to_thread(source.read)
    threshold = await asyncio.to_thread(volume_threshold, skymap, level)
    tiles = await asyncio.to_thread(tiles_reaching, skymap, threshold)
    async with rooms.database.read() as session:
        found = await load_galaxies(session, stored[0].id, tiles)
    return stored[0], await asyncio.to_thread(partial(rank, found, skymap, level=level, limit=limit))


async def _galaxies_to_mark(
    request: Request, rooms: Rooms, source: MapSource
) -> tuple[list[tuple[str, float, float]], str]:
    reader = request.reader
    try:
        stored, ranking = await _ranked(rooms, reader, source, 0.9, GALAXIES_DRAWN)
    except SkyMapError as error:
        return [], str(error)
    words = reader.say(
        "The {count} likeliest galaxies of {catalogue} are marked.",
        count=len(ranking.galaxies),
        catalogue=clean(stored.name),
    )
    return [(clean(each.name), each.ra, each.dec) for each in ranking.galaxies], words


COMMANDS = (
    Command(
        "sky",
        marked("The sky map of an event, with what you want on it"),
        sky,
        None,
        (
            EVENT,
            Option(
                "zoom",
                OptionKind.NUMBER,
                marked("Enlarge around the peak or source: height in degrees"),
                minimum=0.01,
                maximum=50,
            ),
            Option("source", OptionKind.COORDINATES, marked("A position to mark, as 197.45 -23.38")),
            Option("with", OptionKind.TEXT, marked("Other events to mark, with commas between them")),
            Option(
                "facilities", OptionKind.FACILITY, marked("Telescopes whose zenith to mark"), several=True
            ),
            Option("galaxies", OptionKind.FLAG, marked("Mark the likeliest galaxies")),
        ),
        permission=None,
        nature=Nature.STARTS,
        examples=("sky S230518h", "sky latest zoom:5"),
        short="sky",
    ),
    Command(
        "observe",
        marked("Who can see an event, at any time"),
        observe,
        None,
        (
            EVENT,
            Option(
                "facilities",
                OptionKind.FACILITY,
                marked("Telescopes, with commas between them; all otherwise"),
                several=True,
            ),
            Option("at", OptionKind.TIME, marked("From when on: now, tonight, in 2h, 21:00")),
        ),
        permission=None,
        nature=Nature.STARTS,
        examples=("observe latest", "observe S230518h DECam, ZTF at:tonight"),
        short="observe",
    ),
    Command(
        "coincidences",
        marked("Other events that may be the same source"),
        coincidences,
        None,
        (EVENT,),
        permission=None,
        examples=("coincidences latest",),
    ),
    Command(
        "galaxies",
        marked("The likeliest galaxies in the volume of an event"),
        galaxies,
        None,
        (
            EVENT,
            Option("limit", OptionKind.NUMBER, marked("How many"), default="10", minimum=1, maximum=30),
            Option(
                "level",
                OptionKind.NUMBER,
                marked("Credible level of the volume, 0.9 or 90"),
                default="0.9",
                minimum=0.01,
                maximum=99.9,
            ),
        ),
        permission=None,
        examples=("galaxies S230518h",),
    ),
    Command(
        "moc",
        marked("The credible region of an event as a MOC file"),
        moc,
        None,
        (
            EVENT,
            Option(
                "level",
                OptionKind.NUMBER,
                marked("Credible level, 0.9 or 90"),
                default="0.9",
                minimum=0.01,
                maximum=99.9,
            ),
        ),
        permission=None,
        examples=("moc S230518h",),
    ),
)
