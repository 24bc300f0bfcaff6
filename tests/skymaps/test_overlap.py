"""Overlap and product of two maps against the same on a plain grid."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings

from skymaps.healpix import DEG2_PER_SR
from skymaps.overlap import combine, overlap
from skymaps.regions import density_at, rasterize
from skymaps.shapes import Annulus, Box, Cone, Ellipse, Polygon, Shape
from skymaps.skymap import SkyMap, SkyMapError, SkyMapMeta
from skymaps.statistics import statistics
from tests.skymaps.making import flat, random_map, random_maps

ALL_SKY = Cone(0.0, 0.0, 360.0)
ARCSECOND = Cone(83.63, 22.01, 1.0 / 3600.0)


def on_a_grid(a: SkyMap, b: SkyMap, order: int = 9) -> float:
    one, other = rasterize(a, order), rasterize(b, order)
    return 4.0 * math.pi * float(np.sum(one * other)) * 4.0 * math.pi / one.size


@settings(max_examples=30, deadline=None)
@given(random_maps(), random_maps())
def test_the_overlap_of_any_two_maps_is_exact(a: SkyMap, b: SkyMap) -> None:
    one, other = flat(a, 5), flat(b, 5)
    assert overlap(a, b) == pytest.approx(4.0 * math.pi * (one @ other) * 4.0 * math.pi / one.size, rel=1e-9)
    assert overlap(a, b) == pytest.approx(overlap(b, a), rel=1e-12)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (Cone(80.0, 20.0, 10.0), Cone(85.0, 25.0, 6.0)),
        (Annulus(40.0, 60.0, 50.0, 3.0), Cone(95.0, 20.0, 10.0)),
        (Ellipse(200.0, -70.0, 20.0, 3.0, 40.0), Box(190.0, -68.0, 15.0, 9.0)),
        (ALL_SKY, Cone(10.0, 89.0, 5.0)),
        (Polygon(((0.0, 80.0), (120.0, 75.0), (240.0, 82.0))), Cone(0.0, 90.0, 8.0)),
    ],
)
def test_overlaps_agree_with_a_grid_of_nside_512(a: Shape, b: Shape) -> None:
    one, other = a.to_skymap(), b.to_skymap()
    assert overlap(one, other) == pytest.approx(on_a_grid(one, other), rel=1e-2)


def test_an_arcsecond_on_the_whole_sky_neither_favours_nor_excludes() -> None:
    assert overlap(ALL_SKY.to_skymap(), ARCSECOND.to_skymap()) == pytest.approx(1.0, rel=1e-6)


def test_an_arcsecond_picks_the_density_where_it_is() -> None:
    """RAVEN for a point source: I = 4π p(ra, dec)."""
    wide = Ellipse(80.0, 20.0, 15.0, 5.0, 30.0).to_skymap()
    expected = 4.0 * math.pi * float(density_at(wide, 83.63, 22.01))
    assert overlap(wide, ARCSECOND.to_skymap()) == pytest.approx(expected, rel=1e-2)


def test_two_gaussians_overlap_as_the_integral_says() -> None:
    """∫ of two circular Gaussians: exp(-d²/2S) / 2πS with S the sum of the variances."""
    variances = [(math.radians(radius) ** 2) / (2.0 * math.log(10.0)) for radius in (1.0, 2.0)]
    total, apart = sum(variances), math.radians(1.5)
    expected = 4.0 * math.pi * math.exp(-0.5 * apart**2 / total) / (2.0 * math.pi * total)
    found = overlap(Cone(120.0, 0.0, 1.0).to_skymap(), Cone(121.5, 0.0, 2.0).to_skymap())
    assert found == pytest.approx(expected, rel=5e-3)


def test_maps_apart_have_no_overlap_and_no_product() -> None:
    one, other = Box(10.0, 0.0, 5.0, 5.0).to_skymap(), Box(200.0, 0.0, 5.0, 5.0).to_skymap()
    assert overlap(one, other) == 0.0
    with pytest.raises(SkyMapError, match="no spatial overlap"):
        combine(one, other)


@settings(max_examples=20, deadline=None)
@given(random_maps(), random_maps())
def test_the_product_is_that_of_the_grids(a: SkyMap, b: SkyMap) -> None:
    expected = flat(a, 5) * flat(b, 5)
    expected /= expected.sum() * 4.0 * math.pi / expected.size
    np.testing.assert_allclose(flat(combine(a, b), 5), expected, rtol=1e-9, atol=1e-12)


def test_the_product_keeps_the_distances_of_the_map_that_has_them() -> None:
    event = random_map(3, distance=True, deepest=3)
    burst = Cone(50.0, 10.0, 20.0).to_skymap()
    for product in (combine(event, burst), combine(burst, event)):
        assert product.distmu is not None and event.distmu is not None
        holder = (product.ipix << (2 * (29 - product.order)))[:, None]
        start = event.ipix << (2 * (29 - event.order))
        index = np.array(
            [np.flatnonzero((start <= p) & (p < start + 4 ** (29 - event.order)))[0] for p in holder]
        )
        np.testing.assert_array_equal(product.distmu, event.distmu[index])
        assert statistics(product).distance_mean is not None
    assert not combine(burst, burst).has_distance


def test_a_point_source_in_a_wide_map_gives_the_point_back() -> None:
    product = combine(Cone(83.0, 22.0, 30.0).to_skymap(), ARCSECOND.to_skymap())
    found = statistics(product)
    assert (found.peak.ra, found.peak.dec) == pytest.approx((83.63, 22.01), abs=1e-3)
    assert found.area_90 == pytest.approx(math.pi / 3600.0**2, rel=0.02)


def test_the_product_says_what_both_said_of_themselves() -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    a, b = random_map(1), random_map(2)
    one = SkyMap(a.uniq, a.density, meta=SkyMapMeta("S1", at, instruments=("H1", "L1")))
    other = SkyMap(b.uniq, b.density, meta=SkyMapMeta("GRB", None, instruments=("GBM", "L1")))
    meta = combine(other, one).meta
    assert meta.event_time == at
    assert meta.instruments == ("GBM", "L1", "H1")


def test_a_region_on_the_sky_is_not_needed_to_be_whole() -> None:
    half = SkyMap.from_cells(np.arange(4, 10), np.ones(6))
    point = ARCSECOND.to_skymap()
    inside = float(density_at(half, 83.63, 22.01)) > 0.0
    assert overlap(half, point) == pytest.approx(2.0 if inside else 0.0, rel=1e-9)
    assert half.area.sum() * DEG2_PER_SR == pytest.approx(41252.96 / 2.0, rel=1e-6)
