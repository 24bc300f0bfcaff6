"""What Treasure Map knows of an event: everybody's pointings, sky that is taken, reports of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cards.reader import Reader
from commands.errors import CommandError
from commands.event_words import title_of
from commands.rooms import Rooms
from events.state import EventState
from facilities.facility import Facility, FieldOfView
from facilities.plan import Plan
from facilities.planning.footprints import Patch
from facilities.pointed import Pointed
from platforms.jobs import Wanted
from platforms.treasure_map import (
    KnownEvent,
    MapInstrument,
    Pointing,
    TreasureMap,
    match_instrument,
    nearest_instruments,
)
from platforms.treasure_map_works import REPORT, report_of_plan

MOST_FIELDS = 1500
"""Fields that are drawn and counted: more are one colour anyway."""


@dataclass(frozen=True)
class PointedAt:
    """An event there with everybody's pointings; `fields` of view by instrument, where they are known."""

    event: KnownEvent
    pointings: tuple[Pointing, ...]
    fields: Mapping[int, FieldOfView]

    def groups(self) -> tuple[Pointed, ...]:
        """Fields by instrument, what is done before what is planned, most fields first."""
        centres: dict[tuple[bool, int], dict[tuple[float, float], None]] = {}
        names: dict[int, str] = {}
        done = {
            (p.instrument, round(p.ra, 3), round(p.dec, 3)) for p in self.pointings if p.status == "completed"
        }
        for each in self.pointings[:MOST_FIELDS]:
            if each.instrument is None or each.instrument not in self.fields:
                continue
            place = (round(each.ra, 3), round(each.dec, 3))
            planned = each.status == "planned"
            if planned and (each.instrument, *place) in done:
                continue
            names[each.instrument] = each.instrument_name
            centres.setdefault((planned, each.instrument), {})[place] = None
        made = [
            Pointed(names[number], self.fields[number], tuple(places), planned)
            for (planned, number), places in centres.items()
        ]
        return tuple(sorted(made, key=lambda each: (each.planned, -len(each.centres))))


def treasure_map_of(reader: Reader, rooms: Rooms) -> tuple[str, TreasureMap]:
    """The desk's Treasure Map and what jobs call it. Raises CommandError where none is configured."""
    found = rooms.platforms.treasure_map
    if found is None:
        raise CommandError(
            reader.say(
                "No Treasure Map is configured: an administrator puts {key} into the configuration.",
                key="[treasuremap] url",
            )
        )
    return found.name, found


async def event_there(reader: Reader, treasure_map: TreasureMap, state: EventState) -> KnownEvent:
    """The event by any of its names. Raises CommandError where it is not known there."""
    for name in dict.fromkeys((state.event.partition(":")[2], state.name, *state.aliases)):
        known = await treasure_map.event(name.partition(":")[2] or name) if name else None
        if known is not None:
            return known
    raise CommandError(reader.say("Treasure Map does not know {name}.", name=title_of(state)))


async def pointed_at(reader: Reader, rooms: Rooms, state: EventState) -> PointedAt:
    """Everybody's pointings at an event that are not cancelled. Raises CommandError and PlatformError."""
    _, treasure_map = treasure_map_of(reader, rooms)
    known = await event_there(reader, treasure_map, state)
    found = [each for each in await treasure_map.pointings(known.graceid) if each.status != "cancelled"]
    listed = await treasure_map.instruments() if found else ()
    fields: dict[int, FieldOfView] = {}
    for number in sorted({each.instrument for each in found if each.instrument is not None}):
        instrument = next((each for each in listed if each.id == number), None)
        own = _facility_of(rooms.registry.all(), number, instrument)
        field = own.field_of_view if own is not None else await treasure_map.field_of_view(number)
        if field is not None:
            fields[number] = field
    return PointedAt(known, tuple(found), fields)


async def taken_at(
    reader: Reader, rooms: Rooms, state: EventState, *, but: Facility | None = None
) -> tuple[Patch, ...]:
    """Sky that others have pointed at or are about to: what a plan of ours need not cover again.

    `but` names the telescope that is planned for: its own planned fields are not others'. Empty where no
    Treasure Map is configured or it does not know the event. Raises PlatformError where it cannot be reached.
    """
    if rooms.platforms.treasure_map is None:
        return ()
    try:
        there = await pointed_at(reader, rooms, state)
    except CommandError:
        return ()
    return tuple(
        patch
        for group in there.groups()
        if but is None or not (group.planned and group.name.casefold() in {n.casefold() for n in but.names})
        for patch in group.patches()
    )


async def report_wanted(
    reader: Reader, rooms: Rooms, state: EventState, facility: Facility, plan: Plan
) -> Wanted:
    """The job that reports a plan. Raises CommandError where telescope or event is not known there."""
    platform, treasure_map = treasure_map_of(reader, rooms)
    known = await event_there(reader, treasure_map, state)
    instrument = await instrument_of(reader, treasure_map, facility)
    report = report_of_plan(plan, facility, known.graceid, instrument)
    if not report.pointings:
        raise CommandError(
            reader.say("The plan for {facility} has no fields to report.", facility=facility.name)
        )
    return Wanted(REPORT, platform, report.to_json(), event=state.event, facility=facility.name)


async def instrument_of(reader: Reader, treasure_map: TreasureMap, facility: Facility) -> MapInstrument:
    """A telescope's instrument there: by `treasuremap_id` of the registry, else by exactly one name."""
    listed = await treasure_map.instruments()
    found = match_instrument(listed, facility.names, facility.treasuremap_id)
    if found is not None:
        return found
    near = nearest_instruments(listed, facility.name)
    if not near:
        raise CommandError(
            reader.say(
                "Treasure Map has no instrument called {facility}. Its number there goes into treasuremap_id "
                "of your facilities file; “treasuremap instruments” lists the numbers.",
                facility=facility.name,
            )
        )
    raise CommandError(
        reader.say(
            "Treasure Map has no instrument that is {facility}; nearest: {known}. Its number goes into "
            "treasuremap_id of your facilities file.",
            facility=facility.name,
            known=reader.listing(near),
        )
    )


def _facility_of(
    facilities: Sequence[Facility], number: int, instrument: MapInstrument | None
) -> Facility | None:
    for each in facilities:
        if each.treasuremap_id == number:
            return each
    if instrument is None:
        return None
    named = [each for each in facilities if match_instrument((instrument,), each.names) is not None]
    return named[0] if len(named) == 1 else None
