"""Opening forms on Slack: at once while Slack lets us, else by a button on the answer."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace

from bot.form_fields import with_form_button
from bot.slack_answers import Asked
from bot.slack_forms import Origin, modal
from cards.reader import Reader
from commands import waiting
from commands.desk import Desk
from commands.request import Form, Reply
from notifiers.channels.slack_errors import CALL_ERRORS, reason
from notifiers.channels.slack_workspace import SlackWorkspace

log = logging.getLogger(__name__)


class SlackModals:
    """The forms of one workspace's desk.

    Promises: a form that cannot be opened, as Slack allows it for three seconds after somebody acts, waits
    behind a button of the answer, and survives a restart there; what a form carries unseen goes with it.
    """

    def __init__(self, desk: Desk, workspace: SlackWorkspace) -> None:
        self._desk = desk
        self._workspace = workspace

    async def first(
        self, replies: AsyncIterator[Reply], asked: Asked, reader: Reader, trigger: str | None
    ) -> AsyncIterator[Reply]:
        """The replies; what a form asks for is asked in it first."""
        rooms = self._desk.rooms
        async for reply in replies:
            if reply.form is None or reply.choices:
                yield reply
                continue
            at_once = trigger is not None and _only_lacks(reply.form)
            if at_once and trigger and await self.open(trigger, reply.form, asked, reader):
                continue
            async with rooms.database.write() as session:
                token = await waiting.keep_form(session, reply.form, rooms.clock.now())
            yield replace(reply, card=with_form_button(reply.card, reply.form, token, reader))

    async def open(self, trigger: str, form: Form, asked: Asked, reader: Reader) -> bool:
        """Show the form to who has just acted; False where Slack does not."""
        token, rooms = "", self._desk.rooms
        if form.given:
            async with rooms.database.write() as session:
                token = await waiting.keep(session, form.path, form.given, rooms.clock.now(), form)
        origin = Origin(form.path, asked.channel, asked.thread or "", token)
        view = modal(self._desk.book.get(form.path), form, origin, reader)
        try:
            await self._workspace.client.views_open(trigger_id=trigger, view=view)
        except CALL_ERRORS as error:
            log.info("a modal could not be opened (%s); a button opens it", reason(error))
            return False
        return True

    async def kept(self, token: str) -> waiting.Waiting | None:
        """What waits for a form, while it does."""
        async with self._desk.rooms.database.read() as session:
            return await waiting.kept(session, token, self._desk.rooms.clock.now())


def _only_lacks(form: Form) -> bool:
    """Whether nothing is wrong but what was left out: the rest is better said in words, with buttons."""
    return not any(each.error for each in form.fields)
