"""What the Discord stand-in remembers: people, a server, places, messages with their edits, calls, faults."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Json = dict[str, Any]

EPOCH_MS = 1_420_070_400_000  # https://discord.com/developers/docs/reference#snowflakes
TEXT, DM, THREAD, FORUM = 0, 1, 11, 15

VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MENTION_EVERYONE = 1 << 17
MANAGE_THREADS = 1 << 34
CREATE_PUBLIC_THREADS = 1 << 35
SEND_MESSAGES_IN_THREADS = 1 << 38
USUAL = (
    VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | CREATE_PUBLIC_THREADS
    | SEND_MESSAGES_IN_THREADS
)


class Snowflakes:
    """Ids that say when they were made, each later than the one before."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = 0
        self._count = itertools.count(1)

    def next(self) -> str:
        stamp = (int(self._clock() * 1000) - EPOCH_MS) << 22
        self._last = max(self._last + 1, stamp + next(self._count) % (1 << 22))
        return str(self._last)


@dataclass
class User:
    id: str
    username: str
    bot: bool = False
    accepts_messages: bool = True  # direct ones
    locale: str = "en-US"

    def shown(self) -> Json:
        return {
            "id": self.id,
            "username": self.username,
            "discriminator": "0",
            "global_name": self.username.capitalize(),
            "avatar": None,
            "public_flags": 0,
            "flags": 0,
            "primary_guild": None,
            "bot": self.bot,
        }


@dataclass
class Role:
    id: str
    name: str
    permissions: int = 0

    def shown(self) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "permissions": str(self.permissions),
            "position": 0,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": False,
            "mentionable": False,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
        }


@dataclass
class File:
    id: str
    filename: str
    content: bytes = field(repr=False)
    description: str = ""


@dataclass
class Message:
    """One message as it stands now. `history` holds the words it had before its edits."""

    id: str
    place: str
    author: User
    payload: Json
    at: float  # s, of the stand-in's clock
    nonce: str | None = None
    files: list[File] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    reference: str | None = None
    edited: float | None = None
    flags: int = 0
    deleted: bool = False
    expected: bool = False

    @property
    def edits(self) -> int:
        return len(self.history)

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & 64)

    @property
    def embeds(self) -> list[Json]:
        return self.payload.get("embeds") or []

    @property
    def words(self) -> str:
        """Everything a reader sees in it."""
        said = [self.payload.get("content") or ""]
        for embed in self.embeds:
            said += [embed.get("title") or "", embed.get("description") or ""]
            said += [f"{each['name']}\n{each['value']}" for each in embed.get("fields") or ()]
        said += [button.get("label", "") for button in self.buttons]
        return "\n".join(line for line in said if line)

    @property
    def buttons(self) -> list[Json]:
        rows = self.payload.get("components") or []
        return [item for row in rows for item in row["components"] if item["type"] == 2]

    @property
    def pictures(self) -> list[bytes]:
        """What its embeds show, in order."""
        files = {file.filename: file.content for file in self.files}
        shown = [(embed.get("image") or {}).get("url", "") for embed in self.embeds]
        return [files[name] for url in shown if (name := url.removeprefix("attachment://")) in files]


@dataclass
class Place:
    """A channel, a thread (`parent` is its channel, its id that of its first message) or direct messages."""

    id: str
    name: str
    kind: int = TEXT
    guild: str | None = None
    parent: str | None = None
    recipient: User | None = None
    archived: bool = False
    locked: bool = False
    deleted: bool = False
    denied: int = 0  # permissions that its overwrites take from the bot's role
    said: list[Message] = field(default_factory=list)

    @property
    def messages(self) -> list[Message]:
        return [message for message in self.said if not message.deleted and not message.ephemeral]

    def find(self, containing: str) -> Message | None:
        return next((m for m in self.messages if containing in m.words), None)

    def expect(self, containing: str) -> Message:
        """The first message with these words that no one expected yet."""
        for message in self.messages:
            if not message.expected and containing in message.words:
                message.expected = True
                return message
        raise AssertionError(f"nothing in #{self.name} says {containing!r}; it says {self.transcript()}")

    def transcript(self) -> list[str]:
        return [message.words for message in self.messages]


@dataclass(frozen=True)
class Fault:
    """What happens to one call. `accepted`: Discord does what was asked, only the answer fails.

    `error` answers with a JSON error of code `number`; `http` with a page of that status; `rate` with 429 and
    so many seconds to wait, for the whole bot where `value` is "global".
    """

    kind: Literal["error", "http", "rate", "reset", "silence"]
    value: str = ""
    number: float = 0
    accepted: bool = False


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    route: str
    payload: Json
    status: int
    at: float
    headers: Json = field(default_factory=dict, repr=False)


class Refusal(Exception):
    """An answer of Discord's that is an error: its HTTP status and its own code."""

    def __init__(self, code: int, message: str = "", errors: Json | None = None) -> None:
        super().__init__(message or MESSAGES.get(code, "Invalid"))
        self.code = code
        self.status = STATUS.get(code, 400)
        self.errors = errors


# https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
MESSAGES = {
    0: "401: Unauthorized",
    10003: "Unknown Channel",
    10004: "Unknown Guild",
    10007: "Unknown Member",
    10008: "Unknown Message",
    10013: "Unknown User",
    10015: "Unknown Webhook",
    10062: "Unknown interaction",
    30046: "Maximum number of edits to messages older than 1 hour reached. Try again later.",
    40005: "Request entity too large",
    40060: "Interaction has already been acknowledged.",
    50001: "Missing Access",
    50005: "Cannot edit a message authored by another user",
    50006: "Cannot send an empty message",
    50007: "Cannot send messages to this user",
    50008: "Cannot send messages in a non-text channel",
    50013: "Missing Permissions",
    50027: "Invalid Webhook Token",
    50035: "Invalid Form Body",
    50083: "Thread is archived",
    160004: "A thread has already been created for this message",
    160005: "Thread is locked",
    160006: "Maximum number of active threads reached",
    200000: "Message was blocked by automatic moderation",
}
STATUS = {
    0: 401,
    10003: 404,
    10004: 404,
    10007: 404,
    10008: 404,
    10013: 404,
    10015: 404,
    10062: 404,
    40005: 413,
    50001: 403,
    50005: 403,
    50007: 403,
    50013: 403,
    50027: 401,
    30046: 429,
}


def instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


class World:
    """One bot and one server, with everything that is in them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.ids = Snowflakes(clock)
        self.bot = User(self.ids.next(), "nightdesk", bot=True)
        self.guild = self.ids.next()
        self.everyone = Role(self.guild, "@everyone", USUAL)
        self.role = Role(self.ids.next(), "nightdesk", USUAL)
        self.users: dict[str, User] = {self.bot.id: self.bot}
        self.roles: dict[str, Role] = {role.id: role for role in (self.everyone, self.role)}
        self.places: dict[str, Place] = {}
        self.commands: list[Json] = []
        self.invited = True
        self.violations: list[str] = []

    def place(self, identity: str) -> Place:
        """A place the bot may see. Raises Refusal."""
        place = self.places.get(identity)
        if place is None or place.deleted:
            raise Refusal(10003)
        if not self.permissions(place) & VIEW_CHANNEL:
            raise Refusal(50001)
        return place

    def permissions(self, place: Place) -> int:
        """https://discord.com/developers/docs/topics/permissions#permission-overwrites"""
        if place.kind == DM:
            return USUAL
        channel = self.places[place.parent] if place.parent else place
        return (self.everyone.permissions | self.role.permissions) & ~channel.denied

    def needs(self, place: Place, permission: int) -> None:
        if not self.permissions(place) & permission:
            raise Refusal(50013)

    def message(self, place: Place, identity: str) -> Message:
        for message in place.said:
            if message.id == identity and not message.deleted:
                return message
        raise Refusal(10008)

    def shown_place(self, place: Place) -> Json:
        shown: Json = {"id": place.id, "type": place.kind, "flags": 0, "last_message_id": None}
        if place.kind == DM:
            assert place.recipient is not None
            return {**shown, "recipients": [place.recipient.shown()]}
        shown |= {"guild_id": place.guild, "name": place.name}
        if place.kind != THREAD:
            denied = [{"id": self.role.id, "type": 0, "allow": "0", "deny": str(place.denied)}]
            return {
                **shown,
                "position": 0,
                "permission_overwrites": denied if place.denied else [],
                "topic": None,
                "nsfw": False,
                "parent_id": None,
                "rate_limit_per_user": 0,
            }
        return {
            **shown,
            "parent_id": place.parent,
            "owner_id": self.bot.id,
            "rate_limit_per_user": 0,
            "message_count": len(place.messages),
            "member_count": 1,
            "total_message_sent": len(place.said),
            "thread_metadata": {
                "archived": place.archived,
                "locked": place.locked,
                "auto_archive_duration": 4320,
                "archive_timestamp": instant(self.clock()),
                "create_timestamp": instant(self.clock()),
            },
        }

    def shown_message(self, message: Message, cdn: str, nonce: bool = False) -> Json:
        files = {file.filename: file for file in message.files}
        urls = {name: f"{cdn}/attachments/{message.place}/{file.id}/{name}" for name, file in files.items()}
        embeds, embedded = [], set()
        for embed in message.embeds:
            shown = {key: value for key, value in embed.items() if value is not None} | {"type": "rich"}
            for key in ("image", "thumbnail"):
                name = (shown.get(key) or {}).get("url", "").removeprefix("attachment://")
                if name in urls:
                    embedded.add(name)
                    shown[key] = {
                        "url": urls[name],
                        "proxy_url": urls[name],
                        "width": 1,
                        "height": 1,
                        "flags": 0,
                    }
            embeds.append(shown)
        body = {
            "id": message.id,
            "type": 19 if message.reference else 0,
            "channel_id": message.place,
            "author": message.author.shown(),
            "content": message.payload.get("content") or "",
            "embeds": embeds,
            # Discord leaves out of the list what an embed shows.
            "attachments": [
                {
                    "id": file.id,
                    "filename": name,
                    "size": len(file.content),
                    "url": urls[name],
                    "proxy_url": urls[name],
                    "description": file.description,
                    "content_type": "image/png",
                }
                for name, file in files.items()
                if name not in embedded
            ],
            "components": _with_ids(message.payload.get("components") or []),
            "mentions": [],
            "mention_roles": (message.payload.get("allowed_mentions") or {}).get("roles") or [],
            "mention_everyone": False,
            "pinned": False,
            "tts": False,
            "flags": message.flags,
            "timestamp": instant(message.at),
            "edited_timestamp": None if message.edited is None else instant(message.edited),
        }
        if message.reference:
            body["message_reference"] = {
                "type": 0,
                "channel_id": message.place,
                "message_id": message.reference,
            }
        return body | ({"nonce": message.nonce} if nonce and message.nonce else {})


def _with_ids(rows: list[Json]) -> list[Json]:
    """Components as Discord gives them back, numbered."""
    number = itertools.count(1)
    return [
        {
            **row,
            "id": next(number),
            "components": [{"disabled": False, **item, "id": next(number)} for item in row["components"]],
        }
        for row in rows
    ]
