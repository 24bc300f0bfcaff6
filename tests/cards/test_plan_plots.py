"""Pictures of plans: any plan of any facility, at a phone's width, the same bytes for the same plan."""

from __future__ import annotations

import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from cards.plan_plot import PlanDrawing, PlansDrawing, draw_comparison, draw_plan
from cards.plots.plan_colours import tiles_of
from cards.plots.plan_night import hour_ticks
from cards.plots.plan_tiles import field_around
from cards.reader import Reader
from events.analysis import MapSource
from facilities.plan import Exposure, Plan
from facilities.registry import load_registry
from skymaps.shapes import Cone
from skymaps.writer import write_skymap

REGISTRY = load_registry()
START = datetime(2023, 5, 18, 23, 0, tzinfo=UTC)
SOURCE = MapSource(content=write_skymap(Cone(0.5, -30.0, 6.0).to_skymap()))
READER = Reader("fr", "Europe/Paris")


def plan_of(facility: str, *places: tuple[float, float]) -> Plan:
    shots = tuple(
        Exposure(f"$f_{n}$", ra, dec, START + timedelta(minutes=20 * n), 60.0, "r", 0.3 / max(1, len(places)))
        for n, (ra, dec) in enumerate(places)
    )
    window = (START, START + timedelta(hours=9))
    return Plan(facility, "instant", "tiling", "S230518h", START, window, shots, 0.3 if shots else 0.0, 12.0)


def size(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


AROUND = [(359.0, -30.0), (1.0, -29.0), (3.0, -31.0), (120.0, 40.0), (10.0, -89.9)]


@pytest.mark.parametrize("name", ["GWAC", "Swift-XRT"])
def test_any_plan_is_drawn_across_the_edge_of_the_sky_and_at_the_pole(name: str) -> None:
    facility = REGISTRY.get(name)
    drawn = draw_plan(PlanDrawing(SOURCE, plan_of(name, *AROUND), facility, "A plan <&> $x_$", READER))
    assert set(drawn) == {"tiles", "night"}
    for png in drawn.values():
        width, height = size(png)
        assert width == 1320
        assert 700 < height < 2000


def test_an_empty_plan_has_a_map_but_no_night() -> None:
    drawn = draw_plan(PlanDrawing(SOURCE, plan_of("DECam"), REGISTRY.get("DECam"), "Nothing", READER))
    assert set(drawn) == {"tiles"}


def test_plans_are_drawn_beside_each_other_the_same_each_time() -> None:
    pairs = tuple((plan_of(n, *AROUND[:k]), REGISTRY.get(n)) for k, n in enumerate(["ZTF", "DECam", "KPED"]))
    work = PlansDrawing(SOURCE, pairs, "Three", READER)
    first = draw_comparison(work)["comparison"]
    assert first == draw_comparison(work)["comparison"]
    assert size(first)[0] == 1320
    with pytest.raises(ValueError, match="at least one plan"):
        draw_comparison(replace(work, plans=()))


def test_fields_are_numbered_in_the_order_of_their_first_exposure() -> None:
    plan = plan_of("DECam", *AROUND, AROUND[0])
    again = replace(plan.exposures[0], start=START + timedelta(hours=4))
    tiles = tiles_of(replace(plan, exposures=(*plan.exposures, again)), REGISTRY.get("DECam"))
    assert [tile.number for tile in tiles] == list(range(1, len(tiles) + 1))
    assert tiles[0].along == 0.0
    assert np.all(np.diff([tile.along for tile in tiles]) > 0)


def test_what_is_enlarged_holds_the_fields_around_the_best() -> None:
    tiles = tiles_of(plan_of("DECam", *AROUND[:4]), REGISTRY.get("DECam"))
    field = field_around(tiles, [0.5, 0.1, 0.1, 0.1], 1.5)
    for tile in tiles[:3]:
        x, y = field.centre.project(*tile.corners)
        assert np.all(np.abs(x) < field.half_width)
        assert np.all(np.abs(y) < field.half_height)


@pytest.mark.parametrize("hours", [0.5, 2.0, 9.0, 14.0, 24.5])
def test_the_axis_has_a_few_whole_hours(hours: float) -> None:
    start = START + timedelta(minutes=17)
    ticks = hour_ticks(start, start + timedelta(hours=hours))
    assert 1 <= len(ticks) <= 8
    assert all(start <= at for at in ticks)
    assert all(at.minute % 15 == 0 for at in ticks)
