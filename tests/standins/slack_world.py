"""What the Slack stand-in remembers: channels, messages with their edits, calls, and faults to come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]


@dataclass
class Message:
    """One message as it stands now. `history` holds the texts it had before its edits."""

    ts: str
    channel: str
    text: str
    blocks: list[Json]
    metadata: Json | None
    thread_ts: str | None
    at: float  # s, of the stand-in's clock
    history: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    reactions: list[str] = field(default_factory=list)
    deleted: bool = False
    expected: bool = False

    @property
    def edits(self) -> int:
        return len(self.history)

    @property
    def words(self) -> str:
        """Everything a reader sees in it."""
        return "\n".join(_strings(self.blocks)) or self.text

    @property
    def pictures(self) -> list[str]:
        return [block["slack_file"]["id"] for block in self.blocks if block.get("type") == "image"]


@dataclass
class Channel:
    """A channel of the workspace or a conversation with one person, and what was said there in order."""

    id: str
    name: str
    member: bool = True
    archived: bool = False
    person: str | None = None  # whose direct messages it is
    said: list[Message] = field(default_factory=list)

    @property
    def messages(self) -> list[Message]:
        """The messages that stand in the channel itself."""
        return [m for m in self.said if m.thread_ts is None and not m.deleted]

    def thread(self, ts: str) -> list[Message]:
        """The replies in a message's thread."""
        return [m for m in self.said if m.thread_ts == ts and not m.deleted]

    def find(self, containing: str) -> Message | None:
        return next((m for m in self.said if containing in m.words and not m.deleted), None)

    def expect(self, containing: str) -> Message:
        """The first message with these words that no one expected yet, in the channel or a thread."""
        for message in self.said:
            if not message.expected and not message.deleted and containing in message.words:
                message.expected = True
                return message
        raise AssertionError(f"nothing in #{self.name} says {containing!r}; it says {self.transcript()}")

    def transcript(self) -> list[str]:
        return [m.words for m in self.said if not m.deleted]


@dataclass(frozen=True)
class Fault:
    """What happens to one call. `accepted`: Slack does what was asked, only the answer fails."""

    kind: Literal["error", "http", "rate", "reset", "silence", "refuse"]
    value: str = ""
    number: float = 0
    accepted: bool = False


@dataclass(frozen=True)
class Call:
    method: str
    arguments: Json
    answer: Json | None
    at: float


def _strings(value: object) -> Iterator[str]:
    """The words in blocks, in reading order."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in ("text", "alt_text") and isinstance(item, str):
                yield item
            elif not isinstance(item, str):
                yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
