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

Curve: TypeAlias = Callable[[float], tuple[float, float]]


@dataclass(frozen=True)
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
        """About a thousand of them, spread over all densities, weighted to stand for all."""
        step = max(1, self.mu.size // _FIRST_GUESS_CELLS)
        return LinesOfSight(
            self.probability[::step] * step,
            self.area[::step] * step,
            self.mu[::step],
            self.sigma[::step],
            self.norm[::step],
        )


def probability_between(
    near: Floats | float, far: Floats | float, mu: Floats, sigma: Floats, norm: Floats
) -> Floats:
    """Conditional probability that the distance lies between `near` and `far` (Mpc), per line of sight.

    The integral of r² times a Gaussian: with z = (r - μ) / σ its antiderivative is
    (μ² + σ²) Φ(z) - σ (μ + r) φ(z). Upper tails keep it exact where μ is negative.
    """
    z_near, z_far = (near - mu) / sigma, (far - mu) / sigma
    bulk = (mu**2 + sigma**2) * (ndtr(-z_near) - ndtr(-z_far))
    edge = (mu + near) * np.exp(-0.5 * z_near**2) - (mu + far) * np.exp(-0.5 * z_far**2)
    inside: Floats = norm * (bulk + sigma * edge / _ROOT_TWO_PI)
    return inside


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


def credible_volumes(lines: LinesOfSight, levels: Sequence[float]) -> tuple[float | None, ...]:
    """Volumes (Mpc³) of the smallest regions of space that hold each of `levels`; None where none does.

    Where the density exceeds a threshold is one interval of distance per line of sight, so both the probability
    and the volume above a threshold are sums of closed forms, and the threshold is the root of a smooth curve.
    """
    few = lines.thinned()
    found: list[float | None] = []
    for level in levels:
        guess = _solve(lambda u: _above(few, -u)[:2], level, -_start(few), 3.0)
        start = -_start(lines) if guess is None else guess
        root = _solve(lambda u: _above(lines, -u)[:2], level, start, 3.0)
        found.append(None if root is None else _above(lines, -root)[2])
    return tuple(found)


def volume_density_at(
    skymap: SkyMap, ra: npt.ArrayLike, dec: npt.ArrayLike, distance: npt.ArrayLike
) -> Floats:
    """dP/dV in Mpc⁻³ at points of space (ICRS degrees, luminosity distance in Mpc): weighs galaxies.

    Arrays of one shape or broadcastable. Zero outside the map, in cells without distance, and for a point whose
    distance is not a positive number. Raises `SkyMapError` for a map without distance columns.
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


def _cumulative(lines: LinesOfSight, r: float) -> tuple[float, float]:
    """Probability nearer than r and its slope."""
    if r <= 0.0:
        return 0.0, 0.0
    inside = probability_between(0.0, r, lines.mu, lines.sigma, lines.norm)
    z = (r - lines.mu) / lines.sigma
    slope = lines.norm * r**2 * np.exp(-0.5 * z**2) / (_ROOT_TWO_PI * lines.sigma)
    return float(lines.probability @ inside), float(lines.probability @ slope)


def _log_peak(lines: LinesOfSight) -> Floats:
    """Natural logarithm of the Gaussian's height in dP/dV, per line of sight."""
    peak: Floats = np.log(lines.probability / lines.area) + np.log(lines.norm / (lines.sigma * _ROOT_TWO_PI))
    return peak


def _start(lines: LinesOfSight) -> float:
    """A threshold (log dP/dV) in the middle of things: what the probability-weighted line of sight has at its top."""
    attained = _log_peak(lines) - 0.5 * (np.minimum(lines.mu, 0.0) / lines.sigma) ** 2
    return float(np.average(attained, weights=lines.probability))


def _above(lines: LinesOfSight, log_threshold: float) -> tuple[float, float, float]:
    """Probability where dP/dV exceeds the threshold, its slope per unit of -log threshold, and the volume there."""
    room = _log_peak(lines) - log_threshold
    lit = np.flatnonzero(room > 0.0)
    half = lines.sigma[lit] * np.sqrt(2.0 * room[lit])
    reaches = lines.mu[lit] + half > 0.0
    lit, half = lit[reaches], half[reaches]
    mu, sigma, area = lines.mu[lit], lines.sigma[lit], lines.area[lit]
    near, far = np.maximum(mu - half, 0.0), mu + half
    inside = probability_between(near, far, mu, sigma, lines.norm[lit])
    volume = float(area @ (far**3 - near**3)) / 3.0
    slope = float(np.sum(area * sigma**2 * (far**2 + near**2) / half)) * math.exp(log_threshold)
    return float(lines.probability[lit] @ inside), slope, volume


def _solve(curve: Curve, level: float, start: float, step: float) -> float | None:
    """Where a rising curve reaches `level`: Newton's method, held inside a bracket that it narrows.

    None where the curve stays below. `step` is a length over which the curve changes visibly.
    """
    low, high = -math.inf, math.inf
    at = start
    for _ in range(200):
        value, slope = curve(at)
        miss = value - level
        if miss > 0.0:
            high = at
        else:
            low = at
        if abs(miss) < 1e-9:
            return at
        following = at - miss / slope if slope > 0.0 else math.nan
        reach = 4.0 * step
        if not (max(low, at - reach) < following < min(high, at + reach)):
            if math.isinf(high):
                following = at + reach
                step *= 2.0
            elif math.isinf(low):
                following = at - reach
                step *= 2.0
            else:
                following = 0.5 * (low + high)
        if math.isinf(high) and step > 1e12 * abs(start) + 1e12:
            return None
        if abs(following - at) < 1e-10 * step:
            return following
        at = following
    return None if math.isinf(high) else at
