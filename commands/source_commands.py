"""`source` and `lightcurve`: what is known of a source, in words and as a picture."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import datetime, timedelta
from typing import TypeVar

from cards.answer_card import answer_card
from cards.card import Block, Button, Line, Lines, Link, Links, Picture, Text, strong
from cards.cleaning import clean
from cards.reader import Reader
from cards.translation import marked
from commands.command import Command, Nature
from commands.errors import CommandError
from commands.event_words import name_span, title_of
from commands.heavy import run_apart
from commands.options import Choice, Option, OptionKind
from commands.portals import AT, own_token, portal_of
from commands.request import Reply, Request
from commands.rooms import Rooms
from commands.source_words import (
    REQUESTS_SHOWN,
    classes_words,
    light_lines,
    place_lines,
    regions_table,
    request_line,
    spectra_words,
    verdict,
)
from events.analysis import MapSource
from events.at_position import Place, Placed, PlacesWork, placed
from events.lightcurve import Measurement, changes, glance
from events.map_source import map_source
from events.search import EventFilter
from events.state import EventState
from events.tables import RevisionRow
from gcn.notice import Role
from platforms.job import PlatformError
from platforms.skyportal import sources
from platforms.skyportal.analyses import analyses_of
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.followup import FollowupRequest, requests_of
from platforms.skyportal.refusals import SkyPortalError
from platforms.skyportal.sources import Source
from platforms.skyportal.spectra import spectra_listed
from skymaps.skymap import SkyMapError

SOURCE = Option("source", OptionKind.TEXT, marked("A source by its name there: AT2025vsw"), required=True)
LIGHT_CURVE = "lightcurve"
RECENT = timedelta(days=30)
EVENTS_LOOKED_AT = 20
EVENTS_SHOWN = 6
REGION = 0.99

T = TypeVar("T")


async def shown(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """What is known: place, events, classes, light, spectra, follow-up."""
    reader, portal = request.reader, portal_of(request, rooms)
    token = await own_token(request, rooms, portal)
    source = await source_named(request, portal, token)
    points, spectra, asked, fits, there = await asyncio.gather(
        or_none(sources.measurements(portal, source.name, token=token)),
        or_none(spectra_listed(portal, source.name, token=token)),
        or_none(requests_of(portal, source.name, token=token)),
        or_none(analyses_of(portal, source.name, token=token)),
        or_none(sources.events_of(portal, source.name, token=token)),
    )
    light, rates = glance(points or ()), changes(points or ())
    title = verdict(source, light, rates, reader)
    lines: list[Line] = place_lines(source, reader)
    if source.classifications:
        classes = classes_words(source.newest_classifications, reader)
        lines.append(reader.line("Classified: {classes}", classes=strong(classes)))
    if points is None:
        unread = reader.say("The photometry cannot be read: “lightcurve {name}” says why.", name=source.name)
        lines.append((Text(unread),))
    else:
        lines += light_lines(light, rates, request.now, reader)
    lines.append(
        spectra_words(spectra, reader)
        if spectra is not None
        else (Text(reader.say("The spectra cannot be read now.")),)
    )
    if fits:
        counted = reader.say_many(
            "{count} fit there; “fits {name}” shows those asked for from here",
            "{count} fits there; “fits {name}” shows those asked for from here",
            len(fits),
            name=source.name,
        )
        lines.append((Text(counted),))
    blocks: list[Block] = [Lines(tuple(lines))]
    found = await regions_of(rooms, source, request.now)
    table = regions_table(
        found[:EVENTS_SHOWN], {state.event: (name_span(state),) for state, _ in found}, reader
    )
    if table is not None:
        blocks.append(table)
    elif source.on_sky:
        blocks.append(Lines(((Text(reader.say("In no region of an event of the last 30 days.")),),)))
    blocks += _requests(asked, reader)
    blocks.append(Links((_page(portal, source, reader), *_events_there(portal, there or (), reader))))
    buttons = [
        # Short text: button that draws a light curve
        Button(LIGHT_CURVE, reader.say("Light curve"), source.name),
        # Short text: button that asks for follow-up of a source
        Button("followup", reader.say("Follow up"), source.name),
    ]
    if spectra:
        # Short text: button that draws the spectra of a source
        buttons.insert(1, Button("spectra", reader.say("Spectra"), source.name))
    yield Reply(answer_card(reader, title, *blocks, buttons=buttons))


async def drawn(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """The light curve, days counted from the event where one is given or known."""
    reader, portal = request.reader, portal_of(request, rooms)
    token = await own_token(request, rooms, portal)
    source = await source_named(request, portal, token)
    points = await sources.measurements(portal, source.name, token=token)
    light, rates = glance(points), changes(points)
    title = verdict(source, light, rates, reader)
    if not points:
        raise CommandError(reader.say("{name} has no photometry yet.", name=clean(source.name)))
    state = (
        request.event() if request.has("event") else await its_event(request, rooms, portal, source, token)
    )
    trigger = state.trigger_time if state is not None else None
    png = await run_apart(rooms, _draw, (points, title, reader, trigger))
    alt = reader.say("Light curve of {name}", name=clean(source.name))
    lines = Lines(tuple(light_lines(light, rates, request.now, reader)))
    caption = alt
    if state is not None:
        caption = reader.say(
            "Light curve of {name}, days since {event}", name=clean(source.name), event=title_of(state)
        )
    picture = Picture(LIGHT_CURVE, caption, caption)
    yield Reply(answer_card(reader, title, lines, picture), {LIGHT_CURVE: png})


async def source_named(request: Request, portal: SkyPortal, token: str | None) -> Source:
    """The source that is meant. Raises CommandError with names that look like it where there is none."""
    name, reader = request.text("source").strip(), request.reader
    try:
        return await sources.source(portal, name, token=token)
    except SkyPortalError as error:
        if not error.missing:
            raise
    near = await or_none(sources.names_like(portal, name, token=token)) or ()
    if near:
        raise CommandError(
            reader.say(
                "{portal} has no source “{name}”; did you mean {near}?",
                portal=portal.name,
                name=name[:60],
                near=reader.listing([clean(each) for each in near]),
            ),
            option="source",
            choices=tuple(Choice(each, clean(each)) for each in near),
        )
    raise CommandError(
        reader.say("{portal} has no source “{name}”.", portal=portal.name, name=name[:60]), option="source"
    )


async def regions_of(rooms: Rooms, source: Source, now: datetime) -> list[tuple[EventState, Placed]]:
    """The events of the last 30 days in whose 99 % region a source lies, by our own maps, innermost first."""
    if not source.on_sky:
        return []
    async with rooms.database.read() as session:
        which = EventFilter(
            roles=frozenset({Role.OBSERVATION}), retracted=False, since=now - RECENT, limit=EVENTS_LOOKED_AT
        )
        maps = []
        for state in await rooms.events.list(session, which):
            for revision in reversed(state.revisions):
                row = await session.get(RevisionRow, revision.id)
                kept = await map_source(session, row) if row is not None else None
                if kept is not None:
                    maps.append((state, kept))
                    break
    place = Place(source.ra, source.dec, source.distance)

    async def here(kept: MapSource) -> Placed | None:
        try:
            return (await run_apart(rooms, placed, PlacesWork(kept, (place,))))[0]
        except (SkyMapError, CommandError):
            return None  # a map that cannot be read says nothing of this source

    put = await asyncio.gather(*(here(kept) for _, kept in maps))
    found = [
        (state, each)
        for (state, _), each in zip(maps, put, strict=True)
        if each is not None and each.level <= REGION
    ]
    return sorted(found, key=lambda each: each[1].level)


async def its_event(
    request: Request, rooms: Rooms, portal: SkyPortal, source: Source, token: str | None
) -> EventState | None:
    """The event that it is confirmed for there, as this desk knows it; the newest of several."""
    there = await or_none(sources.events_of(portal, source.name, token=token)) or ()
    for dateobs in sorted(there, reverse=True):
        async with rooms.database.read() as session:
            found = await rooms.events.resolve(session, dateobs)
        if isinstance(found, EventState):
            return found
    return None


def _draw(work: tuple[tuple[Measurement, ...], str, Reader, datetime | None]) -> bytes:
    from cards.lightcurve_plot import lightcurve_plot

    points, title, reader, trigger = work
    return lightcurve_plot(points, title=title, reader=reader, trigger=trigger)


async def or_none(asked: Awaitable[T]) -> T | None:
    """What is only part of the answer: None where the platform does not give it now."""
    try:
        return await asked
    except PlatformError:
        return None


def _requests(asked: tuple[FollowupRequest, ...] | None, reader: Reader) -> list[Block]:
    """What telescopes were asked, open requests first."""
    if asked is None:
        return [Lines(((Text(reader.say("The follow-up requests cannot be read now.")),),))]
    kept = [each for each in asked if each.status != "deleted"]
    if not kept:
        return [Lines(((Text(reader.say("No follow-up asked for yet.")),),))]
    ordered = sorted(kept, key=lambda each: not each.open)
    head: Line = (strong(reader.say("Follow-up")),)
    lines = [head, *(request_line(each, reader) for each in ordered[:REQUESTS_SHOWN])]
    if len(ordered) > REQUESTS_SHOWN:
        lines.append((Text(reader.say("and {count} more", count=len(ordered) - REQUESTS_SHOWN)),))
    return [Lines(tuple(lines))]


def _page(portal: SkyPortal, source: Source, reader: Reader) -> Link:
    return Link(reader.say("{name} at {portal}", name=clean(source.name), portal=portal.name),
                portal.page(f"source/{source.name}"))  # fmt: skip


def _events_there(portal: SkyPortal, there: tuple[str, ...], reader: Reader) -> list[Link]:
    return [
        Link(reader.say("Confirmed for {event}", event=each), portal.page(f"gcn_events/{each}"))
        for each in there[:3]
    ]


COMMANDS = (
    Command(
        "source",
        marked("What is known of a source: place, events, classes, light, spectra, follow-up"),
        shown,
        options=(SOURCE, AT),
        nature=Nature.STARTS,
        examples=("source AT2025vsw", "source AT2025vsw at:fritz"),
        short="source",
    ),
    Command(
        "lightcurve",
        marked("The light curve of a source, with limits, in days since the event"),
        drawn,
        options=(
            SOURCE,
            Option("event", OptionKind.EVENT, marked("The event whose trigger is day 0")),
            AT,
        ),
        nature=Nature.STARTS,
        examples=("lightcurve AT2025vsw", "lightcurve AT2025vsw S230518h"),
        short="lightcurve",
    ),
)
