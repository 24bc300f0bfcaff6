"""The pictures of a card that is sent whole and cannot be edited: all of them, or none yet."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from cards.card import Card, Picture
from notifiers.channels.kept_pictures import KeptPictures


async def complete(card: Card, pictures: Mapping[str, str], kept: KeptPictures) -> dict[str, bytes]:
    """The bytes of every picture of the card by its key; nothing while one of them is still to come."""
    wanted = [block.key for block in card.blocks if isinstance(block, Picture)]
    found = {key: await kept.get(pictures[key]) for key in wanted if key in pictures}
    there = {key: content for key, content in found.items() if content is not None}
    return there if len(there) == len(wanted) else {}


def mark_of(pictures: Mapping[str, str]) -> str:
    """Twelve signs for a set of pictures by their references: the same set has the same ones."""
    shown = "|".join(f"{key}={pictures[key]}" for key in sorted(pictures))
    return hashlib.sha256(shown.encode()).hexdigest()[:12]
