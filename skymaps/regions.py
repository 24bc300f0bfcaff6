"""Credible regions of a sky map, and the map at single points or on a plain grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from skymaps import healpix
from skymaps.healpix import Floats, Integers
from skymaps.skymap import SkyMap, SkyMapError

# A grid of order 12 is 201 million pixels, 1.6 GB; nothing here needs a finer one.
MAX_RASTER_ORDER: Final = 12


@dataclass(frozen=True, eq=False)
class Region:
    """Cells of the sky (NUNIQ, ascending, disjoint), their area in deg² and the probability in them."""

    uniq: Integers
    area: float
    probability: float


@dataclass(frozen=True, eq=False)
class Greedy:
    """The cells of a map from the densest down: indices, and probability (0..1) and area (sr) so far."""

    index: Integers
    probability: Floats
    area: Floats

    def area_of(self, level: float) -> float:
        """Area in deg² of the smallest region that holds `level`, interpolated within its last cell."""
        within = np.interp(level, np.append(0.0, self.probability), np.append(0.0, self.area))
        return float(within) * healpix.DEG2_PER_SR

    def probability_in(self, area: float) -> float:
        """Probability of the densest `area` deg², interpolated within its last cell."""
        within = np.interp(
            area / healpix.DEG2_PER_SR, np.append(0.0, self.area), np.append(0.0, self.probability)
        )
        return float(within)

    def cells_of(self, level: float) -> Integers:
        """Indices of the cells that together hold at least `level`, densest first."""
        reached = int(np.searchsorted(self.probability, level * (1.0 - 1e-12)))
        return self.index[: reached + 1]


def greedy(skymap: SkyMap) -> Greedy:
    """Order the cells by density; equal ones stay in order of UNIQ, so that the answer is always the same."""
    index = np.argsort(-skymap.density, kind="stable")
    return Greedy(index, np.cumsum(skymap.probability[index]), np.cumsum(skymap.area[index]))


def credible_region(skymap: SkyMap, level: float) -> Region:
    """The smallest set of whole cells that holds at least `level` of the probability.

    Its area exceeds the interpolated credible area by less than its last cell. Raises `SkyMapError` for a
    level outside 0..1.
    """
    if not 0.0 < level <= 1.0:
        raise SkyMapError(f"a credible level lies above 0 and at most at 1, not {level!r}")
    chosen = greedy(skymap).cells_of(level)
    return Region(
        np.sort(skymap.uniq[chosen]),
        float(np.sum(skymap.area[chosen])) * healpix.DEG2_PER_SR,
        float(np.sum(skymap.probability[chosen])),
    )


def joined(uniq: Integers) -> Integers:
    """The same region in as few cells as can be: four siblings become their parent. NUNIQ, ascending."""
    uniq = np.sort(uniq)
    done: list[Integers] = []
    for order in range(healpix.MAX_ORDER, 0, -1):
        first = np.searchsorted(uniq, healpix.FIRST_UNIQ[order])
        coarser, here = uniq[:first], uniq[first:]
        # NUNIQ of siblings are consecutive and begin at a multiple of four, at every order.
        family = (
            np.flatnonzero((here[:-3] & 3 == 0) & (here[3:] == here[:-3] + 3)) if here.size > 3 else here[:0]
        )
        if family.size:
            kept = np.ones(here.size, dtype=np.bool_)
            kept[(family[:, None] + np.arange(4)).ravel()] = False
            coarser = np.sort(np.concatenate((coarser, here[family] >> 2)))
            here = here[kept]
        done.append(here)
        uniq = coarser
    return np.sort(np.concatenate((uniq, *done)))


def searched_probability(skymap: SkyMap, ra: float, dec: float) -> float:
    """Probability of all that is at least as dense as this point (ICRS degrees): its credible level.

    1 for a point outside the map's cells.
    """
    here = float(density_at(skymap, ra, dec))
    if here == 0.0:
        return 1.0
    return float(np.sum(skymap.probability[skymap.density >= here]))


def cells_at(skymap: SkyMap, ra: npt.ArrayLike, dec: npt.ArrayLike) -> Integers:
    """Index of the cell that holds each point (ICRS degrees), -1 where no cell does or the point is none."""
    right, up = np.broadcast_arrays(np.asarray(ra, dtype=np.float64), np.asarray(dec, dtype=np.float64))
    valid = np.isfinite(right) & (np.abs(up) <= 90.0)
    vectors = healpix.vectors_from_degrees(np.where(valid, right, 0.0), np.where(valid, up, 0.0))
    pixel = healpix.pixel_at(skymap.max_order, vectors) << (2 * (healpix.MAX_ORDER - skymap.max_order))
    index, start = skymap.along_sky
    place = np.searchsorted(start, pixel, side="right") - 1
    cell = index[np.maximum(place, 0)]
    beyond = pixel >= start[np.maximum(place, 0)] + healpix.range_length(skymap.order[cell])
    return np.where(valid & (place >= 0) & ~beyond, cell, -1)


def density_at(skymap: SkyMap, ra: npt.ArrayLike, dec: npt.ArrayLike) -> Floats:
    """Probability per steradian at points (ICRS degrees, any shape); zero outside the map's cells."""
    cell = cells_at(skymap, ra, dec)
    return np.where(cell >= 0, skymap.density[np.maximum(cell, 0)], 0.0)


def rasterize(skymap: SkyMap, order: int) -> Floats:
    """Mean density per steradian of every NESTED pixel of `order`: shape (12 * 4**order,).

    Finer cells are averaged by area, coarser ones repeated, gaps are zero: the total stays 1. Raises
    `SkyMapError` above order 12.
    """
    if not 0 <= order <= MAX_RASTER_ORDER:
        raise SkyMapError(f"a grid of order {order!r}; expected 0 to {MAX_RASTER_ORDER}")
    pixels = np.zeros(12 << (2 * order))
    fine = skymap.order >= order
    shift = 2 * (skymap.order[fine] - order)
    share = skymap.density[fine] * np.exp2(-shift.astype(np.float64))
    pixels += np.bincount(skymap.ipix[fine] >> shift, weights=share, minlength=pixels.size)
    for coarse in np.unique(skymap.order[~fine]):
        cells = np.flatnonzero(skymap.order == coarse)
        depth = 4 ** (order - int(coarse))
        pixels.reshape(-1, depth)[skymap.ipix[cells]] = skymap.density[cells, None]
    return pixels
