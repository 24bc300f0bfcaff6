"""The cell arithmetic against healpy and astropy-healpix."""

from __future__ import annotations

import healpy
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skymaps import healpix

SPHERE = np.random.default_rng(7).normal(size=(4000, 3))
SPHERE /= np.linalg.norm(SPHERE, axis=1)[:, None]


@pytest.mark.parametrize("order", [0, 1, 2, 5, 11, 18, 29])
def test_centres_of_cells_are_those_of_healpy(order: int) -> None:
    rng = np.random.default_rng(order)
    ipix = np.unique((rng.random(3000) * 12 * 4.0**order).astype(np.int64))
    expected = np.array(healpy.pix2vec(2**order, ipix, nest=True)).T
    np.testing.assert_allclose(healpix.unit_vectors(order, ipix), expected, atol=5e-15)


@pytest.mark.parametrize("order", [0, 1, 2, 5, 11, 18, 29])
def test_points_fall_into_the_cells_of_healpy(order: int) -> None:
    expected = healpy.vec2pix(2**order, *SPHERE.T, nest=True)
    np.testing.assert_array_equal(healpix.pixel_at(order, SPHERE), expected)


@pytest.mark.parametrize("dec", [-89.0, 0.0, 89.0])
def test_one_point_alone_is_found_as_many_are(dec: float) -> None:
    vector = healpix.vectors_from_degrees(10.0, dec)
    assert healpix.pixel_at(8, vector) == healpix.pixel_at(8, vector[None, :])[0]
    assert healpix.pixel_at(8, vector[None, None, :]).shape == (1, 1)


def test_poles_seams_and_a_longitude_a_hair_below_zero_fall_into_a_cell_that_holds_them() -> None:
    ra = np.array([0.0, 0.0, 0.0, 90.0, 180.0, 359.99999999999994, -1e-300, -1e-17, 45.0])
    dec = np.array([90.0, -90.0, 0.0, 0.0, 41.8103148958, -41.8103148958, 35.0, 35.0, 66.0])
    vectors = healpix.vectors_from_degrees(ra, dec)
    for order in (0, 3, 12, 29):
        ipix = healpix.pixel_at(order, vectors)
        assert np.all((ipix >= 0) & (ipix < 12 * 4**order))
        distance = np.linalg.norm(healpix.unit_vectors(order, ipix) - vectors, axis=1)
        assert np.all(distance <= healpix.circumradius(order) + 1e-12)


def test_a_cell_beside_the_pole_keeps_its_place_at_the_finest_order() -> None:
    ipix = np.array([4**29 - 1, 2 * 4**29 - 1], dtype=np.int64)  # the two cells that meet at the north pole
    vectors = healpix.unit_vectors(29, ipix)
    assert np.all(np.hypot(vectors[:, 0], vectors[:, 1]) > 0.4 / 2**29)
    np.testing.assert_array_equal(healpix.pixel_at(29, vectors), ipix)


@given(st.integers(0, 29), st.integers(0, 10**18))
def test_number_order_and_pixel_belong_together(order: int, number: int) -> None:
    ipix = np.array([number % (12 * 4**order)], dtype=np.int64)
    uniq = healpix.uniq_of(order, ipix)
    assert healpix.order_of(uniq) == order
    assert healpix.ipix_of(uniq, healpix.order_of(uniq)) == ipix


def test_no_pixel_reaches_beyond_the_circumradius() -> None:
    for order in range(13):
        assert healpy.max_pixrad(2**order) <= healpix.circumradius(order)


@pytest.mark.parametrize("order", [0, 1, 2, 6])
def test_ring_numbers_are_those_of_healpy(order: int) -> None:
    ours = np.concatenate(list(healpix.ring_of_faces(order)))
    np.testing.assert_array_equal(ours, healpy.nest2ring(2**order, np.arange(12 * 4**order)))


def test_degrees_and_vectors_are_inverse_up_to_the_poles() -> None:
    ra, dec = np.array([0.0, 12.5, 359.999]), np.array([-89.99999, 0.0, 89.9999999])
    back = healpix.degrees_from_vectors(healpix.vectors_from_degrees(ra, dec))
    np.testing.assert_allclose(back[0], ra, atol=1e-6)
    np.testing.assert_allclose(back[1], dec, atol=1e-12)


def test_separations_are_exact_when_tiny_and_when_wide() -> None:
    for degrees in (1e-9, 1e-4, 1.0, 90.0, 179.9999, 180.0):
        one = healpix.vectors_from_degrees(40.0, 0.0)
        other = healpix.vectors_from_degrees(40.0 + degrees, 0.0)
        assert np.degrees(healpix.separation(other, one)) == pytest.approx(degrees, rel=1e-6, abs=1e-13)
