"""Instants as missions write them, read into aware UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(Z|UTC?|GMT|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)


def parse_instant(text: str) -> datetime:
    """An ISO 8601 date and time as an aware instant in UTC; without an offset it is UTC already.

    Digits beyond the microsecond are dropped, and second 60 is the first of the next minute.

    Raises ValueError in words for anything else (a bare date included: it names no instant).
    """
    match = _ISO.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text[:80]!r} is no ISO 8601 date and time")
    year, month, day, hour, minute = (int(part) for part in match.groups()[:5])
    second = int(match[6] or 0)
    microsecond = int((match[7] or "0")[:6].ljust(6, "0"))
    try:
        instant = datetime(year, month, day, hour, minute, min(second, 59), microsecond, _zone(match[8]))
        if second == 60:
            instant += timedelta(seconds=1)
        elif second > 60:
            raise ValueError("second must be in 0..60")
        return instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text[:80]!r} is no date and time: {error}") from None


def _zone(suffix: str | None) -> timezone:
    if suffix is None or suffix[0] not in "+-":
        return UTC
    digits = suffix[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if suffix[0] == "-" else offset)
