"""`candidates` of an event, ranked with the reasons, and `candidate confirm|reject|ambiguous`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from cards import wording
from cards.answer_card import answer_card
from cards.card import Button, Card, Line, Lines, Note, Table, Text, Tone, joined, strong
from cards.cleaning import clean, shorten
from cards.reader import Reader
from cards.translation import marked
from commands.candidate_facts import MOST_READ, facts_of, innermost, levels_of, lights_of
from commands.candidate_words import mark_words, reasons
from commands.command import Command, Group, Nature
from commands.errors import CommandError
from commands.event_commands import EVENT
from commands.event_words import title_of
from commands.options import Option, OptionKind
from commands.portals import AT, event_there, own_token, portal_of
from commands.request import Reply, Request
from commands.rooms import Rooms
from commands.source_commands import SOURCE, source_named
from events.candidates import Scored, ranked
from events.state import EventState
from platforms.skyportal import sources
from platforms.skyportal.sources import Mark, Status
from shifts.permissions import Permission

GROUP = Group("candidate", marked("Say of a source that it belongs to an event, or does not"))
REGION = 0.95
OUTSIDE = 0.99
UNREAD_SHOWN = 6


async def listed(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """The sources in an event's region, the best first, each with its reasons."""
    state, reader, portal = request.event(), request.reader, portal_of(request, rooms)
    trigger = _trigger(request, state)
    title = reader.say("Candidates for {name}", name=title_of(state))
    yield Reply(answer_card(reader, title, reader.say("Reading what {portal} has …", portal=portal.name)))
    token = await own_token(request, rooms, portal)
    there, where = await event_there(request, portal, state, token)
    level = _level(request)
    end = min(request.now, trigger + timedelta(days=request.number("days")))
    found, marks = await asyncio.gather(
        sources.in_region(
            portal, there.dateobs, where.localization_name, level=level, start=trigger, end=end, token=token
        ),
        sources.marks(portal, there.dateobs, token=token),
    )
    if not found:
        none = reader.say(
            "{portal} has no source with a detection in the {level} region since the event.",
            portal=portal.name,
            level=wording.percent(level, reader),
        )
        yield Reply(answer_card(reader, title, none))
        return
    read, unread = await lights_of(portal, await innermost(request, rooms, state, found), token)
    scored = ranked(await facts_of(request, rooms, state, trigger, read, marks))
    shown = scored[: int(request.number("limit"))]
    rows = tuple(
        _row(place, each, marks.get(each.facts.name), request) for place, each in enumerate(shown, 1)
    )
    columns = (reader.say("score"), reader.say("source"), reader.say("why"))
    words = reader.say_many(
        "{count} source in the {level} region; the score is out of 100.",
        "{count} sources in the {level} region; the score is out of 100.",
        len(found),
        level=wording.percent(level, reader),
    )
    blocks: list[Table | str | Note] = [words, Table((), columns, rows)]
    if len(found) > MOST_READ:
        blocks.append(Note((Text(reader.say("Only the innermost {count} were read.", count=MOST_READ)),)))
    if unread:
        blocks.append(_unread(unread, reader))
    best = shown[0].facts.name
    buttons = (
        # Short text: button that shows a source
        Button("source", reader.say("Show {name}", name=shorten(clean(best), 30)), best),
        Button("lightcurve", reader.say("Its light curve"), best),
    )
    yield Reply(answer_card(reader, title, *blocks, buttons=buttons))


async def confirmed(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    async for reply in _say(request, rooms, Status.CONFIRMED):
        yield reply


async def rejected(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    async for reply in _say(request, rooms, Status.REJECTED):
        yield reply


async def unclear(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    async for reply in _say(request, rooms, Status.AMBIGUOUS):
        yield reply


async def outside(request: Request, rooms: Rooms) -> Card | None:
    """A source far outside the map is confirmed only knowingly: SkyPortal itself takes it without a word."""
    state, reader, portal = request.event(), request.reader, portal_of(request, rooms)
    source = await source_named(request, portal, await own_token(request, rooms, portal))
    (here,) = await levels_of(request, rooms, state, (source,))
    if here is None or here <= OUTSIDE:
        return None
    title = reader.say("Confirm {source} for {name}?", source=clean(source.name), name=title_of(state))
    said = reader.say(
        "It lies outside the {level} region of our map.", level=wording.percent(OUTSIDE, reader)
    )
    return answer_card(reader, title, said, tone=Tone.WARNING)


async def _say(request: Request, rooms: Rooms, status: Status) -> AsyncIterator[Reply]:
    state, reader, portal = request.event(), request.reader, portal_of(request, rooms)
    token = await own_token(request, rooms, portal)
    source = await source_named(request, portal, token)
    there, where = await event_there(request, portal, state, token)
    trigger = _trigger(request, state)
    why = request.text_or_none("why") or ""
    await sources.mark(
        portal, there.dateobs, where.localization_name, source.name, status, why=why,
        notes=f"{request.caller.name} through nightdesk", level=REGION, start=trigger, end=request.now,
        token=token,
    )  # fmt: skip
    said = mark_words(Mark(source.name, status, why), reader)
    title = reader.say("{source} for {name}", source=clean(source.name), name=title_of(state))
    lines: Line = joined(((strong(said),), reader.line("noted at {portal}", portal=portal.name)))
    yield Reply(answer_card(reader, title, Lines((lines,)), tone=Tone.GOOD))


def _unread(names: Sequence[str], reader: Reader) -> Note:
    """Says that the order does not know how some sources shine: it may be wrong for them."""
    said = reader.say_many(
        "The photometry of {names} could not be read: ranked without it.",
        "The photometry of {count} sources could not be read; they are ranked without it: {names}.",
        len(names),
        names=reader.listing([clean(each) for each in names[:UNREAD_SHOWN]]),
    )
    return Note((Text(said),))


def _row(place: int, each: Scored, mark: Mark | None, request: Request) -> tuple[Line, ...]:
    reader = request.reader
    why = "; ".join(reasons(each, reader))
    said = mark_words(mark, reader)
    name: Line = (strong(clean(each.facts.name)),)
    if said:
        name = (*name, Text(f" ({said})"))
    return (strong(f"{each.score:.0f}"),), name, (Text(why),)


def _level(request: Request) -> float:
    level = request.number("level")
    return level / 100.0 if level > 1.0 else level


def _trigger(request: Request, state: EventState) -> datetime:
    if state.trigger_time is None:
        raise CommandError(request.reader.say("{name} has no time yet.", name=title_of(state)))
    return state.trigger_time


WHY = Option("why", OptionKind.TEXT, marked("The reason, for everybody to read"))
_MARKING = partial(
    Command,
    group="candidate",
    options=(SOURCE, EVENT, AT, WHY),
    permission=Permission.SHIFTER,
    nature=Nature.CHANGES,
)
COMMANDS = (
    Command(
        "candidates",
        marked("Sources in the region of an event, ranked for follow-up, with the reasons"),
        listed,
        options=(
            EVENT,
            Option(
                "facility", OptionKind.FACILITY, marked("Whose depth counts; the desk's deepest otherwise")
            ),
            Option(
                "level",
                OptionKind.NUMBER,
                marked("Credible level of the region, 0.95 or 95"),
                default="0.95",
                minimum=0.01,
                maximum=99.9,
            ),
            Option(
                "days",
                OptionKind.NUMBER,
                marked("Detections up to so many days after the event"),
                default="14",
                minimum=0.1,
                maximum=100,
            ),
            Option("limit", OptionKind.NUMBER, marked("How many"), default="8", minimum=1, maximum=20),
            AT,
        ),
        nature=Nature.STARTS,
        examples=("candidates latest", "candidates S230518h P60 days:3"),
        short="candidates",
    ),
    _MARKING(
        "confirm",
        marked("A source belongs to an event"),
        confirmed,
        question=outside,
        examples=("candidate confirm AT2025vsw S230518h why:fading and blue",),
    ),
    _MARKING(
        "reject",
        marked("A source does not belong to an event"),
        rejected,
        examples=("candidate reject AT2025vsw S230518h why:seen in 2019",),
    ),
    _MARKING(
        "ambiguous",
        marked("It is not clear whether a source belongs to an event"),
        unclear,
        examples=("candidate ambiguous AT2025vsw S230518h",),
    ),
)
