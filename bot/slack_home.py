"""Slack's Home tab and unfurled links: my next shifts, open pages, the latest events."""

from __future__ import annotations

import re
from typing import Any

from cards.answer_card import answer_card
from cards.card import Block, Instant, InstantForm, Line, Lines, Text, joined, strong
from cards.event_card import event_card
from cards.slack import render_slack
from cards.text import line_text
from cards.verdict import short_name, verdict
from commands.desk import Desk
from commands.open_jobs import open_blocks
from commands.request import Caller
from events.search import EventFilter
from events.state import EventState
from gcn.notice import Role
from shifts.upcoming import upcoming

EVENTS_SHOWN = 5
SHIFTS_SHOWN = 3
_EVENT_LINK = re.compile(r"https://[^/]*gracedb[^/]*/superevents/([A-Za-z0-9]+)|/event/([^/?#]+)")


async def home_view(desk: Desk, caller: Caller) -> dict[str, Any]:
    """The view that `views.publish` takes, in the caller's language and zone."""
    reader, rooms = caller.reader, desk.rooms
    async with rooms.database.read() as session:
        states = await rooms.events.list(
            session, EventFilter(roles=frozenset({Role.OBSERVATION}), limit=EVENTS_SHOWN)
        )
    blocks: list[Block | str] = []
    if caller.person is None:
        blocks.append(reader.say("The desk does not know you yet: “me link” tells how."))
    else:
        blocks.append(Lines(tuple(await _shifts(desk, caller))))
    lines: list[Line] = [(strong(reader.say("Latest events")),)]
    for state in states:
        title = line_text(verdict(state, reader).title, reader)
        when: Line = (Instant(state.trigger_time, InstantForm.DATE_TIME),) if state.trigger_time else ()
        lines.append(joined([(Text(title),), when]))
    if not states:
        lines.append((Text(reader.say("None.")),))
    blocks.append(Lines(tuple(lines)))
    async with rooms.database.read() as session:
        blocks += await open_blocks(session, "", rooms.clock.now(), reader)
    card = answer_card(reader, rooms.facts.name, *blocks)
    return {"type": "home", "blocks": render_slack(card, reader).blocks[:100]}


async def _shifts(desk: Desk, caller: Caller) -> list[Line]:
    reader = caller.reader
    lines: list[Line] = [(strong(reader.say("Your next shifts")),)]
    assert caller.person is not None
    async with desk.rooms.database.read() as session:
        mine = await upcoming(session, caller.person.name, desk.rooms.clock.now(), limit=SHIFTS_SHOWN)
    for shift in mine:
        begins = Instant(shift.start, InstantForm.DATE_TIME)
        ends = Instant(shift.end, InstantForm.DATE_TIME)
        lines.append(reader.line("{role}: {start} to {end}", role=strong(shift.role), start=begins, end=ends))
    if not mine:
        lines.append((Text(reader.say("None ahead.")),))
    return lines


async def unfurled(desk: Desk, caller: Caller, urls: list[str]) -> dict[str, Any]:
    """By address, the card of the event it leads to: GraceDB's pages and the desk's own."""
    found: dict[str, Any] = {}
    for url in urls[:5]:
        named = _EVENT_LINK.search(url)
        if named is None:
            continue
        async with desk.rooms.database.read() as session:
            state = await desk.rooms.events.resolve(session, named[1] or named[2])
        if isinstance(state, EventState):
            card = event_card(state, desk.rooms.clock.now(), caller.reader, facilities_shown=2)
            found[url] = {
                "blocks": render_slack(card, caller.reader).blocks[:10],
                "fallback": short_name(state),
            }
    return found
