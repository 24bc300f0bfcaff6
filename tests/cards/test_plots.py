"""Plots: projections against astropy, regions against the map's own areas, and any map drawn for a phone."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import AltAz, EarthLocation, SkyCoord, get_body
from astropy.time import Time
from astropy.utils import iers
from astropy.wcs import WCS

from cards.plots.bodies import bodies
from cards.plots.levels import Levels, raster
from cards.plots.observability import curves_plot, observability_plot
from cards.plots.overlay import Overlay
from cards.plots.projection import Gnomonic, Mollweide
from cards.plots.sky import sky_plot
from cards.plots.zoom import scale_length, zoom_field
from cards.reader import Reader
from facilities.curves import ObservabilityCurve
from facilities.facility import Facility
from facilities.registry import load_registry
from skymaps.regions import greedy
from skymaps.shapes import Cone
from skymaps.skymap import SkyMap

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
READER = Reader("en", "Europe/Paris")


@pytest.fixture(scope="module")
def sites() -> tuple[Facility, ...]:
    registry = load_registry()
    return tuple(registry.get(name) for name in ("DECam", "ZTF", "MeerLICHT"))


def size(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def levels_of(skymap: SkyMap) -> Levels:
    ranked = greedy(skymap)
    return Levels(skymap.density[ranked.index], ranked.probability, ranked.area_of(0.5), ranked.area_of(0.9))


def whole_sky() -> SkyMap:
    return SkyMap.from_cells(np.arange(4, 16), np.ones(12))


@pytest.mark.parametrize(
    ("projection", "code"),
    [(Mollweide(), "MOL"), (Gnomonic(83.6, 22.0), "TAN")],
    ids=["mollweide", "gnomonic"],
)
def test_projections_are_those_of_the_fits_standard(projection: Mollweide | Gnomonic, code: str) -> None:
    reference = (180.0, 0.0) if code == "MOL" else (83.6, 22.0)
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = [f"RA---{code}", f"DEC--{code}"]
    wcs.wcs.crval, wcs.wcs.crpix, wcs.wcs.cdelt = reference, [0.0, 0.0], [-1.0, 1.0]
    rng = np.random.default_rng(2)
    if code == "MOL":
        ra, dec = rng.uniform(0, 360, 400), np.degrees(np.arcsin(rng.uniform(-1, 1, 400)))
        scale = np.degrees(np.sqrt(2.0))  # the standard's half-axis; ours is 1
    else:
        ra, dec = 83.6 + rng.uniform(-20, 20, 400), 22.0 + rng.uniform(-20, 20, 400)
        scale = 1.0
    x, y = wcs.all_world2pix(ra, dec, 0)
    ours = projection.project(ra, dec)
    np.testing.assert_allclose(ours[0] * scale, x + 1.0, atol=2e-5)
    np.testing.assert_allclose(ours[1] * scale, y + 1.0, atol=2e-5)


@pytest.mark.parametrize("projection", [Mollweide(), Gnomonic(10.0, 89.9)], ids=["mollweide", "gnomonic"])
def test_projections_lead_back_to_the_sky(projection: Mollweide | Gnomonic) -> None:
    rng = np.random.default_rng(3)
    ra, dec = rng.uniform(0, 360, 500), np.degrees(np.arcsin(rng.uniform(0.3, 1, 500)))
    back = SkyCoord(*projection.sky(*projection.project(ra, dec)), unit=u.deg)
    assert back.separation(SkyCoord(ra, dec, unit=u.deg)).arcsec.max() < 1.0


def test_the_poles_and_the_edge_are_on_the_ellipse() -> None:
    x, y = Mollweide().project([12.0, 200.0, 0.0, 359.999], [90.0, -90.0, 0.0, 0.0])
    np.testing.assert_allclose(y, [1.0, -1.0, 0.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(x, [0.0, 0.0, 2.0, -2.0], atol=1e-4)


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_the_regions_drawn_have_the_areas_of_the_map(level: float) -> None:
    skymap = Cone(ra=210.0, dec=-40.0, radius=12.0).to_skymap()
    x, y = np.linspace(-2, 2, 1601), np.linspace(-1, 1, 801)
    drawn = raster(skymap, levels_of(skymap), Mollweide(), x, y)
    share = np.nansum(drawn <= level) / np.isfinite(drawn).sum()  # equal areas: pixels are sky
    assert share * 41252.96 == pytest.approx(greedy(skymap).area_of(level), rel=0.02)


def test_a_cone_of_an_arcsecond_fills_its_field() -> None:
    skymap = Cone(ra=83.633, dec=22.0145, radius=1.4 / 3600).to_skymap()
    field = zoom_field(skymap, greedy(skymap), 1.5)
    assert field is not None
    assert 1.4 < field.half_height * 3600 < 3.0
    assert (
        SkyCoord(field.centre.ra, field.centre.dec, unit=u.deg)
        .separation(SkyCoord(83.633, 22.0145, unit=u.deg))
        .arcsec
        < 0.1
    )


def test_a_large_region_is_not_enlarged() -> None:
    skymap = Cone(ra=10.0, dec=0.0, radius=15.0).to_skymap()
    assert zoom_field(skymap, greedy(skymap), 1.5) is None


@pytest.mark.parametrize("half_width", [1e-7, 1e-4, 0.013, 0.9, 17.0, 60.0])
def test_the_scale_bar_is_round_and_fits(half_width: float) -> None:
    assert 0.05 * half_width < scale_length(half_width) <= 0.7 * half_width


def test_sun_moon_and_zeniths_are_those_of_astropy(sites: tuple[Facility, ...]) -> None:
    found = bodies(AT, sites)
    with iers.conf.set_temp("auto_download", False):
        time = Time(AT)
        for point, name in ((found.sun, "sun"), (found.moon, "moon")):
            apparent = get_body(name, time)
            ours = SkyCoord(point.ra, point.dec, unit=u.deg)
            theirs = SkyCoord(apparent.ra, apparent.dec, unit=u.deg)
            assert ours.separation(theirs).deg < 0.02
        for site, point in zip(sites, found.zeniths, strict=True):
            place = EarthLocation.from_geodetic(site.longitude, site.latitude, site.elevation)
            up = SkyCoord(alt=90 * u.deg, az=0 * u.deg, frame=AltAz(obstime=time, location=place)).icrs
            assert up.separation(SkyCoord(point.ra, point.dec, unit=u.deg)).deg < 0.02


def test_telescopes_of_one_mountain_share_a_zenith() -> None:
    registry = load_registry()
    twice = registry.get("ZTF")
    other = twice.model_copy(update={"name": "P60"})
    assert [point.name for point in bodies(AT, (twice, other)).zeniths] == ["ZTF, P60"]


MAPS = {
    "arcsecond": lambda: Cone(ra=83.633, dec=22.0145, radius=1.4 / 3600).to_skymap(),
    "pole": lambda: Cone(ra=10.0, dec=-90.0, radius=4.0).to_skymap(),
    "edge": lambda: Cone(ra=0.0, dec=10.0, radius=9.0).to_skymap(),
    "wide": lambda: Cone(ra=40.0, dec=10.0, radius=60.0).to_skymap(),
    "whole sky": whole_sky,
    "one cell": lambda: SkyMap.from_cells(np.array([4 << 20]), np.ones(1)),
}


@pytest.mark.parametrize("name", MAPS)
def test_any_map_is_drawn_wide_enough_for_a_phone(name: str, sites: tuple[Facility, ...]) -> None:
    others = (Overlay("GRB $x^2$ \u202e", 120.0, 30.0, 8.0), Overlay("SN" * 100, 359.99, -90.0))
    drawn = sky_plot(MAPS[name](), title="MOCK: $x$ " * 30, reader=READER, at=AT, sites=sites, others=others)
    assert size(drawn)[0] >= 1200
    assert len(drawn) < 2_000_000


def test_a_map_without_any_time_is_drawn_without_sun_and_moon() -> None:
    assert size(sky_plot(whole_sky(), title="", reader=Reader("fr", "Asia/Tokyo")))[0] >= 1200


def test_the_same_map_gives_the_same_picture(sites: tuple[Facility, ...]) -> None:
    first, second = (
        sky_plot(MAPS["edge"](), title="twice", reader=READER, at=AT, sites=sites) for _ in range(2)
    )
    assert first == second


def test_the_night_of_the_best_facilities_is_drawn(sites: tuple[Facility, ...]) -> None:
    satellite = next(f for f in load_registry() if f.space)
    skymap = Cone(ra=60.0, dec=-20.0, radius=9.0).to_skymap()
    drawn = observability_plot(
        skymap, (*sites, satellite), AT, title="Tonight for $x$", reader=Reader("fr", "Asia/Kolkata")
    )
    assert size(drawn)[0] >= 1200


def test_a_plot_of_no_facility_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one facility"):
        observability_plot(whole_sky(), (), AT, title="", reader=READER)


def test_a_curve_of_nothing_but_nan_is_drawn() -> None:
    times = tuple(datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in range(24))
    nothing = np.full(24, np.nan)
    curve = ObservabilityCurve("?", times, nothing, nothing, nothing, nothing, 20.0, None, None)
    assert size(curves_plot([curve], now=AT, title="", reader=READER))[0] >= 1200


@pytest.mark.shared
def test_real_maps_are_drawn(shared_data: Path, sites: tuple[Facility, ...]) -> None:
    from skymaps.reader import read_skymap

    skymap = read_skymap(shared_data / "skymaps" / "GW170817_skymap.fits.gz")
    drawn = sky_plot(skymap, title="BNS candidate GW170817", reader=READER, sites=sites)
    assert size(drawn)[1] > size(drawn)[0]  # small enough to be enlarged below
