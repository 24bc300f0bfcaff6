"""What has been pointed at of a sky map: by one instrument, and by several together, overlaps once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facilities.facility import FieldOfView
from facilities.grids import SurveyGrid, members_of
from facilities.planning.footprints import Patch, inside_any
from facilities.planning.pixels import pixels_of
from skymaps.skymap import SkyMap


@dataclass(frozen=True)
class Pointed:
    """The fields of one instrument: centres (ra, dec), ICRS degrees, each once; `planned`: not done yet."""

    name: str
    field: FieldOfView
    centres: tuple[tuple[float, float], ...]
    planned: bool = False

    def patches(self) -> tuple[Patch, ...]:
        """The outlines on the sky."""
        return tuple(Patch.of_field(ra, dec, self.field, name=self.name) for ra, dec in self.centres)


@dataclass(frozen=True)
class Covered:
    """Probability 0..1 in each group's fields; of all that is done; of that and what is planned."""

    alone: tuple[float, ...]
    done: float
    with_planned: float


def covered(skymap: SkyMap, groups: Sequence[Pointed]) -> Covered:
    """How much of the map the groups hold. A field is what `members_of` says; outlines have no gaps."""
    alone: list[float] = []
    done = planned = 0.0
    taken: list[Patch] = []
    order = sorted(range(len(groups)), key=lambda i: (groups[i].planned, -groups[i].field.effective_area))
    by_group: dict[int, float] = {}
    for index in order:
        group = groups[index]
        whole, new = _held(skymap, group, taken)
        by_group[index] = whole
        if group.planned:
            planned += new
        else:
            done += new
        taken += group.patches()
    alone = [by_group[index] for index in range(len(groups))]
    return Covered(tuple(alone), min(1.0, done), min(1.0, done + planned))


def _held(skymap: SkyMap, group: Pointed, taken: Sequence[Patch]) -> tuple[float, float]:
    """Probability in a group's fields, and of that what is not taken."""
    if not group.centres:
        return 0.0, 0.0
    ra, dec = np.array(group.centres).T
    fields = SurveyGrid(tuple(str(i) for i in range(len(ra))), ra, dec)
    pixels = pixels_of(skymap, fields, group.field)
    inside = np.zeros(len(pixels.index), dtype=np.bool_)
    for members in members_of(fields, group.field, pixels.directions):
        inside[members] = True
    held = np.where(inside, pixels.probability, 0.0)
    left = held[~inside_any(taken, pixels.directions)] if taken else held
    return float(held.sum()), float(left.sum())
