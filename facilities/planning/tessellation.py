"""The sky laid out with fields of one size, the same for every event: for facilities without a grid.

Rows of constant declination from the equator to the poles. In each row the fields stand so close that they
touch along the edge nearer to the equator, and a row begins where the one before it ends at its lowest:
nothing is left out between rectangles. Circles stand for their inscribed hexagon, whose rows do not always
mesh on a sphere: up to some percent of the sky lies between them. A field is called by its row and column,
`N12-345`: the row counts from the equator, north or south, the column eastwards from RA 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from facilities.facility import FieldOfView
from facilities.grids import SurveyGrid
from facilities.tiles import brick
from skymaps.healpix import Floats, Integers, degrees_from_vectors


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of one hemisphere from the equator on: centres and upper edges (degrees), fields a row."""

    centre: Floats
    until: Floats
    columns: Integers


def fields_holding(field: FieldOfView, directions: Floats) -> tuple[SurveyGrid, Integers]:
    """The fields that hold the unit vectors [N, 3], and which of them each is in [N]."""
    rows = rows_of(*brick(field))
    ra, dec = degrees_from_vectors(directions)
    row = np.minimum(np.searchsorted(rows.until, np.abs(dec), side="left"), rows.until.size - 1)
    columns = rows.columns[row]
    column = np.rint(ra / 360.0 * columns).astype(np.int64) % columns
    signed = np.where(dec < 0.0, -row, row)
    number, member = np.unique(
        signed * (1 << 32) + column, return_inverse=True
    )  # a row of its own never has 2^32 fields
    up = np.floor_divide(number, 1 << 32)
    along = number - (up << 32)
    places = zip(up.tolist(), along.tolist(), strict=True)
    names = tuple(f"{'S' if row < 0 else 'N'}{abs(row)}-{column}" for row, column in places)
    centre = np.sign(up) * rows.centre[np.abs(up)]
    return SurveyGrid(names, along * 360.0 / rows.columns[np.abs(up)], centre), member.astype(np.int64)


@lru_cache(maxsize=64)
def rows_of(width: float, height: float) -> Rows:
    """The rows for fields of `width` by `height` degrees."""
    half_width, half_height = math.radians(min(80.0, width / 2.0)), math.radians(min(80.0, height / 2.0))
    centre = [0.0]
    until: list[float] = []
    columns: list[int] = []
    while True:
        middle = centre[-1]
        nearer = math.tan(half_height)
        # half of the right ascension that a field takes along its edge nearer to the equator
        depth = math.cos(middle) + (nearer if middle else 0.0) * math.sin(middle)
        along = math.atan2(math.tan(half_width), depth)
        one_is_enough = middle >= math.pi / 2 and math.pi / 2 - until[-1] <= half_width
        count = 1 if one_is_enough else math.ceil(math.pi / along - 1e-9)
        columns.append(count)
        top = middle + half_height
        if top >= math.pi / 2 - 1e-9 or middle >= math.pi / 2:
            until.append(math.pi / 2)
            break
        # the upper edge is a great circle: lowest midway between two centres
        reach = math.atan(math.tan(top) * math.cos(min(math.pi / count, along)))
        until.append(max(reach, middle + 0.25 * half_height))
        centre.append(min(math.pi / 2, until[-1] + half_height))
    return Rows(np.degrees(centre), np.degrees(until), np.array(columns, dtype=np.int64))
