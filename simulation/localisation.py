"""From arrival times and amplitudes to a multi-order 3-D sky map.

The likelihood is that of a matched filter in Gaussian noise: arrival times have Gaussian errors
1 / (2 pi rho sigma_f) (Fairhurst 2009, NJP 11, 123006), complex amplitudes unit errors. Time at the geocentre
and phase are marginalised in closed form, inclination, polarisation and distance (uniform in volume)
on grids. Cells are refined where probability is, as BAYESTAR does (Singer & Price 2016, PRD 93, 024013).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import i0e

from simulation.distance import distance_columns
from simulation.source import Measurement, expected_snr, to_earth_fixed
from skymaps import healpix
from skymaps.skymap import SkyMap, SkyMapMeta

FIRST_ORDER, ROUNDS = 4, 7
COS_INCLINATIONS = np.linspace(-0.95, 0.95, 9)
POLARISATIONS = np.arange(5) * np.pi / 10.0
DISTANCES = 32
HOPELESS = 25.0
"""Log likelihood below which times alone rule out a direction, or amplitudes a distance (1 in 10^11)."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Cells:
    order: NDArray[np.int64]
    ipix: NDArray[np.int64]
    log_density: Array
    mean: Array
    spread: Array

    @staticmethod
    def join(one: _Cells, other: _Cells) -> _Cells:
        return _Cells(
            *(np.concatenate([getattr(one, f), getattr(other, f)]) for f in _Cells.__dataclass_fields__)
        )

    def take(self, index: NDArray[np.int64]) -> _Cells:
        return _Cells(*(getattr(self, f)[index] for f in _Cells.__dataclass_fields__))


def localise(measurement: Measurement, meta: SkyMapMeta) -> SkyMap:
    """The posterior on the sky and in distance given what the network measured: about 20,000 cells."""
    count = 12 * 4**FIRST_ORDER
    cells = _evaluate(measurement, np.full(count, FIRST_ORDER), np.arange(count))
    for _ in range(ROUNDS):
        cells = _refine(measurement, cells)
    density = np.exp(cells.log_density - cells.log_density.max())
    distmu, distsigma, distnorm = distance_columns(cells.mean, cells.spread)
    # Where nothing was computed there is no distance: mu infinite, norm 0, as in the maps of the LVK.
    empty = np.isnan(cells.mean)
    distmu[empty], distsigma[empty], distnorm[empty] = np.inf, 1.0, 0.0
    uniq = 4 * 4**cells.order + cells.ipix
    mean, spread = _marginal_distance(cells, density)
    meta = replace(meta, distance_mean=mean, distance_std=spread)
    return SkyMap.from_cells(uniq, density, (distmu, distsigma, distnorm), meta)


def _marginal_distance(cells: _Cells, density: Array) -> tuple[float, float]:
    """Mean and standard deviation of the distance over the whole sky, Mpc."""
    known = ~np.isnan(cells.mean)
    weight = (density / 4.0**cells.order)[known]
    mean, spread = cells.mean[known], cells.spread[known]
    first = np.average(mean, weights=weight)
    second = np.average(mean**2 + spread**2, weights=weight)
    return float(first), float(np.sqrt(second - first**2))


def _refine(measurement: Measurement, cells: _Cells) -> _Cells:
    probability = cells.log_density - 2.0 * np.log(2.0) * cells.order
    ranked = np.argsort(-probability, kind="stable")
    best = ranked[: 12 * 4**FIRST_ORDER // 4]
    children = (4 * cells.ipix[best][:, None] + np.arange(4)).ravel()
    finer = _evaluate(measurement, np.repeat(cells.order[best] + 1, 4), children)
    return _Cells.join(cells.take(np.sort(ranked[best.size :])), finer)


def _evaluate(measurement: Measurement, order: NDArray[np.int64], ipix: NDArray[np.int64]) -> _Cells:
    directions = to_earth_fixed(healpix.unit_vectors(order, ipix), measurement.gmst)
    timing = _timing(measurement, directions)
    result = _Cells(order, ipix, timing - HOPELESS, np.full(len(ipix), np.nan), np.full(len(ipix), np.nan))
    worth = np.flatnonzero(timing > -HOPELESS)
    if worth.size:
        amplitude, result.mean[worth], result.spread[worth] = _amplitudes(measurement, directions[worth])
        result.log_density[worth] = timing[worth] + amplitude
    return result


def _timing(measurement: Measurement, directions: Array) -> Array:
    """Log likelihood of the arrival times, the time at the geocentre marginalised."""
    delays = np.stack([d.delay(directions) for d in measurement.detectors])
    residual = measurement.arrival[:, None] - delays
    weight = 1.0 / measurement.timing_error[:, None] ** 2
    centre = np.sum(weight * residual, axis=0) / np.sum(weight)
    return np.asarray(-0.5 * np.sum(weight * (residual - centre) ** 2, axis=0))


def _amplitudes(measurement: Measurement, directions: Array) -> tuple[Array, Array, Array]:
    """Log likelihood of the complex amplitudes, and mean and spread of the distance, by direction."""
    patterns = [d.antenna(directions) for d in measurement.detectors]
    reach = float(np.max(measurement.amplitude)) / 3.0
    distance = np.geomspace(reach / 300.0, reach, DISTANCES)
    # D² dD on a logarithmic grid, and its first moments; the largest weight 1, for the sake of float32.
    weights = ((distance / reach)[:, None] ** (3.0 + np.arange(3))).astype(np.float32)
    nearness = (1.0 / distance).astype(np.float32)
    power = np.float32(np.sum(np.abs(measurement.snr) ** 2))
    moments = np.zeros((len(directions), 3))
    for cos_inclination, polarisation in product(COS_INCLINATIONS, POLARISATIONS):
        signal = np.stack(
            [
                a * expected_snr(plus, cross, cos_inclination, polarisation)
                for a, (plus, cross) in zip(measurement.amplitude, patterns, strict=True)
            ]
        )
        loudness = np.sqrt(np.sum(np.abs(signal) ** 2, axis=0)).astype(np.float32)[:, None] * nearness
        match = np.abs(np.conj(measurement.snr) @ signal).astype(np.float32)[:, None] * nearness
        exponent = match - np.float32(0.5) * (loudness * loudness + power)
        # Never above 0: most distances are out of the question, and Bessel functions are what takes the time.
        likely = exponent > -HOPELESS
        likelihood = np.zeros_like(exponent)
        likelihood[likely] = np.exp(exponent[likely]) * i0e(match[likely])
        moments += likelihood @ weights
    total = np.maximum(moments[:, 0], np.finfo(float).tiny)
    mean = np.maximum(reach * moments[:, 1] / total, distance[0])
    spread = np.sqrt(np.maximum(reach**2 * moments[:, 2] / total - mean**2, (0.05 * mean) ** 2))
    return np.log(total) + 3.0 * np.log(reach), mean, spread
