"""Answers on Slack: where they belong, edited as they go on, and never where others read what is private."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from cards.reader import Reader
from cards.slack import SlackMessage, render_slack
from commands.request import Reply
from notifiers.channels.base import DeliveryError, Never
from notifiers.channels.slack_errors import CALL_ERRORS, delivery_error, is_unready_picture
from notifiers.channels.slack_workspace import SlackWorkspace

log = logging.getLogger(__name__)

PICTURE_TRIES = 6
PICTURE_WAIT = 1.5  # s between tries to show a picture that Slack still works on


StandsIn = Callable[[str, str], Awaitable[None]]
"""Takes note that a question stands in a message."""


@dataclass(frozen=True)
class Asked:
    """Where somebody asked. `response_url` answers there, member or not, five times in 30 minutes.

    `message`: the message whose button was pressed, if it is an answer of ours that may be replaced.
    """

    channel: str
    user: str
    thread: str | None = None
    response_url: str | None = None
    message: str | None = None
    ephemeral: bool = False  # the pressed message is one that only this user sees

    @property
    def private(self) -> bool:
        """Whether nobody else reads here."""
        return self.channel.startswith("D") or not self.channel


class SlackAnswers:
    """Shows the replies to one asking, each in place of the one before it.

    Promises: what is private is shown to the caller alone; what cannot be said in the channel (the app is no
    member, it is archived) is said to the caller alone, with the reason.
    """

    def __init__(
        self, workspace: SlackWorkspace, asked: Asked, reader: Reader, stands_in: StandsIn | None = None
    ) -> None:
        self._workspace = workspace
        self._stands_in = stands_in
        self._asked = asked
        self._reader = reader
        self._shown: tuple[str, str] | None = (asked.channel, asked.message) if asked.message else None
        self._posted = False

    async def show(self, replies: AsyncIterator[Reply]) -> None:
        """Show them all. What Slack does not take is logged; a private line tells the caller where it can."""
        try:
            async for reply in replies:
                await self._show(reply)
        except DeliveryError as error:
            log.warning(
                "an answer to %s in %s was not taken: %s", self._asked.user, self._asked.channel, error
            )
            await self._tell_privately(str(error))

    async def _show(self, reply: Reply) -> None:
        message = render_slack(reply.card, self._reader)
        if reply.private and not self._asked.private:
            await self._take_away()
            await self._whisper(message)
            return
        if self._asked.ephemeral and self._asked.response_url:
            await self._respond(message, replace=True)
            return
        try:
            await self._say(message)
        except Never as error:
            if self._asked.response_url is None:
                raise
            log.info("answering %s by the response address: %s", self._asked.channel, error)
            await self._respond(message, replace=False, in_channel=True)
            return
        if reply.asks is not None and self._stands_in is not None and self._shown is not None:
            await self._stands_in(reply.asks, self._shown[1])
        if reply.pictures:
            await self._show_pictures(reply)

    async def _say(self, message: SlackMessage) -> None:
        """Post, or edit what was posted before; what does not fit goes into the thread."""
        client = self._workspace.client
        if self._shown is not None:
            channel, ts = self._shown
            await self._call(
                client.chat_update(channel=channel, ts=ts, text=message.text, blocks=message.blocks)
            )
        else:
            channel = self._asked.channel or await self._direct()
            said = await self._call(
                client.chat_postMessage(
                    channel=channel,
                    thread_ts=self._asked.thread,
                    text=message.text,
                    blocks=message.blocks,
                    unfurl_links=False,
                    unfurl_media=False,
                )
            )
            self._shown, self._posted = (str(said["channel"]), str(said["ts"])), True
        for blocks in message.overflow:
            thread = self._asked.thread or self._shown[1]
            await self._call(
                client.chat_postMessage(
                    channel=self._shown[0], thread_ts=thread, text="…", blocks=blocks, unfurl_links=False
                )
            )

    async def _show_pictures(self, reply: Reply) -> None:
        references = {key: await self._upload(f"{key}.png", png) for key, png in reply.pictures.items()}
        message = render_slack(reply.card, self._reader, references)
        for _ in range(PICTURE_TRIES):
            try:
                await self._say(SlackMessage(message.text, message.blocks))
                return
            except _NotReady:
                await asyncio.sleep(PICTURE_WAIT)
        log.warning("Slack did not show the pictures of an answer in %s", self._asked.channel)

    async def _upload(self, name: str, png: bytes) -> str:
        client = self._workspace.client
        begun = await self._call(client.files_getUploadURLExternal(filename=name, length=len(png)))
        await self._workspace.upload(str(begun["upload_url"]), png)
        await self._call(
            client.files_completeUploadExternal(files=[{"id": str(begun["file_id"]), "title": name}])
        )
        return str(begun["file_id"])

    async def _whisper(self, message: SlackMessage) -> None:
        """Say it where only the caller reads it."""
        if self._asked.response_url is not None:
            await self._respond(message, replace=self._asked.ephemeral)
            return
        client, user = self._workspace.client, self._asked.user
        try:
            await self._call(
                client.chat_postEphemeral(
                    channel=self._asked.channel,
                    user=user,
                    thread_ts=self._asked.thread,
                    text=message.text,
                    blocks=message.blocks,
                )
            )
        except Never:
            channel = await self._direct()
            await self._call(
                client.chat_postMessage(channel=channel, text=message.text, blocks=message.blocks)
            )

    async def _take_away(self) -> None:
        """What was said for everybody so far (“Reading …”): a private reply cannot take its place."""
        if self._shown is None or not self._posted:
            return  # what was pressed is answered elsewhere and stands
        (channel, ts), self._shown, self._posted = self._shown, None, False
        try:
            await self._call(self._workspace.client.chat_delete(channel=channel, ts=ts))
        except DeliveryError as error:
            log.warning("what was said before in %s stands there: %s", channel, error)

    async def _direct(self) -> str:
        opened = await self._call(self._workspace.client.conversations_open(users=self._asked.user))
        return str(opened["channel"]["id"])

    async def _respond(self, message: SlackMessage, *, replace: bool, in_channel: bool = False) -> None:
        assert self._asked.response_url is not None
        webhook = AsyncWebhookClient(self._asked.response_url, retry_handlers=[], timeout=8)
        kind = "in_channel" if in_channel else "ephemeral"
        try:
            answer = await webhook.send(
                text=message.text, blocks=message.blocks, response_type=kind, replace_original=replace
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Never(f"Slack's response address did not answer ({type(error).__name__})") from None
        if answer.status_code != 200:
            raise Never(f"Slack's response address answered {answer.status_code}")

    async def _tell_privately(self, why: str) -> None:
        """By the response address; what was asked by a mention, which has none, in a direct message."""
        words = self._reader.say("The answer could not be shown here: {why}", why=why)
        try:
            if self._asked.response_url is not None:
                await self._respond(SlackMessage(words, []), replace=False)
                return
            channel = await self._direct()
            await self._call(self._workspace.client.chat_postMessage(channel=channel, text=words))
        except DeliveryError as error:
            log.warning("%s could not be told either: %s", self._asked.user, error)

    async def _call(self, answer: Any) -> Mapping[str, Any]:
        try:
            response = await answer
        except SlackApiError as error:
            if is_unready_picture(error):
                raise _NotReady("Slack still works on a picture") from None
            raise delivery_error(error) from None
        except CALL_ERRORS as error:
            raise delivery_error(error) from None
        return response.data if isinstance(response.data, Mapping) else {}


class _NotReady(DeliveryError):
    """Slack is still working on a picture of the message."""
