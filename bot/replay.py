"""Replaying: stored notices played again, in the order in which they were sent, through the whole desk."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.cli.inputs import InputError, expand, read_file
from gcn.notice import Notice, NoticeError
from gcn.registry import parse_notice

TOPIC = "replay"
_INSTANT = re.compile(rb"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?")


@dataclass(frozen=True)
class Recorded:
    """A notice file: its bytes, what was read in it (None for nothing), and when it was sent."""

    path: Path
    content: bytes
    notice: Notice | None
    sent: datetime | None


def load_recorded(paths: Iterable[Path]) -> list[Recorded]:
    """The notices of files and folders, in the order of sending; undated ones keep their place among names.

    A file that cannot be read as a notice is played all the same: the desk has to say so by itself.
    """
    found = []
    for path in expand(paths):
        content = read_file(path)
        try:
            notice: Notice | None = parse_notice(content)
        except NoticeError:
            notice = None
        sent = None if notice is None else notice.issued or notice.trigger_time
        found.append(Recorded(path, content, notice, sent))
    if not found:
        raise InputError(f"there are no notice files in {', '.join(map(str, paths))}")
    earliest = datetime.min.replace(tzinfo=UTC)
    last = earliest
    dated = []
    for each in found:
        last = each.sent or last
        dated.append((last, each))
    return [each for _, each in sorted(dated, key=lambda pair: pair[0])]


def shifted(recorded: Sequence[Recorded], shift: timedelta) -> list[Recorded]:
    """The same notices with every instant in their text moved by `shift`; names and maps stay as they are."""

    def moved(match: re.Match[bytes]) -> bytes:
        text = match.group().decode()
        try:
            instant = datetime.fromisoformat(text) + shift
        except (ValueError, OverflowError):
            return match.group()
        digits = len(text.partition(".")[2])
        whole = instant.strftime(f"%Y-%m-%d{text[10]}%H:%M:%S")
        return (f"{whole}.{instant.microsecond:06d}"[: len(whole) + 1 + digits] if digits else whole).encode()

    return [
        replace(each, content=_INSTANT.sub(moved, each.content), sent=each.sent and each.sent + shift)
        for each in recorded
    ]


def to_the_present(recorded: Sequence[Recorded], now: datetime, *, in_real_time: bool) -> list[Recorded]:
    """Shift a series to the present: its end is now, or its beginning where it is played in real time."""
    times = [each.sent for each in recorded if each.sent is not None]
    if not times:
        return list(recorded)
    return shifted(recorded, now - (min(times) if in_real_time else max(times)))
