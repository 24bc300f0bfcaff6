"""Positions in words, against astropy's own constellations and galactic frame."""

from __future__ import annotations

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord, get_constellation

from cards import coordinates


def test_constellations_are_those_of_astropy() -> None:
    rng = np.random.default_rng(88)
    ra, dec = rng.uniform(0, 360, 4000), np.degrees(np.arcsin(rng.uniform(-1, 1, 4000)))
    expected = get_constellation(SkyCoord(ra, dec, unit=u.deg))
    ours = [coordinates.constellation(r, d) for r, d in zip(ra, dec, strict=True)]
    # astropy moves a star by up to 21″ (aberration) before it looks; none of these is that near a boundary
    assert ours == [name.strip() for name in expected]


@pytest.mark.parametrize("ra", [0.0, 123.4, 359.9])
def test_the_poles_have_a_constellation(ra: float) -> None:
    assert coordinates.constellation(ra, 90.0) == "Ursa Minor"
    assert coordinates.constellation(ra, -90.0) == "Octans"


def test_galactic_latitudes_are_those_of_astropy() -> None:
    rng = np.random.default_rng(5)
    ra, dec = rng.uniform(0, 360, 500), np.degrees(np.arcsin(rng.uniform(-1, 1, 500)))
    expected = SkyCoord(ra, dec, unit=u.deg).galactic.b.deg
    ours = [coordinates.galactic_latitude(r, d) for r, d in zip(ra, dec, strict=True)]
    np.testing.assert_allclose(ours, expected, atol=1e-4)


@pytest.mark.parametrize(
    ("ra", "dec", "uncertainty", "said"),
    [
        (96.75, -45.2, 10.0, "06ʰ 27ᵐ −45°"),
        (83.633, 22.0145, 0.1, "05ʰ 34ᵐ 31.9ˢ +22° 00′ 52″"),
        (83.633, 22.0145, 1 / 3600, "05ʰ 34ᵐ 31.92ˢ +22° 00′ 52.2″"),
        (359.9999, -0.00001, 10.0, "00ʰ 00ᵐ −0°"),
        (359.99999999, 89.99999999, 0.1, "00ʰ 00ᵐ 00.0ˢ +90° 00′ 00″"),
    ],
)
def test_positions_have_the_digits_their_uncertainty_deserves(
    ra: float, dec: float, uncertainty: float, said: str
) -> None:
    assert coordinates.position(ra, dec, uncertainty) == said
