"""Distances and volumes of a 3-D sky map, in closed form along every line of sight.

The posterior along the cell i is dP/dV = ρ_i N_i / (sqrt(2π) σ_i) exp(-(r - μ_i)² / 2 σ_i²), Singer et al.
2016 (ApJL 829, L15), equation 1 and its supplement (ApJS 226, 10). Volumes are Euclidean in luminosity
distance. A cell that says nothing about distance (infinite DISTMU, zero DISTNORM) adds nothing to any of
these integrals, as in ligo.skymap: its probability lies at no known distance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import erfcx, ndtr

from skymaps.healpix import Floats
from skymaps.regions import cells_at
from skymaps.skymap import SkyMap, SkyMapError

_ROOT_TWO_PI: Final = math.sqrt(2.0 * math.pi)
# Together the cells below this share of the mean probability weigh less than a millionth.
_NEGLIGIBLE: Final = 1e-6
# So many lines of sight give a first guess good to a few per cent, from where two Newton steps suffice.
_FIRST_GUESS_CELLS: Final = 1000
_THINNEST: Final = 50

# Bisection alone needs some fifty; a curve that stays below the level drives the stride to 2^60 by then.
_MOST_STEPS: Final = 60

Curve: TypeAlias = Callable[[float], tuple[float, float]]


@dataclass(frozen=True, eq=False)
class LinesOfSight:
    """The cells of a map that carry probability at a known distance, brightest on the sky first.

    `probability` and `area` (sr) may be weighted: a thinned set stands for all.
    """

    probability: Floats
    area: Floats
    mu: Floats
    sigma: Floats
    norm: Floats

    @classmethod
    def of(cls, skymap: SkyMap) -> LinesOfSight:
        """Raises `SkyMapError` for a map without distance columns."""
        if skymap.distmu is None or skymap.distsigma is None or skymap.distnorm is None:
            raise SkyMapError("this sky map has no distance columns; expected DISTMU, DISTSIGMA, DISTNORM")
        used = np.flatnonzero(skymap.knows_distance & (skymap.probability > _NEGLIGIBLE / len(skymap)))
        used = used[np.argsort(-skymap.density[used])]
        return cls(
            skymap.probability[used],
            skymap.area[used],
            skymap.distmu[used],
            skymap.distsigma[used],
            skymap.distnorm[used],
        )

    def thinned(self) -> LinesOfSight:
        """A thousand of them or a fiftieth, spread over all densities, weighted to stand for all."""
        step = max(1, min(self.mu.size // _FIRST_GUESS_CELLS, _THINNEST))
        return LinesOfSight(
            self.probability[::step] * step,
            self.area[::step] * step,
            self.mu[::step],
            self.sigma[::step],
            self.norm[::step],
        )

    @cached_property
    def log_peak(self) -> Floats:
        """Natural logarithm of the height of the Gaussian in dP/dV (Mpc⁻³)."""
        density = self.probability / self.area
        height: Floats = np.log(density) + np.log(self.norm / (self.sigma * _ROOT_TWO_PI))
        return height

    @cached_property
    def weight(self) -> Floats:
        """Probability per unit of ∫ r² times a normal density: what multiplies the closed forms."""
        return self.probability * self.norm

    @cached_property
    def origin(self) -> float:
        """The antiderivative of dP/dr at r = 0, over the whole sky."""
        return float(self.weight @ _antiderivative(0.0, self.mu, self.sigma))


def _antiderivative(r: Floats | float, mu: Floats, sigma: Floats) -> Floats:
    """-∫_r^∞ of r² times a normal density of mean μ and width σ.

    With z = (r - μ) / σ this is -(μ² + σ²) Φ(-z) - σ (μ + r) φ(z). Taken from the upper end, because there it
    keeps its digits where μ is negative and the norm is large.
    """
    z = (r - mu) / sigma
    value: Floats = -(mu**2 + sigma**2) * ndtr(-z) - (sigma / _ROOT_TWO_PI) * (mu + r) * np.exp(-0.5 * z * z)
    return value


def conditional_moments(mu: Floats, sigma: Floats) -> tuple[Floats, Floats]:
    """Mean distance (Mpc) and mean square distance (Mpc²) along each line of sight.

    Truncated-Gaussian moments I_k = ∫ r^k φ by the recurrence I_k+1 = x I_k + k I_k-1 in units of σ; below
    x = -30 it cancels, and the expansion for an exponential takes over.
    """
    x = mu / sigma
    tail = np.minimum(x, 0.0)
    zeroth = np.where(x > 0.0, ndtr(x), math.sqrt(math.pi / 2.0) * erfcx(-tail / math.sqrt(2.0)))
    edge = np.where(x > 0.0, np.exp(-0.5 * x**2) / _ROOT_TWO_PI, 1.0)
    first = x * zeroth + edge
    second = x * first + zeroth
    third = x * second + 2.0 * first
    fourth = x * third + 3.0 * second
    far_below = x < -30.0
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(far_below, -3.0 / x * (1.0 - 4.0 / x**2), third / second)
        square = np.where(far_below, 12.0 / x**2 * (1.0 - 9.0 / x**2), fourth / second)
    return mean * sigma, square * sigma**2


def distance_norm(mu: Floats, sigma: Floats) -> Floats:
    """DISTNORM (Mpc⁻²) that belongs to DISTMU and DISTSIGMA: the inverse of ∫ r² times the Gaussian."""
    norm: Floats = -1.0 / _antiderivative(0.0, mu, sigma)
    return norm


def marginal_moments(lines: LinesOfSight) -> tuple[float, float]:
    """Mean and standard deviation of distance over the whole sky, Mpc."""
    mean, square = conditional_moments(lines.mu, lines.sigma)
    first = float(np.sum(lines.probability * mean))
    second = float(np.sum(lines.probability * square))
    return first, math.sqrt(max(0.0, second - first**2))


def marginal_percentiles(lines: LinesOfSight, levels: Sequence[float]) -> tuple[float | None, ...]:
    """Distances (Mpc) below which the probability is each of `levels`; None where so much is nowhere."""
    mean, spread = marginal_moments(lines)
    few = lines.thinned()
    found: list[float | None] = []
    for level in levels:
        guess = _solve(lambda r: _cumulative(few, r), level, mean, spread)
        found.append(_solve(lambda r: _cumulative(lines, r), level, mean if guess is None else guess, spread))
    return tuple(found)


def credible_density(lines: LinesOfSight, level: float) -> float | None:
    """dP/dV (Mpc⁻³) above which a point belongs to the smallest region of space that holds `level`.

    None where no region holds so much.
    """
    few = lines.thinned()
    start = -_typical_log_density(few)
    guess = _solve(lambda depth: _above(few, -depth)[:2], level, start, 1.0)
    root = _solve(lambda depth: _above(lines, -depth)[:2], level, start if guess is None else guess, 1.0)
    return None if root is None else math.exp(-root)


def credible_volumes(lines: LinesOfSight, levels: Sequence[float]) -> tuple[float | None, ...]:
    """Volumes (Mpc³) of the smallest regions of space that hold each of `levels`; None where none does.

    Where the density exceeds a threshold is one interval of distance per line of sight. So the probability
    and the volume above a threshold are sums of closed forms, and the threshold is the root of a smooth
    curve.
    """
    few = lines.thinned()
    start = -_typical_log_density(few)
    found: list[float | None] = []
    for level in levels:
        guess = _solve(lambda depth: _above(few, -depth)[:2], level, start, 1.0)
        root = _solve(lambda depth: _above(lines, -depth)[:2], level, start if guess is None else guess, 1.0)
        found.append(None if root is None else _above(lines, -root)[2])
    return tuple(found)


def volume_density_at(
    skymap: SkyMap, ra: npt.ArrayLike, dec: npt.ArrayLike, distance: npt.ArrayLike
) -> Floats:
    """dP/dV in Mpc⁻³ at points of space (ICRS degrees, luminosity distance in Mpc): weighs galaxies.

    Arrays of one shape or broadcastable. Zero outside the map, in cells without distance, and for a point
    whose distance is not a positive number. Raises `SkyMapError` for a map without distance columns.
    """
    if skymap.distmu is None or skymap.distsigma is None or skymap.distnorm is None:
        raise SkyMapError("this sky map has no distance columns; expected DISTMU, DISTSIGMA, DISTNORM")
    right, up, r = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (ra, dec, distance)))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        peak = skymap.density * skymap.distnorm / (skymap.distsigma * _ROOT_TWO_PI)
        height = np.where(skymap.knows_distance, peak, 0.0)
    mu = np.where(skymap.knows_distance, skymap.distmu, 0.0)
    sigma = np.where(skymap.knows_distance, skymap.distsigma, 1.0)
    cell = cells_at(skymap, right, up)
    usable = (cell >= 0) & np.isfinite(r) & (r > 0.0)
    within = cell[usable]
    z = (r[usable] - mu[within]) / sigma[within]
    density = np.zeros(r.shape)
    density[usable] = height[within] * np.exp(-0.5 * z**2)
    return density


def nearer_than(skymap: SkyMap, ra: npt.ArrayLike, dec: npt.ArrayLike, distance: npt.ArrayLike) -> Floats:
    """Probability that the event is nearer than `distance` (Mpc), were it in these directions (ICRS degrees).

    The integral of p(r) of `SkyMap` from 0, over that to infinity. NaN outside the map, in cells without
    distance, and for a distance that is not positive.
    """
    right, up, r = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (ra, dec, distance)))
    nearer = np.full(r.shape, np.nan)
    if skymap.distmu is None or skymap.distsigma is None:
        return nearer
    cell = cells_at(skymap, right, up)
    usable = (cell >= 0) & skymap.knows_distance[np.maximum(cell, 0)] & np.isfinite(r) & (r > 0.0)
    mu, sigma = skymap.distmu[cell[usable]], skymap.distsigma[cell[usable]]
    whole = -_antiderivative(0.0, mu, sigma)
    nearer[usable] = 1.0 + _antiderivative(r[usable], mu, sigma) / whole
    return nearer


def _cumulative(lines: LinesOfSight, r: float) -> tuple[float, float]:
    """Probability nearer than r and its slope."""
    if r <= 0.0:
        return 0.0, 0.0
    z = (r - lines.mu) / lines.sigma
    normal = np.exp(-0.5 * z * z) / _ROOT_TWO_PI
    inside = -(lines.mu**2 + lines.sigma**2) * ndtr(-z) - lines.sigma * (lines.mu + r) * normal
    slope = r**2 * float(lines.weight @ (normal / lines.sigma))
    return float(lines.weight @ inside) - lines.origin, slope


def _typical_log_density(lines: LinesOfSight) -> float:
    """Logarithm of the highest dP/dV of a line of sight, averaged by probability: where to start."""
    highest = lines.log_peak - 0.5 * (np.minimum(lines.mu, 0.0) / lines.sigma) ** 2
    return float(np.average(highest, weights=lines.probability))


def _above(lines: LinesOfSight, log_threshold: float) -> tuple[float, float, float]:
    """Where log dP/dV exceeds it: the probability, its slope as the threshold sinks, the volume."""
    room = lines.log_peak - log_threshold
    half = lines.sigma * np.sqrt(2.0 * np.maximum(room, 0.0))
    lit = np.flatnonzero((room > 0.0) & (lines.mu + half > 0.0))
    half, mu, sigma, area = half[lit], lines.mu[lit], lines.sigma[lit], lines.area[lit]
    near, far = np.maximum(mu - half, 0.0), mu + half
    inside = _antiderivative(far, mu, sigma) - _antiderivative(near, mu, sigma)
    slope = float(np.sum(area * sigma**2 * (far**2 + near**2) / half)) * math.exp(log_threshold)
    volume = float(area @ (far**3 - near**3)) / 3.0
    return float(lines.weight[lit] @ inside), slope, volume


def _solve(curve: Curve, level: float, start: float, step: float) -> float | None:
    """Where a rising curve reaches `level`: Newton's method, held inside a bracket that it narrows.

    None where the curve stays below. `step` is a length over which the curve bends. Near the level, a move of
    some thousandths of it is the last: what it leaves is about its square.
    """
    low, high = -math.inf, math.inf
    at, stride = start, step
    for _ in range(_MOST_STEPS):
        value, slope = curve(at)
        if value >= level:
            high = at
        else:
            low = at
        move = (level - value) / slope if slope > 0.0 else math.inf
        following = at + move
        if abs(move) < 5e-3 * step and abs(level - value) < 0.01:
            return following
        if not low < following < high or abs(move) > 4.0 * stride:
            if math.isinf(high) or math.isinf(low):
                following = at + math.copysign(2.0 * stride, level - value)
                stride *= 2.0
            else:
                following = 0.5 * (low + high)
        at = following
    return None
