"""`facility …`: which telescopes the desk knows, which are closed, and for how long."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from cards import wording
from cards.answer_card import answer_card
from cards.card import Card, Instant, InstantForm, Line, Lines, Table, Text, Tone, joined, strong
from cards.cleaning import clean, shorten
from cards.translation import marked
from commands.command import Command, Group, Nature
from commands.errors import CommandError
from commands.options import Option, OptionKind
from commands.request import Reply, Request
from commands.rooms import Rooms
from events.closures import close, closures_at, reopen
from facilities.facility import Facility
from facilities.observability import Closure
from shifts.permissions import Permission

GROUP = Group("facility", marked("The telescopes of this desk"))
FACILITY = Option("facility", OptionKind.FACILITY, marked("A telescope by name or alias"), required=True)
SHOWN = 25
LONGEST_REASON = 200
CLOSURES = "closures"
"""The bell to ring when a facility was closed or opened."""


async def listed(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader = request.reader
    async with rooms.database.read() as session:
        closed = await closures_at(session, request.now)
    word = (request.text_or_none("matching") or "").casefold()
    found = [each for each in rooms.facilities if word in f"{' '.join(each.names)} {each.site}".casefold()]
    if not found:
        raise CommandError(reader.say("No telescope of this desk matches “{word}”.", word=word[:60]))
    rows = tuple(
        (
            (Text(each.name),),
            (Text(shorten(clean(each.site), 40)),),
            _state(each, closed.get(each.name), request),
        )
        for each in found[:SHOWN]
    )
    blocks: list[str | Table] = [
        Table((), (reader.say("telescope"), reader.say("site"), reader.say("state")), rows)
    ]
    if len(found) > SHOWN:
        blocks.append(
            reader.say("… and {count} more; “facility list WORD” looks among them.", count=len(found) - SHOWN)
        )
    yield Reply(answer_card(reader, reader.say("Telescopes of this desk"), *blocks))


async def status(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader, facility = request.reader, request.facility()
    async with rooms.database.read() as session:
        closed = (await closures_at(session, request.now)).get(facility.name)
    limits = reader.say(
        "airmass up to {airmass}, sun below {sun}°",
        airmass=f"{facility.airmass_limit:g}".replace(".", wording.decimal_sign(reader)),
        sun=f"{facility.sun_altitude_limit:g}",
    )
    lines: list[Line] = [
        joined([(strong(facility.name),), (Text(clean(facility.site)),), _state(facility, closed, request)]),
        (Text(limits),) if not facility.space else (),
        (Text(", ".join(facility.filters)),) if facility.filters else (),
    ]
    yield Reply(answer_card(reader, facility.name, Lines(tuple(line for line in lines if line))))


async def closed(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader, facility = request.reader, request.facility()
    why = shorten(clean(request.text("why")).strip(), LONGEST_REASON)
    until = request.time_or_none("until")
    if until is not None and until <= request.now:
        raise CommandError(reader.say("until: expected a time that has not passed."), option="until")
    async with rooms.database.write() as session:
        await close(session, facility.name, until=until, why=why, by=request.caller.name, at=request.now)
    rooms.bell.ring(CLOSURES)
    title = reader.say("{facility} is closed", facility=facility.name)
    yield Reply(answer_card(reader, title, _until(until, why, request), tone=Tone.WARNING))


async def opened(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader, facility = request.reader, request.facility()
    async with rooms.database.write() as session:
        was = await reopen(session, facility.name)
    rooms.bell.ring(CLOSURES)
    if not was:
        raise CommandError(reader.say("{facility} was not closed.", facility=facility.name))
    yield Reply(
        answer_card(reader, reader.say("{facility} is open again", facility=facility.name), tone=Tone.GOOD)
    )


async def closing(request: Request, rooms: Rooms) -> Card | None:
    reader, facility = request.reader, request.facility()
    until, why = request.time_or_none("until"), shorten(clean(request.text("why")).strip(), LONGEST_REASON)
    title = reader.say("Close {facility}? It will count as seeing nothing.", facility=facility.name)
    return answer_card(reader, title, _until(until, why, request), tone=Tone.WARNING)


def _until(until: datetime | None, why: str, request: Request) -> Line:
    if until is None:
        return request.reader.line("Until further notice: {why}", why=why)
    return request.reader.line(
        "Until {time}: {why}", time=Instant(until, InstantForm.DATE_TIME, utc=True), why=why
    )


def _state(facility: Facility, closure: Closure | None, request: Request) -> Line:
    reader = request.reader
    if facility.status == "closed":
        return (Text(reader.say("closed for good")),)
    if closure is None:
        return (Text(reader.say("open")),)
    why = shorten(clean(closure.why), 80)
    if closure.until is None:
        return reader.line("closed until further notice: {why}", why=why)
    return reader.line(
        "closed until {time}: {why}", time=Instant(closure.until, InstantForm.DATE_TIME), why=why
    )


COMMANDS = (
    Command(
        "list",
        marked("The telescopes of this desk and which of them are closed"),
        listed,
        "facility",
        (Option("matching", OptionKind.TEXT, marked("Only names and sites that hold this")),),
        permission=None,
        examples=("facility list", "facility list Chile"),
    ),
    Command(
        "status",
        marked("One telescope: where it is, what it can do, whether it is open"),
        status,
        "facility",
        (FACILITY,),
        permission=None,
        examples=("facility status ZTF",),
    ),
    Command(
        "close",
        marked("Close a telescope for a while: weather, maintenance"),
        closed,
        "facility",
        (
            FACILITY,
            Option("why", OptionKind.TEXT, marked("The reason, for everybody to read"), required=True),
            Option("until", OptionKind.TIME, marked("Until when; until further notice otherwise")),
        ),
        permission=Permission.SHIFTER,
        nature=Nature.CHANGES,
        question=closing,
        examples=(
            "facility close ZTF why:snow until:tomorrow",
            'facility close DECam "dome fault" until:06:00',
        ),
    ),
    Command(
        "open",
        marked("Open a telescope again"),
        opened,
        "facility",
        (FACILITY,),
        permission=Permission.SHIFTER,
        nature=Nature.CHANGES,
        examples=("facility open ZTF",),
    ),
)
