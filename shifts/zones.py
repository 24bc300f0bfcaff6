"""IANA time zones by name, with the nearest offered where a name is wrong."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator

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
