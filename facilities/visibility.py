"""The computation behind `observability`: nights, what counts when, and the row that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from facilities import constraints
from facilities.cells import Cells, cells_of
from facilities.constraints import Flags, Singles
from facilities.ephemeris import Floats, Sky, instant_of, sky_from
from facilities.facility import Facility
from facilities.observability import WINDOW_HOURS, Closure, FacilityObservability
from facilities.reasons import Reason, why_nothing
from facilities.tiles import TileCounter
from skymaps.regions import greedy
from skymaps.skymap import SkyMap

ORBIT_STEP_MINUTES: Final = 60.0
"""Step for space observatories: nothing there moves faster than the moon, half a degree an hour."""

LOOK_BACK: Final = timedelta(hours=24)
LOOK_OVER_HOURS: Final = 72.0


@dataclass(frozen=True, eq=False)
class Target:
    """A sky map prepared once for all facilities.

    `directions` float32 [N + 1, 3] of date and `declination` (ICRS, degrees) [N + 1]: the cells, and last the
    peak, which has no probability of its own.
    """

    cells: Cells
    directions: Singles
    declination: Floats
    tiles: TileCounter


@dataclass(frozen=True, eq=False)
class Counting:
    """What counts at one facility: `flags` [R, N + 1] at the R instants where `rows` [T] is True.

    `sine_altitude` [R, N + 1] is None in space; `share` [N] is the part of the time a counting cell is really
    free (1 on the ground, the fraction of the orbit in space).
    """

    rows: Flags
    flags: Flags
    sine_altitude: Singles | None = None
    share: Floats | None = None


def visibility_of(
    skymap: SkyMap,
    facilities: Sequence[Facility],
    at: datetime,
    closures: Mapping[str, Closure],
    step_minutes: float,
) -> list[FacilityObservability]:
    """One row a facility, in their order; see `observability`."""
    sky = sky_from(at, WINDOW_HOURS, step_minutes)
    target = prepare(skymap, sky)
    rows = []
    for facility in facilities:
        closure = closure_of(facility, closures)
        own_sky = sky_from(at, WINDOW_HOURS, ORBIT_STEP_MINUTES) if facility.space else sky
        counting = count(target, own_sky, facility, closure)
        rows.append(_row(target, own_sky, facility, closure, counting, at))
    return rows


def prepare(skymap: SkyMap, sky: Sky) -> Target:
    """Everything about a map that no facility changes."""
    ranked = greedy(skymap)
    cells = cells_of(skymap, ranked)
    directions = np.concatenate((cells.directions, cells.peak[None, :]))
    return Target(
        cells=cells,
        directions=np.ascontiguousarray(sky.of_date(directions), dtype=np.float32),
        declination=np.degrees(np.arcsin(np.clip(directions[:, 2], -1.0, 1.0))),
        tiles=TileCounter(skymap, ranked),
    )


def closure_of(facility: Facility, closures: Mapping[str, Closure]) -> Closure | None:
    """What closes a facility: the registry's status for good, else the closure given for now."""
    if facility.status == "closed":
        return Closure(facility.name, None, facility.status_reason or "marked closed in the registry")
    return closures.get(facility.name)


def open_rows(sky: Sky, closure: Closure | None) -> Flags:
    """The instants at which nothing closes the facility [T]."""
    if closure is None:
        return np.ones(sky.instants.size, dtype=np.bool_)
    if closure.until is None:
        return np.zeros(sky.instants.size, dtype=np.bool_)
    return np.asarray(sky.instants >= closure.until.timestamp())


def count(target: Target, sky: Sky, facility: Facility, closure: Closure | None = None) -> Counting:
    """Which cells may be observed at which instants of the grid."""
    rows = open_rows(sky, closure)
    if facility.space:
        return _count_from_space(target, sky, rows, facility)
    return _count_from_ground(target, sky, rows & dark_rows(sky, facility), facility)


def dark_rows(sky: Sky, facility: Facility) -> Flags:
    """The instants at which the sun's centre is below the facility's limit [T]."""
    return np.asarray(constraints.sun_altitude(sky, facility) < facility.sun_altitude_limit)


def _count_from_ground(target: Target, sky: Sky, rows: Flags, facility: Facility) -> Counting:
    flags, sine_altitude = seen_from_ground(target.directions, target.declination, sky, rows, facility)
    return Counting(rows, flags, sine_altitude)


def seen_from_ground(
    directions: Singles, declination: Floats, sky: Sky, rows: Flags, facility: Facility
) -> tuple[Flags, Singles]:
    """Which directions (of date [N, 3]; `declination` ICRS) a ground facility's limits allow at the `rows`.

    Flags and sine of the altitude, both [R, N]. Whether it is dark is the rows' affair.
    """
    zenith = constraints.zenith_of(sky, facility)[rows]
    sine_altitude = constraints.sine_altitude(directions, zenith)
    flags = constraints.high_enough(sine_altitude, facility)
    hour_angle = constraints.within_hour_angle(directions, sky, rows, facility)
    if hour_angle is not None:
        flags &= hour_angle
    reachable = constraints.within_declination(declination, facility)
    if not reachable.all():
        flags &= reachable
    moon = constraints.moon_from(sky, facility)[rows]
    constraints.hide_near(flags, directions, moon, facility.moon_separation_limit)
    return flags, sine_altitude


def _count_from_space(target: Target, sky: Sky, rows: Flags, facility: Facility) -> Counting:
    flags, share = seen_from_space(target.directions, target.declination, sky, rows, facility)
    return Counting(rows, flags, share=share[:-1])


def seen_from_space(
    directions: Singles, declination: Floats, sky: Sky, rows: Flags, facility: Facility
) -> tuple[Flags, Floats]:
    """The same for a space facility: flags [R, N], and the part of an orbit each direction is free [N]."""
    flags = constraints.sun_allows(directions, sky.sun_direction[rows], facility)
    constraints.hide_near(flags, directions, sky.moon_direction[rows], facility.moon_separation_limit)
    share = constraints.orbit_fraction(declination, facility)
    flags &= constraints.within_declination(declination, facility) & (share > 0.0)
    return flags, share


def _row(
    target: Target, sky: Sky, facility: Facility, closure: Closure | None, counting: Counting, at: datetime
) -> FacilityObservability:
    probability, in_90 = target.cells.probability, target.cells.in_90
    flags, cells = counting.flags, counting.flags[:, :-1]
    instants = sky.instants[counting.rows]
    hours = _hours(counting, sky)
    tonight = _total(probability, hours > 0.0)
    now = _total(probability, cells[0]) if counting.rows[0] else 0.0
    when_90 = instants[cells[:, :in_90].any(axis=1)]
    when_peak = instants[flags[:, -1]]
    starts, ends = (None, None) if facility.space else night_of(facility, at)
    moon = constraints.moon_from(sky, facility)[0]
    reason = Reason(None, None)
    if tonight == 0.0:
        reason = why_nothing(target, sky, facility, closure, counting, starts)
    tiles_50, tiles_90 = target.tiles.count(facility)
    return FacilityObservability(
        name=facility.name,
        probability_now=now,
        probability_tonight=tonight,
        first=_later(at, when_90[0]) if when_90.size else None,
        last=_later(at, when_90[-1]) if when_90.size else None,
        hours=float(probability @ hours),
        best_airmass=_best_airmass(counting, in_90),
        peak_visible_now=bool(when_peak.size and when_peak[0] == sky.instants[0]),
        minutes_to_peak=float(when_peak[0] - sky.instants[0]) / 60.0 if when_peak.size else None,
        night_starts=starts,
        night_ends=ends,
        moon_illumination=float(sky.moon_illumination[0]),
        moon_separation=float(np.degrees(np.arccos(np.clip(moon @ target.directions[-1], -1.0, 1.0)))),
        tiles_50=tiles_50,
        tiles_90=tiles_90,
        reason=reason.words,
        reason_code=reason.code,
    )


def _later(at: datetime, seconds: float) -> datetime:
    """An instant of the grid, exactly a whole number of seconds after `at`."""
    return at + timedelta(seconds=round(seconds - at.timestamp()))


def _total(probability: Floats, counts: Flags) -> float:
    """Probability of the cells that count, exactly 1 when all do."""
    return 1.0 if counts.all() else float(probability @ counts)


def _hours(counting: Counting, sky: Sky) -> Floats:
    """Hours that each cell counts [N]: a full step an instant, half a step at both ends of the window."""
    step = (sky.instants[1] - sky.instants[0]) / 3600.0
    cells = counting.flags[:, :-1]
    times = np.add.reduce(cells.view(np.uint8), axis=0, dtype=np.uint16).astype(np.float64)
    if counting.rows[0]:
        times -= 0.5 * cells[0]
    if counting.rows[-1]:
        times -= 0.5 * cells[-1]
    hours: Floats = times * step
    return hours if counting.share is None else hours * counting.share


def _best_airmass(counting: Counting, in_90: int) -> float | None:
    """The lowest airmass at which any of the 90 % area counts."""
    if counting.sine_altitude is None or not counting.flags.size:
        return None
    height, flags = counting.sine_altitude[:, :in_90], counting.flags[:, :in_90]
    row = int(np.argmax(height.max(axis=1)))
    column = int(np.argmax(height[row]))
    best = float(height[row, column]) if flags[row, column] else float((height * flags).max())
    return max(1.0, 1.0 / best) if best > 0.0 else None


def night_of(facility: Facility, at: datetime) -> tuple[datetime | None, datetime | None]:
    """Start and end of the night that is on at `at`, else of the next within 24 h; (None, None) in polar day.

    A night that started more than 24 h ago is given as starting at `at`, one that lasts beyond the next 48 h
    as ending at the end of the window.
    """
    sky = sky_from(at - LOOK_BACK, LOOK_OVER_HOURS, 10.0)
    height = constraints.sun_altitude(sky, facility) - facility.sun_altitude_limit
    turns = np.flatnonzero((height[:-1] < 0.0) != (height[1:] < 0.0))
    before, after = height[turns], height[turns + 1]
    when = sky.instants[turns] + (sky.instants[1] - sky.instants[0]) * before / (before - after)
    dusks, dawns = when[before >= 0.0], when[before < 0.0]
    start, window_end = at.timestamp(), at.timestamp() + 3600.0 * WINDOW_HOURS
    is_dark = height[np.searchsorted(sky.instants, start - 1e-3)] < 0.0
    if is_dark:
        past, coming = dusks[dusks <= start], dawns[dawns > start]
        begins = past[-1] if past.size else start
    else:
        soon = dusks[(dusks > start) & (dusks <= window_end)]
        if not soon.size:
            return None, None
        begins, coming = soon[0], dawns[dawns > soon[0]]
    return instant_of(begins), instant_of(coming[0] if coming.size else window_end)
