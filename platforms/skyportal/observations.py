"""Executed observations at a SkyPortal: what was taken of an event's region, by which telescope, how deep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from pydantic import Field

from platforms.skyportal.client import SkyPortal
from platforms.skyportal.reading import Incoming, Utc, known, parsed, rows

PER_PAGE = 1000
MOST_PAGES = 20


class _Telescope(Incoming):
    name: str = ""
    nickname: str | None = None


class _Instrument(Incoming):
    id: int
    name: str
    telescope: _Telescope = Field(default_factory=_Telescope)


class _Field(Incoming):
    field_id: int | None = None
    ra: float
    dec: float


class _Observation(Incoming):
    id: int
    obstime: Utc
    filt: str | None = None
    exposure_time: float | None = None
    limmag: float | None = None
    field: _Field | None = None
    instrument: _Instrument | None = None


@dataclass(frozen=True)
class Observation:
    """One executed exposure. ICRS degrees; `limit` 5 σ AB; `telescope` as it is called there (P48)."""

    telescope: str
    instrument: str
    instrument_id: int
    field: str
    ra: float
    dec: float
    at: datetime
    seconds: float | None
    filter: str
    limit: float | None


@dataclass(frozen=True)
class Executed:
    """The observations that there are; `complete` False where there are more than were fetched."""

    observations: tuple[Observation, ...]
    complete: bool = True


@dataclass(frozen=True)
class Taken:
    """What one telescope has taken, in short: `limits` is the median 5 σ AB limit in each filter."""

    first: datetime
    last: datetime
    exposures: int
    fields: int
    limits: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """As a job keeps it."""
        return {
            "first": self.first.isoformat(), "last": self.last.isoformat(), "exposures": self.exposures,
            "fields": self.fields, "limits": dict(self.limits),
        }  # fmt: skip

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Taken:
        """What `to_json` wrote."""
        first, last = (datetime.fromisoformat(str(value[key])) for key in ("first", "last"))
        return cls(first, last, int(value["exposures"]), int(value["fields"]), dict(value["limits"]))


def taken(observations: Sequence[Observation]) -> Taken:
    """Observations of one telescope in short. Raises ValueError without any."""
    if not observations:
        raise ValueError("nothing was observed")
    by_filter: dict[str, list[float]] = {}
    for each in observations:
        if each.limit is not None:
            by_filter.setdefault(each.filter, []).append(each.limit)
    limits = {name: median(values) for name, values in sorted(by_filter.items())}
    places = {(each.ra, each.dec) for each in observations}
    times = [each.at for each in observations]
    return Taken(min(times), max(times), len(observations), len(places), limits)


async def executed(
    portal: SkyPortal,
    start: datetime,
    end: datetime,
    *,
    dateobs: str | None = None,
    localization: str | None = None,
    level: float = 0.95,
    token: str | None = None,
) -> Executed:
    """What was observed between two instants, of the region of `level` (0..1) where an event is given.

    Its statistics are not asked for: the probability is counted here, on our own map.
    """
    query: dict[str, str | int | float | bool] = {
        "startDate": f"{start:%Y-%m-%dT%H:%M:%S}",
        "endDate": f"{end:%Y-%m-%dT%H:%M:%S}",
        "observationStatus": "executed",
        "numPerPage": PER_PAGE,
    }
    if dateobs is not None:
        query |= {"localizationDateobs": dateobs, "localizationCumprob": level}
        if localization is not None:
            query["localizationName"] = localization
    found: dict[int, Observation] = {}
    for page in range(1, MOST_PAGES + 1):
        value = await portal.call(
            "GET", "/api/observation", query={**query, "pageNumber": page}, token=token,
            asked="list the executed observations", within=120.0,
        )  # fmt: skip
        listed = rows(value, "observations")
        for row in listed:
            each = parsed(portal, _Observation, row, "an observation")
            if each.field is not None and each.instrument is not None:
                found[each.id] = _observation(each, each.field, each.instrument)
        total = value.get("totalMatches") if isinstance(value, dict) else None
        if len(listed) < PER_PAGE or (isinstance(total, int) and len(found) >= total):
            return Executed(_in_time(found.values()))
    return Executed(_in_time(found.values()), complete=False)


def window(trigger: datetime, now: datetime, *, days: float = 7.0) -> tuple[datetime, datetime]:
    """From the event until now, at most so many days."""
    return trigger, min(now, trigger + timedelta(days=days))


def _in_time(found: Iterable[Observation]) -> tuple[Observation, ...]:
    return tuple(sorted(found, key=lambda each: (each.at, each.telescope, each.field)))


def _observation(each: _Observation, field: _Field, instrument: _Instrument) -> Observation:
    return Observation(
        telescope=instrument.telescope.nickname or instrument.telescope.name,
        instrument=instrument.name,
        instrument_id=instrument.id,
        field=str(field.field_id) if field.field_id is not None else "",
        ra=field.ra % 360.0,
        dec=field.dec,
        at=each.obstime,
        seconds=known(each.exposure_time),
        filter=each.filt or "",
        limit=known(each.limmag),
    )
