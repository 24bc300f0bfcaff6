"""How likely the event is nearer than a source: against a plain integral of the map's own p(r)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from skymaps import healpix
from skymaps.distance import distance_norm, nearer_than
from skymaps.skymap import SkyMap


def _map(mu: float, sigma: float) -> SkyMap:
    """The whole sky at one distance."""
    uniq = healpix.uniq_of(1, np.arange(48, dtype=np.int64))
    mus, sigmas = np.full(48, mu), np.full(48, sigma)
    return SkyMap.from_cells(uniq, np.ones(48), (mus, sigmas, distance_norm(mus, sigmas)))


@pytest.mark.parametrize(("mu", "sigma"), [(40.0, 6.0), (150.0, 100.0), (-20.0, 60.0)])
def test_it_is_the_integral_of_the_line_of_sight(mu: float, sigma: float) -> None:
    def weight(r: float) -> float:
        return r * r * float(np.exp(-0.5 * ((r - mu) / sigma) ** 2))

    whole = quad(weight, 0, max(mu, 0) + 12 * sigma)[0]
    for distance in (5.0, 40.0, 160.0):
        by_hand = quad(weight, 0, distance)[0] / whole
        assert float(nearer_than(_map(mu, sigma), 10.0, 20.0, distance)) == pytest.approx(by_hand, abs=1e-6)


def test_a_map_without_distance_says_nothing() -> None:
    uniq = healpix.uniq_of(1, np.arange(48, dtype=np.int64))
    flat = SkyMap.from_cells(uniq, np.ones(48))
    assert np.isnan(nearer_than(flat, 10.0, 20.0, 40.0))
    assert np.isnan(nearer_than(_map(40.0, 6.0), 10.0, 20.0, -1.0))
