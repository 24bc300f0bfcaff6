"""The distance ansatz, its moments integrated numerically."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from simulation.distance import distance_columns


@pytest.mark.parametrize(
    ("mean", "spread"), [(40.0, 3.0), (100.0, 20.0), (280.0, 100.0), (900.0, 360.0), (200.0, 95.0)]
)
def test_columns_give_back_mean_and_spread(mean: float, spread: float) -> None:
    mu, sigma, norm = (float(c[0]) for c in distance_columns(np.array([mean]), np.array([spread])))

    def density(r: float) -> float:
        return norm * r**2 * np.exp(-0.5 * ((r - mu) / sigma) ** 2) / (np.sqrt(2.0 * np.pi) * sigma)

    far = mean + 15.0 * spread
    moments = [
        quad(lambda r, k=k: r**k * density(r), 0.0, far, points=[mean], limit=400)[0] for k in range(3)
    ]
    assert moments[0] == pytest.approx(1.0, abs=2e-4)
    assert moments[1] == pytest.approx(mean, rel=2e-4)
    assert np.sqrt(moments[2] - moments[1] ** 2) == pytest.approx(spread, rel=1e-3)


def test_a_spread_wider_than_the_ansatz_allows_gives_its_widest() -> None:
    mu, sigma, norm = distance_columns(np.array([100.0]), np.array([500.0]))
    assert np.all(np.isfinite([mu, sigma, norm]))
    assert mu[0] < 0.0
    assert sigma[0] > 0.0
    assert norm[0] > 0.0
