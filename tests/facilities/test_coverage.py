"""What has been observed, against areas one can write down and against mocpy's own regions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from facilities.coverage import Observed, coverage, probability_in
from facilities.facility import FieldOfView
from skymaps import healpix
from skymaps.shapes import Cone
from skymaps.skymap import SkyMap

SQUARE = FieldOfView(shape="rectangle", width=2.0, height=2.0)
ROUND = FieldOfView(shape="circle", width=3.0, height=3.0)


def _map(ra: float = 150.0, dec: float = 2.0, radius: float = 4.0) -> SkyMap:
    return Cone(ra=ra, dec=dec, radius=radius, containment=0.9).to_skymap()


def test_fields_that_overlap_count_once_as_mocpy_counts_them() -> None:
    from astropy import units as u
    from astropy.coordinates import Latitude, Longitude
    from astropy.table import Table
    from mocpy import MOC

    skymap = _map()
    places = [(149.0, 2.0), (150.5, 2.5), (151.0, 1.0), (149.0, 2.0)]
    found = coverage(skymap, [Observed("ROUND", ROUND, tuple(places))])
    union = MOC.new_empty(12)
    for ra, dec in places:
        union |= MOC.from_cone(Longitude(ra * u.deg), Latitude(dec * u.deg), radius=1.5 * u.deg, max_depth=12)
    assert found.together.area == pytest.approx(union.sky_fraction * 41252.96, rel=0.02)
    table = Table([skymap.uniq, skymap.density], names=("UNIQ", "PROBDENSITY"))
    independent = union.probability_in_multiordermap(table)
    assert found.together.probability == pytest.approx(float(independent), rel=0.02)


def test_two_telescopes_together_cover_less_than_their_sum_and_no_less_than_the_better() -> None:
    found = coverage(
        _map(), [Observed("A", ROUND, ((150.0, 2.0),)), Observed("B", SQUARE, ((151.0, 2.0), (152.6, 2.0)))]
    )
    a, b = found.by_name["A"], found.by_name["B"]
    assert max(a.probability, b.probability) < found.together.probability < a.probability + b.probability
    assert a.area + b.area > found.together.area > max(a.area, b.area)
    assert b.area == pytest.approx(2 * 4.0 - 0.4 * 2.0, rel=0.02)


def test_a_map_smaller_than_a_pixel_lies_in_the_field_or_does_not() -> None:
    dot = _map(radius=5 / 3600)
    assert coverage(dot, [Observed("A", ROUND, ((150.0, 2.0),))]).together.probability == pytest.approx(1.0)
    assert coverage(dot, [Observed("A", ROUND, ((155.0, 2.0),))]).together.probability == 0.0


def test_at_a_pole_and_across_the_zero_meridian_a_field_keeps_its_area() -> None:
    for ra, dec in ((0.0, 89.9), (359.9, 0.0), (0.1, -45.0)):
        found = coverage(_map(ra, dec), [Observed("A", ROUND, ((ra, dec),))])
        assert found.together.area == pytest.approx(math.pi * 1.5**2, rel=0.02)


def test_nothing_observed_covers_nothing() -> None:
    found = coverage(_map(), [Observed("A", ROUND, ())])
    assert (found.together.probability, found.together.area) == (0.0, 0.0)


def test_all_pixels_of_the_sky_hold_all_of_the_probability() -> None:
    for skymap in (_map(radius=20.0), _map(radius=0.05)):
        assert probability_in(skymap, 6, np.arange(12 * 4**6)).sum() == pytest.approx(1.0, rel=1e-2)
    assert healpix.FULL_SKY_DEG2 > 0
