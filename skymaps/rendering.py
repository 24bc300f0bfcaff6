"""Draws a density on the sky as multi-order cells: fine where it is high or has an edge, coarse elsewhere."""

from __future__ import annotations

import math
from typing import Final, Protocol

import numpy as np

from skymaps import healpix
from skymaps.healpix import Floats, Integers
from skymaps.skymap import SkyMap, SkyMapError, SkyMapMeta

# No cell may hold more than this: some ten thousand cells, of which enough lie along the edge of a 90 %
# region that what falls on either side of it is right to a few parts in ten thousand.
MAX_CELL_PROBABILITY: Final = 1e-4
# A cell is judged by its mean once samples across it, 4 by 4 at most, are enough to know that mean; before,
# and along the edge of a region, by its densest point.
_JUDGED_BY_MEAN: Final = 2
_NOTHING: Final = 1e-12
_SAMPLES_AT_ONCE: Final = 1 << 18


class Profile(Protocol):
    """A density on the sphere; its norm need only be good enough to decide where to be fine."""

    def density(self, vectors: Floats) -> Floats:
        """Probability per steradian at unit vectors, shape (..., 3)."""
        ...

    def ceiling(self, vectors: Floats, radius: float) -> Floats:
        """An upper bound of the density within `radius` radians of unit vectors, shape (n, 3)."""
        ...

    def uneven(self, vectors: Floats, radius: float) -> Integers:
        """How many times to halve a cell of this circumradius, so that samples of it give its mean."""
        ...

    def grain(self, vectors: Floats, radius: float) -> Floats:
        """The largest side of a cell centred here that still follows the density; infinite for any."""
        ...


def render(profile: Profile, what: str, max_probability: float = MAX_CELL_PROBABILITY) -> SkyMap:
    """Cover the whole sky with cells none of which holds more than `max_probability`, and normalise.

    `what` names the shape in the `SkyMapError` for one too small for cells of order 29.
    """
    uniq: list[Integers] = []
    densities: list[Floats] = []
    ipix = np.arange(12, dtype=np.int64)
    for order in range(healpix.MAX_ORDER + 1):
        vectors = healpix.unit_vectors(order, ipix)
        radius, area = healpix.circumradius(order), healpix.pixel_area(order)
        ceiling = profile.ceiling(vectors, radius)
        levels = np.where(ceiling * area > _NOTHING, profile.uneven(vectors, radius), -1)
        too_coarse = (math.sqrt(area) > profile.grain(vectors, radius)) & (order < healpix.MAX_ORDER)
        split = (ceiling * area > max_probability) | too_coarse
        known = ~split | ~too_coarse & (levels <= _JUDGED_BY_MEAN) | (order == healpix.MAX_ORDER)
        density = _means(profile, order, ipix[known], levels[known])
        split[known] = (density * area > max_probability) & (order < healpix.MAX_ORDER)
        done = ~split[known]
        uniq.append(healpix.uniq_of(order, ipix[known][done]))
        densities.append(density[done])
        if not np.any(split):
            break
        ipix = healpix.children(ipix[split]).ravel()
    means = np.concatenate(densities)
    if not np.any(means > 0.0):
        raise SkyMapError(f"{what} is smaller than the finest HEALPix cell (0.4 milliarcsec)")
    return SkyMap.from_cells(np.concatenate(uniq), means, meta=SkyMapMeta(object=what, creator="nightdesk"))


def _means(profile: Profile, order: int, ipix: Integers, levels: Integers) -> Floats:
    """Mean density of each cell, from samples at the centres of its descendants so many levels down."""
    means = np.zeros(ipix.size)
    for level in np.unique(levels[levels >= 0]):
        depth = int(min(level, healpix.MAX_ORDER - order))
        cells = np.flatnonzero(levels == level)
        for part in np.array_split(cells, cells.size * 4**depth // _SAMPLES_AT_ONCE + 1):
            samples = healpix.unit_vectors(order + depth, healpix.children(ipix[part], depth))
            means[part] = profile.density(samples).mean(axis=1)
    return means
