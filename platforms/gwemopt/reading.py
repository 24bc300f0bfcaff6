"""The worker's result read back, and judged: gwemopt's plans can be such that nobody should expose them."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, Field, ValidationError

from facilities.plan import Exposure, Plan
from facilities.planning.given import Given
from platforms.gwemopt.request import NO_FILTER
from platforms.refining import Refined, ResultError

LARGEST_RESULT: Final = 20 * 1024 * 1024
TOO_LONG: Final = 1.5
"""Times the exposure asked for: beyond that it is no exposure any more."""


class _Row(BaseModel):
    field: int
    start: float = Field(gt=0, allow_inf_nan=False)
    seconds: float = Field(gt=0, allow_inf_nan=False)
    filter: str = Field(max_length=40)
    airmass: float | None = None


class _Result(BaseModel):
    gwemopt: str = Field(default="", max_length=40)
    schedule: str = Field(default="", max_length=40)
    exposures: list[_Row] = Field(max_length=20_000)
    empty: str | None = Field(default=None, max_length=300)


def read_result(folder: Path, given: Given, instant: Plan) -> Refined:
    """`result.json` of a worker. Raises ResultError where it is not one."""
    path = folder / "result.json"
    try:
        if path.stat().st_size > LARGEST_RESULT:
            raise ResultError(f"gwemopt's result is larger than {LARGEST_RESULT // 1024 // 1024} MB")
        read = _Result.model_validate_json(path.read_bytes())
    except OSError:
        raise ResultError("gwemopt's worker ended without a result") from None
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in problem["loc"]) or "result"
        raise ResultError(f"gwemopt's result cannot be read: {where}: {problem['msg']}") from None
    refused = _refused(read.exposures, given, instant)
    rows = [] if refused else _within(read.exposures, given)
    exposures = tuple(_exposure(row, given) for row in rows)
    own = {"gwemopt": read.gwemopt, "schedule": read.schedule}
    return Refined(exposures, own, read.empty, refused)


def _within(rows: list[_Row], given: Given) -> list[_Row]:
    """The rows of no more fields than were asked for: those that hold most. The worker may give more."""
    most, fields = given.terms.asked.max_tiles, {row.field for row in rows}
    if most is None or len(fields) <= most:
        return rows
    best = sorted(fields, key=lambda number: -given.fields[number - 1].weight)[:most]
    return [row for row in rows if row.field in set(best)]


def _exposure(row: _Row, given: Given) -> Exposure:
    terms = given.terms
    each = given.fields[row.field - 1]
    name = None if row.filter == NO_FILTER else row.filter
    airmass = row.airmass if row.airmass is not None and 1.0 <= row.airmass < 40.0 else None
    return Exposure(
        field=each.name,
        ra=each.ra,
        dec=each.dec,
        start=datetime.fromtimestamp(round(row.start), UTC),
        seconds=terms.seconds[terms.filters.index(name)],
        filter=name,
        probability=0.0,
        airmass=airmass,
    )


def _refused(rows: list[_Row], given: Given, instant: Plan) -> str | None:
    """Why these exposures are no plan; None for a plan."""
    terms, names = given.terms, {name or NO_FILTER for name in given.terms.filters}
    start, end = (each.timestamp() for each in given.window)
    for row in rows:
        if not 1 <= row.field <= len(given.fields):
            return f"it exposes a field {row.field} that was not among the {len(given.fields)} given"
        if row.filter not in names:
            return f"it exposes in a filter {row.filter!r} that nobody asked for"
        if not start - 1.0 <= row.start <= end:
            return "it exposes outside the night"
    longest = max((row.seconds for row in rows), default=0.0)
    if longest > TOO_LONG * max(terms.seconds):
        return f"it exposes one field for {_long(longest)} on end, where {max(terms.seconds):g} s were asked"
    if rows and len({row.field for row in rows}) == 1 and instant.fields > 1 and terms.asked.max_tiles != 1:
        return f"it exposes one field only, of {len(given.fields)} that were given"
    return None


def _long(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{math.ceil(seconds)} s"
