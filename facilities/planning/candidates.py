"""The fields that a plan may choose from: a grid's, a tessellation's, one in the middle, or on galaxies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from facilities.cells import raster
from facilities.ephemeris import sky_at
from facilities.facility import Facility, FieldOfView
from facilities.grids import SurveyGrid, read_grid
from facilities.planning.footprints import held_by
from facilities.planning.night import Watch, sight_of
from facilities.planning.pixels import FINEST, pixels_of, reach_of
from facilities.planning.tessellation import fields_holding
from facilities.tiles import brick
from skymaps import healpix
from skymaps.healpix import Floats, Integers, degrees_from_vectors
from skymaps.regions import Greedy
from skymaps.skymap import SkyMap

LAID_OUT: Final = 0.999
"""Probability that is laid out with fields."""

MOST_CANDIDATES: Final = 4000
SPARE: Final = 3
"""So many times the sky that there is time for is laid out: some of it sets, some of it overlaps."""

MOST_CELLS: Final = 200_000
COARSE_MINUTES: Final = 10

_NO_FIELDS: Final = SurveyGrid((), np.zeros(0), np.zeros(0))


@dataclass(frozen=True)
class GalaxyTarget:
    """A galaxy that a telescope may point at, ICRS degrees; `weight` is its share of the list's scores."""

    name: str
    ra: float
    dec: float
    weight: float


def centred(skymap: SkyMap, ranked: Greedy, field: FieldOfView, level: float) -> SurveyGrid | None:
    """One pointing that holds at least `level` of the map; None where none does.

    Tried are the mean direction of the 90 % region, the middle of its extent and the densest cell; the one
    that holds most is taken.
    """
    cells = ranked.cells_of(0.9)
    vectors, probability = skymap.unit_vectors[cells], skymap.probability[cells]
    mean = probability @ vectors
    if np.linalg.norm(mean) < 0.1 or ranked.area_of(level) > 1.001 * field.outline_area:
        return None
    mean /= np.linalg.norm(mean)
    if float(np.median(vectors @ mean)) < math.cos(reach_of(field)):
        return None
    middle = vectors.min(axis=0) + vectors.max(axis=0)
    tried = [mean, middle / max(float(np.linalg.norm(middle)), 1e-9), vectors[0]]
    best, most = None, level * (1.0 - 1e-9)
    for centre in tried:
        ra, dec = (float(v) for v in degrees_from_vectors(centre))
        one = SurveyGrid(("centre",), np.array([ra]), np.array([dec]))
        pixels = pixels_of(skymap, one, field)
        held = float(pixels.probability[held_by(field, ra, dec, pixels.directions)].sum())
        if held > most:
            best, most = one, held
    return best


def fields_for(
    skymap: SkyMap, ranked: Greedy, facility: Facility, watch: Watch, room: int
) -> tuple[SurveyGrid, bool]:
    """The fields worth a look where there is time for `room`, and whether they are a survey's own.

    Fields that hold some of the map; those of small fields of view only where the map is densest among what
    comes into sight in the watch.
    """
    field = facility.field_of_view
    cells = _worth_a_look(skymap, ranked, watch, field, room)
    if not cells.size:
        return _NO_FIELDS, False
    width, height = brick(field)
    order = _order_below(min(width, height) / 2.0)
    pixels, probability = raster(skymap, cells, order)
    directions = healpix.unit_vectors(order, pixels)
    if facility.survey_grid is not None:
        return _near(read_grid(Path(facility.survey_grid)), field, directions, probability), True
    fields, member = fields_holding(field, directions)
    held = np.bincount(member, probability, len(fields)).astype(np.float64)
    return _best(fields, held), False


def on_galaxies(galaxies: Sequence[GalaxyTarget], most: int) -> SurveyGrid:
    """A pointing on each of the likeliest galaxies."""
    best = sorted(galaxies, key=lambda each: -each.weight)[:most]
    return SurveyGrid(
        tuple(each.name for each in best),
        np.array([each.ra % 360.0 for each in best]),
        np.array([each.dec for each in best]),
    )


def _worth_a_look(skymap: SkyMap, ranked: Greedy, watch: Watch, field: FieldOfView, room: int) -> Integers:
    """Cells of the map, densest first: all that matter, or for small fields those that can be reached."""
    cells = ranked.cells_of(LAID_OUT)
    affordable = SPARE * (room + 1) * field.effective_area
    if ranked.area_of(LAID_OUT) / field.effective_area <= MOST_CANDIDATES / 2 or (
        ranked.area_of(LAID_OUT) <= affordable
    ):
        return cells
    cells = cells[:MOST_CELLS]
    ra, dec = degrees_from_vectors(skymap.unit_vectors[cells])
    seldom = Watch(watch.facility, sky_at(watch.sky.instants[::COARSE_MINUTES]))
    seen = cells[(sight_of(seldom, ra, dec).until >= 0).any(axis=0)]
    area = np.cumsum(skymap.area[seen]) * healpix.DEG2_PER_SR
    return seen[: int(np.searchsorted(area, affordable)) + 1]


def _near(grid: SurveyGrid, field: FieldOfView, directions: Floats, probability: Floats) -> SurveyGrid:
    """The fields of a grid that hold any of the directions."""
    from scipy.spatial import cKDTree

    centres = healpix.vectors_from_degrees(grid.ra, grid.dec)
    chord = 2.0 * math.sin(reach_of(field) / 2.0)
    away, nearest = cKDTree(directions).query(centres, distance_upper_bound=chord)
    touching = np.flatnonzero(np.isfinite(away))
    return _best(_taken(grid, touching), probability[nearest[touching]])


def _best(fields: SurveyGrid, held: Floats) -> SurveyGrid:
    if len(fields) <= MOST_CANDIDATES:
        return fields
    return _taken(fields, np.sort(np.argsort(-held, kind="stable")[:MOST_CANDIDATES]))


def _taken(fields: SurveyGrid, index: Integers) -> SurveyGrid:
    return SurveyGrid(tuple(fields.names[i] for i in index), fields.ra[index], fields.dec[index])


def _order_below(degrees: float) -> int:
    """The coarsest order whose pixels are no wider than this."""
    whole = math.degrees(math.sqrt(float(healpix.pixel_area(0))))
    return min(FINEST, max(0, math.ceil(math.log2(whole / degrees))))
