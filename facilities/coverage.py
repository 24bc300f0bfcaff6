"""How much of a sky map has been observed: each place counted once, by one telescope and by all together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from facilities.facility import FieldOfView
from facilities.grids import SurveyGrid, members_of
from skymaps import healpix
from skymaps.healpix import Floats, Integers
from skymaps.regions import cells_at
from skymaps.skymap import SkyMap

FINEST: Final = 13
"""Order of 26″ pixels."""

PIXELS_A_FIELD: Final = 400
"""At least so many pixels in the smallest field: its edge runs through a tenth of them."""

_COARSE: Final = 5


@dataclass(frozen=True)
class Observed:
    """What one telescope has taken: its field of view, and where it pointed (ICRS degrees)."""

    name: str
    field: FieldOfView
    pointings: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Covered:
    """Probability (0..1) of the map inside at least one field, and the sky in them, deg², overlaps once."""

    probability: float
    area: float


@dataclass(frozen=True)
class Coverage:
    """What each telescope has covered, by name, and what all have together."""

    by_name: dict[str, Covered]
    together: Covered


def coverage(skymap: SkyMap, observed: Sequence[Observed]) -> Coverage:
    """The probability and the sky in the union of the fields (not the sum: what is seen twice counts once).

    A place belongs to a field by the rule of `facilities.grids.members_of`: tangent plane, north up, gaps
    between detectors taken off all around. Fields are laid on pixels of one order, `PIXELS_A_FIELD` of them
    in the smallest field, so that a field is right to about a percent of itself.
    """
    fields = [each.field.effective_area for each in observed if each.pointings]
    order = _order(min(fields, default=1.0))
    taken = {each.name: _pixels_in(each, order) for each in observed}
    every = np.unique(np.concatenate([*taken.values(), np.zeros(0, dtype=np.int64)]))
    probability = probability_in(skymap, order, every)
    area = float(healpix.pixel_area(order)) * healpix.DEG2_PER_SR

    def covered(pixels: Integers) -> Covered:
        held = float(probability[np.searchsorted(every, pixels)].sum())
        return Covered(min(1.0, held), pixels.size * area)

    return Coverage({name: covered(pixels) for name, pixels in taken.items()}, covered(every))


def probability_in(skymap: SkyMap, order: int, pixels: Integers) -> Floats:
    """Probability of the map in NESTED pixels of one order, ascending: finer cells summed, coarser shared."""
    held = np.zeros(pixels.size)
    if not pixels.size:
        return held
    fine = np.flatnonzero(skymap.order > order)
    parent = skymap.ipix[fine] >> (2 * (skymap.order[fine] - order))
    place = np.minimum(np.searchsorted(pixels, parent), pixels.size - 1)
    here = pixels[place] == parent
    held += np.bincount(place[here], weights=skymap.probability[fine[here]], minlength=pixels.size)
    cell = cells_at(skymap, *healpix.degrees_from_vectors(healpix.unit_vectors(order, pixels)))
    coarse = (cell >= 0) & (skymap.order[np.maximum(cell, 0)] <= order)
    held[coarse] += skymap.density[cell[coarse]] * float(healpix.pixel_area(order))
    return held


def _pixels_in(observed: Observed, order: int) -> Integers:
    """The pixels whose centres lie in at least one of the fields, ascending."""
    found: list[Integers] = []
    reach = math.radians(math.hypot(observed.field.width, observed.field.height) / 2.0)
    for ra, dec in sorted(set(observed.pointings)):
        near = _disc(order, healpix.vectors_from_degrees(ra, dec), reach)
        grid = SurveyGrid(("",), np.array([ra]), np.array([dec]))
        found.append(near[members_of(grid, observed.field, healpix.unit_vectors(order, near))[0]])
    return np.unique(np.concatenate([*found, np.zeros(0, dtype=np.int64)]))


def _disc(order: int, centre: Floats, radius: float) -> Integers:
    """NESTED pixels that may have their centre within `radius` radians of a direction."""
    level = min(order, _COARSE)
    coarse = np.arange(12 << (2 * level), dtype=np.int64)
    while True:
        reach = radius * 1.02 + healpix.circumradius(level)
        coarse = coarse[healpix.separation(healpix.unit_vectors(level, coarse), centre) <= reach]
        if level == order:
            return coarse
        coarse, level = healpix.children(coarse).ravel(), level + 1


def _order(area: float) -> int:
    """The order that puts enough pixels into a field of `area` deg²."""
    whole = float(healpix.pixel_area(0)) * healpix.DEG2_PER_SR
    return min(FINEST, max(_COARSE, math.ceil(math.log2(whole * PIXELS_A_FIELD / area) / 2.0)))
