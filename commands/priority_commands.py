"""`candidate prioritize`: the open follow-up requests of an event's sources, by their place on its map."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from cards.answer_card import answer_card
from cards.card import Block, Card, Lines, Table, Text, Tone, strong
from cards.cleaning import clean
from cards.translation import marked
from commands.command import Command, Nature
from commands.errors import CommandError, NotAllowed
from commands.event_commands import EVENT
from commands.event_words import title_of
from commands.options import Option, OptionKind
from commands.portals import AT, event_there, own_token, portal_of
from commands.request import Reply, Request
from commands.rooms import Rooms
from commands.source_words import request_line
from platforms.skyportal import followup, sources
from platforms.skyportal.allocations import FOLLOW_UP, allocations
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.followup import FollowupRequest
from shifts.permissions import Permission, may_trigger

LEVEL = 0.99
SHOWN = 10


@dataclass(frozen=True)
class Queue:
    """The open requests of an event's sources, and the event's map there."""

    portal: SkyPortal
    token: str | None
    localization: int
    requests: tuple[FollowupRequest, ...]


async def prioritized(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Set them, and tell what they are now."""
    queue, reader = await _queue(request, rooms), request.reader
    low, high = _span(request)
    done = await followup.prioritize(
        queue.portal, queue.requests, queue.localization, low=low, high=high, token=queue.token
    )
    title = reader.say("Priorities for {name}", name=title_of(request.event()))
    rows = tuple(
        (
            (strong(clean(each.source)),),
            (Text(clean(each.instrument)),),
            (strong(str(each.payload.get("priority", "–"))),),
        )
        for each in sorted(done, key=lambda each: -float(each.payload.get("priority") or 0.0))
    )
    columns = (reader.say("source"), reader.say("instrument"), reader.say("priority"))
    yield Reply(answer_card(reader, title, Table((), columns, rows), tone=Tone.GOOD))


async def asking(request: Request, rooms: Rooms) -> Card | None:
    """Which requests get new priorities."""
    queue, reader = await _queue(request, rooms), request.reader
    low, high = _span(request)
    title = reader.say_many(
        "Set the priority of {count} request for {name}?",
        "Set the priorities of {count} requests for {name}?",
        len(queue.requests),
        name=title_of(request.event()),
    )
    said = reader.say(
        "From {low} to {high}, by the probability at their place.", low=f"{low:g}", high=f"{high:g}"
    )
    lines = [
        (strong(f"{clean(each.source)} "), *request_line(each, reader)) for each in queue.requests[:SHOWN]
    ]
    blocks: list[Block] = [Lines(tuple(lines))]
    return answer_card(reader, title, said, *blocks, tone=Tone.WARNING)


async def _queue(request: Request, rooms: Rooms) -> Queue:
    """What there is to order. Raises CommandError for nothing, NotAllowed for nothing allowed."""
    state, reader, portal = request.event(), request.reader, portal_of(request, rooms)
    if state.trigger_time is None:
        raise CommandError(reader.say("{name} has no time yet.", name=title_of(state)))
    token = await own_token(request, rooms, portal)
    there, where = await event_there(request, portal, state, token)
    inside = await sources.in_region(
        portal,
        there.dateobs,
        where.localization_name,
        level=LEVEL,
        start=state.trigger_time,
        end=request.now,
        token=token,
    )
    names = {each.name for each in inside}
    found = [each for each in await followup.open_requests(portal, token=token) if each.source in names]
    if not found:
        raise CommandError(
            reader.say(
                "No source in the region of {name} has an open follow-up request.", name=title_of(state)
            )
        )
    allowed = await _allowed(request, portal, found, token)
    if not allowed:
        instruments = sorted({clean(each.instrument) for each in found})
        raise NotAllowed(
            reader.say("You may not trigger {instruments}.", instruments=reader.listing(instruments))
        )
    return Queue(portal, token, where.id, tuple(allowed))


async def _allowed(
    request: Request, portal: SkyPortal, found: list[FollowupRequest], token: str | None
) -> list[FollowupRequest]:
    """Those of instruments that the caller may trigger, by the instrument's or its telescope's name."""
    known = await allocations(portal, FOLLOW_UP, token=token)
    telescopes = {each.id: each.telescope for each in known}
    person = request.caller.person
    return [
        each
        for each in found
        if may_trigger(person, each.instrument) or may_trigger(person, telescopes.get(each.allocation, ""))
    ]


def _span(request: Request) -> tuple[float, float]:
    low, high = sorted((request.number("low"), request.number("high")))
    return low, high


COMMANDS = (
    Command(
        "prioritize",
        marked("Order the open follow-up requests of an event's sources by their place on its map"),
        prioritized,
        "candidate",
        (
            EVENT,
            Option(
                "low", OptionKind.NUMBER, marked("The lowest priority"), default="1", minimum=0, maximum=100
            ),
            Option(
                "high", OptionKind.NUMBER, marked("The highest priority"), default="5", minimum=0, maximum=100
            ),
            AT,
        ),
        permission=Permission.SHIFTER,
        nature=Nature.CHANGES,
        question=asking,
        examples=("candidate prioritize S230518h", "candidate prioritize latest low:1 high:3"),
    ),
)
