"""Plans beside each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from facilities.facility import Facility, FacilityError, FieldOfView
from facilities.grids import members_of
from facilities.plan import Exposure, Plan
from facilities.planning import instant_plan
from facilities.planning.comparison import compare
from facilities.planning.tessellation import fields_holding, rows_of
from facilities.registry import load_registry
from skymaps import healpix
from tests.facilities.maps import cone, even_sky

REGISTRY = load_registry()
AT = datetime(2023, 5, 18, 13, 38, tzinfo=UTC)


def square(name: str, side: float) -> Facility:
    field = {"shape": "rectangle", "width": side, "height": side}
    return Facility.from_dict(REGISTRY.get("DECam").to_dict() | {"name": name, "field_of_view": field})


def plan_of(facility: Facility, *places: tuple[float, float]) -> Plan:
    shots = tuple(
        Exposure(f"{ra}:{dec}", ra, dec, AT + timedelta(minutes=10 * n), 60.0, "r", 0.0)
        for n, (ra, dec) in enumerate(places)
    )
    return Plan(facility.name, "instant", "tiling", None, AT, (AT, AT + timedelta(hours=9)), shots, 0.0, 0.0)


def test_numbers_of_plans_on_an_even_sky_follow_from_their_areas() -> None:
    one, other = square("one", 4.0), square("other", 4.0)
    first = plan_of(one, (100.0, 0.0), (104.0, 0.0), (108.0, 0.0), (100.0, 0.0))
    second = plan_of(other, (102.0, 0.0))
    made = compare([first, second], even_sky(), {"one": one, "other": other})
    whole = healpix.FULL_SKY_DEG2
    assert made.plans[0].area == pytest.approx(48.0, rel=0.01)
    assert made.plans[0].probability == pytest.approx(48.0 / whole, rel=0.01)
    assert made.plans[0].fields == 3
    assert made.plans[0].exposures == 4
    assert made.plans[0].minutes_to_half == pytest.approx(11.0)
    assert made.plans[0].duration == timedelta(minutes=31)
    assert made.plans[0].seconds == 240.0
    assert made.overlaps[0][1] == pytest.approx(16.0 / whole, rel=0.03)
    assert made.overlaps[0][1] == pytest.approx(made.overlaps[1][0])
    assert made.overlaps[1][1] == made.plans[1].probability
    assert made.together == pytest.approx(48.0 / whole, rel=0.02)


def test_a_small_field_inside_a_large_one_overlaps_wholly() -> None:
    large, small = square("large", 6.0), square("small", 0.1)
    made = compare(
        [plan_of(large, (100.0, 0.0)), plan_of(small, (100.0, 0.0))],
        even_sky(),
        {"large": large, "small": small},
    )
    assert made.overlaps[1][0] == pytest.approx(made.plans[1].probability, rel=0.1)
    assert made.together == pytest.approx(made.plans[0].probability, rel=0.02)


def test_our_own_plans_compare_as_they_say_and_empty_ones_do_too() -> None:
    facility = REGISTRY.get("DECam")
    skymap = cone(200.0, -30.0, 3.0, order=7)
    plan = instant_plan(skymap, facility, AT)
    nothing = plan_of(facility)
    made = compare([plan, nothing], skymap, {"DECam": facility})
    assert made.plans[0].probability == pytest.approx(plan.probability, abs=1e-6)
    assert made.plans[0].area == pytest.approx(plan.area, rel=1e-2)
    assert made.plans[1].start is None
    assert made.overlaps[0][1] == 0.0
    with pytest.raises(FacilityError, match="not a facility known here"):
        compare([plan], skymap, {})


@pytest.mark.parametrize(("width", "height"), [(7.0, 6.8), (1.0, 1.2), (0.3, 0.3), (25.0, 25.0), (3.0, 9.0)])
def test_the_tessellation_leaves_nothing_out(width: float, height: float) -> None:
    """Every pixel of the sky is inside the field that is to hold it."""
    field = FieldOfView(shape="rectangle", width=width, height=height)
    order = 5 if width > 0.5 else 4
    directions = healpix.unit_vectors(order, np.arange(12 << (2 * order), dtype=np.int64))
    fields, _ = fields_holding(field, directions)
    inside = np.zeros(len(directions), dtype=np.bool_)
    for members in members_of(fields, field, directions):
        inside[members] = True
    assert inside.mean() > 0.9995
    fewest = healpix.FULL_SKY_DEG2 / (width * height)
    assert sum(rows_of(width, height).columns) * 2 >= fewest
    assert len(set(fields.names)) == len(fields)
