"""Pictures kept for a channel that has no place of its own for a file nobody sees yet."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TypeAlias

Load: TypeAlias = Callable[[str], Awaitable[bytes | None]]
"""The bytes stored under a SHA-256; None where there are none."""

MOST_KEPT = 32


class KeptPictures:
    """Hands out references by which an edit finds a picture's bytes again: their SHA-256.

    Promises: what was kept lately is at hand; what was kept before this process started, or by another one,
    is read from the store of blobs, where the outbox took it from.
    """

    def __init__(self, load: Load | None = None) -> None:
        self._load = load
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def keep(self, content: bytes) -> str:
        """Keep a picture and give its reference."""
        reference = hashlib.sha256(content).hexdigest()
        self._kept[reference] = content
        self._kept.move_to_end(reference)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return reference

    async def get(self, reference: str) -> bytes | None:
        """The picture's bytes; None where nobody has them any more."""
        kept = self._kept.get(reference)
        if kept is None and self._load is not None:
            kept = await self._load(reference)
            if kept is not None:
                self.keep(kept)
        return kept
