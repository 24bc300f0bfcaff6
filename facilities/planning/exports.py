"""A plan as a file that other people's programs read: CSV, ECSV, JSON, GeoJSON, Treasure Map pointings."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterator
from datetime import UTC, timedelta
from enum import StrEnum
from typing import Any

from facilities.facility import Facility, FacilityError
from facilities.plan import Exposure, Plan
from facilities.plan_json import iso, plan_to_dict
from facilities.planning.geojson import field_geometry
from facilities.treasure_map_bands import band_of


class PlanFormat(StrEnum):
    """What a plan can be written as."""

    CSV = "csv"
    ECSV = "ecsv"
    JSON = "json"
    GEOJSON = "geojson"
    TREASUREMAP = "treasuremap"

    @property
    def ending(self) -> str:
        """Of a file's name, with the dot."""
        return ".treasuremap.json" if self is PlanFormat.TREASUREMAP else f".{self.value}"


def export_plan(plan: Plan, facility: Facility, form: PlanFormat) -> bytes:
    """The plan in one format, UTF-8.

    Raises `FacilityError` for Treasure Map pointings of a facility without `treasuremap_id` or a plan without
    an event.
    """
    if form is PlanFormat.CSV:
        return _csv(plan)
    if form is PlanFormat.ECSV:
        return _ecsv(plan)
    if form is PlanFormat.JSON:
        return _json(plan_to_dict(plan))
    if form is PlanFormat.GEOJSON:
        return _json(geojson(plan, facility))
    return _json(treasure_map_pointings(plan, facility))


def geojson(plan: Plan, facility: Facility) -> dict[str, Any]:
    """A FeatureCollection with one feature a field, in the order in which fields are first exposed."""
    features: dict[str, dict[str, Any]] = {}
    for number, each in enumerate(plan.exposures, start=1):
        feature = features.setdefault(each.field, _feature(each, number, facility))
        feature["properties"]["exposures"].append(
            {"start": iso(each.start), "seconds": each.seconds, "filter": each.filter}
        )
    about = {k: v for k, v in plan_to_dict(plan).items() if k not in ("exposures", "settings")}
    return {"type": "FeatureCollection", "properties": about, "features": list(features.values())}


def treasure_map_pointings(plan: Plan, facility: Facility) -> dict[str, Any]:
    """The body of POST /api/v1/pointings that announces the plan: planned pointings, UTC without an offset.

    A filter that the Treasure Map does not know is `other`. Depths are those of the facility's table where
    the exposure is as long as there.
    """
    if facility.treasuremap_id is None:
        raise FacilityError(
            f"{facility.name} has no treasuremap_id; give it its Treasure Map instrument number in your "
            "facilities file"
        )
    if plan.event is None:
        raise FacilityError("the plan names no event; the Treasure Map wants its GraceDB id")
    return {
        "graceid": plan.event,
        "pointings": [_pointing(each, facility) for each in plan.exposures],
    }


def _pointing(each: Exposure, facility: Facility) -> dict[str, Any]:
    depth = next(
        (d.magnitude for d in facility.depth if d.filter == each.filter and d.exposure == each.seconds), None
    )
    known = {} if depth is None else {"depth": depth, "depth_unit": "ab_mag"}
    return {
        "ra": each.ra,
        "dec": each.dec,
        "instrumentid": facility.treasuremap_id,
        "status": "planned",
        "time": each.start.astimezone(UTC).replace(tzinfo=None).isoformat(),
        "band": band_of(each.filter) or "other",
        "pos_angle": 0.0,
        **known,
    }


def _feature(each: Exposure, number: int, facility: Facility) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": each.field,
        "geometry": field_geometry(each.ra, each.dec, facility.field_of_view),
        "properties": {
            "number": number,
            "field": each.field,
            "ra": each.ra,
            "dec": each.dec,
            "probability": each.probability,
            "exposures": [],
        },
    }


def _csv(plan: Plan) -> bytes:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(
        ("number", "field", "ra", "dec", "start", "end", "exposure_time", "filter", "probability",
         "probability_so_far", "airmass")
    )  # fmt: skip
    rows.writerows(_rows(plan))
    return text.getvalue().encode()


def _rows(plan: Plan) -> Iterator[tuple[object, ...]]:
    so_far = itertools.accumulate(each.probability for each in plan.exposures)
    for number, (each, held) in enumerate(zip(plan.exposures, so_far, strict=True), start=1):
        end = each.start + timedelta(seconds=each.seconds)
        airmass = "" if each.airmass is None else f"{each.airmass:.3f}"
        yield (
            number, _plain(each.field), f"{each.ra:.6f}", f"{each.dec:.6f}", iso(each.start), iso(end),
            f"{each.seconds:g}", _plain(each.filter or ""), f"{each.probability:.6g}", f"{held:.6g}", airmass,
        )  # fmt: skip


def _plain(text: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _ecsv(plan: Plan) -> bytes:
    """Columns with units and times, the rest of the plan as metadata, for `astropy.table.QTable.read`."""
    import astropy.units as u
    from astropy.table import Table
    from astropy.time import Time

    shots = plan.exposures
    starts = [each.start.astimezone(UTC).replace(tzinfo=None).isoformat() for each in shots]
    table = Table(
        {
            "field": [each.field for each in shots],
            "ra": [each.ra for each in shots] * u.deg,
            "dec": [each.dec for each in shots] * u.deg,
            "start_time": Time(starts, format="isot", scale="utc") if shots else [],
            "duration": [each.seconds for each in shots] * u.s,
            "filter": [each.filter or "" for each in shots],
            "probability": [each.probability for each in shots],
            "airmass": [float("nan") if each.airmass is None else each.airmass for each in shots],
        },
        meta={key: value for key, value in plan_to_dict(plan).items() if key != "exposures"},
    )
    text = io.StringIO()
    table.write(text, format="ascii.ecsv")
    return text.getvalue().encode()


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1).encode() + b"\n"
