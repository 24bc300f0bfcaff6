"""How plans are told apart on a plot: by time within one, by colour between several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap

from cards.plots.projection import Floats, Gnomonic, Mollweide
from facilities.facility import Facility
from facilities.plan import Exposure, Plan
from facilities.planning.footprints import outline

TIME = LinearSegmentedColormap.from_list("time", ["#fde725", "#f89540", "#cc4778", "#7e03a8", "#0d0887"])
"""From early to late; readable without seeing colours, for it only darkens."""

SEVERAL = ("#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#0072b2")
_EDGE = 179.999
Colour: TypeAlias = str | tuple[float, float, float, float]
LEAST_SEEN = 0.012
"""Part of the height of a plot; smaller fields are drawn as dots."""


@dataclass(frozen=True, eq=False)
class Tile:
    """One field of a plan: when it is first exposed, as a number from 1 on and as a part of the plan 0..1."""

    number: int
    name: str
    ra: float
    dec: float
    start: datetime | None  # None of what was merely observed
    along: float
    corners: tuple[Floats, Floats]


def tiles_of(plan: Plan, facility: Facility) -> tuple[Tile, ...]:
    """The fields of a plan in the order in which they are first exposed."""
    first: dict[str, Exposure] = {}
    for each in plan.exposures:
        first.setdefault(each.field, each)
    if not first:
        return ()
    begin, end = plan.exposures[0].start, plan.exposures[-1].start
    length = max(1.0, (end - begin).total_seconds())
    return tuple(
        Tile(
            number,
            each.field,
            each.ra,
            each.dec,
            each.start,
            (each.start - begin).total_seconds() / length,
            outline(each.ra, each.dec, facility.field_of_view),
        )
        for number, each in enumerate(first.values(), start=1)
    )


def draw_on_sky(axes: Axes, projection: Mollweide, tiles: Sequence[Tile], colours: Sequence[Colour]) -> None:
    """Tiles as filled outlines on the whole sky; one across the edge is drawn on both sides."""
    shapes, painted = [], []
    for tile, colour in zip(tiles, colours, strict=True):
        ra, dec = tile.corners
        middle = float(projection.offset(tile.ra))
        around = middle + (ra - tile.ra + 180.0) % 360.0 - 180.0
        for turn in (0.0, -360.0, 360.0):
            if np.all(np.abs(around + turn) > 180.0):
                continue
            inside = np.clip(around + turn, -_EDGE, _EDGE)
            shapes.append(np.column_stack(projection.project(projection.centre_ra + inside, dec)))
            painted.append(colour)
    axes.add_collection(
        PolyCollection(shapes, facecolors=painted, edgecolors=painted, linewidths=0.5, alpha=0.75, zorder=4)
    )


def draw_on_plane(
    axes: Axes, plane: Gnomonic, tiles: Sequence[Tile], colours: Sequence[Colour], *, fill: float
) -> None:
    """Tiles on a tangent plane, as dots where they are tiny; those that reach behind it are left out."""
    shapes, painted = [], []
    for tile, colour in zip(tiles, colours, strict=True):
        x, y = plane.project(*tile.corners)
        if np.all(np.isfinite(x)):
            shapes.append(np.column_stack((x, y)))
            painted.append(colour)
    tall = [float(np.ptp(shape[:, 1])) for shape in shapes]
    if tall and float(np.median(tall)) < LEAST_SEEN * float(np.ptp(axes.get_ylim())):
        middles = np.array([shape.mean(axis=0) for shape in shapes])
        axes.scatter(
            middles[:, 0], middles[:, 1], s=16, c=painted, edgecolors="white", linewidths=0.6, zorder=5
        )
        return
    if fill:
        axes.add_collection(
            PolyCollection(shapes, facecolors=painted, edgecolors="none", alpha=fill, zorder=4)
        )
    axes.add_collection(
        PolyCollection(shapes, facecolors="none", edgecolors=painted, linewidths=1.3, zorder=5)
    )
