"""What instruments have pointed at of a sky map: each alone, what is done, with what is planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from facilities.coverage import Observed, coverage
from facilities.facility import FieldOfView
from facilities.planning.footprints import Patch
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
class PointedShare:
    """Probability 0..1 in each group's fields; of all that is done; of that and what is planned."""

    alone: tuple[float, ...]
    done: float
    with_planned: float


def pointed_share(skymap: SkyMap, groups: Sequence[Pointed]) -> PointedShare:
    """How much of the map the groups hold, overlaps once (`facilities.coverage`)."""
    fields = [Observed(str(index), each.field, each.centres) for index, each in enumerate(groups)]
    both = coverage(skymap, fields)
    done = [each for each, group in zip(fields, groups, strict=True) if not group.planned]
    observed = both if len(done) == len(fields) else coverage(skymap, done)
    alone = tuple(both.by_name[each.name].probability for each in fields)
    return PointedShare(alone, observed.together.probability, both.together.probability)
