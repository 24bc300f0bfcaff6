"""Discord: cards as embeds with buttons, changes as edits and in the card's thread, pictures attached."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cards.card import Card
from cards.card import Picture as CardPicture
from cards.cleaning import shorten
from cards.discord import DiscordMessage, render_discord
from notifiers.channels.base import (
    ChannelConfig,
    ChannelError,
    Never,
    Pace,
    PictureFile,
    Receipt,
    TryAgain,
    TryLater,
)
from notifiers.channels.discord_address import EXPECTED, read_address
from notifiers.channels.discord_errors import (
    ARCHIVED_THREAD,
    THREAD_EXISTS,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    Refusal,
    delivery_error,
)
from notifiers.channels.discord_marks import carries, earliest_id, marked, part_nonce
from notifiers.channels.discord_permissions import missing
from notifiers.channels.discord_server import DiscordServer, Json, Upload
from notifiers.destinations import person_and_way

log = logging.getLogger(__name__)

PAGES_SEARCHED = 10
PAGE = 100
THREAD_NAME = 100
KEEPS_OPEN = 10_080  # minutes until a thread in which nobody speaks is put away; a word opens it again
MOST_REMEMBERED = 2000
NOBODY: Json = {"parse": []}
_FORMAT = re.compile(r"\\(?=[^0-9A-Za-z\s])|\*\*|~~|<@&\d+> |^\S\ufe0f? ")


class DiscordChannel:
    """One Discord channel, or one person's direct messages.

    Promises: `post` and `reply` carry the nonce with `enforce_nonce`, so that Discord itself shows once what
    is sent twice within its window of some minutes; a mark in the footer lets `find` read it from the history
    after any time. Nobody is mentioned but the role that the address names. What does not fit a message
    stands in its thread (of a person: below it) and is edited with it.
    """

    speaking = Pace(every=1.0, burst=3)  # Discord takes 5 in 5 s in a channel
    changing = Pace(every=1.0, burst=3)

    def __init__(self, config: ChannelConfig, server: DiscordServer) -> None:
        address = read_address(config.address or "", of_person=person_and_way(config.name) is not None)
        if address is None:
            raise ChannelError(f"channel {config.name!r} needs an address: {EXPECTED}")
        self.config = config
        self._server = server
        self._address = address
        self._place = address.channel
        self._pictures: OrderedDict[str, frozenset[str]] = OrderedDict()  # names shown, by message
        self._parts: OrderedDict[str, str] = OrderedDict()  # what a part says, by message

    async def post(self, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        place = await self._find_place()
        message, unshown = await self._render(card, pictures)
        body = self._called({**_body(message, nonce), "nonce": nonce, "enforce_nonce": True}, aloud=True)
        try:
            said = await self._send("POST", f"/channels/{place}/messages", body, message)
        except Refusal as refusal:
            raise delivery_error(refusal) from None
        shown = Receipt(place, str(said["id"]))
        return Receipt(place, shown.message, await self._show_parts(shown, message, nonce), unshown)

    async def edit(self, shown: Receipt, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        message, unshown = await self._render(card, pictures)
        path = f"/channels/{shown.place}/messages/{shown.message}"
        body = self._called({**_body(message, nonce), "components": message.components})
        wanted = frozenset(each.filename for each in message.attachments)
        try:
            if wanted and wanted == await self._shown_pictures(path, shown.message):
                await self._server.request("PATCH", path, body)
            else:
                await self._send("PATCH", path, body, message)
        except Refusal as refusal:
            if refusal.code == UNKNOWN_MESSAGE:
                self._pictures.pop(shown.message, None)
            raise delivery_error(refusal) from None
        return Receipt(shown.place, shown.message, await self._show_parts(shown, message, nonce), unshown)

    async def reply(self, shown: Receipt, card: Card, nonce: str) -> Receipt:
        message, _ = await self._render(card, {})
        body = {**_body(message, nonce), "nonce": nonce, "enforce_nonce": True}
        said = await self._say_in_thread(shown, body)
        await self._show_parts(Receipt(shown.place, shown.message), message, nonce)
        return said

    async def picture(self, picture: PictureFile) -> str:
        # Discord shows what it is given at once: the picture is kept until an edit shows it.
        return self._server.pictures.keep(picture.content)

    async def find(self, nonce: str, since: datetime, thread: Receipt | None) -> Receipt | None:
        place = await self._find_place()
        if thread is not None:
            found = await self._search(self._thread_of(thread), since, nonce)
            return Receipt(thread.place, found[0]) if 0 in found else None
        found = await self._search(place, since, nonce)
        if 0 not in found:
            return None
        shown = Receipt(place, found[0])
        if self._address.person is None:
            found = await self._search(self._thread_of(shown), since, nonce)
        parts = tuple(found[number] for number in sorted(found) if number > 0)
        return Receipt(place, shown.message, parts)

    async def check(self) -> str:
        server, place = self._server, await self._find_place()
        identity = await server.call("GET", "/users/@me")
        if self._address.person is not None:
            person = await server.call("GET", f"/users/{self._address.person}")
            return f"writes as @{identity['username']} to @{person.get('username')} directly"
        channel = await server.call("GET", f"/channels/{place}")
        guild = str(channel["guild_id"])
        roles = await server.call("GET", f"/guilds/{guild}/roles")
        member = await server.call("GET", f"/guilds/{guild}/members/{identity['id']}")
        lacking = missing(guild, channel, roles, member)
        if lacking:
            raise Never(
                f"nightdesk's role lacks {', '.join(lacking)} in #{channel.get('name')}: allow it there "
                "(channel settings → Permissions)"
            )
        if channel.get("type") not in (0, 5):
            raise Never(f"#{channel.get('name')} is no text channel: lead the route to one")
        if self._address.role is not None and self._address.role not in {role["id"] for role in roles}:
            raise Never(f"channel {self.config.name!r} calls a role that this server does not have")
        return f"posts as @{identity['username']} in #{channel.get('name')}"

    async def answer(self) -> str:
        identity = await self._server.call("GET", "/users/@me")
        return f"answers as @{identity.get('username')}"

    async def _find_place(self) -> str:
        """The channel's id; of a person the channel that holds what was said to them."""
        if self._place is None:
            opened = await self._server.call(
                "POST", "/users/@me/channels", {"recipient_id": self._address.person}
            )
            self._place = str(opened["id"])
        return self._place

    def _thread_of(self, shown: Receipt) -> str:
        # A thread has the id of the message it began at.
        return shown.place if self._address.person is not None else shown.message

    async def _render(self, card: Card, pictures: Mapping[str, str]) -> tuple[DiscordMessage, frozenset[str]]:
        """The message, and the pictures of the card whose bytes nobody has at this moment."""
        wanted = {block.key for block in card.blocks if isinstance(block, CardPicture)} & set(pictures)
        kept = self._server.pictures
        here = {key: pictures[key] for key in wanted if await kept.get(pictures[key]) is not None}
        return render_discord(card, self.config.reader, here), frozenset(wanted - set(here))

    def _called(self, body: Json, *, aloud: bool = False) -> Json:
        """The body with the role it calls. Only a new message is heard: an edit shows the role quietly."""
        if self._address.role is None:
            return body
        called: Json = {**body, "content": f"<@&{self._address.role}> {body['content']}"}
        if aloud:
            called["allowed_mentions"] = {"parse": [], "roles": [self._address.role]}
        return called

    async def _send(self, method: str, path: str, body: Json, message: DiscordMessage) -> Mapping[str, Any]:
        """Send a message with all of its pictures, and remember that it has them. Raises Refusal."""
        files: list[Upload] = []
        listed: list[Json] = []
        for attachment in message.attachments:
            content = await self._server.pictures.get(attachment.reference)
            if content is not None:
                listed.append(
                    {"id": str(len(files)), "filename": attachment.filename, "description": attachment.alt}
                )
                files.append(Upload(attachment.filename, content))
        if files or method == "PATCH":
            body = {**body, "attachments": listed}
        said: Mapping[str, Any] = await self._server.request(method, path, body, files=files)
        _remember(self._pictures, str(said["id"]), frozenset(file.filename for file in files))
        return said

    async def _shown_pictures(self, path: str, message: str) -> frozenset[str]:
        """The names of the pictures that a message shows now, by their addresses if we did not send them."""
        if message not in self._pictures:
            said = await self._server.request("GET", path)
            addresses = [str((embed.get("image") or {}).get("url", "")) for embed in said.get("embeds", ())]
            names = frozenset(url.partition("?")[0].rpartition("/")[2] for url in addresses if url)
            _remember(self._pictures, message, names)
        return self._pictures[message]

    async def _show_parts(self, shown: Receipt, message: DiscordMessage, nonce: str) -> tuple[str, ...]:
        """Bring the messages in the card's thread that hold what did not fit up to date."""
        parts = list(shown.parts)
        try:
            for number, embeds in enumerate(message.overflow, start=1):
                body: Json = {"embeds": marked(embeds, nonce, number), "allowed_mentions": NOBODY}
                says = repr(embeds)
                if number > len(parts):
                    once = {**body, "nonce": part_nonce(nonce, number), "enforce_nonce": True}
                    parts.append((await self._say_in_thread(shown, once)).message)
                elif self._parts.get(parts[number - 1]) != says:
                    await self._in_thread("PATCH", shown, f"/messages/{parts[number - 1]}", body)
                _remember(self._parts, parts[number - 1], says)
            while len(parts) > len(message.overflow):
                await self._delete_part(shown, parts[-1])
                parts.pop()
        except Never as error:
            log.error("the rest of a card in %s was not shown: %s", self.config.name, error)
        except TryLater as error:  # the card itself is there by now
            raise TryLater(str(error), error.retry_after, uncertain=True) from None
        except TryAgain as error:
            raise TryAgain(str(error), uncertain=True) from None
        return tuple(parts)

    async def _say_in_thread(self, shown: Receipt, body: Json) -> Receipt:
        if self._address.person is not None:
            below: Json = {"message_id": shown.message, "fail_if_not_exists": False}
            body = {**body, "message_reference": below}
        said = await self._in_thread("POST", shown, "/messages", body)
        return Receipt(shown.place, str(said["id"]))

    async def _delete_part(self, shown: Receipt, part: str) -> None:
        try:
            await self._in_thread("DELETE", shown, f"/messages/{part}")
        except Never:
            return  # it is gone already, or cannot be reached: nothing more can be done about it

    async def _in_thread(self, method: str, shown: Receipt, path: str, body: Json | None = None) -> Any:
        """A request in the card's thread, which is begun or opened again first where it has to be."""
        thread = f"/channels/{self._thread_of(shown)}"
        try:
            try:
                return await self._server.request(method, f"{thread}{path}", body)
            except Refusal as refusal:
                if refusal.code == UNKNOWN_CHANNEL and method == "POST" and self._address.person is None:
                    await self._begin_thread(shown)
                elif refusal.code == ARCHIVED_THREAD:
                    await self._server.request("PATCH", thread, {"archived": False})
                else:
                    raise
            return await self._server.request(method, f"{thread}{path}", body)
        except Refusal as refusal:
            raise delivery_error(refusal) from None

    async def _begin_thread(self, shown: Receipt) -> None:
        """Begin the thread of a card, called as the card is. Raises Refusal."""
        path = f"/channels/{shown.place}/messages/{shown.message}"
        card = await self._server.request("GET", path)
        name = shorten(_FORMAT.sub("", str(card.get("content"))).strip(), THREAD_NAME) or "nightdesk"
        try:
            await self._server.request(
                "POST", f"{path}/threads", {"name": name, "auto_archive_duration": KEEPS_OPEN}
            )
        except Refusal as refusal:
            if refusal.code != THREAD_EXISTS:
                raise

    async def _search(self, place: str, since: datetime, nonce: str) -> dict[int, str]:
        """The ids of our messages that carry the nonce's mark, by the number of the part they hold."""
        found: dict[int, str] = {}
        me, after = await self._server.me(), earliest_id(since)
        for _ in range(PAGES_SEARCHED):
            query = {"after": after, "limit": str(PAGE)}
            try:
                page = await self._server.request("GET", f"/channels/{place}/messages", query=query)
            except Refusal as refusal:
                if refusal.code == UNKNOWN_CHANNEL and place != self._place:
                    return {}  # nobody has spoken in its thread yet
                raise delivery_error(refusal) from None
            for message in page:
                part = carries(message, nonce) if message["author"]["id"] == me else None
                if part is not None:
                    found.setdefault(part, str(message["id"]))
            if len(page) < PAGE:
                break
            after = max((str(message["id"]) for message in page), key=int)
        return found


def _body(message: DiscordMessage, nonce: str) -> Json:
    body: Json = {
        "content": message.content,
        "embeds": marked(message.embeds, nonce),
        "allowed_mentions": NOBODY,
    }
    return {**body, "components": message.components} if message.components else body


def _remember(memory: OrderedDict[str, Any], key: str, value: object) -> None:
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > MOST_REMEMBERED:
        memory.popitem(last=False)
