"""A message on its way in: as the broker gave it, as the parser takes it, as the desk shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gcn.tables import MessageSource, MessageState


@dataclass(frozen=True)
class Coordinates:
    """Where in a Kafka topic a message stands."""

    partition: int
    offset: int


@dataclass(frozen=True)
class RawMessage:
    """A message as it came in. `content` is None for a tombstone, `at` where no broker was involved."""

    topic: str
    content: bytes | None = field(repr=False)
    arrived: datetime
    at: Coordinates | None = None
    produced: datetime | None = None


@dataclass(frozen=True)
class StreamGroup:
    """Whose progress through a stream is meant: offsets of one cluster mean nothing on another."""

    cluster: str
    group_id: str


@dataclass(frozen=True)
class StoredCounts:
    """What became of one batch: `new` to parse, `repeated` (stored before), `ignored` (without content)."""

    new: int = 0
    repeated: int = 0
    ignored: int = 0


@dataclass(frozen=True)
class StoredMessage:
    """A message claimed for parsing."""

    id: int
    topic: str
    content: bytes = field(repr=False)
    sha256: str
    source: MessageSource
    arrived: datetime
    produced: datetime | None
    attempts: int


@dataclass(frozen=True)
class FailedMessage:
    """A message that could not be parsed, and why."""

    id: int
    topic: str
    sha256: str
    size: int
    arrived: datetime
    error: str


@dataclass(frozen=True)
class InboxCounts:
    """Messages by state, and since when the oldest unparsed one has been waiting."""

    by_state: Mapping[MessageState, int]
    oldest_new: datetime | None
