"""Areas, distances and volumes against brute force and ligo.skymap; sun, moon and galaxy against astropy."""

from __future__ import annotations

from datetime import UTC, datetime

import astropy.units as u
import healpy
import numpy as np
import pytest
from astropy.coordinates import SkyCoord, get_body, get_sun
from astropy.time import Time
from hypothesis import given, settings
from ligo.skymap import distance as ligo_distance
from ligo.skymap.postprocess import crossmatch
from scipy.integrate import quad

from skymaps.distance import (
    LinesOfSight,
    conditional_moments,
    credible_volumes,
    distance_norm,
    volume_density_at,
)
from skymaps.healpix import DEG2_PER_SR, FULL_SKY_DEG2
from skymaps.regions import greedy
from skymaps.shapes import Box, Cone
from skymaps.skymap import SkyMap, SkyMapError, SkyMapMeta
from skymaps.statistics import SkyMapStatistics, count_modes, moon_direction, statistics, sun_direction
from tests.skymaps.making import flat, ligo_table, random_map, random_maps

NIGHT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@settings(max_examples=30, deadline=None)
@given(random_maps())
def test_areas_and_probabilities_are_those_of_a_plain_grid(skymap: SkyMap) -> None:
    """On a grid of the finest order the greedy area differs by less than the largest cell that it cuts."""
    found = statistics(skymap)
    pixels = np.sort(flat(skymap, 5))[::-1]
    area = 4.0 * np.pi / pixels.size
    cumulated = np.append(0.0, np.cumsum(pixels) * area)
    areas = np.arange(pixels.size + 1) * area * DEG2_PER_SR
    assert found.area_50 == pytest.approx(np.interp(0.5, cumulated, areas), rel=1e-9)
    assert found.area_90 == pytest.approx(np.interp(0.9, cumulated, areas), rel=1e-9)
    assert found.probability_in_100_deg2 == pytest.approx(np.interp(100.0, areas, cumulated), rel=1e-9)
    assert found.probability_in_500_deg2 == pytest.approx(np.interp(500.0, areas, cumulated), rel=1e-9)
    peak = healpy.ang2pix(2**5, found.peak.ra, found.peak.dec, nest=True, lonlat=True)
    assert flat(skymap, 5)[peak] == pytest.approx(pixels[0])


def test_areas_agree_with_ligo_skymap() -> None:
    skymap = random_map(5)
    result = crossmatch(ligo_table(skymap), contours=(0.5, 0.9), areas=(100.0, 500.0))
    found = statistics(skymap)
    assert [found.area_50, found.area_90] == pytest.approx(result.contour_areas, rel=1e-9)
    assert [found.probability_in_100_deg2, found.probability_in_500_deg2] == pytest.approx(
        result.area_probs, rel=1e-9
    )


def test_the_whole_sky_is_known_by_hand() -> None:
    found = statistics(Cone(0.0, 0.0, 360.0).to_skymap())
    assert found.area_50 == pytest.approx(FULL_SKY_DEG2 / 2.0, rel=1e-9)
    assert found.area_90 == pytest.approx(0.9 * FULL_SKY_DEG2, rel=1e-9)
    assert found.probability_in_500_deg2 == pytest.approx(500.0 / FULL_SKY_DEG2, rel=1e-9)
    assert found.galactic_fraction == pytest.approx(np.sin(np.radians(15.0)), abs=1e-4)
    assert found.modes_90 == 1
    assert (found.distance_mean, found.volume_90, found.sun_separation) == (None, None, None)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_distances_and_volumes_agree_with_ligo_skymap(seed: int) -> None:
    skymap = random_map(seed, distance=True, deepest=4)
    assert skymap.distmu is not None and skymap.distsigma is not None and skymap.distnorm is not None
    columns = [np.array(c) for c in (skymap.probability, skymap.distmu, skymap.distsigma, skymap.distnorm)]
    found = statistics(skymap)
    moments = ligo_distance.parameters_to_marginal_moments(*columns[:3])
    assert (found.distance_mean, found.distance_std) == pytest.approx(moments, rel=1e-5)
    percentiles = ligo_distance.marginal_ppf(np.array([0.05, 0.5, 0.95]), *columns)
    assert (found.distance_05, found.distance_50, found.distance_95) == pytest.approx(percentiles, rel=1e-4)
    result = crossmatch(ligo_table(skymap), contours=(0.5, 0.9))
    assert (found.volume_50, found.volume_90) == pytest.approx(result.contour_vols, rel=1e-3)


def test_one_line_of_sight_is_integrated_as_quadrature_does() -> None:
    for mu, sigma in ((100.0, 30.0), (10.0, 50.0), (-300.0, 60.0), (-900.0, 50.0)):

        def density(r: float, mu: float = mu, sigma: float = sigma) -> float:
            return r**2 * np.exp(-0.5 * ((r - mu) / sigma) ** 2 + 0.5 * (min(mu, 0.0) / sigma) ** 2)

        top = max(mu, 0.0) + 12.0 * sigma
        total, first, second = (
            quad(lambda r, k=k: r**k * density(r), 0.0, top, limit=200)[0] for k in range(3)
        )
        mean, square = conditional_moments(np.array([mu]), np.array([sigma]))
        assert mean[0] == pytest.approx(first / total, rel=1e-5)
        assert square[0] == pytest.approx(second / total, rel=1e-5)
        norm = distance_norm(np.array([mu]), np.array([sigma]))[0]
        scale = np.exp(-0.5 * (min(mu, 0.0) / sigma) ** 2) / (np.sqrt(2.0 * np.pi) * sigma)
        assert norm * scale * total == pytest.approx(1.0, rel=1e-4)


def test_moments_stay_finite_where_the_location_is_absurdly_negative() -> None:
    mean, square = conditional_moments(np.array([-29.9, -30.1, -1e5, -1e8]), np.ones(4))
    assert np.all(np.isfinite(mean)) and np.all(square > mean**2)
    assert mean[0] == pytest.approx(mean[1], rel=0.02)
    assert mean[3] == pytest.approx(3e-8, rel=1e-6)


def test_the_credible_volume_of_a_sphere_is_known_by_hand() -> None:
    """A thin shell at distance D over the whole sky: a Gaussian in r, its 90 % lies within 1.645 σ."""
    mu, sigma = np.full(12, 1000.0), np.full(12, 1.0)
    skymap = SkyMap.from_cells(np.arange(4, 16), np.ones(12), (mu, sigma, distance_norm(mu, sigma)))
    volumes = credible_volumes(LinesOfSight.of(skymap), (0.5, 0.9))
    assert volumes == pytest.approx([8.0 * np.pi * 1e6 * width for width in (0.67449, 1.64485)], rel=1e-4)


def test_a_level_that_only_cells_without_distance_could_reach_is_unknown() -> None:
    mu = np.array([*[np.inf] * 6, *[100.0] * 6])
    sigma = np.array([*[1.0] * 6, *[20.0] * 6])
    norm = np.where(np.isfinite(mu), distance_norm(np.full(12, 100.0), np.full(12, 20.0)), 0.0)
    found = statistics(SkyMap.from_cells(np.arange(4, 16), np.ones(12), (mu, sigma, norm)))
    assert found.volume_90 is None and found.distance_95 is None
    assert found.volume_50 is None or found.volume_50 > 0.0
    assert found.distance_05 is not None and found.distance_05 > 0.0


def test_a_map_whose_distances_are_all_unknown_has_none() -> None:
    bad = (np.full(12, np.inf), np.ones(12), np.zeros(12))
    found = statistics(SkyMap.from_cells(np.arange(4, 16), np.ones(12), bad))
    assert found.distance_mean is None and found.volume_90 is None


def test_damaged_distance_cells_are_left_out() -> None:
    mu, sigma = np.full(12, 100.0), np.full(12, 20.0)
    norm = distance_norm(mu, sigma)
    density = np.array([*[1e-9] * 4, *[1.0] * 8])
    clean = statistics(SkyMap.from_cells(np.arange(4, 16), density, (mu, sigma, norm)))
    for column, value in ((0, np.nan), (1, 0.0), (1, np.nan), (1, -5.0), (2, np.inf), (2, -1.0)):
        columns = [mu.copy(), sigma.copy(), norm.copy()]
        columns[column][:4] = value
        found = statistics(SkyMap.from_cells(np.arange(4, 16), density, (columns[0], columns[1], columns[2])))
        assert found.volume_90 == pytest.approx(clean.volume_90, rel=1e-5)
        assert found.distance_50 == pytest.approx(clean.distance_50, rel=1e-5)


def test_the_density_of_volume_is_that_of_crossmatch() -> None:
    skymap = random_map(4, distance=True, deepest=4)
    rng = np.random.default_rng(0)
    ra, dec = rng.uniform(0.0, 360.0, 200), np.degrees(np.arcsin(rng.uniform(-1.0, 1.0, 200)))
    r = rng.uniform(50.0, 400.0, 200)
    places = SkyCoord(ra * u.deg, dec * u.deg, r * u.Mpc)
    expected = crossmatch(ligo_table(skymap), places).probdensity_vol
    found = volume_density_at(skymap, ra, dec, r)
    np.testing.assert_allclose(
        found, expected, rtol=0.15, atol=1e-3 * expected.max()
    )  # its grid is 1.6 Mpc coarse
    assert np.corrcoef(np.log(found + 1e-30), np.log(expected + 1e-30))[0, 1] > 0.999


def test_the_density_of_volume_integrates_to_one() -> None:
    skymap = random_map(6, distance=True, deepest=3)
    ra, dec = healpy.pix2ang(2**3, np.arange(12 * 4**3), nest=True, lonlat=True)
    r = (np.arange(2000) + 0.5) * 0.4
    total = (
        volume_density_at(skymap, ra[:, None], dec[:, None], r[None, :]) * r**2 * 0.4 * 4.0 * np.pi / ra.size
    )
    assert total.sum() == pytest.approx(skymap.probability[skymap.knows_distance].sum(), rel=1e-3)


def test_galaxies_without_a_usable_place_weigh_nothing() -> None:
    skymap = random_map(6, distance=True, deepest=3)
    found = volume_density_at(
        skymap, [10.0, np.nan, 10.0, 10.0], [5.0, 5.0, 95.0, 5.0], [np.nan, 100.0, 100.0, -3.0]
    )
    assert found.tolist() == [0.0, 0.0, 0.0, 0.0]
    with pytest.raises(SkyMapError, match="no distance columns"):
        volume_density_at(random_map(1), 10.0, 5.0, 100.0)


@pytest.mark.filterwarnings("ignore::erfa.ErfaWarning")  # no leap second is announced for 2031
@pytest.mark.parametrize(
    "at", [datetime(2010, 9, 21, 0, 10, tzinfo=UTC), NIGHT, datetime(2031, 6, 1, tzinfo=UTC)]
)
def test_sun_and_moon_are_where_astropy_puts_them(at: datetime) -> None:
    when = Time(at)
    for ours, theirs in ((sun_direction(at), get_sun(when)), (moon_direction(at), get_body("moon", when))):
        expected = theirs.cartesian.xyz.value
        expected = expected / np.linalg.norm(expected)
        assert np.degrees(np.arccos(min(1.0, float(ours @ expected)))) < 0.01


def test_separations_are_of_the_peak_at_the_event_or_at_the_time_asked_for() -> None:
    cone = Cone(50.0, -20.0, 1.0).to_skymap()
    timed = SkyMap.from_cells(cone.uniq, cone.density, meta=SkyMapMeta(event_time=NIGHT))
    peak = SkyCoord(50.0, -20.0, unit="deg")
    expected = peak.separation(SkyCoord(get_sun(Time(NIGHT)).cartesian, frame="icrs")).deg
    assert statistics(timed).sun_separation == pytest.approx(expected, abs=0.05)
    assert statistics(timed).moon_separation is not None
    assert statistics(cone).moon_separation is None
    assert statistics(cone, at=NIGHT).sun_separation == pytest.approx(expected, abs=0.05)
    later = statistics(timed, at=datetime(2027, 5, 20, 3, 0, tzinfo=UTC)).sun_separation
    assert later is not None and abs(later - expected) > 50.0


@settings(max_examples=8, deadline=None)
@given(random_maps())
def test_the_galactic_fraction_is_that_of_a_fine_grid(skymap: SkyMap) -> None:
    pixels = flat(skymap, 7)
    ra, dec = healpy.pix2ang(2**7, np.arange(pixels.size), nest=True, lonlat=True)
    plane = np.abs(SkyCoord(ra, dec, unit="deg").galactic.b.deg) < 15.0
    assert statistics(skymap).galactic_fraction == pytest.approx(pixels[plane].sum() / pixels.sum(), abs=2e-3)


@settings(max_examples=40, deadline=None)
@given(random_maps())
def test_connected_regions_are_counted_as_a_flood_fill_counts_them(skymap: SkyMap) -> None:
    chosen = greedy(skymap)
    for level in (0.3, 0.9):
        lit = np.zeros(12 * 4**5, dtype=bool)
        for cell in chosen.cells_of(level):
            width = 4 ** (5 - int(skymap.order[cell]))
            lit[skymap.ipix[cell] * width : (skymap.ipix[cell] + 1) * width] = True
        assert count_modes(skymap, chosen, level) == flood_fill(lit)


def flood_fill(lit: np.ndarray) -> int:
    around = healpy.get_all_neighbours(2**5, np.arange(lit.size), nest=True)
    waiting = set(np.flatnonzero(lit).tolist())
    count = 0
    while waiting:
        count += 1
        stack = [waiting.pop()]
        while stack:
            for neighbour in around[:, stack.pop()].tolist():
                if neighbour in waiting:
                    waiting.remove(neighbour)
                    stack.append(neighbour)
    return count


def test_two_patches_are_two_modes() -> None:
    near, far = Box(10.0, 0.0, 5.0, 5.0).to_skymap(), Box(200.0, 40.0, 5.0, 5.0).to_skymap()
    bright = [m.uniq[m.density > 0.0] for m in (near, far)]
    both = SkyMap.from_cells(np.concatenate(bright), np.ones(sum(b.size for b in bright)))
    assert statistics(both).modes_90 == 2
    assert statistics(near).modes_90 == 1


def test_statistics_survive_json() -> None:
    found = statistics(random_map(9, distance=True), at=NIGHT)
    assert SkyMapStatistics.from_dict(found.to_dict()) == found
    assert all(value is None or isinstance(value, int | float | dict) for value in found.to_dict().values())
