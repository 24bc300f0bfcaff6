"""IANA time zones by name, by country and by a chat's profile; the nearest offered where a name is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import pytz
from babel.core import get_global
from pydantic import AfterValidator

from shifts.errors import RosterError, did_you_mean

NOT_PLACES = ("posix/", "right/")


@lru_cache(maxsize=1)
def known_zones() -> frozenset[str]:
    """Every name of the IANA database that a person may choose."""
    return frozenset(name for name in available_timezones() if not name.startswith(NOT_PLACES))


def check_zone(name: str) -> str:
    """`name` when the IANA database knows it; ValueError with the nearest names otherwise."""
    if name in known_zones():
        return name
    near = nearest_zones(name)
    hint = f"near are {', '.join(near)}" if near else "expected a name like America/Santiago"
    raise ValueError(f"no IANA time zone is called {name!r}; {hint}")


def nearest_zones(name: str) -> list[str]:
    """Up to four zones that may have been meant, by city and by the whole name, in any letter case."""
    zones = sorted(known_zones())
    wanted = "_".join(name.casefold().split())
    by_name = {zone.casefold(): zone for zone in zones}
    by_city = {zone.rsplit("/", 1)[-1].casefold(): zone for zone in zones}
    near = [by_name[wanted]] if wanted in by_name else []
    near += [
        by_city[each] for each in get_close_matches(wanted.rsplit("/", 1)[-1], list(by_city), n=2, cutoff=0.7)
    ]
    near += [by_name[each] for each in get_close_matches(wanted, list(by_name), n=2, cutoff=0.7)]
    return list(dict.fromkeys(near))[:4]


@lru_cache(maxsize=1024)
def zone_info(name: str) -> ZoneInfo:
    """The rules of a zone whose name was checked."""
    return ZoneInfo(name)


ZoneName = Annotated[str, AfterValidator(check_zone)]


@dataclass(frozen=True)
class ZoneChoice:
    """A zone that may be somebody's. `local` is what a clock shows there now: shown back to be confirmed."""

    zone: str
    local: datetime

    @property
    def text(self) -> str:
        """`Asia/Tokyo, where it is Sat 21 Nov 22:15 (UTC+09:00)`."""
        return f"{self.zone}, where it is {self.local:%a %d %b %H:%M} (UTC{self.local.isoformat()[-6:]})"


def zone_choices(zones: Iterable[str], instant: datetime) -> tuple[ZoneChoice, ...]:
    """Zones with the time it is there, from west to east."""
    local = [ZoneChoice(zone, instant.astimezone(zone_info(zone))) for zone in dict.fromkeys(zones)]
    return tuple(sorted(local, key=lambda each: (each.local.utcoffset(), each.zone)))


def zones_of_country(country: str) -> tuple[str, ...]:
    """The zones of a country, by its code of ISO 3166 or its English name. Raises `RosterError`."""
    by_name = {name.casefold(): code for code, name in pytz.country_names.items()}
    wanted = " ".join(country.split())
    code = wanted.upper() if wanted.upper() in pytz.country_names else by_name.get(wanted.casefold())
    if code is None:
        raise RosterError(
            f"no country is called {country!r}; {did_you_mean(wanted, pytz.country_names.values())}"
        )
    found = tuple(zone for zone in pytz.country_timezones.get(code, ()) if zone in known_zones())
    if not found:
        raise RosterError(f"nobody lives by a clock of its own in {pytz.country_names[code]}: name the zone")
    return found


def zones_of_profile(
    *, tz: str | None = None, tz_offset: int | None = None, locale: str | None = None, instant: datetime
) -> tuple[str, ...]:
    """What a chat's profile suggests, likeliest first; nothing where it suggests nothing.

    Slack gives `tz` (an IANA name) and `tz_offset` (seconds); Discord only a `locale`, which says a country
    at best: its zones are offered, to be confirmed like any other.
    """
    if tz is not None and tz in known_zones():
        return (tz,)
    country = _country_of_locale(locale) if locale else None
    found = tuple(zone for zone in pytz.country_timezones.get(country or "", ()) if zone in known_zones())
    if tz_offset is None:
        return found
    everywhere = found or tuple(zone for zone in pytz.common_timezones if zone in known_zones())
    return tuple(zone for zone in everywhere if _offset_seconds(zone, instant) == tz_offset)


def _offset_seconds(zone: str, instant: datetime) -> float:
    offset = instant.astimezone(zone_info(zone)).utcoffset()
    return offset.total_seconds() if offset is not None else 0.0


def _country_of_locale(locale: str) -> str | None:
    """`pt-BR` is Brazil's; `ja` alone most likely Japan's."""
    parts = locale.replace("_", "-").split("-")
    named = next((part.upper() for part in parts[1:] if len(part) == 2), None)
    if named is not None:
        return named
    likely: str = get_global("likely_subtags").get(parts[0].lower(), "")
    return likely.rsplit("_", 1)[-1] if "_" in likely else None
