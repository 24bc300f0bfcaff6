"""Altitudes of cells, sun and moon against astropy's AltAz without pressure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import AltAz, SkyCoord, get_body
from astropy.time import Time

from facilities import constraints
from facilities.ephemeris import grid, sky_from
from facilities.facility import Facility
from facilities.registry import load_registry
from skymaps import healpix
from tests.facilities.peers import BEYOND_THE_TABLES, location_of

REGISTRY = load_registry()
pytestmark = pytest.mark.filterwarnings(*BEYOND_THE_TABLES)
SITES = ("DECam", "ZTF", "SkyMapper", "Subaru-HSC", "MASTER-Tunka", "KAO")
EPOCHS = (
    datetime(2017, 8, 17, 12, 41, 4, tzinfo=UTC),
    datetime(2020, 2, 29, 23, 55, tzinfo=UTC),
    datetime(2023, 5, 18, 12, 59, 8, tzinfo=UTC),
    datetime(2026, 12, 31, 18, 0, tzinfo=UTC),
    datetime(2030, 7, 1, 3, 17, tzinfo=UTC),
)


def random_directions(count: int) -> healpix.Floats:
    vectors = np.random.default_rng(17).normal(size=(count, 3))
    poles = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]])
    return np.concatenate((vectors / np.linalg.norm(vectors, axis=1)[:, None], poles))


@pytest.mark.parametrize("at", EPOCHS, ids=lambda at: f"{at:%Y}")
@pytest.mark.parametrize("name", SITES)
def test_altitudes_of_cells_sun_and_moon_are_those_of_altaz(name: str, at: datetime) -> None:
    facility = REGISTRY.get(name)
    sky = sky_from(at, 24.0, 10.0)
    directions = random_directions(200)
    ra, dec = healpix.degrees_from_vectors(directions)
    picked = [0, 40, 144]
    zenith = constraints.zenith_of(sky, facility)
    ours = np.degrees(np.arcsin(np.clip(sky.of_date(directions) @ zenith[picked].T, -1, 1)))
    sun = constraints.sun_altitude(sky, facility)[picked]
    moon = constraints.altitude_of(constraints.moon_from(sky, facility), zenith)[picked]
    for column, instant in enumerate(Time(at) + np.array(picked) * 10 * u.min):
        frame = AltAz(obstime=instant, location=location_of(facility))
        theirs = SkyCoord(ra * u.deg, dec * u.deg).transform_to(frame).alt.deg
        assert np.abs(ours[:, column] - theirs).max() < 0.002
        for body, altitude in (("sun", sun), ("moon", moon)):
            seen = get_body(body, instant, location_of(facility)).transform_to(frame)
            assert altitude[column] == pytest.approx(seen.alt.deg, abs=0.005)


def test_single_precision_directions_keep_altitudes_within_a_fiftieth_of_a_degree() -> None:
    facility = REGISTRY.get("DECam")
    sky = sky_from(EPOCHS[2], 24.0, 10.0)
    directions = sky.of_date(random_directions(500))
    zenith = constraints.zenith_of(sky, facility)
    single = np.degrees(
        np.arcsin(np.clip(constraints.sine_altitude(directions.astype(np.float32), zenith), -1, 1))
    )
    double = np.degrees(np.arcsin(np.clip(zenith @ directions.T, -1, 1)))
    assert np.abs(single - double).max() < 0.02


def test_the_moon_is_lit_as_astroplan_says() -> None:
    astroplan = pytest.importorskip("astroplan", reason="astroplan is a development dependency")
    for at in EPOCHS:
        expected = float(astroplan.moon_illumination(Time(at)))
        assert sky_from(at, 24.0, 10.0).moon_illumination[0] == pytest.approx(expected, abs=1e-3)


def test_the_grid_starts_now_and_ends_a_day_later() -> None:
    at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    for step, count in ((10.0, 145), (7.0, 207), (2.5, 577)):
        instants = grid(at, 24.0, step)
        assert instants.size == count
        assert instants[0] == at.timestamp()
        assert instants[-1] == (at + timedelta(hours=24)).timestamp()
        assert np.diff(instants).max() <= step * 60.0


def test_a_site_has_no_daylight_saving() -> None:
    """The sun sets on the sky, not on the clock: nights either side of the change are 24 h apart."""
    from facilities.visibility import night_of

    facility = REGISTRY.get("OHP-T193")
    before, _ = night_of(facility, datetime(2026, 10, 24, 12, 0, tzinfo=UTC))
    after, _ = night_of(facility, datetime(2026, 10, 25, 12, 0, tzinfo=UTC))
    assert before is not None
    assert after is not None
    assert abs((after - before) - timedelta(hours=24)) < timedelta(minutes=3)


def far_north(**changes: object) -> Facility:
    values = REGISTRY.get("NOT").to_dict() | {
        "latitude": 78.23,
        "longitude": 15.39,
        "elevation": 100.0,
        "timezone": "Arctic/Longyearbyen",
        "mpc_code": None,
    }
    return Facility.from_dict(values | changes)


@pytest.mark.parametrize("name", ["DECam", "ZTF", "Xinglong-2.16m", "SALT"])
def test_night_begins_and_ends_where_altaz_has_the_sun_at_the_limit(name: str) -> None:
    from facilities.visibility import night_of

    facility = REGISTRY.get(name)
    for hour in (2, 9, 15, 21):
        at = datetime(2026, 3, 3, hour, tzinfo=UTC)
        starts, ends = night_of(facility, at)
        assert starts is not None
        assert ends is not None
        assert starts < ends
        assert ends > at
        assert starts - at < timedelta(hours=24)
        for instant in (starts, ends):
            frame = AltAz(obstime=Time(instant), location=location_of(facility))
            sun = get_body("sun", Time(instant), location_of(facility)).transform_to(frame)
            assert sun.alt.deg == pytest.approx(facility.sun_altitude_limit, abs=0.02)


def test_polar_day_has_no_night_and_polar_night_is_all_of_it() -> None:
    from facilities.visibility import night_of

    summer, winter = datetime(2026, 6, 20, tzinfo=UTC), datetime(2026, 12, 20, tzinfo=UTC)
    assert night_of(far_north(), summer) == (None, None)
    starts, ends = night_of(far_north(sun_altitude_limit=-6), winter)
    assert starts == winter
    assert ends == winter + timedelta(hours=24)
