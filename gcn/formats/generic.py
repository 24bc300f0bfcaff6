"""The generic reading."""

from __future__ import annotations

from dataclasses import dataclass

from gcn.notice import Notice, NoticeError
from gcn.raw_message import RawMessage


@dataclass(frozen=True)
class Nothing:
    """A family nobody has written yet: it recognises nothing."""

    name: str

    def recognises(self, message: RawMessage) -> bool:
        return False

    def read(self, message: RawMessage) -> Notice:
        raise NoticeError(f"{self.name}: not read yet")


FAMILY = Nothing("generic")
