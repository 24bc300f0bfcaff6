"""Every format of a plan is read back by somebody else's rules."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import astropy.units as u
import pytest
from astropy.table import QTable
from hypothesis import given
from hypothesis import strategies as st

from facilities.facility import Facility, FacilityError, FieldOfView
from facilities.plan import Exposure, Plan
from facilities.plan_json import plan_from_dict
from facilities.planning.exports import PlanFormat, export_plan
from facilities.planning.geojson import field_geometry
from facilities.registry import load_registry
from facilities.treasure_map_bands import band_of

START = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
REGISTRY = load_registry()
DECAM = Facility.from_dict(REGISTRY.get("DECam").to_dict() | {"treasuremap_id": 38})


def plan_of(*places: tuple[str, float, float, str]) -> Plan:
    exposures = tuple(
        Exposure(name, ra, dec, START + timedelta(minutes=3 * n), 90.0, band, 0.125, 1.25)
        for n, (name, ra, dec, band) in enumerate(places)
    )
    window = (START, START + timedelta(hours=8))
    return Plan("DECam", "instant", "tiling", "S260901a", START, window, exposures, 0.125 * len(places), 9.0)


PLAN = plan_of(("N1-2", 266.4, -29.0, "r"), ("=A1+B2", 10.0, 5.5, "Y"), ("N1-2", 266.4, -29.0, "g"))
EMPTY = replace(PLAN, exposures=(), probability=0.0, area=0.0, notes=("Nothing to expose.",))


def test_csv_has_a_row_an_exposure_and_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(export_plan(PLAN, DECAM, PlanFormat.CSV).decode())))
    assert [row["field"] for row in rows] == ["N1-2", "'=A1+B2", "N1-2"]
    assert float(rows[0]["ra"]) == 266.4
    assert rows[1]["start"] == "2026-09-01T02:03:00Z"
    assert rows[1]["end"] == "2026-09-01T02:04:30Z"
    assert [float(row["probability_so_far"]) for row in rows] == [0.125, 0.25, 0.375]
    assert len(export_plan(EMPTY, DECAM, PlanFormat.CSV).decode().splitlines()) == 1


def test_ecsv_is_read_by_astropy_with_units_and_times() -> None:
    table = QTable.read(export_plan(PLAN, DECAM, PlanFormat.ECSV).decode(), format="ascii.ecsv")
    assert list(table["field"]) == ["N1-2", "=A1+B2", "N1-2"]
    assert table["ra"][0] == 266.4 * u.deg
    assert table["duration"].unit == u.s
    assert table["start_time"][1].to_datetime(timezone=UTC) == PLAN.exposures[1].start
    assert table.meta["facility"] == "DECam"
    assert table.meta["probability"] == PLAN.probability
    assert len(QTable.read(export_plan(EMPTY, DECAM, PlanFormat.ECSV).decode(), format="ascii.ecsv")) == 0


def test_json_is_the_plan() -> None:
    for plan in (PLAN, EMPTY):
        assert plan_from_dict(json.loads(export_plan(plan, DECAM, PlanFormat.JSON))) == plan


def test_geojson_has_a_feature_a_field_with_all_its_exposures() -> None:
    read = json.loads(export_plan(PLAN, DECAM, PlanFormat.GEOJSON))
    assert read["type"] == "FeatureCollection"
    assert [feature["id"] for feature in read["features"]] == ["N1-2", "=A1+B2"]
    assert [e["filter"] for e in read["features"][0]["properties"]["exposures"]] == ["r", "g"]
    for feature in read["features"]:
        assert set(feature) == {"type", "id", "geometry", "properties"}
        valid(feature["geometry"])


def rings_of(geometry: dict[str, Any]) -> Iterator[Sequence[Sequence[float]]]:
    assert geometry["type"] in ("Polygon", "MultiPolygon")
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for polygon in polygons:
        yield from polygon


def valid(geometry: dict[str, Any]) -> None:
    """RFC 7946: closed rings of four points or more, counterclockwise, on the sphere, no jump of 180°."""
    for ring in rings_of(geometry):
        assert len(ring) >= 4
        assert ring[0] == ring[-1]
        assert all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in ring)
        pairs = list(itertools.pairwise(ring))
        assert sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs) > 0.0


def area_of(geometry: dict[str, Any]) -> float:
    """Deg² on the sphere: ∫ sin(lat) dlon around each ring."""
    total = 0.0
    for ring in rings_of(geometry):
        for (x1, y1), (x2, y2) in itertools.pairwise(ring):
            total -= math.radians(x2 - x1) * math.sin(math.radians((y1 + y2) / 2.0))
    return total * math.degrees(1.0) ** 2


@given(
    ra=st.floats(0, 360),
    dec=st.floats(-90, 90),
    width=st.sampled_from([0.1, 2.0, 8.0]),
    shape=st.sampled_from(["circle", "rectangle"]),
)
def test_a_field_anywhere_has_a_valid_outline_of_its_own_area(
    ra: float, dec: float, width: float, shape: str
) -> None:
    """Across longitude 180 and around the poles too."""
    field = FieldOfView.model_validate({"shape": shape, "width": width, "height": width})
    geometry = field_geometry(ra, dec, field)
    valid(geometry)
    assert area_of(geometry) == pytest.approx(field.outline_area, rel=0.08)


def test_a_field_across_longitude_180_is_cut_in_two() -> None:
    field = FieldOfView(shape="rectangle", width=2.0, height=2.0)
    geometry = field_geometry(180.0, 10.0, field)
    assert geometry["type"] == "MultiPolygon"
    assert len(geometry["coordinates"]) == 2
    assert field_geometry(0.0, 10.0, field)["type"] == "Polygon"


def test_treasure_map_pointings_have_the_form_that_its_server_takes(shared_data: Path) -> None:
    sent = json.loads(export_plan(PLAN, DECAM, PlanFormat.TREASUREMAP))
    folder = shared_data / "recordings" / "treasuremap"
    recorded = json.loads((folder / "02-post-pointings-planned.json").read_text())["request"]["json"]
    assert set(recorded) <= set(sent)
    assert sent["graceid"] == "S260901a"
    assert len(sent["pointings"]) == 3
    for ours in sent["pointings"]:
        assert set(ours) <= {
            "ra", "dec", "instrumentid", "status", "time", "depth", "depth_unit", "band", "pos_angle",
        }  # fmt: skip
        assert ours["status"] == "planned"
        assert ours["instrumentid"] == 38
        assert datetime.fromisoformat(ours["time"]).tzinfo is None
    assert [each["band"] for each in sent["pointings"]] == ["r", "other", "g"]


def test_every_filter_of_the_registry_has_a_band_that_the_treasure_map_knows(shared_data: Path) -> None:
    facts = (shared_data / "recordings" / "treasuremap" / "api-facts.md").read_text()
    row = next(line for line in facts.splitlines() if line.startswith("| band |"))
    known = {item.split()[0] for item in row.split("|")[2].split(",")}
    assert {band_of(name) for facility in REGISTRY for name in facility.filters} <= known


def test_what_the_treasure_map_wants_is_named_where_it_is_missing() -> None:
    with pytest.raises(FacilityError, match="DECam has no treasuremap_id"):
        export_plan(PLAN, REGISTRY.get("DECam"), PlanFormat.TREASUREMAP)
    with pytest.raises(FacilityError, match="names no event"):
        export_plan(replace(PLAN, event=None), DECAM, PlanFormat.TREASUREMAP)
