"""`circular`: a draft GCN circular to be edited. nightdesk never sends one."""

from __future__ import annotations

from collections.abc import AsyncIterator

from cards.answer_card import answer_card
from cards.card import Lines, Note, Text, Tone
from cards.circular_draft import circular_draft
from cards.translation import marked
from commands.command import Command
from commands.event_commands import EVENT
from commands.event_words import title_of
from commands.request import Reply, Request
from commands.rooms import Rooms
from events.circulars import find_circulars
from shifts.permissions import Permission


async def drafted(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    state, reader = request.event(), request.reader
    async with rooms.database.read() as session:
        found = await find_circulars(session, state.event, limit=50)
    numbers = sorted({each.number for each in found if each.number and each.event == state.event})
    draft = circular_draft(state, numbers=numbers, facilities=[each.name for each in rooms.facilities])
    title = reader.say("Draft of a circular on {name}", name=title_of(state))
    subject = Lines(((Text(f"SUBJECT: {draft.subject}"),),))
    body = [Lines(tuple((Text(line),) for line in lines)) for lines in draft.paragraphs]
    hint = reader.say("Fill in what is in brackets and submit it yourself: nightdesk never sends a circular.")
    tone = Tone.WARNING if state.retracted or state.mock else Tone.INFO
    yield Reply(answer_card(reader, title, subject, *body, Note((Text(hint),)), tone=tone))


COMMANDS = (
    Command(
        "circular",
        marked("A draft GCN circular from what the desk knows, for you to edit; never sent by itself"),
        drafted,
        None,
        (EVENT,),
        permission=Permission.VIEWER,
        private=True,
        examples=("circular latest", "circular S230518h"),
    ),
)
