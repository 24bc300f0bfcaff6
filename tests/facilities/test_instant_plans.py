"""Instant plans: what they cover, when they expose, and what they refuse."""

from __future__ import annotations

import itertools
import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import AltAz, SkyCoord, get_body
from astropy.time import Time
from hypothesis import given, settings
from hypothesis import strategies as st

from facilities.facility import Facility, FacilityError
from facilities.observability import Closure
from facilities.plan import Plan
from facilities.plan_json import plan_from_dict, plan_to_dict
from facilities.planning import (
    GalaxyTarget,
    Patch,
    PlanSettings,
    PlanSettingsError,
    instant_plan,
    settings_from_words,
)
from facilities.registry import load_registry
from skymaps import healpix
from skymaps.regions import rasterize
from skymaps.skymap import SkyMap
from tests.facilities.maps import banana, cone, even_sky, speck
from tests.facilities.peers import BEYOND_THE_TABLES, location_of

REGISTRY = load_registry()
AT = datetime(2023, 5, 18, 13, 38, tzinfo=UTC)
DECAM = REGISTRY.get("DECam")


def covered_brute_force(skymap: SkyMap, plan: Plan, facility: Facility, order: int) -> tuple[float, float]:
    """Probability and area (deg²) under all exposures: every pixel of the sky, angle by angle."""
    vectors = healpix.unit_vectors(order, np.arange(12 << (2 * order), dtype=np.int64))
    field = facility.field_of_view
    fill = math.sqrt(field.effective_area / field.outline_area)
    half_x, half_y = (math.tan(math.radians(fill * side / 2)) for side in (field.width, field.height))
    inside = np.zeros(len(vectors), dtype=np.bool_)
    for ra0, dec0 in np.radians(sorted({(e.ra, e.dec) for e in plan.exposures})):
        towards = [math.cos(dec0) * math.cos(ra0), math.cos(dec0) * math.sin(ra0), math.sin(dec0)]
        near = np.flatnonzero(vectors @ towards > math.cos(math.atan(math.hypot(half_x, half_y))) - 1e-9)
        ra, dec = np.radians(healpix.degrees_from_vectors(vectors[near]))
        cosine = np.sin(dec0) * np.sin(dec) + np.cos(dec0) * np.cos(dec) * np.cos(ra - ra0)
        x = np.cos(dec) * np.sin(ra - ra0) / cosine
        y = (np.cos(dec0) * np.sin(dec) - np.sin(dec0) * np.cos(dec) * np.cos(ra - ra0)) / cosine
        if field.shape == "circle":
            inside[near] |= np.hypot(x, y) <= half_x
        else:
            inside[near] |= (np.abs(x) <= half_x) & (np.abs(y) <= half_y)
    area = float(healpix.pixel_area(order))
    held = rasterize(skymap, order)[inside].sum() * area
    return float(held), float(inside.sum()) * area * healpix.DEG2_PER_SR


@pytest.mark.parametrize("name", ["ZTF", "GOTO-N"])
def test_the_plan_covers_what_a_raster_of_the_whole_sky_says(name: str) -> None:
    skymap, facility = banana(150.0, -5.0), REGISTRY.get(name)
    plan = instant_plan(skymap, facility, AT)
    assert plan.exposures
    held, area = covered_brute_force(skymap, plan, facility, 8)
    assert plan.probability == pytest.approx(held, abs=0.005)
    assert plan.area == pytest.approx(area, rel=0.02)
    assert sum(each.probability for each in plan.exposures) == pytest.approx(plan.probability)


@pytest.mark.filterwarnings(*BEYOND_THE_TABLES)
@pytest.mark.parametrize("name", ["ZTF", "SALT"])
def test_every_exposure_lies_inside_the_limits_by_astropy(name: str) -> None:
    facility = REGISTRY.get(name)
    plan = instant_plan(banana(180.0, 10.0), facility, AT, settings=PlanSettings(max_tiles=60))
    assert plan.exposures
    place = location_of(facility)
    for shift in (0.0, 1.0):
        times = Time([e.start + timedelta(seconds=shift * e.seconds) for e in plan.exposures])
        frame = AltAz(obstime=times, location=place)
        fields = SkyCoord([e.ra for e in plan.exposures] * u.deg, [e.dec for e in plan.exposures] * u.deg)
        altitude = fields.transform_to(frame).alt.deg
        assert np.all(altitude >= facility.altitude_limit - 0.01)
        assert np.all(get_body("sun", times, place).transform_to(frame).alt.deg < facility.sun_altitude_limit)
        moon = get_body("moon", times, place).transform_to(frame)
        apart = fields.transform_to(frame).separation(moon).deg
        assert np.all(apart >= facility.moon_separation_limit - 0.02)
        if shift == 0.0:
            airmass = [each.airmass for each in plan.exposures]
            assert airmass == pytest.approx(1.0 / np.sin(np.radians(altitude)), rel=2e-3)


def in_order(plan: Plan, facility: Facility, overhead: float, rate: float, change: float) -> None:
    for one, other in itertools.pairwise(plan.exposures):
        pause = (other.start - one.start).total_seconds() - one.seconds
        centres = healpix.vectors_from_degrees([one.ra, other.ra], [one.dec, other.dec])
        slew = math.degrees(float(healpix.separation(centres[0], centres[1]))) / rate
        needed = max(overhead, slew, change if one.filter != other.filter else 0.0)
        assert pause >= needed - 1e-6


@pytest.mark.parametrize("sequence", ["alternating", "blocks"])
def test_overheads_slews_and_filter_changes_are_waited_for(sequence: str) -> None:
    asked = PlanSettings.model_validate(
        {"filters": "g,r", "exposure_time": "60,90", "sequence": sequence, "overhead": 20,
         "slew_rate": 0.5, "filter_change": 45, "max_tiles": 40}
    )  # fmt: skip
    plan = instant_plan(banana(180.0, -20.0), DECAM, AT, settings=asked)
    assert plan.fields <= 40
    assert {each.filter for each in plan.exposures} == {"g", "r"}
    assert {each.seconds for each in plan.exposures if each.filter == "r"} == {90.0}
    in_order(plan, DECAM, 20.0, 0.5, 45.0)
    changes = sum(a.filter != b.filter for a, b in itertools.pairwise(plan.exposures))
    by_field = {name: {e.filter for e in plan.exposures if e.field == name} for name in
                {e.field for e in plan.exposures}}  # fmt: skip
    if sequence == "alternating":
        assert changes == plan.fields
        assert all(filters == {"g", "r"} for filters in by_field.values())
    else:
        assert changes < plan.fields / 2
        assert sum(len(filters) == 2 for filters in by_field.values()) >= 0.9 * plan.fields


def test_a_region_that_fits_takes_one_centred_pointing() -> None:
    plan = instant_plan(cone(200.0, -30.0, 0.3, order=9), DECAM, AT)
    assert plan.strategy == "single"
    assert plan.fields == 1
    assert plan.probability > 0.9
    first = plan.exposures[0]
    away = healpix.separation(
        healpix.vectors_from_degrees([first.ra], [first.dec]), healpix.vectors_from_degrees(200.0, -30.0)
    )
    assert math.degrees(float(away[0])) < 0.1
    tiles = instant_plan(
        cone(200.0, -30.0, 0.3, order=9), DECAM, AT, settings=PlanSettings(strategy="tiling")
    )
    assert tiles.strategy == "tiling"


def test_what_others_have_covered_gains_nothing() -> None:
    skymap = cone(200.0, -30.0, 3.0, order=8)
    alone = instant_plan(skymap, DECAM, AT)
    best = max(alone.exposures, key=lambda each: each.probability)
    patch = Patch.of_field(best.ra, best.dec, DECAM.field_of_view)
    after = instant_plan(skymap, DECAM, AT, taken=[patch])
    assert best.field not in {each.field for each in after.exposures if each.probability > 0.005}
    assert after.probability < alone.probability
    everything = Patch(((190.0, -42.0), (210.0, -42.0), (215.0, -18.0), (185.0, -18.0)))
    assert instant_plan(skymap, DECAM, AT, taken=[everything]).probability < 0.01


def test_a_small_field_goes_from_galaxy_to_galaxy() -> None:
    generator = np.random.default_rng(1)
    galaxies = [
        GalaxyTarget(f"G{n}", float(ra), float(dec), float(w))
        for n, (ra, dec, w) in enumerate(
            zip(generator.normal(200, 4, 80), generator.normal(30, 4, 80), generator.random(80), strict=True)
        )
    ]
    kped = REGISTRY.get("KPED")
    plan = instant_plan(cone(200.0, 30.0, 6.0), kped, AT, galaxies=galaxies)
    assert plan.strategy == "galaxies"
    weights = {each.name: each.weight for each in galaxies}
    named = [weights[each.field] for each in plan.exposures]
    assert sum(named) > 0.9 * sum(sorted(weights.values(), reverse=True)[: len(named)])
    assert any("galaxies with" in note for note in plan.notes)


def test_what_sets_early_is_not_lost_to_what_is_up_all_night() -> None:
    """Two patches of equal worth: one sets an hour into the night, the other is up all night."""
    setting, lasting = cone(105.0, -30.0, 2.0, order=7), cone(200.0, -30.0, 2.0, order=7)
    both = SkyMap.from_cells(
        np.concatenate((setting.uniq, lasting.uniq)), np.concatenate((setting.density, lasting.density))
    )
    plan = instant_plan(both, DECAM, AT)
    west = [each for each in plan.exposures if each.ra < 150.0]
    east = [each for each in plan.exposures if each.ra > 150.0]
    assert sum(each.probability for each in west) > 0.43
    assert sum(each.probability for each in east) > 0.43
    assert np.median([e.start.timestamp() for e in west]) < east[-1].start.timestamp()
    crossings = sum((a.ra < 150.0) != (b.ra < 150.0) for a, b in itertools.pairwise(plan.exposures))
    assert crossings <= 5


def test_a_daytime_alert_is_planned_for_the_coming_night_and_a_late_one_for_the_next() -> None:
    skymap = cone(200.0, -30.0, 3.0, order=8)
    coming = instant_plan(skymap, DECAM, AT)
    assert coming.window[0].date() == AT.date()
    dawn = coming.window[1]
    late = instant_plan(skymap, DECAM, dawn - timedelta(minutes=30))
    assert late.exposures
    assert late.window[0] > dawn
    assert "for the next" in late.notes[0]


def test_an_empty_plan_says_why() -> None:
    north = instant_plan(cone(100.0, 85.0, 1.0, order=7), DECAM, AT)
    assert not north.exposures
    assert north.notes[0] == "Nothing to expose: declination outside its limits (-90..40°)."
    shut = instant_plan(speck(200.0, -30.0), DECAM, AT, closure=Closure("DECam", None, "snow"))
    assert shut.notes[0] == "Nothing to expose: closed: snow."


def test_the_goal_and_the_most_fields_stop_a_plan() -> None:
    skymap = cone(200.0, -30.0, 4.0, order=7)
    half = instant_plan(skymap, DECAM, AT, settings=PlanSettings(probability=0.3))
    assert 0.298 <= half.probability < 0.34
    few = instant_plan(skymap, DECAM, AT, settings=PlanSettings(max_tiles=7))
    assert few.fields == 7
    assert all(each.probability >= 0.009 for each in instant_plan(
        skymap, DECAM, AT, settings=PlanSettings(minimum=0.01)).exposures)  # fmt: skip


def test_a_night_is_not_filled_with_next_to_nothing_unless_that_is_asked_for() -> None:
    skymap, goal = cone(200.0, -30.0, 4.0, order=7), {"probability": 1.0}
    plan = instant_plan(skymap, DECAM, AT, settings=PlanSettings(**goal))
    full = instant_plan(skymap, DECAM, AT, settings=PlanSettings(**goal, minimum=0.0))
    best = max(each.probability for each in full.exposures)
    assert min(each.probability for each in plan.exposures) >= 0.009 * best
    assert min(each.probability for each in full.exposures) < 0.009 * best
    assert plan.fields < full.fields
    assert plan.probability > 0.99 * full.probability


def test_a_surveys_own_grid_is_taken(tmp_path: Path) -> None:
    rows = "".join(f"{n} {190 + 2 * (n % 10)} {-36 + 2 * (n // 10)}\n" for n in range(60))
    (tmp_path / "fields.tess").write_text(rows)
    (tmp_path / "mine.yaml").write_text("- {name: DECam, survey_grid: fields.tess}\n")
    own = load_registry([tmp_path / "mine.yaml"]).get("DECam")
    plan = instant_plan(cone(200.0, -30.0, 3.0, order=8), own, AT)
    assert {each.field for each in plan.exposures} <= {str(n) for n in range(60)}
    assert plan.probability > 0.6


def test_a_plan_survives_json() -> None:
    for plan in (
        instant_plan(cone(200.0, -30.0, 3.0, order=8), DECAM, AT),
        instant_plan(cone(100.0, 85.0, 1.0, order=7), DECAM, AT),
    ):
        assert plan_from_dict(json.loads(json.dumps(plan_to_dict(plan), allow_nan=False))) == plan
    with pytest.raises(FacilityError, match=r"exposures\.0\.ra"):
        broken = plan_to_dict(instant_plan(cone(200.0, -30.0, 3.0, order=8), DECAM, AT))
        broken["exposures"][0]["ra"] = "east"
        plan_from_dict(broken)


@pytest.mark.parametrize(
    ("words", "key", "sentence"),
    [
        ({"exposure": "30"}, "exposure", "did you mean exposure_time"),
        ({"exposure_time": "-5"}, "exposure_time", "seconds above 0"),
        ({"exposure_time": "long"}, "exposure_time", "is “long”; expected seconds above 0"),
        ({"exposure_time": "30,60"}, "exposure_time", "2 values for 1 filters"),
        ({"filters": "g,Halpha"}, "filters", "has no filter “Halpha”; it has"),
        (
            {"probability": "90"},
            "probability",
            "is “90”; expected a number above 0 and up to 1, or percent as 80%",
        ),
        ({"max_tiles": "0"}, "max_tiles", "expected a whole number from 1 to 3000"),
        ({"start": "tonight"}, "start", "expected an instant"),
        ({"start": "2023-05-19T02:00", "end": "2023-05-19T01:00"}, "end", "is not after start"),
    ],
)
def test_a_setting_that_cannot_be_is_named(words: dict[str, str], key: str, sentence: str) -> None:
    with pytest.raises(PlanSettingsError) as caught:
        settings_from_words(words, DECAM)
    assert caught.value.key == key
    assert sentence in str(caught.value)


def test_typed_settings_are_read() -> None:
    read = settings_from_words({"probability": "80%", "filters": "g, r", "exposure_time": "30"}, DECAM)
    assert read == PlanSettings(probability=0.8, filters=("g", "r"), exposure_time=(30.0,))


@settings(max_examples=8, deadline=None)
@given(
    facility=st.sampled_from(list(REGISTRY)),
    ra=st.floats(0, 359.9),
    dec=st.floats(-90, 90),
    sigma=st.sampled_from([0.0, 0.5, 3.0, 12.0, 99.0]),
    hours=st.floats(0, 24 * 365),
    sequence=st.sampled_from(["alternating", "blocks"]),
    filters=st.integers(0, 2),
)
def test_any_facility_on_any_map(
    facility: Facility, ra: float, dec: float, sigma: float, hours: float, sequence: str, filters: int
) -> None:
    """Never raises, never by day, in order, sums agree."""
    skymap = speck(ra, dec) if sigma == 0 else even_sky(4) if sigma == 99 else cone(ra, dec, sigma, order=6)
    at = AT + timedelta(hours=hours)
    asked = PlanSettings.model_validate(
        {"sequence": sequence, "filters": facility.filters[:filters], "max_tiles": 60}
    )
    plan = instant_plan(skymap, facility, at, settings=asked)
    assert 0.0 <= plan.probability <= 1.0
    assert sum(each.probability for each in plan.exposures) == pytest.approx(plan.probability, abs=1e-9)
    assert plan.fields <= 60
    assert plan.exposures or plan.notes
    if plan.exposures:
        made = plan.settings
        in_order(plan, facility, made["overhead"], made["slew_rate"], made["filter_change"])
        assert at <= plan.exposures[0].start
        if not facility.space:
            from facilities import constraints
            from facilities.ephemeris import sky_at

            ends = [e.start.timestamp() + x for e in plan.exposures for x in (0.0, e.seconds)]
            sky = sky_at(np.unique(ends))
            assert np.all(constraints.sun_altitude(sky, facility) < facility.sun_altitude_limit)
