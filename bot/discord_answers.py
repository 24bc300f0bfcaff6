"""Showing the desk's replies as the answer to one interaction: edited, replaced, private where they are."""

from __future__ import annotations

import hashlib
import io
import logging
import re
from collections.abc import Mapping
from typing import Any

import aiohttp
import discord

from cards.discord import CUSTOM_ID_PREFIX, DiscordMessage, render_discord
from cards.reader import Reader
from commands.questions import Answered
from commands.request import Reply

log = logging.getLogger(__name__)

BUTTON = re.compile(rf"{CUSTOM_ID_PREFIX}\|(?P<action>[^|]+)\|(?P<value>.*)", re.DOTALL)
FAILURES = (discord.HTTPException, aiohttp.ClientError, OSError)
EXPIRED = frozenset({50027, 10015})
NOBODY = discord.AllowedMentions.none()


class PressableButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=BUTTON):
    """A button of ours in any message, also of one posted before this process began.

    The client it belongs to has a coroutine `on_press(interaction, action, value)`.
    """

    def __init__(self, button: discord.ui.Button[Any]) -> None:
        super().__init__(button)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> PressableButton:
        assert isinstance(item, discord.ui.Button)
        return cls(item)

    async def callback(self, interaction: discord.Interaction) -> None:
        found = BUTTON.fullmatch(self.custom_id)
        assert found is not None
        await interaction.client.on_press(interaction, found["action"], found["value"])  # type: ignore[attr-defined]


class Answer:
    """The answer to one interaction that was acknowledged.

    Promises: of several replies each takes the place of the one before; a private one is never shown to
    others, though the interaction was acknowledged publicly; nobody is mentioned. What cannot be shown is
    logged and does not raise. `thinking`: whether Discord says so until the first reply.
    """

    def __init__(
        self, interaction: discord.Interaction, *, thinking: bool, private: bool, in_place: bool = False
    ) -> None:
        self._interaction = interaction
        self._thinking = thinking
        self._private = private
        self._in_place = in_place
        self._shown: discord.WebhookMessage | None = None
        self.message: str | None = None
        """The id of the message that is the answer, where everybody there sees it."""
        self._stands = False
        self._overflow: tuple[DiscordMessage, Reply] | None = None

    async def show(self, reply: Reply, reader: Reader) -> None:
        """Let `reply` be the answer."""
        keys = {key: hashlib.sha256(content).hexdigest() for key, content in reply.pictures.items()}
        message = render_discord(reply.card, reader, keys)
        self._overflow = (message, reply) if message.overflow else None
        try:
            await self._show(message, reply, keys)
        except FAILURES as error:
            await self._elsewhere(message, reply, keys, error)

    async def finish(self) -> None:
        """No reply follows: tell what did not fit, or, if there was none, take "is thinking" away."""
        try:
            if self._thinking and not self._stands:
                await self._interaction.delete_original_response()
            elif self._overflow is not None:
                message, reply = self._overflow
                for embeds in message.overflow:
                    await self._follow_up(embeds=_embeds(embeds), ephemeral=self._is_private(reply))
        except FAILURES as error:
            log.warning("the end of an answer in Discord was not shown: %s", _named(error))

    async def _show(self, message: DiscordMessage, reply: Reply, keys: Mapping[str, str]) -> None:
        private = self._is_private(reply)
        content: dict[str, Any] = {
            "content": message.content,
            "embeds": _embeds(message.embeds),
            "view": _view(message),
        }
        files = _files(message, reply, keys)
        if self._shown is not None and private == self._private:
            await self._shown.edit(**content, attachments=files, allowed_mentions=NOBODY)
        elif self._shown is None and self._edits_original(private):
            shown = await self._interaction.edit_original_response(
                **content, attachments=files, allowed_mentions=NOBODY
            )
            self.message = None if private else str(shown.id)
        else:
            await self._replace(content, files, private)
        self._stands, self._private = True, private

    def _edits_original(self, private: bool) -> bool:
        """Whether what stands there, "is thinking" or the message with the button, becomes the answer."""
        if not self._thinking and not self._in_place:
            return False
        return private == self._private

    async def _replace(self, content: dict[str, Any], files: list[discord.File], private: bool) -> None:
        """Say it anew where it may not take the place of what stands there, and take that away first."""
        before = self._shown
        if before is not None:
            await before.delete()
        elif self._thinking or (self._in_place and self._private):
            # What follows on "is thinking" would be as public as that is.
            await self._interaction.delete_original_response()
        self._shown = await self._follow_up(**content, files=files, ephemeral=private)
        self.message = None if private else str(self._shown.id)

    async def _follow_up(self, **content: Any) -> discord.WebhookMessage:
        # Discord wants what is not there left out.
        made = {name: value for name, value in content.items() if value is not None and value != []}
        return await self._interaction.followup.send(**made, wait=True, allowed_mentions=NOBODY)

    async def _elsewhere(
        self, message: DiscordMessage, reply: Reply, keys: Mapping[str, str], error: Exception
    ) -> None:
        """After fifteen minutes the question's token is void: then the answer is a message of its own."""
        code = getattr(error, "code", 0)
        if code not in EXPIRED:
            log.warning("an answer in Discord was not shown: %s", _named(error))
            return
        where: discord.abc.Messageable = self._interaction.user
        if not self._is_private(reply) and isinstance(self._interaction.channel, discord.abc.Messageable):
            where = self._interaction.channel
        try:
            await where.send(
                message.content,
                embeds=_embeds(message.embeds),
                files=_files(message, reply, keys),
                view=_view(message) or discord.utils.MISSING,
                allowed_mentions=NOBODY,
            )
        except FAILURES as failure:
            log.warning("a late answer in Discord was not shown: %s", _named(failure))

    def _is_private(self, reply: Reply) -> bool:
        return reply.private and self._interaction.guild_id is not None


async def change_message(client: discord.Client, answered: Answered) -> None:
    """Let a message of ours say something else, with no button; what Discord does not take is logged."""
    made = render_discord(answered.card, answered.reader)
    try:
        place = client.get_partial_messageable(int(answered.channel))
        await place.get_partial_message(int(answered.message)).edit(
            content=made.content, embeds=_embeds(made.embeds), view=None, allowed_mentions=NOBODY
        )
    except FAILURES as error:
        log.warning("a question in %s keeps its buttons: %s", answered.channel, _named(error))


def _embeds(embeds: list[Any]) -> list[discord.Embed]:
    return [discord.Embed.from_dict(embed) for embed in embeds]


def _files(message: DiscordMessage, reply: Reply, keys: Mapping[str, str]) -> list[discord.File]:
    contents = {keys[key]: content for key, content in reply.pictures.items()}
    return [
        discord.File(io.BytesIO(contents[each.reference]), filename=each.filename, description=each.alt)
        for each in message.attachments
    ]


def _view(message: DiscordMessage) -> discord.ui.View | None:
    if not message.components:
        return None
    view = discord.ui.View(timeout=None)
    rows: list[Any] = message.components
    for number, row in enumerate(rows):
        for button in row["components"]:
            style = discord.ButtonStyle(button["style"])
            made: discord.ui.Button[Any] = discord.ui.Button(
                style=style, label=button["label"], custom_id=button["custom_id"], row=number
            )
            view.add_item(PressableButton(made))
    return view


def _named(error: Exception) -> str:
    """An error without what it may quote of a request."""
    code = getattr(error, "code", None)
    return f"{type(error).__name__}{f' ({code})' if code else ''}"
