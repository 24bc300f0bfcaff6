"""How the night goes for one facility and one map: what the observability plot draws."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from facilities.observability import WINDOW_HOURS, Closure

if TYPE_CHECKING:
    from facilities.facility import Facility
    from skymaps.skymap import SkyMap


@dataclass(frozen=True, eq=False)
class ObservabilityCurve:
    """Altitudes in degrees (topocentric, no refraction) and probability at `times`, float64[T] each.

    `probability` is that of the cells that count at the instant (zero by day). In space no altitude is known.
    `night_starts` and `night_ends` as in `FacilityObservability`.
    """

    name: str
    times: tuple[datetime, ...]
    probability: npt.NDArray[np.float64]
    peak_altitude: npt.NDArray[np.float64] | None
    sun_altitude: npt.NDArray[np.float64] | None
    moon_altitude: npt.NDArray[np.float64] | None
    altitude_limit: float
    night_starts: datetime | None
    night_ends: datetime | None


def observability_curve(
    skymap: SkyMap,
    facility: Facility,
    at: datetime,
    *,
    closure: Closure | None = None,
    step_minutes: float = 10,
) -> ObservabilityCurve:
    """The curve over the 24 h from `at` (aware), on the grid of `observability`."""
    from facilities import constraints
    from facilities.ephemeris import sky_from
    from facilities.visibility import closure_of, count, night_of, prepare

    at = at.astimezone(UTC)
    sky = sky_from(at, WINDOW_HOURS, step_minutes)
    target = prepare(skymap, sky)
    closures = {facility.name: closure} if closure is not None else {}
    counting = count(target, sky, facility, closure_of(facility, closures))
    probability = np.zeros(sky.instants.size)
    probability[counting.rows] = counting.flags[:, :-1] @ target.cells.probability
    times = tuple(at + timedelta(seconds=round(seconds)) for seconds in sky.instants - sky.instants[0])
    if facility.space:
        return ObservabilityCurve(facility.name, times, probability, None, None, None, 0.0, None, None)
    zenith = constraints.zenith_of(sky, facility)
    peak = np.broadcast_to(target.directions[-1].astype(np.float64), zenith.shape)
    starts, ends = night_of(facility, at)
    return ObservabilityCurve(
        name=facility.name,
        times=times,
        probability=probability,
        peak_altitude=constraints.altitude_of(peak, zenith),
        sun_altitude=constraints.sun_altitude(sky, facility),
        moon_altitude=constraints.altitude_of(constraints.moon_from(sky, facility), zenith),
        altitude_limit=facility.altitude_limit,
        night_starts=starts,
        night_ends=ends,
    )
