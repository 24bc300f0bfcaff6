"""One simulated message as GCN would deliver it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Message:
    """`content` as it crosses Kafka on `topic`, sent at `at` (aware UTC); `name` makes a good file name."""

    at: datetime
    topic: str
    name: str
    content: bytes


def seconds(instant: datetime, digits: int = 0) -> str:
    """ISO 8601 to the second (or finer), without a zone: the clock of GCN's notices is UTC."""
    if not digits:
        return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[: digits - 6 or None]
