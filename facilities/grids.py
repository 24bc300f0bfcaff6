"""A survey's own fields on the sky, read from the user's file, and which of them to take first.

Two layouts are read: rows of `id ra dec …` apart by blanks (gwemopt's `.tess`, ZTF's field list), and CSV
whose header names `ID` or `Field`, `RA` and `Dec`. Lines that start with # or % are comments. Degrees, ICRS.
"""

from __future__ import annotations

import csv
import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from facilities.facility import FacilityError, FieldOfView

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SurveyGrid:
    """Field names and centres, float64[M] degrees."""

    names: tuple[str, ...]
    ra: Floats
    dec: Floats

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class ChosenField:
    """A field, its centre in degrees, and the probability it adds to those chosen before it."""

    name: str
    ra: float
    dec: float
    probability: float


@lru_cache(maxsize=32)
def read_grid(path: Path) -> SurveyGrid:
    """The fields of a file; FacilityError names file, line and what was expected."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise FacilityError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise FacilityError(f"{path}: is not text; expected rows of `id ra dec`") from None
    rows = [_field(path, number, cells) for number, cells in _rows(path, lines)]
    if not rows:
        raise FacilityError(f"{path}: has no fields; expected rows of `id ra dec`")
    names, ra, dec = zip(*rows, strict=True)
    return SurveyGrid(names, np.array(ra), np.array(dec))


def _rows(path: Path, lines: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Line number and the three cells of each field."""
    filled = [
        (number, line.strip())
        for number, line in enumerate(lines, start=1)
        if line.strip() and line.lstrip()[0] not in "#%"
    ]
    if not filled or "," not in filled[0][1]:
        for number, line in filled:
            yield number, line.split()[:3]
        return
    header = [cell.strip().casefold() for cell in next(csv.reader([filled[0][1]]))]
    name = next((header.index(each) for each in ("id", "field", "name") if each in header), None)
    if name is None or "ra" not in header or "dec" not in header:
        raise FacilityError(
            f"{path}: line {filled[0][0]}: expected ID (or Field), RA and Dec in the header, "
            f"found {filled[0][1]!r}"
        )
    wanted = (name, header.index("ra"), header.index("dec"))
    for number, line in filled[1:]:
        cells = next(csv.reader([line]))
        yield number, [cells[column] for column in wanted if column < len(cells)]


def _field(path: Path, number: int, cells: Sequence[str]) -> tuple[str, float, float]:
    try:
        name, ra, dec = cells[0].strip().removesuffix(".0"), float(cells[1]), float(cells[2])
    except (IndexError, ValueError):
        raise FacilityError(
            f"{path}: line {number}: expected `id ra dec`, found {' '.join(cells)!r}"
        ) from None
    if not (math.isfinite(ra) and math.isfinite(dec) and -360 <= ra <= 360 and -90 <= dec <= 90):
        raise FacilityError(f"{path}: line {number}: field {name} at ra {ra}, dec {dec} is not on the sky")
    return name, ra % 360.0, dec


def fields_to_take(
    grid: SurveyGrid, field: FieldOfView, directions: Floats, probability: Floats, level: float
) -> tuple[ChosenField, ...]:
    """Fields of the grid, greedily by the probability each adds, until they hold `level` or nothing is left.

    `directions` are unit vectors [N, 3] (ICRS), `probability` theirs; a direction belongs to every field
    whose outline holds it, but is counted once. The greedy order holds at least 1 - 1/e of what the best
    choice of as many fields could (Nemhauser et al. 1978).
    """
    members = members_of(grid, field, directions)
    left = probability.copy()
    queue = [(-float(left[inside].sum()), number) for number, inside in enumerate(members) if inside.size]
    heapq.heapify(queue)
    chosen: list[ChosenField] = []
    held = 0.0
    while queue and held < level * (1.0 - 1e-9):
        _, number = heapq.heappop(queue)
        gain = float(left[members[number]].sum())
        if queue and gain < -queue[0][0]:
            # what others took since made it worse than the next; it waits its turn with its true gain
            heapq.heappush(queue, (-gain, number))
            continue
        if gain <= 0.0:
            break
        left[members[number]] = 0.0
        held += gain
        chosen.append(ChosenField(grid.names[number], float(grid.ra[number]), float(grid.dec[number]), gain))
    return tuple(chosen)


def members_of(grid: SurveyGrid, field: FieldOfView, directions: Floats) -> list[Integers]:
    """Indices of the directions inside each field: north up, tangent plane, gaps taken off all around."""
    from scipy.spatial import cKDTree

    fill = math.sqrt(field.effective_area / field.outline_area)
    half_width = math.tan(math.radians(min(80.0, fill * field.width / 2.0)))
    half_height = math.tan(math.radians(min(80.0, fill * field.height / 2.0)))
    reach = half_width if field.shape == "circle" else math.hypot(half_width, half_height)
    centres, east, north = _axes(grid)
    chord = 2.0 * math.sin(math.atan(reach) / 2.0) + 1e-9
    near = cKDTree(directions).query_ball_point(centres, chord, return_sorted=True)
    members = []
    for number, candidates in enumerate(near):
        index = np.asarray(candidates, dtype=np.int64)
        there = directions[index]
        forward = there @ centres[number]
        x, y = there @ east[number] / forward, there @ north[number] / forward
        if field.shape == "circle":
            inside = np.hypot(x, y) <= half_width
        else:
            inside = (np.abs(x) <= half_width) & (np.abs(y) <= half_height)
        members.append(index[inside])
    return members


def _axes(grid: SurveyGrid) -> tuple[Floats, Floats, Floats]:
    """Unit vectors [M, 3] to the centres, and east and north of each."""
    ra, dec = np.radians(grid.ra), np.radians(grid.dec)
    zero = np.zeros_like(ra)
    centre = np.stack((np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)), axis=-1)
    east = np.stack((-np.sin(ra), np.cos(ra), zero), axis=-1)
    north = np.stack((-np.sin(dec) * np.cos(ra), -np.sin(dec) * np.sin(ra), np.cos(dec)), axis=-1)
    return centre, east, north
