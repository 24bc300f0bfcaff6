"""Dusk and dawn of the nights of a facility, many at once: for calendars and reminders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from facilities import constraints
from facilities.ephemeris import grid, instant_of, sky_at
from facilities.facility import Facility

STEP_MINUTES = 10.0
"""Between two of these the sun's altitude is nearly a straight line: dusk is good to some seconds."""


def nights(facility: Facility, first: date, days: int) -> tuple[tuple[datetime, datetime], ...]:
    """Dusk and dawn of each night that begins in `days` days of UTC from `first` on, oldest first.

    UTC; the sun's centre is at the facility's limit.

    The same night gives the same instants whatever days are asked for. A night without an end in that time
    and the day after (polar winter) is left out. Raises `FacilityError` for a facility in space.
    """
    found: list[tuple[datetime, datetime]] = []
    dusk: datetime | None = None
    for number in range(days + 2):
        for instant, darkens in _crossings(facility, first + timedelta(days=number)):
            if darkens:
                dusk = instant if number < days else None
            elif dusk is not None:
                found.append((dusk, instant))
                dusk = None
    return tuple(found)


def _crossings(facility: Facility, day: date) -> Iterator[tuple[datetime, bool]]:
    """When on a UTC day the sun crosses the limit, and whether downwards."""
    sky = sky_at(grid(datetime.combine(day, time(), UTC), 24.0, STEP_MINUTES))
    height = constraints.sun_altitude(sky, facility) - facility.sun_altitude_limit
    for turn in np.flatnonzero((height[:-1] < 0.0) != (height[1:] < 0.0)):
        before, after = float(height[turn]), float(height[turn + 1])
        seconds = float(sky.instants[turn]) + 60.0 * STEP_MINUTES * before / (before - after)
        yield instant_of(seconds), after < 0.0
