"""Whether a place on Earth can be what it says: the mistakes that real telescope files contain.

Seen in the wild: latitude and longitude swapped, longitudes 0..360, feet for metres, (0, 0), (1, 1, 1), null.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

HIGHEST_GROUND = 6000.0
"""No ground observatory stands above (Atacama's TAO is at 5640 m)."""

LOWEST_GROUND = -430.0
"""The shore of the Dead Sea."""

FEET = 0.3048

CLOCK_TOLERANCE = 3.5
"""Hours between solar and zone time; the widest in use are 3.2 h in western China and 3.0 h in Alaska."""


def check_timezone(zone: str) -> str:
    """`zone` when the IANA database knows it; ValueError with the nearest names otherwise."""
    if _is_zone(zone):
        return zone
    known = available_timezones()
    by_city = {name.rsplit("/", 1)[-1].casefold(): name for name in sorted(known)}
    wanted = zone.rsplit("/", 1)[-1].casefold()
    near = [by_city[city] for city in get_close_matches(wanted, list(by_city), n=2)]
    near += get_close_matches(zone, sorted(known), n=2)
    hint = (
        f"; near are {', '.join(dict.fromkeys(near))}" if near else "; expected a name like America/Santiago"
    )
    raise ValueError(f"no IANA time zone is called {zone!r}{hint}")


def check_position(
    latitude: float | None, longitude: float | None, elevation: float | None, timezone: str
) -> None:
    """ValueError where a ground position cannot be true; degrees (east positive), metres, IANA zone."""
    if latitude is None or longitude is None or elevation is None:
        missing = [
            key
            for key, value in (("latitude", latitude), ("longitude", longitude), ("elevation", elevation))
            if value is None
        ]
        raise ValueError(f"{' and '.join(missing)} missing: a ground facility needs all three")
    if abs(latitude) > 90:
        swapped = f"; swapped with longitude {longitude}?" if abs(longitude) <= 90 else ""
        raise ValueError(f"latitude {latitude} is outside -90..90{swapped}")
    if 180 < longitude <= 360:
        raise ValueError(
            f"longitude {longitude} is outside -180..180; counted 0..360 it would be {longitude - 360:.6g}"
        )
    if abs(longitude) > 180:
        raise ValueError(f"longitude {longitude} is outside -180..180 (east positive)")
    if (latitude, longitude) in ((0.0, 0.0), (1.0, 1.0)):
        raise ValueError(f"latitude {latitude}, longitude {longitude} is a placeholder, not a place")
    _check_elevation(elevation)
    _check_against_zone(latitude, longitude, timezone)


def _check_elevation(elevation: float) -> None:
    if elevation > HIGHEST_GROUND:
        raise ValueError(
            f"elevation {elevation} m is above every observatory; if these are feet it would be "
            f"{elevation * FEET:.0f} m"
        )
    if elevation < LOWEST_GROUND:
        raise ValueError(f"elevation {elevation} m is below every shore")


def _check_against_zone(latitude: float, longitude: float, timezone: str) -> None:
    city = _zone_positions().get(timezone)
    if city is not None and abs(longitude) <= 90:
        here = _separation((latitude, longitude), city)
        there = _separation((longitude, latitude), city)
        if here > 4.0 and here > 3.0 * there:
            raise ValueError(
                f"latitude {latitude}, longitude {longitude} look swapped: the other way round it lies "
                f"{there:.0f}° from the city of {timezone}, this way {here:.0f}°"
            )
    off = _clock_error(longitude, timezone)
    if off > CLOCK_TOLERANCE:
        raise ValueError(
            f"longitude {longitude} does not fit time zone {timezone}: solar time there is {off:.1f} h off "
            f"(a sign, a swap with latitude {latitude}, or the wrong zone)"
        )


def _is_zone(name: str) -> bool:
    """Asking for one zone reads one file; listing them all walks a tree of six hundred."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _clock_error(longitude: float, timezone: str) -> float:
    """Hours between the zone's standard time and mean solar time at `longitude`."""
    offsets = [
        datetime(2026, month, 1, tzinfo=UTC).astimezone(ZoneInfo(timezone)).utcoffset() for month in (1, 7)
    ]
    standard = min(offset.total_seconds() / 3600 for offset in offsets if offset is not None)
    return abs((standard - longitude / 15 + 12) % 24 - 12)


@cache
def _zone_positions() -> dict[str, tuple[float, float]]:
    """Latitude and longitude of each zone's principal city, from the tz database's zone.tab."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {row[2]: _iso6709(row[1]) for row in rows}


def _iso6709(text: str) -> tuple[float, float]:
    """±DDMM[SS]±DDDMM[SS] in degrees."""
    parts = re.findall(r"([+-])(\d{2,3})(\d{2})(\d{2})?(?=[+-]|$)", text)
    values = [
        (-1 if sign == "-" else 1) * (int(deg) + int(minute) / 60 + int(second or 0) / 3600)
        for sign, deg, minute, second in parts
    ]
    return values[0], values[1]


def _separation(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Great-circle angle between two (latitude, longitude), all in degrees (haversine)."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(math.radians, pair)) for pair in (first, second))
    half = math.sin((lat2 - lat1) / 2) ** 2
    half += math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return math.degrees(2 * math.asin(math.sqrt(min(1.0, half))))
