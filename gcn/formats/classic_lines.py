"""The lines of a classic text notice: `KEY: value`, with dates, angles and errors as GCN writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gcn.formats.schema_fields import EARLIEST, LATEST
from gcn.formats.voevent_document import Direction
from gcn.notice import NoticeError

LINE = re.compile(r"([A-Za-z][A-Za-z0-9_ -]{0,40}?):(?:\s+(.*)|)$")

TIMES = (
    "GRB",
    "TRIGGER",
    "EVENT",
    "DISCOVERY",
    "TRANS",
    "BURST",
    "IMG_START",
    "OUTBURST",
    "SRC",
    "OBS",
    "SLEW",
)
"""What `…_DATE` and `…_TIME` begin with, the event itself before observations of it."""

SOURCES = ("GRB", "SRC", "EVENT", "CNTRPART", "TRANS", "BURST", "POINT", "SLEW")
"""What `…_RA`, `…_DEC` and `…_ERROR` begin with."""

TO_DEGREES = {"deg": 1.0, "arcmin": 1.0 / 60.0, "arcsec": 1.0 / 3600.0}


@dataclass(frozen=True)
class ClassicText:
    """The lines of a notice: the first value of each key, and every comment."""

    values: Mapping[str, str]
    comments: tuple[str, ...]

    def number(self, key: str) -> float | None:
        """The number that a value begins with."""
        match = re.match(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", self.values.get(key, ""))
        return float(match[0]) if match else None


def parse_lines(text: str) -> ClassicText:
    """Keys and values; lines without a key (other epochs of a position) belong to none."""
    values: dict[str, str] = {}
    comments: list[str] = []
    for line in text.splitlines():
        match = LINE.match(line)
        if match is None:
            continue
        key, value = match[1].strip().upper(), (match[2] or "").strip()
        if key in ("COMMENTS", "COMMENT"):
            comments.append(value)
        elif value:
            values.setdefault(key, value)
    return ClassicText(values, tuple(comments))


def issued_at(lines: ClassicText) -> datetime | None:
    """`Fri 13 Jan 25 01:45:10 UT`."""
    stated = lines.values.get("NOTICE_DATE")
    if stated is None:
        return None
    try:
        return datetime.strptime(stated.rsplit(" UT", 1)[0].strip(), "%a %d %b %y %H:%M:%S").replace(
            tzinfo=UTC
        )
    except ValueError:
        raise NoticeError(
            f"classic text NOTICE_DATE: expected 'Fri 13 Jan 25 01:45:10 UT', found {stated[:60]!r}"
        ) from None


def happened_at(lines: ClassicText) -> datetime | None:
    """`20052 TJD; 108 DOY; 23/04/18` and `19732.12 SOD {05:28:52.12} UT`."""
    for what in TIMES:
        date, clock = lines.values.get(f"{what}_DATE"), lines.values.get(f"{what}_TIME")
        if not date or not clock:
            continue
        day = re.search(r"\b(\d{2}|\d{4})/(\d\d)/(\d\d)\b", date)
        seconds = re.match(r"(\d+(?:\.\d+)?)\s+SOD", clock)
        hms = re.search(r"(\d\d):(\d\d):(\d\d(?:\.\d+)?)", clock)
        if day is None or (seconds is None and hms is None):
            raise NoticeError(
                f"classic text {what}_DATE, {what}_TIME: expected '23/04/18' and '19732.12 SOD', "
                f"found {date[:40]!r} and {clock[:40]!r}"
            )
        year = int(day[1]) if len(day[1]) == 4 else 2000 + int(day[1])
        if not EARLIEST.year <= year <= LATEST.year:
            raise NoticeError(f"classic text {what}_DATE: {date[:40]!r} is no date of a notice")
        past = float(seconds[1]) if seconds else 0.0
        if hms is not None:  # AMON rounds the seconds of the day, not these
            past = int(hms[1]) * 3600 + int(hms[2]) * 60 + float(hms[3])
        try:
            return datetime(year, int(day[2]), int(day[3]), tzinfo=UTC) + timedelta(seconds=past)
        except (ValueError, OverflowError) as error:
            raise NoticeError(f"classic text {what}_DATE: {date[:40]!r} is no date ({error})") from None
    return None


def direction(lines: ClassicText, radius: float | None) -> Direction | None:
    for what in SOURCES:
        ra, dec = (_angle(lines, f"{what}_{axis}") for axis in ("RA", "DEC"))
        if ra is not None and dec is not None:
            if not 0.0 <= ra <= 360.0 or not -90.0 <= dec <= 90.0:
                raise NoticeError(f"classic text {what}_RA, {what}_DEC: ({ra:g}, {dec:g}) is no direction")
            return Direction(ra % 360.0, dec, radius)
    return None


def _angle(lines: ClassicText, key: str) -> float | None:
    """`-7.267d {-07d 16' 00"} (J2000)`: the two spellings have to agree, a lost sign is another sky."""
    value = lines.values.get(key)
    degrees = lines.number(key)
    if value is None or degrees is None or "undefined" in value.lower():
        return None
    spelled = re.search(r"\{([+-]?)(\d+)([hd])\s+(\d+)[m']\s+([\d.]+)[s\"]", value)
    if spelled:
        size = int(spelled[2]) + int(spelled[4]) / 60.0 + float(spelled[5].rstrip(".") or 0) / 3600.0
        stated = (-size if spelled[1] == "-" else size) * (15.0 if spelled[3] == "h" else 1.0)
        if abs(stated - degrees) > 0.1:
            raise NoticeError(f"classic text {key}: {degrees:g} degrees is not {spelled[0][1:]}")
    return degrees


def error_circle(lines: ClassicText) -> tuple[float | None, float | None, bool | None]:
    """Radius in degrees, containment and whether systematics are included, as the line itself says."""
    for what in SOURCES:
        for key in (f"{what}_ERROR", f"{what}_ERROR90"):
            value, number = lines.values.get(key), lines.number(key)
            unit = re.search(r"\b(deg|arcmin|arcsec)\b", value or "")
            if value is None or number is None:
                continue
            if unit is None:
                raise NoticeError(f"classic text {key}: expected deg, arcmin or arcsec, found {value[:60]!r}")
            percent = re.search(r"(\d+(?:\.\d+)?)\s*%", value)
            share = float(percent[1]) / 100.0 if percent else None
            only = re.search(r"stat(istical)?[ -]only", value)
            both = re.search(r"stat(istical)?\s*(plus|\+)\s*sys", value)
            return (
                number * TO_DEGREES[unit[1]],
                share if share is not None and 0.0 < share < 1.0 else None,
                False if only else True if both else None,
            )
    return None, None, None
