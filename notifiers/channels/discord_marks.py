"""The mark in a message's footer by which it is found again: Discord does not give a nonce back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

EPOCH = 1_420_070_400_000  # ms; https://discord.com/developers/docs/reference#snowflakes


def marked(embeds: Sequence[Mapping[str, Any]], nonce: str, part: int = 0) -> list[dict[str, Any]]:
    """The embeds with the mark of a nonce in the last one's footer; `part` counts what did not fit from 1."""
    last = dict(embeds[-1]) if embeds else {"type": "rich"}
    return [*map(dict, embeds[:-1]), {**last, "footer": {"text": _mark(nonce, part)}}]


def carries(message: Mapping[str, Any], nonce: str) -> int | None:
    """Which part of what was said with a nonce a message of the history holds; None for another message."""
    for embed in message.get("embeds", ()):
        words = str((embed.get("footer") or {}).get("text", "")).split()
        if words[:2] == _mark(nonce, 0).split():
            return int(words[2]) - 1 if len(words) == 3 and words[2].isdigit() else 0
    return None


def part_nonce(nonce: str, part: int) -> str:
    """The nonce of a part of a message, which Discord takes up to 25 characters long."""
    return hashlib.sha256(f"{nonce}|{part}".encode()).hexdigest()[:24]


def earliest_id(instant: datetime) -> str:
    """The least id that a message of that instant could have."""
    return str(max(0, int(instant.timestamp() * 1000) - EPOCH) << 22)


def _mark(nonce: str, part: int) -> str:
    digest = hashlib.sha256(nonce.encode()).hexdigest()[:12]
    return f"nightdesk {digest}" + (f" {part + 1}" if part else "")
