"""What is known of the candidates of an event: read at the SkyPortal, set beside our own map and galaxies."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from commands.event_words import newest_map
from commands.heavy import run_apart
from commands.request import Request
from commands.rooms import Rooms
from events.at_position import Place, PlacesWork, placed
from events.candidates import Facts
from events.galaxy_store import ORDER, catalogues, load_galaxies
from events.hosts import Host, around, host_of
from events.lightcurve import Measurement, changes, colour, glance, quiet_before
from events.likely_classes import sureness
from events.messenger import Messenger, messenger
from events.state import EventState
from facilities.facility import Facility
from platforms.job import PlatformError
from platforms.skyportal import sources
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.sources import Mark, Source, Status
from skymaps import healpix

MOST_READ = 40
Read = Sequence[tuple[Source, tuple[Measurement, ...]]]


async def lights_of(
    portal: SkyPortal, found: tuple[Source, ...], token: str | None
) -> tuple[list[tuple[Source, tuple[Measurement, ...]]], list[str]]:
    """The sources with their light, and the names of those whose photometry cannot be read."""
    unread: list[str] = []

    async def light(source: Source) -> tuple[Measurement, ...]:
        try:
            return await sources.measurements(portal, source.name, token=token)
        except PlatformError:
            unread.append(source.name)
            return ()

    return list(zip(found, await asyncio.gather(*map(light, found)), strict=True)), sorted(unread)


async def facts_of(
    request: Request,
    rooms: Rooms,
    state: EventState,
    trigger: datetime,
    read: Read,
    marks: Mapping[str, Mark],
) -> list[Facts]:
    """Each source with everything that its score counts or its reasons tell."""
    source_map = await newest_map(request, rooms, state)
    usable = [(source, points) for source, points in read if source.on_sky]
    if not usable:
        return []
    hosts = await _hosts(rooms, [source for source, _ in usable])
    places = tuple(
        Place(source.ra, source.dec, source.distance or (host.distance if host is not None else None))
        for (source, _), host in zip(usable, hosts, strict=True)
    )
    put = await run_apart(rooms, placed, PlacesWork(source_map, places))
    depth = _depth(request.facilities("facility") or rooms.facilities)
    signal = messenger(state.described.notice)
    made = []
    for (source, points), here, host in zip(usable, put, hosts, strict=True):
        light, rates = glance(points), changes(points)
        rate = max(rates, key=lambda each: abs(each.rate) / each.error, default=None)
        classed = _classed(source, signal)
        mark = marks.get(source.name)
        made.append(
            Facts(
                name=source.name,
                level=here.level,
                nearer=here.nearer,
                first=(light.first.at - trigger) / timedelta(days=1) if light.first else None,
                quiet=quiet_before(points),
                rate=rate.rate if rate else None,
                rate_error=rate.error if rate else None,
                magnitude=light.last.magnitude if light.last else None,
                depth=depth,
                likely=classed.likely,
                unlikely=classed.unlikely,
                rejected=mark is not None and mark.status is Status.REJECTED,
                star=source.star,
                moving=source.moving,
                taken_for=classed.taken_for,
                other=classed.other,
                colour=colour(points),
                host=host,
                host_distance=source.distance is None and host is not None,
            )
        )
    return made


@dataclass(frozen=True)
class _Classed:
    """How sure (0..1) people took it for what such an event makes, and for something else, and as what."""

    likely: float | None = None
    taken_for: str = ""
    unlikely: float | None = None
    other: str = ""


def _classed(source: Source, signal: Messenger) -> _Classed:
    """What people say; a name of TNS that begins with SN stands for a supernova where nobody says more."""
    classes = [(each.name, each.probability) for each in source.newest_classifications if not each.ml]
    if not classes and source.tns_name.upper().startswith("SN"):
        classes = [("supernova", None)]
    found = _Classed()
    for name, probability in classes:
        likely, unlikely = sureness([(name, probability)], signal)
        if likely is not None and likely > (found.likely or 0.0):
            found = replace(found, likely=likely, taken_for=name)
        if unlikely is not None and unlikely > (found.unlikely or 0.0):
            found = replace(found, unlikely=unlikely, other=name)
    return found


async def _hosts(rooms: Rooms, found: Sequence[Source]) -> list[Host | None]:
    """The galaxy beside each, of the catalogue imported last; none where there is no catalogue."""
    async with rooms.database.read() as session:
        stored = await catalogues(session)
        if not stored:
            return [None] * len(found)
        ra, dec = np.array(around((each.ra, each.dec) for each in found)).T
        tiles = np.unique(healpix.pixel_at(ORDER, healpix.vectors_from_degrees(ra, dec)))
        galaxies = await load_galaxies(session, stored[0].id, [int(each) for each in tiles])
    return await asyncio.to_thread(lambda: [host_of(galaxies, each.ra, each.dec) for each in found])


async def innermost(
    request: Request, rooms: Rooms, state: EventState, found: tuple[Source, ...]
) -> tuple[Source, ...]:
    """As many as are read, by our own map: where there are hundreds, the edge can wait."""
    if len(found) <= MOST_READ:
        return found
    levels = await levels_of(request, rooms, state, found)
    order = sorted(range(len(found)), key=lambda number: (levels[number] is None, levels[number] or 0.0))
    return tuple(found[number] for number in order[:MOST_READ])


async def levels_of(
    request: Request, rooms: Rooms, state: EventState, found: tuple[Source, ...]
) -> tuple[float | None, ...]:
    """The level at which each lies; None for one that is not on the sky."""
    source_map = await newest_map(request, rooms, state)
    known = [number for number, source in enumerate(found) if source.on_sky]
    made: list[float | None] = [None] * len(found)
    if known:
        places = tuple(Place(found[number].ra, found[number].dec) for number in known)
        put = await run_apart(rooms, placed, PlacesWork(source_map, places))
        for number, here in zip(known, put, strict=True):
            made[number] = here.level
    return tuple(made)


def _depth(facilities: tuple[Facility, ...]) -> float | None:
    """The deepest that any of these telescopes gets in one exposure."""
    return max((each.magnitude for facility in facilities for each in facility.depth), default=None)
