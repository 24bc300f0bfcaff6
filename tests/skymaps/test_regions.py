"""Regions and single points of a map against a plain grid; exports read back by their own tools."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import healpy
import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st
from ligo.skymap.io import read_sky_map
from ligo.skymap.moc import rasterize as ligo_rasterize
from ligo.skymap.postprocess import find_greedy_credible_levels
from mocpy import MOC, STMOC

from skymaps.healpix import FULL_SKY_DEG2, order_of, pixel_area
from skymaps.moc import Coverage, MocFormat, credible_moc, space_time_moc
from skymaps.reader import read_skymap
from skymaps.regions import (
    credible_region,
    density_at,
    greedy,
    joined,
    rasterize,
    searched_probability,
)
from skymaps.shapes import Cone
from skymaps.skymap import SkyMap, SkyMapError
from skymaps.writer import write_skymap
from tests.skymaps.making import flat, ligo_table, random_map, random_maps

NIGHT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
RNG = np.random.default_rng(3)
RA, DEC = RNG.uniform(-360.0, 720.0, 5000), np.degrees(np.arcsin(RNG.uniform(-1.0, 1.0, 5000)))


@settings(max_examples=25, deadline=None)
@given(random_maps(), st.integers(0, 7))
def test_a_raster_of_any_order_is_the_mean_of_the_cells(skymap: SkyMap, order: int) -> None:
    np.testing.assert_allclose(rasterize(skymap, order), flat(skymap, order), rtol=1e-9, atol=1e-15)


def test_a_raster_keeps_the_total_and_agrees_with_ligo_skymap() -> None:
    skymap = Cone(40.0, -80.0, 0.5).to_skymap()
    for order in (0, 6):
        pixels = rasterize(skymap, order)
        assert pixels.sum() * 4.0 * np.pi / pixels.size == pytest.approx(1.0, abs=1e-9)
        expected = ligo_rasterize(ligo_table(skymap).as_array(), order)["PROBDENSITY"]
        np.testing.assert_allclose(pixels, expected, rtol=1e-9, atol=1e-12)
    with pytest.raises(SkyMapError, match="expected 0 to 12"):
        rasterize(skymap, 13)


@settings(max_examples=25, deadline=None)
@given(random_maps())
def test_the_density_at_points_is_that_of_their_pixel(skymap: SkyMap) -> None:
    expected = flat(skymap, 5)[healpy.ang2pix(2**5, RA, DEC, nest=True, lonlat=True)]
    np.testing.assert_allclose(density_at(skymap, RA, DEC), expected, rtol=1e-12)


def test_points_outside_the_map_or_the_sky_have_no_density() -> None:
    skymap = SkyMap.from_cells([4 * 4**3 + 5], [1.0])
    ra, dec = healpy.pix2ang(2**3, 5, nest=True, lonlat=True)
    found = density_at(skymap, [ra, ra + 180.0, np.nan, 0.0, np.inf], [dec, -dec, 0.0, 91.0, 0.0])
    assert found[0] > 0.0
    assert found[1:].tolist() == [0.0, 0.0, 0.0, 0.0]
    assert searched_probability(skymap, ra + 180.0, -dec) == 1.0


@settings(max_examples=15, deadline=None)
@given(random_maps())
def test_the_searched_probability_is_the_credible_level_of_the_point(skymap: SkyMap) -> None:
    pixels = flat(skymap, 5)
    levels = find_greedy_credible_levels(pixels / pixels.sum())
    for ra, dec in zip(RA[:20], DEC[:20], strict=True):
        pixel = healpy.ang2pix(2**5, ra, dec, nest=True, lonlat=True)
        found = searched_probability(skymap, ra, dec)
        if density_at(skymap, ra, dec) > 0.0:
            # A cell of several pixels counts whole, so the last of its pixels on the grid has its level.
            same = np.isclose(pixels, pixels[pixel], rtol=1e-12, atol=0.0)
            assert found == pytest.approx(levels[same].max(), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(random_maps(), st.floats(0.05, 0.99))
def test_a_credible_region_is_the_fewest_cells_that_hold_the_level(skymap: SkyMap, level: float) -> None:
    region = credible_region(skymap, level)
    inside = np.isin(skymap.uniq, region.uniq)
    assert region.probability >= level * (1.0 - 1e-9)
    assert region.probability == pytest.approx(skymap.probability[inside].sum())
    faintest = skymap.density[inside].min()
    assert faintest >= skymap.density[~inside].max(initial=0.0)
    assert region.probability - skymap.probability[inside & (skymap.density == faintest)].max() < level
    assert greedy(skymap).area_of(level) <= region.area * (1.0 + 1e-9)


@pytest.mark.parametrize("level", [0.0, -0.1, 1.01, float("nan")])
def test_a_level_that_is_none_is_refused(level: float) -> None:
    with pytest.raises(SkyMapError, match="credible level"):
        credible_region(random_map(1), level)


@settings(max_examples=25, deadline=None)
@given(random_maps())
def test_joined_cells_cover_the_same_sky_in_fewer(skymap: SkyMap) -> None:
    some = skymap.uniq[skymap.density > np.median(skymap.density)]
    fewer = joined(some)
    assert fewer.size <= some.size
    assert pixel_area(order_of(fewer)).sum() == pytest.approx(pixel_area(order_of(some)).sum())
    moc = MOC.from_healpix_cells(
        (fewer - 4 * 4 ** order_of(fewer)).astype(np.uint64), order_of(fewer).astype(np.uint8), 5
    )
    assert len(moc.uniq_hpx) == fewer.size  # mocpy keeps MOCs minimal


def test_the_moc_of_a_region_covers_just_it(tmp_path: Path) -> None:
    skymap = random_map(21)
    region = credible_region(skymap, 0.9)
    (tmp_path / "region.fits").write_bytes(credible_moc(skymap, 0.9))
    moc = MOC.from_fits(str(tmp_path / "region.fits"))
    assert moc.sky_fraction * FULL_SKY_DEG2 == pytest.approx(region.area, rel=1e-9)
    inside = moc.contains_lonlat(RA % 360.0 * _deg(), DEC * _deg())
    faintest = skymap.density[np.isin(skymap.uniq, region.uniq)].min()
    np.testing.assert_array_equal(inside, density_at(skymap, RA, DEC) >= faintest)
    assert MOC.from_string(credible_moc(skymap, 0.9, MocFormat.JSON).decode(), "json") == moc


def test_the_moc_of_gw190425_is_the_one_that_cds_expects(shared_data: Path) -> None:
    """`moc from multi` of CDS without splitting the last cell: the same cells."""
    folder = shared_data / "skymaps" / "expected-moc"
    with gzip.open(folder / "gw190425z_skymap.multiorder.csv.gz", "rt") as file:
        uniq, density = np.loadtxt(file, delimiter=",").T
    ours = credible_moc(SkyMap.from_cells(uniq.astype(np.int64), density), 0.9, MocFormat.JSON)
    expected = (folder / "gw190425z_skymap.nosplit.expected.txt").read_text()
    difference = MOC.from_string(ours.decode(), "json").symmetric_difference(
        MOC.from_string(expected, "ascii")
    )
    assert difference.sky_fraction == 0.0


def test_a_space_time_moc_has_the_region_while_it_lasts(tmp_path: Path) -> None:
    skymap = Cone(40.0, 10.0, 5.0).to_skymap()
    region = credible_region(skymap, 0.9)
    day = Coverage(region, NIGHT, NIGHT + timedelta(days=1))
    (tmp_path / "st.fits").write_bytes(space_time_moc([day]))
    found = STMOC.from_fits(str(tmp_path / "st.fits"))
    assert abs((found.min_time.utc.to_datetime(timezone=UTC) - NIGHT).total_seconds()) < 0.01
    assert (
        abs((found.max_time.utc.to_datetime(timezone=UTC) - NIGHT - timedelta(days=1)).total_seconds()) < 0.01
    )
    assert STMOC.from_string(space_time_moc([day], MocFormat.JSON).decode(), "json") == found
    with pytest.raises(SkyMapError, match="later end"):
        space_time_moc([Coverage(region, NIGHT, NIGHT)])
    with pytest.raises(SkyMapError, match="nothing"):
        space_time_moc([])


def test_a_written_map_comes_back_the_same_and_ligo_skymap_reads_it(tmp_path: Path) -> None:
    made = random_map(8, distance=True)
    original = SkyMap(made.uniq, made.density, made.distmu, made.distsigma, made.distnorm, _meta())
    content = write_skymap(original)
    assert content == write_skymap(original)
    again = read_skymap(content)
    for name in ("uniq", "distmu", "distsigma", "distnorm"):
        np.testing.assert_array_equal(getattr(again, name), getattr(original, name))
    np.testing.assert_allclose(again.density, original.density, rtol=1e-14)
    assert again.meta == original.meta
    path = tmp_path / "map.fits"
    path.write_bytes(content)
    theirs: Table = read_sky_map(str(path), moc=True)
    np.testing.assert_array_equal(np.asarray(theirs["UNIQ"]), original.uniq)
    np.testing.assert_array_equal(np.asarray(theirs["DISTMU"]), original.distmu)
    assert theirs.meta["objid"] == "MS261120a"
    with fits.open(io.BytesIO(content)) as file:
        file.verify("exception")
        assert file[1].header["MOCORDER"] == original.max_order
        assert file[1].columns["PROBDENSITY"].unit == "sr-1"


def _deg() -> object:
    import astropy.units as u

    return u.deg


def _meta() -> object:
    from skymaps.skymap import SkyMapMeta

    return SkyMapMeta("MS261120a", NIGHT, "nightdesk", ("H1", "L1"), 123.5, 45.25)
