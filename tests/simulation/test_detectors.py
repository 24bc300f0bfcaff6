"""Detectors against lal, which nightdesk itself never imports."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.detectors import NETWORK, SPEED_OF_LIGHT, Detector
from simulation.source import sidereal_time, to_earth_fixed, towards

lal = pytest.importorskip("lal", reason="lalsuite comes with ligo.skymap, which only tests use")

RNG = np.random.default_rng(5)
PLACES = np.column_stack([RNG.uniform(0.0, 2.0 * np.pi, 40), np.arcsin(RNG.uniform(-1.0, 1.0, 40))])
GMST = 1.234


def _directions() -> np.ndarray:
    return np.concatenate([to_earth_fixed(towards(ra, dec), GMST) for ra, dec in PLACES])


@pytest.mark.parametrize("detector", NETWORK, ids=lambda d: d.name)
def test_antenna_patterns_are_those_of_lal(detector: Detector) -> None:
    plus, cross = detector.antenna(_directions())
    response = lal.cached_detector_by_prefix[detector.name].response
    expected = [lal.ComputeDetAMResponse(response, ra, dec, 0.0, GMST) for ra, dec in PLACES]
    # lal keeps the response tensor in single precision.
    np.testing.assert_allclose(np.column_stack([plus, cross]), expected, atol=1e-6)


@pytest.mark.parametrize("detector", NETWORK, ids=lambda d: d.name)
def test_delays_are_those_of_lal(detector: Detector) -> None:
    at = lal.LIGOTimeGPS(1400000000)
    gmst = lal.GreenwichMeanSiderealTime(at)
    location = lal.cached_detector_by_prefix[detector.name].location
    directions = np.concatenate([to_earth_fixed(towards(ra, dec), gmst) for ra, dec in PLACES])
    expected = [lal.TimeDelayFromEarthCenter(location, ra, dec, at) for ra, dec in PLACES]
    np.testing.assert_allclose(detector.delay(directions), expected, atol=1e-9)


@pytest.mark.parametrize("detector", NETWORK, ids=lambda d: d.name)
def test_no_delay_is_longer_than_the_way_from_the_centre_of_the_earth(detector: Detector) -> None:
    assert np.max(np.abs(detector.delay(_directions()))) <= 6_400e3 / SPEED_OF_LIGHT


def test_sidereal_time_is_lals_to_a_second() -> None:
    from datetime import UTC, datetime

    at = datetime(2026, 11, 20, 3, 4, 5, tzinfo=UTC)
    gps = lal.UTCToGPS(at.timetuple())
    expected = lal.GreenwichMeanSiderealTime(lal.LIGOTimeGPS(gps)) % (2.0 * np.pi)
    difference = (sidereal_time(at) - expected + np.pi) % (2.0 * np.pi) - np.pi
    assert abs(difference) < 2.0 * np.pi / 86400.0
