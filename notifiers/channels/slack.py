"""Slack: cards as Block Kit messages, changes as edits and thread replies, pictures as files in the card."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from cards.card import Card
from cards.slack import SlackBlock, SlackMessage, render_slack
from notifiers.channels.base import (
    ChannelConfig,
    ChannelError,
    DeliveryError,
    Gone,
    Never,
    Pace,
    PictureFile,
    Receipt,
    TryAgain,
    TryLater,
)
from notifiers.channels.slack_errors import is_unready_picture, refusal
from notifiers.channels.slack_workspace import SlackWorkspace

log = logging.getLogger(__name__)

EVENT_TYPE = "nightdesk_message"
"""`metadata.event_type` of everything nightdesk says; `event_payload.outbox_id` is the outbox's nonce."""

SCOPES = ("chat:write", "channels:read", "channels:history", "files:write")
"""What a public channel needs; a private one `groups:read` and `groups:history` instead of `channels:…`.

To speak with people directly: `im:write`, and `im:history` to find again what was said.
"""

PAGES_SEARCHED = 10
PAGE = 200
_ID = re.compile(r"[CDG][A-Z0-9]+")  # names are in lower case
_PERSON = re.compile(r"[UW][A-Z0-9]+")


class SlackChannel:
    """One Slack channel, by its id or name, or the direct messages with one person, by their member id.

    Promises: `post` and `reply` carry the nonce in the message's metadata, and `find` reads it from the
    channel's history; so a message whose answer was lost is found again rather than sent twice. Nothing is
    unfurled. What does not fit a message stands in its thread and is edited with it.
    """

    speaking = Pace(every=1.0)
    changing = Pace(every=1.0, burst=3)  # chat.update is counted by the minute (tier 3: 50 and more)

    def __init__(self, config: ChannelConfig, workspace: SlackWorkspace) -> None:
        if not config.address:
            raise ChannelError(
                f"channel {config.name!r} needs an address: a Slack channel's id (C…) or #name"
            )
        self.config = config
        self._workspace = workspace
        self._address = config.address
        self._place = config.address if _ID.fullmatch(config.address) else None

    async def post(self, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        message, unshown = self._render(card, pictures), frozenset[str]()
        if _PERSON.fullmatch(self._address):
            await self._find_place()
        try:
            said = await self._say(message.text, message.blocks, nonce)
        except _PictureNotReady:
            message, unshown = self._render(card, {}), frozenset(pictures)
            said = await self._say(message.text, message.blocks, nonce)
        self._place = said.place
        parts = await self._show_parts(Receipt(said.place, said.message), message, nonce)
        return Receipt(said.place, said.message, parts, unshown)

    async def edit(self, shown: Receipt, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        message, unshown = self._render(card, pictures), frozenset[str]()
        try:
            await self._change(shown, shown.message, message.text, message.blocks, nonce)
        except _PictureNotReady:
            message, unshown = self._render(card, {}), frozenset(pictures)
            await self._change(shown, shown.message, message.text, message.blocks, nonce)
        return Receipt(shown.place, shown.message, await self._show_parts(shown, message, nonce), unshown)

    async def reply(self, shown: Receipt, card: Card, nonce: str) -> Receipt:
        message = self._render(card, {})
        said = await self._say(message.text, message.blocks, nonce, thread=shown)
        await self._show_parts(Receipt(shown.place, shown.message), message, nonce)
        return said

    async def picture(self, picture: PictureFile) -> str:
        client = self._workspace.client
        begun = await self._workspace.call(
            client.files_getUploadURLExternal(
                filename=picture.name, length=len(picture.content), alt_txt=picture.alt[:1000]
            )
        )
        await self._workspace.upload(str(begun["upload_url"]), picture.content)
        reference = str(begun["file_id"])
        # Without a channel nobody is shown the file until the card shows it.
        await self._workspace.call(
            client.files_completeUploadExternal(files=[{"id": reference, "title": picture.name}])
        )
        return reference

    async def find(self, nonce: str, since: datetime, thread: Receipt | None) -> Receipt | None:
        if thread is not None:
            said = await self._search(thread.place, since, nonce, thread=thread.message)
            return Receipt(thread.place, said[0]) if 0 in said else None
        place = await self._find_place()
        found = await self._search(place, since, nonce, thread=self.config.thread)
        if 0 not in found:
            return None
        in_thread = await self._search(place, since, nonce, thread=self.config.thread or found[0])
        parts = tuple(in_thread[number] for number in sorted(in_thread) if number > 0)
        return Receipt(place, found[0], parts)

    async def check(self) -> str:
        workspace, client = self._workspace, self._workspace.client
        identity = await workspace.call(client.auth_test())
        place = await self._find_place()
        info = (await workspace.call(client.conversations_info(channel=place)))["channel"]
        if info.get("is_im"):
            return f"writes as @{identity.get('user')} to {self._address} directly"
        if info.get("is_archived"):
            raise refusal("is_archived")
        if not info.get("is_member"):
            raise refusal("not_in_channel")
        await workspace.call(client.conversations_history(channel=place, limit=1))
        return f"posts as @{identity.get('user')} in #{info.get('name', place)} of {identity.get('team')}"

    async def answer(self) -> str:
        identity = await self._workspace.call(self._workspace.client.auth_test())
        return f"answers as @{identity.get('user')}"

    def _render(self, card: Card, pictures: Mapping[str, str]) -> SlackMessage:
        return render_slack(card, self.config.reader, pictures)

    async def _show_parts(self, shown: Receipt, message: SlackMessage, nonce: str) -> tuple[str, ...]:
        """Bring the messages in the card's thread that hold what did not fit up to date."""
        parts = list(shown.parts)
        try:
            for number, blocks in enumerate(message.overflow, start=1):
                if number <= len(parts):
                    await self._change(shown, parts[number - 1], message.text, blocks, nonce, number)
                else:
                    said = await self._say(message.text, blocks, nonce, number, thread=shown)
                    parts.append(said.message)
            while len(parts) > len(message.overflow):
                await self._delete(shown.place, parts[-1])
                parts.pop()
        except Never as error:
            log.error("the rest of a card in %s was not shown: %s", self.config.name, error)
        except TryLater as error:  # the card itself is there by now
            raise TryLater(str(error), error.retry_after, uncertain=True) from None
        except TryAgain as error:
            raise TryAgain(str(error), uncertain=True) from None
        return tuple(parts)

    async def _say(
        self,
        text: str,
        blocks: Sequence[SlackBlock],
        nonce: str,
        part: int = 0,
        *,
        thread: Receipt | None = None,
    ) -> Receipt:
        client = self._workspace.client
        answer = await self._show(
            client.chat_postMessage(
                channel=thread.place if thread else self._place or self._address,
                thread_ts=thread.message if thread and not self.config.thread else self.config.thread,
                text=text,
                blocks=list(blocks),
                metadata=_metadata(nonce, part),
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        return Receipt(str(answer["channel"]), str(answer["ts"]))

    async def _change(
        self,
        shown: Receipt,
        message: str,
        text: str,
        blocks: Sequence[SlackBlock],
        nonce: str,
        part: int = 0,
    ) -> None:
        client = self._workspace.client
        await self._show(
            client.chat_update(
                channel=shown.place,
                ts=message,
                text=text,
                blocks=list(blocks),
                metadata=_metadata(nonce, part),
            )
        )

    async def _delete(self, place: str, message: str) -> None:
        try:
            await self._workspace.call(self._workspace.client.chat_delete(channel=place, ts=message))
        except Gone:
            return

    async def _show(self, answer: Awaitable[AsyncSlackResponse]) -> Mapping[str, Any]:
        async def told_apart() -> AsyncSlackResponse:
            try:
                return await answer
            except SlackApiError as error:
                if is_unready_picture(error):
                    raise _PictureNotReady from None
                raise

        return await self._workspace.call(told_apart())

    async def _search(
        self, place: str, since: datetime, nonce: str, *, thread: str | None = None
    ) -> dict[int, str]:
        """The ids of the messages that carry the nonce, by the number of the part they hold."""
        client, found = self._workspace.client, dict[int, str]()
        oldest, cursor = f"{since.timestamp():.6f}", None
        for _ in range(PAGES_SEARCHED):
            asked = (
                client.conversations_history(
                    channel=place, oldest=oldest, limit=PAGE, cursor=cursor, include_all_metadata=True
                )
                if thread is None
                else client.conversations_replies(
                    channel=place,
                    ts=thread,
                    oldest=oldest,
                    limit=PAGE,
                    cursor=cursor,
                    include_all_metadata=True,
                )
            )
            page = await self._workspace.call(asked)
            for message in page.get("messages", ()):
                part = _carries(message, nonce)
                if part is not None:
                    found.setdefault(part, str(message["ts"]))
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor or (thread is None and found):
                break
        return found

    async def _find_place(self) -> str:
        """The channel's id, which Slack wants for everything but posting in it."""
        if self._place is not None:
            return self._place
        if _PERSON.fullmatch(self._address):
            # Asked for again it is the same conversation, so it need not be remembered.
            opened = await self._workspace.call(
                self._workspace.client.conversations_open(users=self._address)
            )
            self._place = str(opened["channel"]["id"])
            return self._place
        wanted, client, cursor = self._address.removeprefix("#"), self._workspace.client, None
        while True:
            page = await self._workspace.call(
                client.conversations_list(
                    types="public_channel,private_channel", limit=PAGE, cursor=cursor, exclude_archived=False
                )
            )
            for channel in page.get("channels", ()):
                if channel.get("name") == wanted:
                    self._place = str(channel["id"])
                    return self._place
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                raise refusal("channel_not_found")


class _PictureNotReady(DeliveryError):
    """Slack is still working on a picture of the message, and refused all of it."""


def _metadata(nonce: str, part: int) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"outbox_id": nonce, "part": part}}


def _carries(message: Mapping[str, Any], nonce: str) -> int | None:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    if metadata.get("event_type") != EVENT_TYPE or payload.get("outbox_id") != nonce:
        return None
    return int(payload.get("part", 0))
