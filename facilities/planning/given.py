"""What another planner is given: the fields in question, what each holds, when each is in sight, and the map.

So that gwemopt, M4OPT and our own plan choose among the same fields under the same limits, and differ in the
choice only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from facilities.facility import Facility
from facilities.grids import SurveyGrid, members_of
from facilities.observability import Closure
from facilities.plan import Plan
from facilities.planning.candidates import GalaxyTarget, fields_for, on_galaxies
from facilities.planning.footprints import Patch, inside_any
from facilities.planning.night import Sight, sight_of, watches
from facilities.planning.pixels import Pixels, pixels_of
from facilities.planning.settings import MOST_FIELDS, PlanSettings, Terms, terms_for
from facilities.visibility import closure_of
from skymaps import healpix
from skymaps.healpix import Floats
from skymaps.regions import greedy
from skymaps.skymap import SkyMap, SkyMapMeta
from skymaps.writer import write_skymap

MOST_GIVEN: Final = 1500
"""Fields that are handed on; a night has room for a tenth of them."""

Spans = tuple[tuple[float, float], ...]
"""Stretches of time: begin and end, unix seconds."""


@dataclass(frozen=True, eq=False)
class GivenField:
    """A field, ICRS degrees; `weight` what it holds by itself; `spans` when it is in sight."""

    name: str
    ra: float
    dec: float
    weight: float
    spans: Spans


@dataclass(frozen=True, eq=False)
class Given:
    """All that another planner needs. `skymap` is a multi-order FITS file of the fields' pixels."""

    strategy: str
    terms: Terms
    window: tuple[datetime, datetime]
    fields: tuple[GivenField, ...]
    skymap: bytes
    airmass_limit: float
    left_out: int = 0


def given_for(
    skymap: SkyMap,
    facility: Facility,
    at: datetime,
    instant: Plan,
    *,
    settings: PlanSettings,
    taken: Sequence[Patch] = (),
    galaxies: Sequence[GalaxyTarget] = (),
    closure: Closure | None = None,
) -> Given | None:
    """What a planner is given to better `instant`, in the same window and by the same strategy.

    None where no field is in sight for as long as a visit takes. Raises what `instant_plan` raises.
    """
    terms = terms_for(facility, settings)
    start, end = instant.window
    narrowed = settings.model_copy(update={"start": start, "end": end})
    closed = closure_of(facility, {facility.name: closure} if closure else {})
    watch = next(iter(watches(facility, at, terms_for(facility, narrowed), closed)), None)
    if watch is None:
        return None
    if instant.strategy == "single" and instant.exposures:
        one = instant.exposures[0]
        fields = SurveyGrid((one.field,), np.array([one.ra]), np.array([one.dec]))
    elif instant.strategy == "galaxies":
        fields = on_galaxies(galaxies, settings.galaxies)
    else:
        room = int((watch.end - watch.start) / (terms.visit + terms.overhead))
        most = settings.max_tiles or MOST_FIELDS
        fields, _ = fields_for(skymap, greedy(skymap), facility, watch, max(1, min(most, room)))
    if not len(fields):
        return None
    sight = sight_of(watch, fields.ra, fields.dec)
    pixels = pixels_of(skymap, fields, facility.field_of_view)
    left = np.where(inside_any(taken, pixels.directions), 0.0, pixels.probability)
    weights = _weights(facility, fields, pixels, left)
    if instant.strategy == "galaxies":
        weights = _scores(fields, galaxies, taken)
    seen = [
        GivenField(fields.names[n], float(fields.ra[n]), float(fields.dec[n]), float(weights[n]), spans)
        for n in np.argsort(-weights, kind="stable")
        if weights[n] > (settings.minimum or 0.0) and (spans := spans_of(sight, int(n), terms.visit))
    ]
    if not seen:
        return None
    return Given(
        strategy=instant.strategy,
        terms=terms,
        window=watch.window,
        fields=tuple(seen[:MOST_GIVEN]),
        skymap=_written(pixels, left, watch.window[0]),
        airmass_limit=watch.facility.airmass_limit,
        left_out=max(0, len(seen) - MOST_GIVEN),
    )


def spans_of(sight: Sight, field: int, seconds: float) -> Spans:
    """When a field can be exposed for `seconds` (and its share of an orbit) without a break."""
    instants, until = sight.watch.sky.instants, sight.until[:, field]
    needed = seconds / max(float(sight.share[field]), 1e-3)
    spans, row = [], 0
    while row < len(until):
        if until[row] < 0:
            row += 1
            continue
        begin, end = float(instants[row]), float(instants[until[row]])
        if end - begin >= needed:
            spans.append((begin, end))
        row = int(until[row]) + 1
    return tuple(spans)


def _weights(facility: Facility, fields: SurveyGrid, pixels: Pixels, left: Floats) -> Floats:
    members = members_of(fields, facility.field_of_view, pixels.directions)
    return np.array([left[inside].sum() for inside in members])


def _scores(fields: SurveyGrid, galaxies: Sequence[GalaxyTarget], taken: Sequence[Patch]) -> Floats:
    by_name = {each.name: each.weight for each in galaxies}
    directions = healpix.vectors_from_degrees(fields.ra, fields.dec)
    weights = np.array([by_name[name] for name in fields.names])
    return np.where(inside_any(taken, directions), 0.0, weights)


def _written(pixels: Pixels, left: Floats, start: datetime) -> bytes:
    """The map on the pixels of the fields, without what others have taken; its total is set to one.

    Its event is said to be at the start of the window: planners count from there.
    """
    if not left.any():
        left = np.ones_like(left)
    uniq, area = healpix.uniq_of(pixels.order, pixels.index), healpix.pixel_area(pixels.order)
    return write_skymap(SkyMap.from_cells(uniq, left / area, meta=SkyMapMeta(event_time=start)))
