"""`confirmations`: what was asked, in whichever chat, and waits for the yes of a second person."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sqlalchemy import select

from cards.answer_card import answer_card
from cards.card import Button, ButtonStyle, Instant, InstantForm, Line, Lines, Tone
from cards.cleaning import clean
from cards.translation import marked
from commands.book import Book
from commands.command import Command, Handler
from commands.questions import what_is_asked
from commands.request import Reply, Request
from commands.rooms import Rooms
from commands.tables import ConfirmationRow
from shifts.permissions import Permission

MOST = 2
"""Shown at once, the newest first: each has two buttons, and a row of them has five."""


def confirmations_command(book: list[Book]) -> Command:
    """It names what will happen by the book that it stands in, which is made after it."""

    async def waiting(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
        reader = request.reader
        open_ones = (
            select(ConfirmationRow)
            .where(
                ConfirmationRow.second,
                ConfirmationRow.state == "open",
                ConfirmationRow.expires > request.now,
                ConfirmationRow.asked_by != request.caller.name,
            )
            .order_by(ConfirmationRow.created.desc())
            .limit(MOST)
        )
        async with rooms.database.read() as session:
            found = [row for row in await session.scalars(open_ones) if row.path in book[0]]
        if not found:
            yield Reply(answer_card(reader, reader.say("Nothing waits for your yes.")))
            return
        lines: list[Line] = []
        buttons: list[Button] = []
        for number, row in enumerate(found, 1):
            lines.append(
                reader.line(
                    "{number}. {what}, asked by {who}; until {time}",
                    number=str(number),
                    what=what_is_asked(book[0].get(row.path), row),
                    who=clean(row.asked_by),
                    time=Instant(row.expires, InstantForm.DATE_TIME),
                )
            )
            yes, no = (
                reader.say("Yes to {number}", number=number),
                reader.say("No to {number}", number=number),
            )
            buttons.append(Button("confirm.yes", yes, row.id, ButtonStyle.DANGER))
            buttons.append(Button("confirm.no", no, row.id))
        title = reader.say("These wait for a second person’s yes")
        yield Reply(answer_card(reader, title, Lines(tuple(lines)), tone=Tone.WARNING, buttons=buttons))

    handler: Handler = waiting
    return Command(
        "confirmations",
        marked("What waits for a second person’s yes, wherever it was asked"),
        handler,
        permission=Permission.SHIFTER,
        examples=("confirmations",),
    )
