"""What somebody else's exposures cover, counted as our own plans are: overlaps once, taken sky not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from facilities.facility import Facility
from facilities.grids import SurveyGrid, members_of
from facilities.plan import Exposure
from facilities.planning.footprints import Patch, inside_any
from facilities.planning.pixels import pixels_of
from skymaps.skymap import SkyMap


def counted(
    skymap: SkyMap, facility: Facility, exposures: Sequence[Exposure], taken: Sequence[Patch] = ()
) -> tuple[tuple[Exposure, ...], float, float]:
    """The exposures in time order, each with what it adds; the probability and the area (deg²) of all."""
    ordered = sorted(exposures, key=lambda each: each.start)
    if not ordered:
        return (), 0.0, 0.0
    names = list(dict.fromkeys(each.field for each in ordered))
    number = {name: index for index, name in enumerate(names)}
    first = {each.field: each for each in reversed(ordered)}
    fields = SurveyGrid(
        tuple(names),
        np.array([first[name].ra for name in names]),
        np.array([first[name].dec for name in names]),
    )
    pixels = pixels_of(skymap, fields, facility.field_of_view)
    members = members_of(fields, facility.field_of_view, pixels.directions)
    left = np.where(inside_any(taken, pixels.directions), 0.0, pixels.probability)
    seen = np.zeros(left.size, dtype=np.bool_)
    added = []
    for each in ordered:
        inside = members[number[each.field]]
        added.append(replace(each, probability=float(left[inside].sum())))
        left[inside] = 0.0
        seen[inside] = True
    total = min(1.0, sum(each.probability for each in added))
    return tuple(added), total, float(np.count_nonzero(seen)) * pixels.area
