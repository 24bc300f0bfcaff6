"""Times and lengths of time as people write them: `tonight`, `in 2h`, `21:00`, `90 min`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from commands.errors import UnreadableError
from shifts.wall_clock import DAY, start_instant

NIGHTFALL = time(22)
"""`tonight` is the middle of the evening, on the caller's clock; from then till `MORNING` it is now."""
MORNING = time(6)

_UNITS = {
    "s": timedelta(seconds=1),
    "sec": timedelta(seconds=1),
    "second": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "minute": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "hr": timedelta(hours=1),
    "hour": timedelta(hours=1),
    "heure": timedelta(hours=1),
    "d": timedelta(days=1),
    "day": timedelta(days=1),
    "j": timedelta(days=1),
    "jour": timedelta(days=1),
    "w": timedelta(weeks=1),
    "week": timedelta(weeks=1),
    "semaine": timedelta(weeks=1),
}
_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-zA-Z]+)\s*")
_HOURS_MINUTES = re.compile(r"(\d+)h(\d{1,2})")
_CLOCK = re.compile(r"(\d{1,2})[:h](\d{2})(?::(\d{2}))?\s*(z|utc|ut)?", re.IGNORECASE)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS = {"today": 0, "tomorrow": 1, "yesterday": -1, "aujourd'hui": 0, "demain": 1, "hier": -1}
_LONGEST = timedelta(days=366)


def read_duration(text: str) -> timedelta:
    """`2h`, `90 min`, `1h30`, `1 day 6 hours`, or minutes as a bare number. ValueError for anything else."""
    words = text.strip().lower()
    if re.fullmatch(r"\d+", words):
        return _within(timedelta(minutes=int(words[:9])), text)
    if both := _HOURS_MINUTES.fullmatch(words):
        return _within(timedelta(hours=int(both[1][:6]), minutes=int(both[2])), text)
    length, at = timedelta(), 0
    while part := _PART.match(words, at):
        unit = _UNITS.get(part[2]) or _UNITS.get(part[2].rstrip("s"))
        if unit is None:
            raise UnreadableError("“{unit}” is no unit of time; expected s, min, h, d or w", unit=part[2])
        length += float(part[1].replace(",", ".")[:9]) * unit
        at = part.end()
    if at != len(words) or not words:
        raise UnreadableError(
            "“{text}” is no length of time; expected one like 90 min, 2h or 1h30", text=text[:80]
        )
    return _within(length, text)


def read_instant(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """An instant (UTC) as people write it; what names no zone is read on the clock of `zone`.

    `now`, `tonight`, `tomorrow`, `in 2h`, `2h ago`, `21:00` (when the clock shows it next; `21:00Z` is UTC),
    `sat 09:00`, `2026-11-21`, `2026-11-21 21:00`, ISO 8601. Raises ValueError that says what was expected.
    """
    words = " ".join(text.strip().lower().split())
    if words in ("now", "maintenant", ""):
        return now
    if words in ("tonight", "ce soir", "cette nuit"):
        return _tonight(now, zone)
    for before, after, sign in (
        ("in ", "", 1),
        ("dans ", "", 1),
        ("+", "", 1),
        ("", " ago", -1),
        ("il y a ", "", -1),
    ):
        if words.startswith(before) and words.endswith(after) and (before or after):
            inner = words.removeprefix(before).removesuffix(after)
            if inner[:1].isdigit():
                return now + sign * read_duration(inner)
    return _on_the_clock(words, now, zone) or _iso(text.strip(), zone)


def _within(length: timedelta, text: str) -> timedelta:
    if not timedelta() < length <= _LONGEST:
        raise UnreadableError(
            "“{text}” is too long or nothing at all; expected more than 0 and at most a year", text=text[:80]
        )
    return length


def _tonight(now: datetime, zone: ZoneInfo) -> datetime:
    local = now.astimezone(zone)
    if local.time() >= NIGHTFALL or local.time() < MORNING:
        return now
    return start_instant(datetime.combine(local.date(), NIGHTFALL), zone)


def _on_the_clock(words: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """`21:00`, `tomorrow`, `tomorrow 09:00`, `sat 09:00`; None for what begins otherwise."""
    day, _, clock = words.partition(" ")
    if (found := _CLOCK.fullmatch(words)) is not None:
        here = ZoneInfo("UTC") if found[4] else zone
        at = _combined(now.astimezone(here), 0, found, here)
        return at if at >= now else _combined(now.astimezone(here), 1, found, here)
    days = _DAYS.get(day)
    if days is None and day[:3] in _WEEKDAYS and day.isalpha():
        days = (_WEEKDAYS.index(day[:3]) - now.astimezone(zone).weekday()) % 7
    if days is None:
        return None
    if not clock:
        return start_instant((now.astimezone(zone) + days * DAY).replace(tzinfo=None), zone) if days else now
    found = _CLOCK.fullmatch(clock)
    if found is None:
        raise UnreadableError("“{text}” is no time of day; expected one like 21:00", text=clock[:80])
    here = ZoneInfo("UTC") if found[4] else zone
    return _combined(now.astimezone(here), days, found, here)


def _combined(local: datetime, days: int, clock: re.Match[str], zone: ZoneInfo) -> datetime:
    try:
        at = time(int(clock[1]), int(clock[2]), int(clock[3] or 0))
    except ValueError:
        raise UnreadableError("“{text}” is no time of day; expected 00:00 to 23:59", text=clock[0]) from None
    return start_instant(datetime.combine(local.date() + days * DAY, at), zone)


def _iso(text: str, zone: ZoneInfo) -> datetime:
    try:
        read = datetime.fromisoformat(re.sub(r"\s*(?:utc|ut|z)$", "+00:00", text, flags=re.IGNORECASE))
    except ValueError:
        raise UnreadableError(
            "“{text}” is no time; expected one like 21:00, tonight, in 2h, tomorrow 09:00 or "
            "2026-11-21 21:00",
            text=text[:80],
        ) from None
    return read.astimezone(UTC) if read.tzinfo else start_instant(read, zone)
