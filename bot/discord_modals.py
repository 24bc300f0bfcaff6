"""Forms in Discord: opened by a button of an answer, page by page, and what was filled in put together."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import discord

from bot.discord_forms import Filled, in_order, modal_of_waiting, page_of, pages_of, turned
from bot.form_fields import OPEN, lacks, with_form_button
from cards.answer_card import answer_card
from cards.card import Button
from cards.reader import Reader
from commands import waiting
from commands.desk import Desk
from commands.forms import filled_in, form_of
from commands.request import Form, FormField, Reply
from store.database import DATABASE_AWAY

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """What a form that was sent asks for: a command with its options."""

    path: str
    given: dict[str, str]


class DiscordModals:
    """The forms of one desk.

    Promises: what a form needs first comes on its first page; what was filled in is kept from page to page,
    and over a restart; a form that has expired is None, for the front end to say so.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def first(self, replies: AsyncIterator[Reply], reader: Reader) -> AsyncIterator[Reply]:
        """The desk's answers; one that wants a form gets the button that opens it."""
        async for reply in replies:
            if reply.form is None or reply.choices:
                yield reply
                continue
            form = in_order(self._desk.book.get(reply.form.path), reply.form)
            token = await self._keep(form)
            yield replace(reply, card=with_form_button(reply.card, form, token, reader))

    async def modal(self, value: str, reader: Reader) -> discord.ui.Modal | None:
        """The modal behind the value of a button that opens a form."""
        token, page = page_of(value)
        found = await self._kept(token)
        if found is None or page > len(pages_of(found)):
            return None
        return modal_of_waiting(self._desk.book.get(found.path), found, token, page, reader)

    async def sent(self, form: Filled, reader: Reader) -> Asked | Reply | None:
        """What a modal that was sent asks for; a reply where more may be filled in first."""
        if form.waiting is None:
            path = form.action.replace(".", " ")
            options = self._desk.book.get(path).options if path in self._desk.book else ()
            own = {options[0].name: form.value} if options and form.value else {}
            return Asked(path, {**own, **form.fields})
        before = await self._kept(form.waiting)
        if before is None:
            return None
        now, after = turned(self._desk.book.get(before.path), before, form)
        if not after:
            return Asked(now.path, filled_in(now))
        return await self._next_page(now, after, form.page, reader)

    async def _next_page(self, form: Form, after: tuple[FormField, ...], page: int, reader: Reader) -> Reply:
        token, command = await self._keep(form), self._desk.book.get(form.path)
        done = [each for pages in pages_of(form)[:page] for each in pages if each.given]
        kept = [f"{each.label or each.option}: {each.given}" for each in done]
        # Short text: button that opens the next page of a form
        more = reader.say("More ({page} of {pages}) …", page=page + 1, pages=len(pages_of(form)))
        buttons = [Button(OPEN, more, f"{token}#{page + 1}")]
        sentence = reader.say("Go on to the next fields.")
        if not any(lacks(command, each) for each in after):
            # Short text: button that sends a form as it stands
            buttons.insert(0, Button("command.run", reader.say("Send as it is"), token))
            sentence = reader.say("Nothing else is needed: send it, or go on to the other fields.")
        return Reply(answer_card(reader, form.path, *kept, sentence, buttons=buttons), private=True)

    async def _keep(self, form: Form) -> str:
        rooms = self._desk.rooms
        async with rooms.database.write() as session:
            return await waiting.keep_form(session, form, rooms.clock.now())

    async def _kept(self, token: str) -> Form | None:
        rooms = self._desk.rooms
        try:
            async with rooms.database.read() as session:
                call = await waiting.kept(session, token, rooms.clock.now())
        except DATABASE_AWAY as error:
            log.warning("a form was not found, the database is away: %s", type(error).__name__)
            return None
        if call is None or call.path not in self._desk.book:
            return None
        return call.form or form_of(self._desk.book.get(call.path), call.given)
