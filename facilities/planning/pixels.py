"""The sky around a set of fields on pixels of one order, with exactly what a map holds in each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from facilities.facility import FieldOfView
from facilities.grids import SurveyGrid
from skymaps import healpix
from skymaps.healpix import Floats, Integers
from skymaps.skymap import SkyMap

FINEST: Final = 18
"""Order of 0.8″."""

PIXELS_IN_ALL: Final = 120_000
PIXELS_A_FIELD: Final = (20, 20_000)
"""At least and at most so many pixels in one field: enough that its edge costs little."""


@dataclass(frozen=True, eq=False)
class Pixels:
    """NESTED pixels of `order`, ascending [N], their centres (unit vectors [N, 3]) and probability [N]."""

    order: int
    index: Integers
    directions: Floats
    probability: Floats

    @property
    def area(self) -> float:
        """Of one pixel, deg²."""
        return float(healpix.pixel_area(self.order)) * healpix.DEG2_PER_SR


def pixels_of(skymap: SkyMap, fields: SurveyGrid, field: FieldOfView) -> Pixels:
    """Every pixel that one of the fields may hold, as fine as their number allows."""
    order = _order_for(field.effective_area, len(fields))
    centres = healpix.vectors_from_degrees(fields.ra, fields.dec)
    index = _near(centres, reach_of(field), order)
    return Pixels(order, index, healpix.unit_vectors(order, index), probability_of(skymap, order, index))


def probability_of(skymap: SkyMap, order: int, index: Integers) -> Floats:
    """Probability of NESTED pixels of one order: cells finer are summed, coarser ones give their share.

    Along the NESTED curve a map is a staircase of densities; its integral at both ends of a pixel is all.
    """
    cells, start = skymap.along_sky
    end = start + healpix.range_length(skymap.order[cells])
    held = np.cumsum(skymap.probability[cells])
    where = np.stack((start, end), axis=-1).ravel().astype(np.float64)
    integral = np.stack((held - skymap.probability[cells], held), axis=-1).ravel()
    shift = 2 * (healpix.MAX_ORDER - order)
    first = (index << shift).astype(np.float64)
    last = ((index + 1) << shift).astype(np.float64)
    share: Floats = np.interp(last, where, integral) - np.interp(first, where, integral)
    return np.maximum(share, 0.0)


def reach_of(field: FieldOfView) -> float:
    """Radians from the centre of a field to its farthest corner."""
    sides = [math.tan(math.radians(min(80.0, side / 2.0))) for side in (field.width, field.height)]
    return math.atan(sides[0] if field.shape == "circle" else math.hypot(*sides))


def _order_for(area: float, fields: int) -> int:
    """The order of pixels for so many fields of `area` deg²."""
    whole = float(healpix.pixel_area(0)) * healpix.DEG2_PER_SR
    least, most = PIXELS_A_FIELD
    wanted = min(most, max(least, PIXELS_IN_ALL / max(1, fields)))
    return min(FINEST, max(0, round(math.log2(whole * wanted / area) / 2.0)))


def _near(centres: Floats, reach: float, order: int) -> Integers:
    """Pixels of `order` whose centre is within `reach` (radians) of any centre, ascending."""
    from scipy.spatial import cKDTree

    tree = cKDTree(centres)
    level = min(order, 2)
    index: Integers = np.arange(12 << (2 * level), dtype=np.int64)
    while True:
        slack = healpix.circumradius(level) if level < order else 0.0
        chord = 2.0 * math.sin(min(math.pi, reach + slack) / 2.0) + 1e-9
        away, _ = tree.query(healpix.unit_vectors(level, index), distance_upper_bound=chord)
        index = index[np.isfinite(away)]
        if level == order:
            return index
        step = min(2, order - level)
        index, level = healpix.children(index, step).ravel(), level + step
