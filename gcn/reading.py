"""Reading a stored message: the work that a worker process does for the intake."""

from __future__ import annotations

from gcn.notice import Notice, NoticeError
from gcn.registry import parse_notice


def read_message(content: bytes, topic: str) -> Notice | str:
    """The notice in a message, or in words why there is none."""
    try:
        return parse_notice(content, topic=topic)
    except NoticeError as error:
        return str(error)
