"""The distance ansatz of 3-D sky maps: from mean and spread to DISTMU, DISTSIGMA, DISTNORM.

Along each line of sight p(r) = N r² exp(-(r - mu)² / 2 sigma²) / (sqrt(2 pi) sigma) for r > 0
(Singer et al. 2016, ApJL 829, L15, eq. 1). With z = mu / sigma its moments depend on z alone, and
mean / spread grows monotonically with z, so that a table inverts it.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Array = NDArray[np.float64]


def _moments(z: Array) -> tuple[Array, Array, Array]:
    """Integrals of x^k phi(x - z) over x > 0 for k = 2, 3, 4."""
    density = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    below = ndtr(z)
    m0 = below
    m1 = z * m0 + density
    m2 = z * m1 + m0
    m3 = z * m2 + 2.0 * m1
    m4 = z * m3 + 3.0 * m2
    return m2, m3, m4


@cache
def _table() -> tuple[Array, Array, Array, Array]:
    # Below z = -6 the recurrences cancel; the ratio there is within 2 % of its limit sqrt(3).
    z = np.concatenate([np.linspace(-6.0, 10.0, 4001), np.geomspace(10.001, 1000.0, 2000)])
    m2, m3, m4 = _moments(z)
    mean = m3 / m2
    spread = np.sqrt(m4 / m2 - mean**2)
    return mean / spread, z, spread, m2


def distance_columns(mean: Array, spread: Array) -> tuple[Array, Array, Array]:
    """DISTMU (Mpc), DISTSIGMA (Mpc), DISTNORM (Mpc⁻²) of distances given by mean and spread (Mpc)."""
    ratio, z_table, spread_table, m2_table = _table()
    wanted = np.clip(mean / spread, ratio[0], ratio[-1])
    z = np.interp(wanted, ratio, z_table)
    sigma = spread / np.interp(wanted, ratio, spread_table)
    norm = 1.0 / (sigma**2 * np.exp(np.interp(wanted, ratio, np.log(m2_table))))
    return z * sigma, sigma, norm
