"""The galaxy beside a source, against astropy's separations."""

from __future__ import annotations

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord

from events.galaxies import Galaxies
from events.hosts import WIDEST, around, host_of


def _galaxies(*rows: tuple[str, float, float, float]) -> Galaxies:
    names, ra, dec, distance = zip(*rows, strict=True)
    nothing = np.full(len(rows), np.nan)
    return Galaxies(names, np.array(ra), np.array(dec), np.array(distance), nothing, nothing)


def test_the_host_is_the_one_with_the_smallest_offset_in_kpc() -> None:
    """AT2017gfo beside NGC 4993, 10.3 arcsec and 2 kpc away; a far galaxy nearer on the sky is not it."""
    at = (197.45035, -23.38148)
    found = host_of(
        _galaxies(
            ("NGC 4993", 197.44875, -23.38389, 40.7),
            ("far", 197.4507, -23.3825, 900.0),
            ("other", 197.6, -23.4, 41.0),
        ),
        *at,
    )
    assert found is not None and found.name == "NGC 4993"
    there = SkyCoord(197.44875, -23.38389, unit="deg").separation(SkyCoord(*at, unit="deg"))
    assert found.offset == pytest.approx(there.to_value(u.arcmin), rel=1e-6)
    assert found.projected == pytest.approx(there.to_value(u.rad) * 40_700.0, rel=1e-6)


def test_a_galaxy_too_far_off_on_the_sky_or_in_kpc_is_no_host() -> None:
    assert host_of(_galaxies(("near", 150.1, 2.2 + 6.0 / 60.0, 5.0)), 150.1, 2.2) is None
    assert host_of(_galaxies(("far", 150.1, 2.2 + 1.0 / 60.0, 400.0)), 150.1, 2.2) is None  # 116 kpc


def test_a_host_across_the_meridian_and_at_the_pole_is_found() -> None:
    assert host_of(_galaxies(("a", 359.999, 0.0, 40.0)), 0.001, 0.0) is not None
    assert host_of(_galaxies(("b", 180.0, 89.99, 40.0)), 0.0, 89.99) is not None


@pytest.mark.parametrize("place", [(0.001, 10.0), (359.99, -60.0), (12.0, 89.99)])
def test_the_ring_around_a_place_is_as_wide_as_a_host_may_lie(place: tuple[float, float]) -> None:
    middle = SkyCoord(*place, unit="deg")
    ring = [SkyCoord(ra, dec, unit="deg").separation(middle).arcmin for ra, dec in around([place])[1:]]
    assert len(ring) == 8 and max(ring) == pytest.approx(WIDEST, rel=0.01)
