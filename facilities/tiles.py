"""How many pointings cover an area: tile counts.

Where the user has given a survey's own grid, its fields are taken greedily until they hold 50 % or 90 %. Else
by this rule: the sky around the map is laid out with bricks of the size of one field: rows as high, fields
as wide, every second row shifted by half a width, in a frame whose equator and origin lie on the densest cell
(so that a map smaller than one field takes one). A circle counts as its inscribed hexagon, a footprint as a
rectangle of its area. Fields are taken from the most probable down until they hold 50 % or 90 % of the
probability. Where a field is so small that this would take more than `MOST_TILES`, their number is the
credible area over the field's.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import numpy as np

from facilities.cells import raster
from facilities.facility import Facility, FacilityError, FieldOfView
from facilities.grids import SurveyGrid, fields_to_take, members_of, read_grid
from skymaps import healpix
from skymaps.healpix import Floats
from skymaps.regions import Greedy, greedy
from skymaps.skymap import SkyMap

MOST_TILES: Final = 400
"""More tiles than this are counted by area: by then the ragged edge is a few percent of them."""

PIXELS_A_TILE: Final = 12
"""At least so many pixels in a tile …"""

MOST_PIXELS: Final = 10_000
"""… and finer, up to five orders, while the whole area takes no more than this."""

LAID_OUT: Final = 0.97
"""Probability that is laid out with tiles; taking the best of them first, no more is needed to hold 90 %."""

FINEST: Final = 18
"""Order of 0.8″: no field is smaller than a few such pixels."""

FINEST_IN_GRID: Final = 10
"""Order of 3.4′: fine enough for any survey's field."""


class TileCounter:
    """Tile counts of one map for any number of facilities; equal fields are counted once."""

    def __init__(self, skymap: SkyMap, ranked: Greedy | None = None) -> None:
        self._skymap = skymap
        self._ranked = ranked or greedy(skymap)
        self._area_50, self._area_90 = self._ranked.area_of(0.5), self._ranked.area_of(0.9)
        self._laid_out = self._ranked.cells_of(LAID_OUT)
        self._area_laid_out = self._ranked.area_of(LAID_OUT)
        self._axes = _axes(_direction(skymap, int(self._ranked.index[0])))
        self._rasters: dict[int, tuple[Floats, Floats, Floats]] = {}
        self._counts: dict[tuple[FieldOfView, str | None], tuple[int | None, int | None]] = {}

    def count(self, facility: Facility) -> tuple[int | None, int | None]:
        """Fields that hold 50 % and 90 % of the probability; None where a survey's grid never does.

        Raises FacilityError where the grid's file cannot be read.
        """
        field, grid = facility.field_of_view, facility.survey_grid
        if (field, grid) not in self._counts:
            laid = self._count(field) if grid is None else self._count_in_grid(field, read_grid(Path(grid)))
            self._counts[field, grid] = laid
        return self._counts[field, grid]

    def _count_in_grid(self, field: FieldOfView, grid: SurveyGrid) -> tuple[int | None, int | None]:
        order = min(FINEST_IN_GRID, _order_for(field.effective_area, self._area_laid_out))
        pixels, probability = raster(self._skymap, self._laid_out, order)
        chosen = fields_to_take(grid, field, healpix.unit_vectors(order, pixels), probability, 0.9)
        held = np.cumsum([each.probability for each in chosen])
        return _reached(held, 0.5), _reached(held, 0.9)

    def _count(self, field: FieldOfView) -> tuple[int, int]:
        width, height = brick(field)
        area = width * height
        if self._area_90 / area > MOST_TILES:
            return math.ceil(self._area_50 / area), math.ceil(self._area_90 / area)
        lon, lat, probability = self._raster(_order_for(area, self._area_laid_out))
        row = np.rint(lat / height).astype(np.int64)
        span = lon * np.cos(np.radians(row * height)) / width
        column = np.rint(span - 0.5 * (row % 2)).astype(np.int64)
        _, member = np.unique(row * 1_000_003 + column, return_inverse=True)
        held = np.cumsum(np.sort(np.bincount(member, probability).astype(np.float64))[::-1])
        return _reaching(held, 0.5), _reaching(held, 0.9)

    def _raster(self, order: int) -> tuple[Floats, Floats, Floats]:
        """Pixels of one order: longitude and latitude about the densest cell (degrees), probability."""
        if order not in self._rasters:
            pixels, probability = raster(self._skymap, self._laid_out, order)
            turned = healpix.unit_vectors(order, pixels) @ self._axes.T
            lon = np.degrees(np.arctan2(turned[:, 1], turned[:, 0]))
            lat = np.degrees(np.arcsin(np.clip(turned[:, 2], -1.0, 1.0)))
            self._rasters[order] = (lon, lat, probability)
        return self._rasters[order]


def field_probabilities(skymap: SkyMap, facility: Facility) -> tuple[SurveyGrid, Floats]:
    """The facility's survey grid and the probability inside each of its fields [M], overlaps counted in each.

    Raises FacilityError for a facility without a grid, or whose grid's file cannot be read.
    """
    if facility.survey_grid is None:
        raise FacilityError(f"{facility.name} has no survey_grid; give it one in your facilities file")
    grid, field = read_grid(Path(facility.survey_grid)), facility.field_of_view
    order = min(FINEST_IN_GRID, _order_for(field.effective_area, greedy(skymap).area_of(LAID_OUT)))
    pixels, probability = raster(skymap, np.arange(len(skymap)), order)
    members = members_of(grid, field, healpix.unit_vectors(order, pixels))
    return grid, np.array([probability[inside].sum() for inside in members])


def _order_for(tile: float, region: float) -> int:
    """The order of the pixels on which tiles of `tile` deg² are laid over a region of `region` deg²."""
    whole = float(healpix.pixel_area(0)) * healpix.DEG2_PER_SR
    enough = math.ceil(math.log2(whole * PIXELS_A_TILE / tile) / 2.0)
    affordable = math.floor(math.log2(whole * MOST_PIXELS / region) / 2.0)
    return min(FINEST, max(0, enough, min(enough + 5, affordable)))


def brick(field: FieldOfView) -> tuple[float, float]:
    """Width and height in degrees of the brick that stands for one field."""
    if field.shape == "circle":
        fill = math.sqrt(field.effective_area / field.outline_area)
        radius = fill * field.width / 2.0
        return math.sqrt(3.0) * radius, 1.5 * radius
    fill = math.sqrt(field.effective_area / field.outline_area)
    return fill * field.width, fill * field.height


def _direction(skymap: SkyMap, index: int) -> Floats:
    """Centre of one cell."""
    centre: Floats = healpix.unit_vectors(skymap.order[index], skymap.ipix[index])
    return centre


def _axes(origin: Floats) -> Floats:
    """Rows: the origin, then two directions across it, east and north where it is not at a pole."""
    pole = np.array([0.0, 0.0, 1.0]) if abs(origin[2]) < 0.999 else np.array([1.0, 0.0, 0.0])
    east = np.cross(pole, origin)
    east /= np.linalg.norm(east)
    return np.stack((origin, east, np.cross(origin, east)))


def _reaching(held: Floats, level: float) -> int:
    """How many of the tiles, best first, it takes to hold `level`."""
    return int(np.searchsorted(held, level * (1.0 - 1e-9))) + 1


def _reached(held: Floats, level: float) -> int | None:
    """As `_reaching`, None where all fields together do not."""
    return _reaching(held, level) if held.size and held[-1] >= level * (1.0 - 1e-9) else None
