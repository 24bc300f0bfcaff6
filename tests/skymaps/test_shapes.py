"""Shapes keep their probability where they say it is: arcsecond to whole sky, poles and seams included."""

from __future__ import annotations

import json
import math

import healpy
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from skymaps import healpix
from skymaps.profiles import fisher_kappa
from skymaps.regions import density_at
from skymaps.shapes import Annulus, Box, Cone, Ellipse, Polygon, Shape, shape_from_dict, shape_to_dict
from skymaps.skymap import SkyMap, SkyMapError
from tests.skymaps.making import angle, within

PLACES = [(0.0, 90.0), (0.0, -90.0), (359.9999, 0.0), (123.4, -56.7), (45.0, 41.8103149)]
FULL_SKY = 4.0 * math.pi * math.degrees(1.0) ** 2

positions = st.tuples(st.floats(0.0, 360.0), st.floats(-90.0, 90.0))


def covers_the_sky_once(skymap: SkyMap) -> bool:
    return bool(np.isclose(skymap.area.sum(), 4.0 * np.pi, rtol=1e-12))


@pytest.mark.parametrize(("ra", "dec"), PLACES)
@pytest.mark.parametrize("radius", [0.5 / 3600.0, 1.0 / 60.0, 3.0, 40.0, 120.0])
@pytest.mark.parametrize("containment", [0.68, 0.9])
def test_a_cone_holds_its_containment_within_its_radius(
    ra: float, dec: float, radius: float, containment: float
) -> None:
    skymap = Cone(ra, dec, radius, containment).to_skymap()
    if (1.0 - math.cos(math.radians(radius))) / 2.0 < containment:
        assert within(skymap, ra, dec, radius) == pytest.approx(containment, abs=1e-3)
    assert covers_the_sky_once(skymap)
    assert len(skymap) < 40_000


@settings(max_examples=25, deadline=None)
@given(positions, st.floats(-5.0, 2.1), st.floats(0.1, 0.99))
@example((0.0, 90.0), -4.0, 0.9)
def test_any_cone_holds_its_containment(
    at: tuple[float, float], log_radius: float, containment: float
) -> None:
    radius = 10.0**log_radius
    skymap = Cone(*at, radius, containment).to_skymap()
    uniform = (1.0 - math.cos(math.radians(radius))) / 2.0
    assert within(skymap, *at, radius) == pytest.approx(max(containment, uniform), abs=2e-3)


@pytest.mark.parametrize("radius", [150.0, 180.0, 360.0])
def test_a_cone_wider_than_the_sky_can_concentrate_is_the_uniform_sky(radius: float) -> None:
    skymap = Cone(10.0, 20.0, radius).to_skymap()
    np.testing.assert_allclose(skymap.density, 1.0 / (4.0 * np.pi), rtol=1e-9)
    assert skymap.order.min() >= 4  # still fine enough to ask what is up


def test_a_small_cone_is_the_gaussian_of_its_containment() -> None:
    sigma = math.radians(0.5) / math.sqrt(-2.0 * math.log(0.1))
    skymap = Cone(80.0, -30.0, 0.5).to_skymap()
    off = np.array([0.0, 0.1, 0.3, 0.5, 0.7])
    found = density_at(skymap, np.full(5, 80.0), -30.0 + off)
    expected = np.exp(-0.5 * (np.radians(off) / sigma) ** 2) / (2.0 * math.pi * sigma**2)
    np.testing.assert_allclose(found, expected, rtol=0.25)  # a cell far out spans some slope
    assert found[0] == pytest.approx(expected[0], rel=2e-3)


def test_the_fisher_concentration_of_a_small_cone_is_one_over_sigma_squared() -> None:
    sigma = math.radians(0.01) / 1.510
    assert fisher_kappa(math.radians(0.01), 0.68) == pytest.approx(1.0 / sigma**2, rel=1e-3)
    assert fisher_kappa(math.radians(120.0), 0.75) == pytest.approx(0.0, abs=1e-6)


def test_gbm_systematics_widen_a_cone_as_two_gaussians_do() -> None:
    """GND of the facts: core .804 with 3.72°, tail .196 with 13.7°; statistical 2° at 68 %."""
    skymap = Cone(200.0, 10.0, 2.0, 0.6827, ((0.804, 3.72), (0.196, 13.7))).to_skymap()
    for radius in (3.0, 8.0, 25.0):
        expected = sum(
            weight * (1.0 - math.exp(-0.5 * (1.5096 * radius) ** 2 / (4.0 + sigma**2)))
            for weight, sigma in ((0.804, 3.72), (0.196, 13.7))
        )
        assert within(skymap, 200.0, 10.0, radius) == pytest.approx(expected, abs=5e-3)


def test_gbm_systematics_have_the_density_of_connaughtons_equations() -> None:
    """κ = 1 / 0.4356 σ² (equation 2) in Fisher's density (equation 1), for FLT far from small angles."""
    parts = ((0.897, 7.52), (0.103, 55.6))
    skymap = Cone(30.0, -40.0, 5.0, 0.6827, parts).to_skymap()
    for off in (0.0, 10.0, 60.0):
        expected = 0.0
        for weight, sigma in parts:
            kappa = 1.0 / (0.4356 * (math.radians(5.0) ** 2 + math.radians(sigma) ** 2))
            height = math.exp(kappa * math.cos(math.radians(off))) / math.sinh(kappa)
            expected += weight * kappa * height / (4.0 * math.pi)
        assert float(density_at(skymap, 30.0, -40.0 + off)) == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(
    ("annulus", "tolerance"),
    [
        (Annulus(40.0, 60.0, 50.0, 3.0), 1e-3),
        (Annulus(40.0, 60.0, 50.0, 0.3), 3e-3),
        (Annulus(0.0, 90.0, 88.0, 10.0, 0.68), 1e-3),
        (Annulus(10.0, -70.0, 2.0, 3.0, 0.68), 1e-3),
        (Annulus(10.0, -70.0, 170.0, 15.0, 0.9), 2e-3),
    ],
)
def test_an_annulus_holds_its_containment_between_its_edges(annulus: Annulus, tolerance: float) -> None:
    skymap = annulus.to_skymap()
    outer = min(annulus.radius + annulus.half_width, 180.0)
    held = within(skymap, annulus.ra, annulus.dec, outer)
    if annulus.radius > annulus.half_width:
        held -= within(skymap, annulus.ra, annulus.dec, annulus.radius - annulus.half_width)
    assert held == pytest.approx(annulus.containment, abs=tolerance)
    assert len(skymap) < 150_000


def test_an_annulus_is_highest_along_its_circle() -> None:
    skymap = Annulus(40.0, 60.0, 50.0, 3.0).to_skymap()
    centre = np.asarray(healpix.vectors_from_degrees(40.0, 60.0))
    assert np.degrees(angle(skymap.unit_vectors[skymap.density.argmax()], centre)) == pytest.approx(
        50.0, abs=0.3
    )


@pytest.mark.parametrize(
    "ellipse",
    [
        Ellipse(40.0, 60.0, 5.0, 2.0, 30.0),
        Ellipse(0.0, -89.9, 20.0, 1.0, 10.0, 0.68),
        Ellipse(359.99, 0.01, 0.002, 0.0005, 120.0, 0.95),
        Ellipse(10.0, 10.0, 2.0, 2.0, 0.0, 0.5),
    ],
)
def test_an_ellipse_holds_its_containment_inside(ellipse: Ellipse) -> None:
    """Inside or not is decided here by position angle and distance from spherical trigonometry."""
    skymap = ellipse.to_skymap()
    ra, dec = healpix.degrees_from_vectors(skymap.unit_vectors)
    x = np.cos(np.radians(dec)) * np.sin(np.radians(ra - ellipse.ra))
    north = np.cos(np.radians(ellipse.dec)) * np.sin(np.radians(dec))
    y = north - np.sin(np.radians(ellipse.dec)) * np.cos(np.radians(dec)) * np.cos(
        np.radians(ra - ellipse.ra)
    )
    bearing = np.arctan2(x, y) - np.radians(ellipse.position_angle)
    distance = np.degrees(angle(skymap.unit_vectors, healpix.vectors_from_degrees(ellipse.ra, ellipse.dec)))
    along, across = (
        distance * np.cos(bearing) / ellipse.semi_major,
        distance * np.sin(bearing) / ellipse.semi_minor,
    )
    held = skymap.probability[along**2 + across**2 <= 1.0].sum()
    assert held == pytest.approx(ellipse.containment, abs=3e-3)  # whole cells on the edge


def test_an_ellipse_points_where_its_position_angle_says() -> None:
    skymap = Ellipse(100.0, 0.0, 10.0, 1.0, 90.0).to_skymap()
    east, north = density_at(skymap, np.array([108.0, 100.0]), np.array([0.0, 8.0]))
    assert east > 1e3 * north


def test_a_round_ellipse_is_a_cone() -> None:
    cone, ellipse = Cone(30.0, 40.0, 4.0).to_skymap(), Ellipse(30.0, 40.0, 4.0, 4.0).to_skymap()
    ra, dec = np.array([30.0, 31.0, 33.0, 35.0]), np.array([40.0, 41.0, 38.0, 42.0])
    np.testing.assert_allclose(density_at(cone, ra, dec), density_at(ellipse, ra, dec), rtol=0.08)


OCTANT = Polygon(((0.0, 0.0), (90.0, 0.0), (0.0, 90.0)))
# Four vertices 10° from the pole, 90° apart: by Girard with tan(A/2) = 1 / cos 10° the excess is 4 A - 2π.
POLAR_SQUARE = (8.0 * math.atan(1.0 / math.cos(math.radians(10.0))) - 2.0 * math.pi) * healpix.DEG2_PER_SR
ARROW = Polygon(((10.0, 10.0), (20.0, 10.0), (20.0, 20.0), (15.0, 12.0)))


@pytest.mark.parametrize(
    ("shape", "area", "tolerance"),
    [
        (OCTANT, FULL_SKY / 8.0, 1e-3),
        (Polygon(((350.0, 80.0), (80.0, 80.0), (170.0, 80.0), (260.0, 80.0))), POLAR_SQUARE, 1e-3),
        (Box(10.0, 0.0, 30.0, 10.0), 2.0 * 30.0 * math.degrees(math.sin(math.radians(5.0))), 1e-3),
        (Box(123.0, 85.0, 30.0, 10.0, 33.0), 2.0 * 30.0 * math.degrees(math.sin(math.radians(5.0))), 1e-3),
        (Box(0.0, 0.0, 360.0, 180.0), FULL_SKY, 1e-6),
        (Box.between(350.0, 20.0, -10.0, 40.0), 30.0 * math.degrees(0.64278761 + 0.17364818), 1e-3),
        (Box(50.0, 60.0, 1.0 / 3600.0, 2.0 / 3600.0), 2.0 / 3600.0**2, 1e-3),
    ],
)  # fmt: skip
def test_a_filled_shape_has_the_density_of_its_area(shape: Shape, area: float, tolerance: float) -> None:
    skymap = shape.to_skymap()
    assert healpix.DEG2_PER_SR / skymap.density.max() == pytest.approx(area, rel=tolerance)
    assert covers_the_sky_once(skymap)
    assert len(skymap) < 60_000


def test_polygons_are_filled_as_healpy_fills_them() -> None:
    corners = ((10.0, -20.0), (40.0, -25.0), (35.0, 5.0), (12.0, 8.0))
    skymap = Polygon(corners).to_skymap()
    inside = healpy.query_polygon(256, healpy.ang2vec(*np.array(corners).T, lonlat=True), nest=True)
    ra, dec = healpy.pix2ang(256, np.arange(12 * 256**2), nest=True, lonlat=True)
    filled = density_at(skymap, ra, dec) > 0.5 * skymap.density.max()
    expected = np.zeros(ra.size, dtype=bool)
    expected[inside] = True
    assert (filled != expected).sum() < 0.01 * inside.size


def test_a_polygon_may_be_hollow_wound_either_way_and_closed_twice() -> None:
    ra, dec = np.array([19.0, 11.0, 15.0]), np.array([11.0, 10.3, 15.0])
    for vertices in (ARROW.vertices, ARROW.vertices[::-1], (*ARROW.vertices, ARROW.vertices[0])):
        found = density_at(Polygon(vertices).to_skymap(), ra, dec) > 0.0
        assert found.tolist() == [True, True, False]


def test_a_box_along_parallels_ends_at_them() -> None:
    skymap = Box.between(350.0, 20.0, 50.0, 70.0).to_skymap()
    found = density_at(
        skymap, np.array([355.0, 355.0, 355.0, 340.0, 30.0]), np.array([51.0, 49.0, 69.0, 60.0, 60.0])
    )
    assert (found > 0.0).tolist() == [True, False, True, False, False]


def test_a_turned_box_is_long_where_it_was_turned_to() -> None:
    skymap = Box(80.0, 0.0, 2.0, 20.0, 90.0).to_skymap()
    assert (density_at(skymap, np.array([88.0, 80.0]), np.array([0.0, 8.0])) > 0.0).tolist() == [True, False]


SHAPES: list[Shape] = [
    Cone(1.0, 2.0, 3.0, 0.68, ((0.9, 3.7), (0.1, 14.0))),
    Annulus(1.0, 2.0, 30.0, 4.0),
    Ellipse(1.0, 2.0, 3.0, 1.0, 45.0, 0.68),
    OCTANT,
    Box(1.0, 2.0, 3.0, 4.0, 5.0),
    Box.between(350.0, 20.0, -10.0, 40.0),
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: type(shape).__name__)
def test_a_shape_comes_back_from_json_the_same(shape: Shape) -> None:
    assert shape_from_dict(json.loads(json.dumps(shape_to_dict(shape)))) == shape


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"shape": "heart"},
        {"shape": "cone"},
        {"shape": "cone", "ra": 1.0, "dec": 2.0, "radius": 3.0, "colour": "red"},
        {"shape": "cone", "ra": "1", "dec": 2.0, "radius": 3.0},
        {"shape": "cone", "ra": 1.0, "dec": 2.0, "radius": 3.0, "systematics": [1.0]},
        {"shape": "polygon", "vertices": [[0.0, 0.0], [1.0]]},
        {"shape": "polygon", "vertices": 5},
    ],
)
def test_json_that_is_no_shape_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(SkyMapError):
        shape_from_dict(values)


@pytest.mark.parametrize("radius", [0.0, -1.0, math.nan, math.inf, 361.0])
def test_a_cone_without_a_sensible_radius_is_refused(radius: float) -> None:
    with pytest.raises(SkyMapError, match="radius"):
        Cone(10.0, 20.0, radius)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Cone(math.nan, 0.0, 1.0),
        lambda: Cone(0.0, 90.1, 1.0),
        lambda: Cone(0.0, 0.0, 1.0, 0.0),
        lambda: Cone(0.0, 0.0, 1.0, 1.0),
        lambda: Cone(0.0, 0.0, 1.0, 0.9, ((0.0, 1.0),)),
        lambda: Cone(0.0, 0.0, 1.0, 0.9, ((1.0, -1.0),)),
        lambda: Annulus(0.0, 0.0, 0.0, 1.0),
        lambda: Annulus(0.0, 0.0, 10.0, math.nan),
        lambda: Ellipse(0.0, 0.0, 1.0, 0.0),
        lambda: Ellipse(0.0, 0.0, 80.0, 1.0, 0.0, 0.1),
        lambda: Ellipse(0.0, 0.0, 1.0, 0.5, math.nan),
        lambda: Polygon(((0.0, 0.0), (1.0, 0.0))),
        lambda: Polygon(((0.0, 0.0), (1.0, 0.0), (2.0, 0.0))),
        lambda: Polygon(((0.0, 0.0), (120.0, 0.0), (240.0, 0.0))),
        lambda: Polygon(((0.0, 0.0), (1.0, 95.0), (2.0, 0.0))),
        lambda: Box(0.0, 0.0, 0.0, 1.0),
        lambda: Box(0.0, 0.0, 1.0, 181.0),
        lambda: Box(0.0, 85.0, 10.0, 20.0, parallels=True),
        lambda: Box(0.0, 0.0, 10.0, 20.0, 5.0, parallels=True),
    ],
)
def test_a_shape_that_cannot_be_is_refused_when_made(make: object) -> None:
    with pytest.raises(SkyMapError):
        make()  # type: ignore[operator]


def test_a_shape_below_the_finest_cell_is_still_a_map_or_refused_in_words() -> None:
    try:
        skymap = Cone(10.0, 20.0, 1e-12).to_skymap()
    except SkyMapError as error:
        assert "finest HEALPix cell" in str(error)
    else:
        assert skymap.max_order == 29


def test_drawing_shapes_needs_nothing_heavier_than_numpy() -> None:
    import subprocess
    import sys

    code = (
        "import sys, skymaps.shapes as s; s.Cone(1, 2, 3).to_skymap();"
        "print([m for m in ('astropy', 'scipy', 'healpy', 'mocpy', 'matplotlib') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
