"""A sky map brought down to as many directions as observability needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from skymaps import healpix
from skymaps.healpix import Flags, Floats, Integers
from skymaps.regions import Greedy, greedy
from skymaps.skymap import SkyMap

NEGLIGIBLE_TAIL: Final = 5e-4
"""The faintest cells that hold this much together are left out."""

MERGED_PROBABILITY: Final = 2e-4
"""Cells are merged while the merged one holds no more than this."""

COARSEST: Final = 5
"""Merged cells are never larger than those of this order (1.8°)."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Directions that stand for a sky map, those of the 90 % area first.

    `directions` ICRS unit vectors float64[N, 3]; `probability` float64[N] summing to 1; the first `in_90` of
    them belong to the smallest area that holds 90 %; `peak` is the direction of the densest cell of the map.
    """

    directions: Floats
    probability: Floats
    in_90: int
    peak: Floats

    def __len__(self) -> int:
        return int(self.probability.size)

    @property
    def declination(self) -> Floats:
        """ICRS declination in degrees."""
        return np.degrees(np.arcsin(np.clip(self.directions[:, 2], -1.0, 1.0)))


def cells_of(skymap: SkyMap, ranked: Greedy | None = None) -> Cells:
    """The cells that matter for who can see what.

    A cell counts as a whole or not at all, so what matters is how much probability one cell holds, not how
    large it is. The tail of 0.05 % is dropped, and siblings are merged (at the mean of their directions,
    weighted by probability) while together they hold at most 2e-4. The edge of what a telescope reaches
    cuts a few hundred such cells, each wrong by half of its probability at most and either way: probabilities
    stay within 0.002 of those of all cells. Cells inside and outside the 90 % area are never merged.
    `ranked` is `greedy(skymap)` where that is known already.
    """
    ranked = ranked or greedy(skymap)
    inside = ranked.cells_of(0.9).size
    kept = min(ranked.cells_of(1.0 - NEGLIGIBLE_TAIL).size, ranked.index.size)
    index = ranked.index[:kept]
    outside = np.arange(kept) >= inside
    order, ipix, probability = skymap.order[index], skymap.ipix[index], skymap.probability[index]
    directions = healpix.unit_vectors(order, ipix)
    moments = np.column_stack((probability, directions * probability[:, None]))
    parts = [
        _merged(order[which], ipix[which], moments[which]) for which in (~outside, outside) if np.any(which)
    ]
    merged = np.concatenate(parts)
    length = np.sqrt(np.einsum("ij,ij->i", merged[:, 1:], merged[:, 1:]))
    return Cells(
        directions=merged[:, 1:] / length[:, None],
        probability=merged[:, 0] / merged[:, 0].sum(),
        in_90=len(parts[0]),
        peak=directions[0],
    )


def _merged(order: Integers, ipix: Integers, moments: Floats) -> Floats:
    """Merge level by level from the finest order up; rows are probability and probability times direction."""
    done: list[Floats] = []
    level = int(order.max())
    here = order == level
    ipix_now, moments_now = ipix[here], moments[here]
    while level > COARSEST and (ipix_now.size or np.any(order < level)):
        parent, member = np.unique(ipix_now >> 2, return_inverse=True)
        sums = np.column_stack([np.bincount(member, column, parent.size) for column in moments_now.T])
        small = sums[:, 0] <= MERGED_PROBABILITY
        done.append(moments_now[~small[member]])
        level -= 1
        native = order == level
        ipix_now = np.concatenate((parent[small], ipix[native]))
        moments_now = np.concatenate((sums[small], moments[native]))
    coarser: Flags = order < level
    return np.concatenate((*done, moments_now, moments[coarser]))


def raster(skymap: SkyMap, index: Integers, order: int) -> tuple[Integers, Floats]:
    """The cells `index` on the pixels of one order: NESTED pixels, ascending, and their probability.

    Finer cells are summed, coarser ones spread evenly.
    """
    own, ipix, probability = skymap.order[index], skymap.ipix[index], skymap.probability[index]
    pixels, values = [], []
    for level in np.unique(own):
        here = own == level
        if level >= order:
            pixels.append(ipix[here] >> (2 * (level - order)))
            values.append(probability[here])
        else:
            levels = int(order - level)
            pixels.append(healpix.children(ipix[here], levels).ravel())
            values.append(np.repeat(probability[here] / 4.0**levels, 4**levels))
    found, member = np.unique(np.concatenate(pixels), return_inverse=True)
    held: Floats = np.bincount(member, np.concatenate(values), found.size).astype(np.float64)
    return found.astype(np.int64), held
