"""`pointings` at an event, of everybody; `treasuremap …`: instruments there, our own taken back or done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC

from cards import wording
from cards.answer_card import answer_card
from cards.card import (
    Block,
    Card,
    Instant,
    InstantForm,
    Line,
    Lines,
    Link,
    Links,
    Picture,
    Table,
    Text,
    Tone,
    strong,
)
from cards.cleaning import clean, shorten
from cards.coverage_plot import COVERAGE, CoverageDrawing, CoverageDrawn, draw_coverage
from cards.reader import Reader
from cards.translation import marked
from commands.command import Command, Group, Nature
from commands.errors import CommandError
from commands.event_commands import EVENT
from commands.event_words import newest_map, title_of
from commands.heavy import run_apart
from commands.jobs_asked import ask_job
from commands.options import Option, OptionKind
from commands.pointed import PointedAt, event_there, instrument_of, pointed_at, treasure_map_of
from commands.request import Reply, Request
from commands.rooms import Rooms
from events.state import EventState
from platforms.jobs import Wanted
from platforms.treasure_map import Pointing
from platforms.treasure_map_works import CANCEL, COMPLETE, REPORT
from shifts.permissions import Permission
from skymaps.skymap import SkyMapError

GROUP = Group("treasuremap", marked("Treasure Map: who points where, and our own pointings there"))
INSTRUMENTS_SHOWN = 20
ROWS = 12


async def pointings(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Everybody's pointings at an event, on its map, with what of the probability they hold."""
    reader, state = request.reader, request.event()
    there = await pointed_at(reader, rooms, state)
    title = reader.say("Who points at {name}", name=title_of(state))
    if not there.pointings:
        yield Reply(answer_card(reader, title, reader.say("Nobody has said so on Treasure Map yet.")))
        return
    yield Reply(answer_card(reader, title, _counts(reader, there), reader.say("Drawing …")))
    drawn = await _drawn(request, rooms, state, there, title)
    yield Reply(_pointings_card(reader, rooms, there, drawn, title), {COVERAGE: drawn.png} if drawn else {})


async def instruments(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """The instruments there whose name holds some words, with their numbers."""
    reader = request.reader
    _, treasure_map = treasure_map_of(reader, rooms)
    words = (request.text_or_none("name") or "").casefold()
    listed = await treasure_map.instruments()
    found = [e for e in listed if words in e.name.casefold() or words in (e.nickname or "").casefold()]
    title = reader.say("Instruments of Treasure Map")
    if not found:
        yield Reply(answer_card(reader, title, reader.say("None of them is called so.")))
        return
    rows = tuple(
        (
            (Text(str(each.id)),),
            (strong(clean(each.nickname or each.name)),),
            (Text(shorten(clean(each.name), 50)),),
        )
        for each in found[:INSTRUMENTS_SHOWN]
    )
    columns = (reader.say("no."), reader.say("instrument"), reader.say("name"))
    more = len(found) - len(rows)
    note = [reader.say_many("and {count} more", "and {count} more", more)] if more > 0 else []
    yield Reply(answer_card(reader, title, Table((), columns, rows), *note))


async def cancelled(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Cancel what this desk has reported as planned for an event and a telescope."""
    platform, known, planned = await _planned(request, rooms)
    ids = sorted(each.id for each in planned if each.id is not None)
    asked = {"event": known, "ids": ids}
    wanted = Wanted(CANCEL, platform, asked, event=request.event().event, facility=request.facility().name)
    async for reply in ask_job(request, rooms, wanted):
        yield reply


async def cancelling(request: Request, rooms: Rooms) -> Card | None:
    """Names what would be cancelled."""
    reader = request.reader
    _, _, planned = await _planned(request, rooms)
    title = reader.say_many(
        "Cancel {count} planned pointing of {facility} at {event}?",
        "Cancel {count} planned pointings of {facility} at {event}?",
        len(planned),
        facility=request.facility().name,
        event=title_of(request.event()),
    )
    said = reader.say("Those of other accounts stay as they are.")
    return answer_card(reader, title, said, tone=Tone.WARNING)


async def observed(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Mark planned pointings as observed whose time has come, at their planned time."""
    platform, known, planned = await _planned(request, rooms)
    until = request.time("until")
    marks = {str(p.id): p.time.astimezone(UTC).isoformat() for p in planned if p.time and p.time <= until}
    if not marks:
        raise CommandError(
            request.reader.say(
                "No planned pointing of {facility} was due yet.", facility=request.facility().name
            )
        )
    asked = {"event": known, "marks": marks}
    wanted = Wanted(COMPLETE, platform, asked, event=request.event().event, facility=request.facility().name)
    async for reply in ask_job(request, rooms, wanted):
        yield reply


async def _planned(request: Request, rooms: Rooms) -> tuple[str, str, list[Pointing]]:
    """The platform, the event's name there, and what of ours is planned. Raises CommandError for nothing."""
    reader, facility = request.reader, request.facility()
    platform, treasure_map = treasure_map_of(reader, rooms)
    known = await event_there(reader, treasure_map, request.event())
    instrument = await instrument_of(reader, treasure_map, facility)
    found = await treasure_map.pointings(known.graceid, status="planned", instrument=instrument.id)
    jobs = await rooms.jobs.jobs(kind=REPORT, event=request.event().event, facility=facility.name)
    ours = {number for job in jobs for number in job.remote.get("ids") or ()}
    planned = [each for each in found if each.id in ours]
    if not planned:
        raise CommandError(
            reader.say(
                "Nothing that we reported is still planned there for {facility} at {event}.",
                facility=facility.name,
                event=title_of(request.event()),
            )
        )
    return platform, known.graceid, planned


async def _drawn(
    request: Request, rooms: Rooms, state: EventState, there: PointedAt, title: str
) -> CoverageDrawn | None:
    """The picture and the numbers; None where the event has no map or no field of view is known."""
    groups = there.groups()
    if not groups:
        return None
    try:
        source = await newest_map(request, rooms, state)
        return await run_apart(rooms, draw_coverage, CoverageDrawing(source, groups, title, request.reader))
    except (SkyMapError, CommandError):
        return None


def _counts(reader: Reader, there: PointedAt) -> str:
    done = sum(each.status == "completed" for each in there.pointings)
    planned = len(there.pointings) - done
    return " · ".join(
        (
            reader.say_many("{count} pointing observed", "{count} pointings observed", done),
            reader.say_many("{count} planned", "{count} planned", planned),
        )
    )


def _pointings_card(
    reader: Reader, rooms: Rooms, there: PointedAt, drawn: CoverageDrawn | None, title: str
) -> Card:
    blocks: list[Block] = [Lines(((Text(_counts(reader, there)),),))]
    if drawn is not None:
        done = wording.percent(drawn.covered.done, reader)
        both = wording.percent(drawn.covered.with_planned, reader)
        planned = reader.line("With what is planned: {both}", both=strong(both))
        if any(each.status == "completed" for each in there.pointings):
            observed = reader.line("Observed so far: {done} of the probability", done=strong(done))
            blocks.append(Lines((observed, planned)))
        else:
            blocks.append(Lines((planned,)))
    blocks.append(_table(reader, there, drawn))
    if drawn is not None:
        alt = reader.say("Fields of all instruments on the sky map; planned ones as outlines.")
        blocks.append(Picture(COVERAGE, alt, title))
    treasure_map = rooms.platforms.treasure_map
    if treasure_map is not None:
        page = f"{treasure_map.page}/alerts?graceids={there.event.graceid}"
        blocks.append(Links((Link("Treasure Map", page),)))
    return answer_card(reader, title, *blocks)


def _table(reader: Reader, there: PointedAt, drawn: CoverageDrawn | None) -> Table:
    """One row an instrument: how many, in which filters, since when, how much of the map."""
    shares = {}
    if drawn is not None:
        for group, share in zip(there.groups(), drawn.covered.alone, strict=True):
            if not group.planned:
                shares[group.name] = wording.percent(share, reader)
    by_name: dict[str, list[Pointing]] = {}
    for each in there.pointings:
        by_name.setdefault(each.instrument_name or str(each.instrument), []).append(each)
    rows: list[tuple[Line, ...]] = []
    for name, own in sorted(by_name.items(), key=lambda item: -len(item[1]))[:ROWS]:
        done = [each for each in own if each.status == "completed"]
        bands = ", ".join(sorted({clean(each.band) for each in own if each.band}))
        times = [each.time for each in done if each.time is not None]
        last: Line = (Instant(max(times), InstantForm.DATE_TIME),) if times else (Text("–"),)
        rows.append(
            (
                (strong(shorten(clean(name), 30)),),
                (Text(f"{len(done)} + {len(own) - len(done)}"),),
                (Text(shorten(bands, 30) or "–"),),
                last,
                (Text(shares.get(name, "–")),),
            )
        )
    columns = (
        reader.say("instrument"),
        reader.say("observed + planned"),
        reader.say("filters"),
        reader.say("last"),
        reader.say("share"),
    )
    return Table((strong(reader.say("By instrument")),), columns, tuple(rows))


NAMED_EVENT = Option("event", OptionKind.EVENT, EVENT.summary, required=True)
FACILITY = Option("facility", OptionKind.FACILITY, marked("The telescope"), required=True)

COMMANDS = (
    Command(
        "pointings",
        marked("Who has pointed or will point at an event, drawn on its map"),
        pointings,
        options=(EVENT,),
        examples=("pointings S230518h",),
    ),
    Command(
        "instruments",
        marked("Instruments of Treasure Map with their numbers"),
        instruments,
        group="treasuremap",
        options=(Option("name", OptionKind.TEXT, marked("Words of its name")),),
        examples=("treasuremap instruments ztf",),
    ),
    Command(
        "cancel",
        marked("Cancel what we have planned at Treasure Map for an event and a telescope"),
        cancelled,
        group="treasuremap",
        options=(NAMED_EVENT, FACILITY),
        permission=Permission.SHIFTER,
        nature=Nature.STARTS,
        trigger="facility",
        question=cancelling,
        examples=("treasuremap cancel S230518h ZTF",),
    ),
    Command(
        "observed",
        marked("Mark our planned pointings at Treasure Map as observed"),
        observed,
        group="treasuremap",
        options=(
            NAMED_EVENT,
            FACILITY,
            Option("until", OptionKind.TIME, marked("Those due until then; now if left out")),
        ),
        permission=Permission.SHIFTER,
        nature=Nature.STARTS,
        trigger="facility",
        examples=("treasuremap observed S230518h ZTF",),
    ),
)
