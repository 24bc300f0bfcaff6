"""Sources at a SkyPortal: where they are, what they are taken for, their light, what belongs to an event."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from events.lightcurve import Measurement, from_mjd
from platforms.skyportal.client import SkyPortal, part
from platforms.skyportal.reading import Incoming, Utc, known, parsed, rows
from platforms.skyportal.refusals import SkyPortalError

MOST = 200
_UNSEEN = "have it shared with a group of the account, or give a token of yours that may read it"


class Status(StrEnum):
    """What people said of a source in an event's region."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    AMBIGUOUS = "ambiguous"
    REJECTED = "rejected"


class _Classification(Incoming):
    classification: str
    probability: float | None = None
    ml: bool | None = False
    author_name: str | None = None
    created_at: Utc | None = None


class _Photometry(Incoming):
    mjd: float
    filter: str = ""
    mag: float | None = None
    magerr: float | None = None
    limiting_mag: float | None = None
    instrument_name: str | None = None


class _Annotation(Incoming):
    origin: str = ""
    data: dict[str, Any] = Field(default_factory=dict)


class _Source(Incoming):
    id: str
    ra: float
    dec: float
    redshift: float | None = None
    redshift_error: float | None = None
    luminosity_distance: float | None = None
    tns_name: str | None = None
    alias: tuple[str, ...] | None = None
    created_at: Utc | None = None
    ebv: float | None = None
    classifications: tuple[_Classification, ...] = ()
    annotations: tuple[_Annotation, ...] = ()
    gcn_crossmatch: tuple[Any, ...] | None = None
    varstar: bool | None = False
    is_roid: bool | None = False


class _Marked(Incoming):
    obj_id: str
    status: str | None = None
    explanation: str | None = None
    notes: str | None = None


@dataclass(frozen=True)
class Classification:
    """What somebody (or a machine, `ml`) takes a source for. `probability` 0..1 or None."""

    name: str
    probability: float | None
    by: str
    ml: bool
    at: datetime | None


@dataclass(frozen=True)
class Source:
    """One source. ICRS degrees; `distance` is the luminosity distance in Mpc that SkyPortal gives it."""

    name: str
    ra: float
    dec: float
    redshift: float | None = None
    redshift_error: float | None = None
    distance: float | None = None
    tns_name: str = ""
    classifications: tuple[Classification, ...] = ()
    extinction: float | None = None  # E(B-V), mag
    created: datetime | None = None
    star: bool = False  # a known variable star
    moving: bool = False  # an asteroid

    @property
    def on_sky(self) -> bool:
        """SkyPortal takes right ascensions of 400 and declinations of 100."""
        return 0.0 <= self.ra < 360.0 and -90.0 <= self.dec <= 90.0

    @property
    def newest_classifications(self) -> tuple[Classification, ...]:
        """The newest word on each class, people's before machines', the surest first."""
        newest: dict[str, Classification] = {}
        for each in sorted(self.classifications, key=lambda one: (not one.ml, str(one.at or ""))):
            newest[each.name] = each
        return tuple(sorted(newest.values(), key=lambda one: (one.ml, -(one.probability or 1.0))))


@dataclass(frozen=True)
class Mark:
    """What was said of a source in an event's region, and why."""

    source: str
    status: Status | None
    why: str


async def source(portal: SkyPortal, name: str, *, token: str | None = None) -> Source:
    """One source. Raises SkyPortalError; `missing` where there is none of this name."""
    found = await portal.call(
        "GET", f"/api/sources/{part(name)}", token=token, asked=f"read the source {name[:60]}"
    )
    return _source(portal, found)


async def names_like(portal: SkyPortal, name: str, *, token: str | None = None) -> tuple[str, ...]:
    """Up to five sources whose name holds these letters."""
    found = await portal.call(
        "GET", "/api/sources", query={"sourceID": name[:40], "numPerPage": 5, "pageNumber": 1}, token=token,
        asked="look for the source",
    )  # fmt: skip
    return tuple(str(each["id"]) for each in rows(found, "sources") if "id" in each)[:5]


async def measurements(portal: SkyPortal, name: str, *, token: str | None = None) -> tuple[Measurement, ...]:
    """The photometry of a source, AB magnitudes, in time order.

    What has neither a magnitude nor a limit (negative flux without one) is left out.
    """
    found = await portal.call(
        "GET", f"/api/sources/{part(name)}/photometry", query={"format": "mag", "magsys": "ab"}, token=token,
        asked=f"read the photometry of {name[:60]}", advice=f"{_UNSEEN}: “me token {portal.name}”",
    )  # fmt: skip
    made = []
    for row in rows(found):
        each = parsed(portal, _Photometry, row, "photometry")
        magnitude, limit = known(each.mag), known(each.limiting_mag)
        if known(each.mjd) is None or (magnitude is None and limit is None):
            continue
        made.append(
            Measurement(
                from_mjd(each.mjd),
                each.filter,
                magnitude,
                known(each.magerr),
                limit,
                each.instrument_name or "",
            )
        )
    return tuple(sorted(made, key=lambda each: each.at))


async def events_of(portal: SkyPortal, name: str, *, token: str | None = None) -> tuple[str, ...]:
    """`dateobs` of the events that the source is confirmed for."""
    found = await portal.call(
        "GET", f"/api/associated_gcns/{part(name)}", token=token, asked="read the source's events"
    )
    listed = found.get("gcns") if isinstance(found, Mapping) else None
    return tuple(str(each) for each in listed or () if isinstance(each, str))


async def in_region(
    portal: SkyPortal,
    dateobs: str,
    localization: str,
    *,
    level: float,
    start: datetime,
    end: datetime,
    detections: int = 1,
    token: str | None = None,
) -> tuple[Source, ...]:
    """Sources inside the region of `level` (0..1) with so many detections between two instants."""
    query: dict[str, str | int | float | bool] = {
        "localizationDateobs": dateobs,
        "localizationName": localization,
        "localizationCumprob": level,
        "startDate": _written(start),
        "endDate": _written(end),  # both are needed with a localization
        "numberDetections": detections,
        "includeSourcesInGcn": True,
        "numPerPage": MOST,
        "pageNumber": 1,
    }
    try:
        found = await portal.call(
            "GET", "/api/sources", query=query, token=token, asked="list the sources in the event's region",
            advice=f"look at them at {portal.page(f'gcn_events/{dateobs}')}, and tell whoever runs this desk",
        )  # fmt: skip
    except SkyPortalError as error:
        raise _without_map(portal, localization, error) from None
    return tuple(_source(portal, row) for row in rows(found, "sources"))


async def marks(portal: SkyPortal, dateobs: str, *, token: str | None = None) -> dict[str, Mark]:
    """What was said of the sources in an event's region, by source."""
    found = await portal.call(
        "GET", f"/api/sources_in_gcn/{part(dateobs)}", token=token, asked="read what people said of sources"
    )
    made = [parsed(portal, _Marked, row, "a marked source") for row in rows(found)]
    return {each.obj_id: Mark(each.obj_id, _status(each.status), each.explanation or "") for each in made}


async def mark(
    portal: SkyPortal,
    dateobs: str,
    localization: str,
    name: str,
    status: Status,
    *,
    why: str,
    notes: str,
    level: float,
    start: datetime,
    end: datetime,
    token: str | None = None,
) -> None:
    """Say of a source that it is confirmed, rejected or not clear; what was said before is replaced.

    SkyPortal takes this also for a source far outside the map: whoever asks looks first.
    """
    said = {"status": status.value, "explanation": why, "notes": notes}
    body = {
        "localization_name": localization, "localization_cumprob": level, "source_id": name,
        "start_date": _written(start), "end_date": _written(end), **said,
    }  # fmt: skip
    asked = f"mark {name[:60]} as {status.value}"
    before = await marks(portal, dateobs, token=token)
    there = f"mark it by hand at {portal.page(f'gcn_events/{dateobs}')}"
    if name in before:
        try:
            await portal.call(
                "PATCH", f"/api/sources_in_gcn/{part(dateobs)}/{part(name)}", said, token=token, asked=asked,
                needs="Upload data", advice=there,
            )  # fmt: skip
            return
        except SkyPortalError as error:
            if "not confirmed" not in error.message:  # somebody took the mark away meanwhile
                raise
    try:
        await portal.call(
            "POST", f"/api/sources_in_gcn/{part(dateobs)}", body, token=token, asked=asked,
            needs="Upload data", advice=there,
        )  # fmt: skip
    except SkyPortalError as error:
        if "already confirmed" not in error.message:
            raise _without_map(portal, localization, error) from None


def gone(portal: SkyPortal, name: str, error: SkyPortalError) -> SkyPortalError:
    """In plain words where a source is not there (any more), which each endpoint says in its own way."""
    if not (error.missing and re.search(r"\bobj(?:_id)?\b", error.message, re.IGNORECASE)):
        return error
    return SkyPortalError(
        f"{portal.name} has no source {name[:60]} any more, or shows it to this account no more",
        status=error.status, message=error.message,
        advice=f"“source {name[:60]}” tells what is like it there",
    )  # fmt: skip


def _without_map(portal: SkyPortal, localization: str, error: SkyPortalError) -> SkyPortalError:
    """In plain words where the map is not there, which is 400 with words about parameters."""
    if not (error.missing and "ocalization" in error.message):
        return error
    return SkyPortalError(
        f"{portal.name} does not have the sky map {localization[:60]} of the event any more",
        status=error.status, message=error.message,
        advice="post the event's notice there (“skyportal post”), which brings its map, then ask again",
    )  # fmt: skip


def _source(portal: SkyPortal, value: Any) -> Source:
    each = parsed(portal, _Source, value, "a source")
    return Source(
        name=each.id,
        ra=each.ra,
        dec=each.dec,
        redshift=known(each.redshift),
        redshift_error=known(each.redshift_error),
        distance=known(each.luminosity_distance),
        tns_name=each.tns_name or "",
        classifications=tuple(
            Classification(
                one.classification,
                known(one.probability),
                one.author_name or "",
                bool(one.ml),
                one.created_at,
            )
            for one in each.classifications
        ),
        extinction=known(each.ebv),
        created=each.created_at,
        star=bool(each.varstar),
        moving=bool(each.is_roid),
    )


def _status(text: str | None) -> Status | None:
    return Status(text) if text in {each.value for each in Status} else None


def _written(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}"
