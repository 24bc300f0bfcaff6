"""Two sky maps of one event: how well they agree, and both together. Exact on the cells of both.

HEALPix cells are either nested or disjoint, so the common refinement of two maps is made of cells of theirs:
where two overlap, the finer one. No resampling, no nearest pixel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from skymaps import healpix
from skymaps.healpix import Flags, Integers
from skymaps.skymap import SkyMap, SkyMapError, SkyMapMeta


@dataclass(frozen=True, eq=False)
class _Common:
    """Cells of the common refinement: their NUNIQ, and which cell of either map each lies in."""

    uniq: Integers
    first: Integers
    second: Integers


def overlap(a: SkyMap, b: SkyMap) -> float:
    """The overlap integral of RAVEN, I = 4π ∫ ρ_a ρ_b dΩ: above 1 the maps agree, below not, 0 excludes.

    Ashton et al. 2018 (ApJ 860, 6) and Urban 2016; I divides the temporal false-alarm rate.
    """
    cells = _common_refinement(a, b)
    area = healpix.pixel_area(healpix.order_of(cells.uniq))
    return 4.0 * math.pi * float(np.sum(a.density[cells.first] * b.density[cells.second] * area))


def combine(a: SkyMap, b: SkyMap) -> SkyMap:
    """The sky map that both together say: the normalised product of two independent ones.

    Distance columns, the time and the name come from the map that has distance, or from `a` if both or
    neither have. Raises `SkyMapError` where no place is possible for both.
    """
    cells = _common_refinement(a, b)
    product = a.density[cells.first] * b.density[cells.second]
    if not np.any(product > 0.0):
        raise SkyMapError("no spatial overlap: no place on the sky is possible for both maps")
    lead, index = (b, cells.second) if b.has_distance and not a.has_distance else (a, cells.first)
    distance = None
    if lead.distmu is not None and lead.distsigma is not None and lead.distnorm is not None:
        distance = (lead.distmu[index], lead.distsigma[index], lead.distnorm[index])
    meta = SkyMapMeta(
        object=lead.meta.object,
        event_time=lead.meta.event_time or a.meta.event_time or b.meta.event_time,
        creator="nightdesk",
        instruments=tuple(dict.fromkeys((*a.meta.instruments, *b.meta.instruments))),
        notes=("product of two sky maps",),
    )
    return SkyMap.from_cells(cells.uniq, product, distance, meta)


def _common_refinement(a: SkyMap, b: SkyMap) -> _Common:
    """Each cell of one map that lies in a cell of the other, with equal cells taken once."""
    in_b = _holder(a, b)
    in_a = _holder(b, a)
    of_a = np.flatnonzero(in_b >= 0)
    of_b = np.flatnonzero((in_a >= 0) & (b.order > a.order[np.maximum(in_a, 0)]))
    return _Common(
        np.concatenate((a.uniq[of_a], b.uniq[of_b])),
        np.concatenate((of_a, in_a[of_b])),
        np.concatenate((in_b[of_a], of_b)),
    )


def _holder(inner: SkyMap, outer: SkyMap) -> Integers:
    """For each cell of `inner`, the cell of `outer` that holds all of it, or -1."""
    index, start = outer.along_sky
    begin = healpix.range_start(inner.uniq, inner.order)
    place = np.searchsorted(start, begin, side="right") - 1
    cell = index[np.maximum(place, 0)]
    end = start[np.maximum(place, 0)] + healpix.range_length(outer.order[cell])
    held: Flags = (place >= 0) & (begin < end) & (outer.order[cell] <= inner.order)
    return np.where(held, cell, -1)
