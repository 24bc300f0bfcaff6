"""Plans beside each other: what each covers, how soon, and how much of it the others cover too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from facilities.facility import Facility, FacilityError
from facilities.grids import SurveyGrid, members_of
from facilities.plan import Plan
from facilities.planning.pixels import pixels_of, probability_of
from skymaps import healpix
from skymaps.healpix import Floats, Integers
from skymaps.skymap import SkyMap


@dataclass(frozen=True)
class PlanNumbers:
    """One plan in numbers.

    `probability` (0..1) and `area` (deg²) are counted anew on `skymap`, overlaps once, whoever made the plan.
    `start` and `end` are first shutter and last; `half` is when it has half of its own probability; None
    for an empty plan. `seconds` the shutter is open in all.
    """

    facility: str
    planner: str
    strategy: str
    probability: float
    area: float
    fields: int
    exposures: int
    start: datetime | None
    end: datetime | None
    half: datetime | None
    seconds: float

    @property
    def duration(self) -> timedelta | None:
        """From the first shutter to the last."""
        return self.end - self.start if self.start and self.end else None

    @property
    def minutes_to_half(self) -> float | None:
        """Minutes from the first shutter until half of the plan's probability is exposed."""
        return (self.half - self.start).total_seconds() / 60.0 if self.start and self.half else None


@dataclass(frozen=True)
class Comparison:
    """`overlaps[i][j]` is the probability that both plan i and plan j cover (i = j: the plan's own);
    `together` and `together_area` what all of them cover."""

    plans: tuple[PlanNumbers, ...]
    overlaps: tuple[tuple[float, ...], ...]
    together: float
    together_area: float


def compare(plans: Sequence[Plan], skymap: SkyMap, facilities: Mapping[str, Facility]) -> Comparison:
    """The numbers of plans on one map. `facilities` by name, for their fields of view.

    Raises `FacilityError` for a plan of a facility that is not among them.
    """
    covers = [_Covered.of(plan, skymap, _facility_of(plan, facilities)) for plan in plans]
    common = min((each.order for each in covers if each.index.size), default=0)
    common = min(common, healpix.MAX_ORDER)
    regions = [each.at(common) for each in covers]
    overlaps = tuple(
        tuple(cover.probability if other is one else _shared(skymap, common, one, other) for other in regions)
        for cover, one in zip(covers, regions, strict=True)
    )
    together = _union(regions)
    held = probability_of(skymap, common, together.index) @ together.share if together.index.size else 0.0
    return Comparison(
        plans=tuple(_numbers(plan, cover) for plan, cover in zip(plans, covers, strict=True)),
        overlaps=overlaps,
        together=min(1.0, float(held)),
        together_area=float(together.share.sum() * healpix.pixel_area(common)) * healpix.DEG2_PER_SR,
    )


@dataclass(frozen=True, eq=False)
class _Region:
    """Pixels of one order, ascending, and how much of each is covered, 0..1."""

    index: Integers
    share: Floats


@dataclass(frozen=True, eq=False)
class _Covered:
    """The pixels that a plan covers: `gains` what each of its fields adds, in order of first exposure."""

    order: int
    index: Integers
    probability: float
    area: float
    gains: Mapping[str, float]

    @classmethod
    def of(cls, plan: Plan, skymap: SkyMap, facility: Facility) -> _Covered:
        first = {each.field: each for each in reversed(plan.exposures)}
        names = list(dict.fromkeys(each.field for each in plan.exposures))
        if not names:
            return cls(0, np.zeros(0, dtype=np.int64), 0.0, 0.0, {})
        fields = SurveyGrid(
            tuple(names),
            np.array([first[name].ra for name in names]),
            np.array([first[name].dec for name in names]),
        )
        pixels = pixels_of(skymap, fields, facility.field_of_view)
        left, seen = pixels.probability.copy(), np.zeros(pixels.index.size, dtype=np.bool_)
        gains = {}
        members = members_of(fields, facility.field_of_view, pixels.directions)
        for name, inside in zip(names, members, strict=True):
            gains[name] = float(left[inside].sum())
            left[inside], seen[inside] = 0.0, True
        held = float(pixels.probability[seen].sum())
        return cls(pixels.order, pixels.index[seen], held, float(seen.sum()) * pixels.area, gains)

    def at(self, order: int) -> _Region:
        """The same on coarser pixels, each covered in part."""
        shift = 2 * (self.order - order)
        if shift < 0:
            return _Region(self.index, np.ones(self.index.size))
        found, count = np.unique(self.index >> shift, return_counts=True)
        return _Region(found, count / 4.0 ** (shift / 2))


def _shared(skymap: SkyMap, order: int, one: _Region, other: _Region) -> float:
    both, first, second = np.intersect1d(one.index, other.index, assume_unique=True, return_indices=True)
    if not both.size:
        return 0.0
    # Within a pixel that both cover in part nobody knows where: at an edge the smaller share is taken.
    return float(probability_of(skymap, order, both) @ np.minimum(one.share[first], other.share[second]))


def _union(regions: Sequence[_Region]) -> _Region:
    index = np.concatenate([each.index for each in regions]) if regions else np.zeros(0, dtype=np.int64)
    found, member = np.unique(index, return_inverse=True)
    share = np.zeros(found.size)
    if regions:
        np.maximum.at(share, member, np.concatenate([each.share for each in regions]))
    return _Region(found.astype(np.int64), share)


def _numbers(plan: Plan, cover: _Covered) -> PlanNumbers:
    shots = plan.exposures
    start = min((each.start for each in shots), default=None)
    end = max((each.start + timedelta(seconds=each.seconds) for each in shots), default=None)
    half, held, exposed = None, 0.0, set()
    for each in shots:
        if each.field not in exposed:
            exposed.add(each.field)
            held += cover.gains[each.field]
        if held >= 0.5 * cover.probability * (1.0 - 1e-9):
            half = each.start + timedelta(seconds=each.seconds)
            break
    return PlanNumbers(
        facility=plan.facility,
        planner=plan.planner,
        strategy=plan.strategy,
        probability=cover.probability,
        area=cover.area,
        fields=plan.fields,
        exposures=len(shots),
        start=start,
        end=end,
        half=half,
        seconds=sum(each.seconds for each in shots),
    )


def _facility_of(plan: Plan, facilities: Mapping[str, Facility]) -> Facility:
    if plan.facility not in facilities:
        raise FacilityError(f"the plan is for {plan.facility}, which is not a facility known here")
    return facilities[plan.facility]
