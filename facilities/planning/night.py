"""When a facility works, and at which instants of that each field may be exposed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from facilities import constraints
from facilities.ephemeris import Floats, Sky, instant_of, sky_at
from facilities.facility import Facility
from facilities.observability import WINDOW_HOURS, Closure
from facilities.planning.settings import Terms
from facilities.visibility import dark_rows, night_of, open_rows, seen_from_ground, seen_from_space
from skymaps import healpix

STEP: Final = 60.0
"""Seconds between two looks at the sky: what holds at both ends of a minute holds within it."""

BETWEEN_NIGHTS: Final = timedelta(hours=1)


@dataclass(frozen=True, eq=False)
class Watch:
    """A stretch of time in which a facility may expose: from the first to the last instant of `sky`.

    `facility` has the limits of the plan's settings in place of its own.
    """

    facility: Facility
    sky: Sky

    @property
    def start(self) -> float:
        return float(self.sky.instants[0])

    @property
    def end(self) -> float:
        return float(self.sky.instants[-1])

    @property
    def window(self) -> tuple[datetime, datetime]:
        return instant_of(self.start), instant_of(self.end)


@dataclass(frozen=True, eq=False)
class Sight:
    """Until when each field can be exposed without a break.

    `until` int32[T, N]: index of the last instant of the stretch in which a field is in sight, -1 where it is
    not. `sine_altitude` float32[T, N] is None in space; `share` [N] is the part of the time that a field is
    free of the Earth (1 on the ground).
    """

    watch: Watch
    until: npt.NDArray[np.int32]
    sine_altitude: constraints.Singles | None
    share: Floats

    @property
    def ever(self) -> constraints.Flags:
        """Which fields are in sight at any instant [N]."""
        flags: constraints.Flags = np.any(self.until >= 0, axis=0)
        return flags

    def row(self, seconds: float) -> int:
        """The last instant of the grid that is not after `seconds`."""
        return int(np.searchsorted(self.watch.sky.instants, seconds + 1e-6, side="right")) - 1

    def open_for(self, start: Floats | float, seconds: Floats | float) -> constraints.Flags:
        """Which fields are in sight from `start` (unix seconds, one or one a field) for `seconds` on [N]."""
        instants = self.watch.sky.instants
        begin = np.broadcast_to(np.asarray(start, dtype=np.float64), self.share.shape)
        first = np.searchsorted(instants, begin + 1e-6, side="right") - 1
        last = np.searchsorted(instants, begin + seconds - 1e-6, side="left")
        inside = (first >= 0) & (last < instants.size)
        until = self.until[np.clip(first, 0, instants.size - 1), np.arange(self.share.size)]
        flags: constraints.Flags = inside & (until >= last)
        return flags

    def airmass(self, field: int, start: float) -> float | None:
        """Plane-parallel airmass of a field at an instant."""
        if self.sine_altitude is None:
            return None
        heights = self.sine_altitude[:, field].astype(np.float64)
        height = float(np.interp(start, self.watch.sky.instants, heights))
        return max(1.0, 1.0 / height) if height > 0.0 else None


def watches(facility: Facility, at: datetime, terms: Terms, closure: Closure | None) -> Iterator[Watch]:
    """What is left of the night that is on at `at`, then the next one that begins within 24 h.

    In space the 24 h from `at`. Narrowed to the settings' `start` and `end`; nothing while closed.
    """
    asked = terms.asked
    changes = {"airmass_limit": asked.airmass, "moon_separation_limit": asked.moon_separation}
    limited = facility.model_copy(update={key: v for key, v in changes.items() if v is not None})
    begin = max(at, asked.start) if asked.start else at
    for start, end in _nights(facility, begin.astimezone(UTC)):
        yield from _dark(limited, max(start, begin), min(end, asked.end) if asked.end else end, closure)


def _nights(facility: Facility, begin: datetime) -> Iterator[tuple[datetime, datetime]]:
    until = begin + timedelta(hours=WINDOW_HOURS)
    if facility.space:
        yield begin, until
        return
    start, end = night_of(facility, begin)
    if start is None or end is None:
        return
    yield start, end
    if start <= begin and end + BETWEEN_NIGHTS < until:
        following, dawn = night_of(facility, end + BETWEEN_NIGHTS)
        if following is not None and dawn is not None and following < until:
            yield following, dawn


def _dark(facility: Facility, start: datetime, end: datetime, closure: Closure | None) -> Iterator[Watch]:
    """The longest stretch between two instants in which it is dark and nothing closes the facility."""
    first, last = start.timestamp(), end.timestamp()
    if last - first < STEP:
        return
    sky = sky_at(np.append(np.arange(first, last, STEP), last))
    good = open_rows(sky, closure)
    if not facility.space:
        good = good & dark_rows(sky, facility)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], good.astype(np.int8), [0]))))
    begins, ends = edges[::2], edges[1::2]
    if not begins.size:
        return
    longest = int(np.argmax(ends - begins))
    if ends[longest] - begins[longest] >= 2:
        yield Watch(facility, sky_at(sky.instants[begins[longest] : ends[longest]]))


def sight_of(watch: Watch, ra: Floats, dec: Floats) -> Sight:
    """When each of the fields is in sight: its centre counts. ICRS degrees [N]."""
    sky, facility = watch.sky, watch.facility
    directions = sky.of_date(healpix.vectors_from_degrees(ra, dec)).astype(np.float32)
    rows = np.ones(sky.instants.size, dtype=np.bool_)
    sine_altitude: constraints.Singles | None = None
    share = np.ones(len(directions))
    if facility.space:
        flags, share = seen_from_space(directions, dec, sky, rows, facility)
    else:
        flags, sine_altitude = seen_from_ground(directions, dec, sky, rows, facility)
    flags = np.broadcast_to(flags, (sky.instants.size, len(directions)))
    until = np.full(flags.shape, -1, dtype=np.int32)
    last = np.full(len(directions), -1, dtype=np.int32)
    for row in range(len(flags) - 1, -1, -1):
        last = np.where(flags[row], np.where(last < 0, row, last), -1)
        until[row] = last
    return Sight(watch, until, sine_altitude, share)
