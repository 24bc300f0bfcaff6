"""Why a facility can see nothing of a map: found by lifting one limit after the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from facilities import constraints
from facilities.ephemeris import Sky
from facilities.facility import Facility
from facilities.observability import Closure

if TYPE_CHECKING:
    from facilities.visibility import Counting, Target


@dataclass(frozen=True)
class Reason:
    """In a word for machines and in words for people."""

    code: str | None
    words: str | None


def why_nothing(
    target: Target,
    sky: Sky,
    facility: Facility,
    closure: Closure | None,
    counting: Counting,
    night_starts: datetime | None,
) -> Reason:
    """The reason that would still hold if everything after it were lifted.

    Codes: `declination`, `airmass` (at no hour of the day), `closed`, `no_night`, `daylight` (high enough
    only by day), `hour_angle`, `moon`; in space `sun`, `earth`, `moon`; `limits` where only several together
    leave nothing.
    """
    from facilities.visibility import count

    if not _any_90(target, constraints.within_declination(target.declination, facility)):
        low, high = facility.declination_min, facility.declination_max
        return Reason("declination", f"declination outside its limits ({low:g}..{high:g}°)")
    if facility.space:
        return _closed(closure) or _why_not_from_space(target, sky, facility)
    if not _any_90(target, constraints.culminates_high_enough(target.directions, facility)):
        return Reason("airmass", f"peak never above airmass {facility.airmass_limit:g}")
    when_open = counting if closure is None else count(target, sky, facility)
    if closure is not None and _any_90(target, when_open.flags):
        return _closed(closure) or Reason(None, None)
    if night_starts is None and not when_open.rows.any():
        return Reason("no_night", f"not dark within 24 h (sun above {facility.sun_altitude_limit:g}°)")
    if when_open.sine_altitude is not None and not _any_90(
        target, constraints.high_enough(when_open.sine_altitude, facility)
    ):
        return Reason("daylight", f"above airmass {facility.airmass_limit:g} only in daylight")
    return _closed(closure) or _why_not_from_ground(target, sky, facility)


def _why_not_from_ground(target: Target, sky: Sky, facility: Facility) -> Reason:
    from facilities.visibility import count

    any_hour_angle = facility.model_copy(update={"hour_angle_limit": None})
    if facility.hour_angle_limit is not None and _any_90(target, count(target, sky, any_hour_angle).flags):
        limit = facility.hour_angle_limit
        return Reason("hour_angle", f"beyond its hour-angle limit of {limit:g} h while it is dark")
    return _moon_or_limits(target, sky, facility)


def _why_not_from_space(target: Target, sky: Sky, facility: Facility) -> Reason:
    if not _any_90(target, constraints.sun_allows(target.directions, sky.sun_direction, facility)):
        low, high = facility.sun_separation_limit or 0.0, facility.sun_separation_max
        if high is None:
            return Reason("sun", f"closer than {low:g}° to the sun")
        return Reason("sun", f"outside {low:g}..{high:g}° from the sun")
    if not _any_90(target, constraints.orbit_fraction(target.declination, facility) > 0.0):
        return Reason("earth", "behind the Earth or its limb all around the orbit")
    return _moon_or_limits(target, sky, facility)


def _moon_or_limits(target: Target, sky: Sky, facility: Facility) -> Reason:
    from facilities.visibility import count

    any_moon = facility.model_copy(update={"moon_separation_limit": 0.0})
    if _any_90(target, count(target, sky, any_moon).flags):
        return Reason("moon", f"closer than {facility.moon_separation_limit:g}° to the moon")
    return Reason("limits", "never inside all of its limits at once")


def _closed(closure: Closure | None) -> Reason | None:
    if closure is None:
        return None
    if closure.until is None:
        return Reason("closed", f"closed: {closure.why}")
    return Reason("closed", f"closed until {closure.until:%Y-%m-%d %H:%M} UTC: {closure.why}")


def _any_90(target: Target, flags: constraints.Flags) -> bool:
    """Whether any of the 90 % area passes, at any instant."""
    return bool(np.any(flags[..., : target.cells.in_90]))
