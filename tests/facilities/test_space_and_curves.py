"""Observatories in space, and the curves that plots are drawn from."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import AltAz, SkyCoord, get_body
from astropy.time import Time

from facilities.cells import cells_of
from facilities.constraints import EARTH_RADIUS, orbit_fraction
from facilities.curves import observability_curve
from facilities.observability import Closure, observability
from facilities.registry import load_registry
from skymaps import healpix
from tests.facilities.maps import banana, cone, even_sky
from tests.facilities.peers import location_of

REGISTRY = load_registry()
AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def test_an_even_sky_loses_the_cap_around_the_sun_and_the_moon() -> None:
    """Solid angles: caps of (1 - cos limit) / 2 around the sun and, apart from it, the moon."""
    chandra = REGISTRY.get("Chandra")
    (row,) = observability(even_sky(6), [chandra], AT)
    sun_cap = (1.0 - math.cos(math.radians(46.4))) / 2.0
    moon_cap = (1.0 - math.cos(math.radians(6.0))) / 2.0
    assert row.probability_now == pytest.approx(1.0 - sun_cap - moon_cap, abs=0.002)
    (webb,) = observability(even_sky(6), [REGISTRY.get("JWST")], AT)
    belt = (math.cos(math.radians(85.0)) - math.cos(math.radians(135.0))) / 2.0
    assert webb.probability_now == pytest.approx(belt, abs=0.002)


@pytest.mark.parametrize("name", ["Swift-XRT", "HST", "JWST", "XMM", "Chandra"])
def test_sun_and_moon_limits_are_those_of_astropy(name: str) -> None:
    facility = REGISTRY.get(name)
    skymap = cone(150.0, 15.0, 12.0, order=4)
    (row,) = observability(skymap, [facility], AT)
    cells = SkyCoord(skymap.unit_vectors * u.one, representation_type="cartesian")
    cells = SkyCoord(cells.spherical.lon, cells.spherical.lat, frame="gcrs", obstime=Time(AT))
    sun, moon = (get_body(body, Time(AT)) for body in ("sun", "moon"))
    from_sun, from_moon = cells.separation(sun).deg, cells.separation(moon).deg
    counts = (from_sun >= facility.sun_separation_limit) & (from_moon >= facility.moon_separation_limit)
    counts &= from_sun <= (facility.sun_separation_max or 180.0)
    assert row.probability_now == pytest.approx(float(skymap.probability @ counts), abs=0.01)


def test_the_reason_in_space_is_the_sun() -> None:
    sun = get_body("sun", Time(AT))
    beside = cone(float(sun.ra.deg), float(sun.dec.deg), 1.0)
    for name, words in (
        ("Swift-XRT", "closer than 46° to the sun"),
        ("JWST", "outside 85..135° from the sun"),
    ):
        (row,) = observability(beside, [REGISTRY.get(name)], AT)
        assert (row.probability_tonight, row.reason) == (0.0, words)
        assert row.night_starts is None
        assert row.best_airmass is None


def test_the_orbits_share_is_that_of_satellites_thrown_at_random() -> None:
    """Monte Carlo over place in the orbit and node."""
    rng = np.random.default_rng(4)
    for name in ("Swift-XRT", "HST", "ULTRASAT"):
        facility = REGISTRY.get(name)
        assert facility.orbit_altitude is not None
        assert facility.earth_limb_limit is not None
        inclination = math.radians(facility.orbit_inclination or 0.0)
        place, node = rng.uniform(0.0, 2.0 * np.pi, (2, 200_000))
        x, y = np.cos(place), np.sin(place) * math.cos(inclination)
        up = np.sin(place) * math.sin(inclination)
        satellite = np.stack(
            (x * np.cos(node) - y * np.sin(node), x * np.sin(node) + y * np.cos(node), up), -1
        )
        disc = math.asin(EARTH_RADIUS / (EARTH_RADIUS + facility.orbit_altitude))
        least = disc + math.radians(facility.earth_limb_limit)
        for dec in (-80.0, -30.0, 0.0, 55.0):
            target = healpix.vectors_from_degrees(77.0, dec)
            free = np.arccos(np.clip(-satellite @ target, -1.0, 1.0)) >= least
            share = orbit_fraction(np.array([dec]), facility)[0]
            assert share == pytest.approx(free.mean(), abs=0.01)


def test_hours_in_low_orbit_are_shared_with_the_earth() -> None:
    away = cone(float(get_body("sun", Time(AT)).ra.deg) + 180.0, 20.0, 0.5, order=7)
    rows = {row.name: row for row in observability(away, [REGISTRY.get("HST"), REGISTRY.get("EP-FXT")], AT)}
    assert rows["HST"].probability_tonight == 1.0
    assert 8.0 < rows["HST"].hours < 14.0


@pytest.mark.filterwarnings("ignore:.*dubious year.*")
def test_curves_carry_the_altitudes_of_altaz() -> None:
    facility, skymap = REGISTRY.get("DECam"), cone(80.0, -45.0, 2.0)
    curve = observability_curve(skymap, facility, AT)
    assert len(curve.times) == curve.probability.size == 145
    assert curve.times[0] == AT
    assert curve.times[-1] == AT + timedelta(hours=24)
    assert curve.peak_altitude is not None
    assert curve.sun_altitude is not None
    assert curve.moon_altitude is not None
    place = location_of(facility)
    ra, dec = healpix.degrees_from_vectors(cells_of(skymap).peak)
    for index in (0, 33, 101):
        when = Time(curve.times[index])
        frame = AltAz(obstime=when, location=place)
        peak = SkyCoord(ra * u.deg, dec * u.deg).transform_to(frame).alt.deg
        assert curve.peak_altitude[index] == pytest.approx(peak, abs=0.02)
        for body, altitude in (("sun", curve.sun_altitude), ("moon", curve.moon_altitude)):
            seen = get_body(body, when, place).transform_to(frame)
            assert altitude[index] == pytest.approx(seen.alt.deg, abs=0.02)


def test_a_curve_says_what_the_row_says() -> None:
    skymap = banana(100.0, 10.0)
    for name in ("ZTF", "DECam", "GIT", "HST"):
        facility = REGISTRY.get(name)
        (row,) = observability(skymap, [facility], AT)
        curve = observability_curve(skymap, facility, AT)
        assert curve.probability[0] == pytest.approx(row.probability_now, abs=1e-6)
        assert curve.probability.max() <= row.probability_tonight + 1e-9
        assert (curve.night_starts, curve.night_ends) == (row.night_starts, row.night_ends)
        if curve.sun_altitude is not None:
            assert np.all(curve.probability[curve.sun_altitude >= facility.sun_altitude_limit] == 0.0)
            assert curve.probability.sum() / 6.0 == pytest.approx(row.hours, abs=0.2)


def test_the_curve_of_a_closed_dome_is_flat_until_it_opens() -> None:
    facility, until = REGISTRY.get("ZTF"), AT + timedelta(hours=6)
    curve = observability_curve(banana(100.0, 10.0), facility, AT, closure=Closure("ZTF", until, "weather"))
    before = np.array([when < until for when in curve.times])
    assert np.all(curve.probability[before] == 0.0)
    assert np.any(curve.probability[~before] > 0.0)


@pytest.mark.parametrize(
    "skymap", [banana(20.0, 50.0), cone(5.0, -80.0, 10.0), even_sky(3)], ids=["banana", "cone", "sky"]
)
def test_cells_keep_the_probability_the_peak_and_the_centre(skymap: object) -> None:
    from skymaps.skymap import SkyMap

    assert isinstance(skymap, SkyMap)
    cells = cells_of(skymap)
    assert cells.probability.sum() == pytest.approx(1.0)
    assert cells.probability[: cells.in_90].sum() == pytest.approx(0.9, abs=0.01)
    assert np.allclose(np.linalg.norm(cells.directions, axis=1), 1.0)
    mean = skymap.unit_vectors.T @ skymap.probability
    assert np.allclose(cells.directions.T @ cells.probability, mean, atol=2e-3)
    assert np.array_equal(cells.peak, skymap.unit_vectors[np.argmax(skymap.density)])
