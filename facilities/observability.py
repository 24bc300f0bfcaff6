"""Who can see a sky map, and when: the rows of `nightdesk observability --json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from facilities.facility import Facility
    from skymaps.skymap import SkyMap

WINDOW_HOURS: Final = 24.0

FIELDS_PER_HOUR: Final = 12.0
"""What `reach` counts on: exposures of a few minutes and the way from field to field."""

EPHEMERIS_YEARS: Final = (1972, 2100)
"""Since leap seconds exist, and while the series for the Earth's orbit hold."""


@dataclass(frozen=True)
class FacilityObservability:
    """What one facility can see of a sky map from an instant on, over 24 h.

    Probabilities 0..1, instants aware UTC, angles degrees; unknown or impossible is None, and
    `reason` then says why in words (English; cards translate by `reason_code`).
    """

    name: str
    probability_now: float
    probability_tonight: float
    first: datetime | None
    last: datetime | None
    hours: float
    best_airmass: float | None
    peak_visible_now: bool
    minutes_to_peak: float | None
    night_starts: datetime | None
    night_ends: datetime | None
    moon_illumination: float | None
    moon_separation: float | None
    tiles_50: int | None
    tiles_90: int | None
    reason: str | None = None
    reason_code: str | None = None

    @property
    def reach(self) -> float:
        """Roughly the probability this facility could cover tonight, 0..1: what its chance is worth.

        The chance, cut down where there is no time for all the fields of the 90 % area: a field of one
        arcminute sees a thousand square degrees rise and covers none of them. A field takes five minutes.
        """
        if not self.tiles_90:
            return self.probability_tonight
        return self.probability_tonight * min(1.0, self.hours * FIELDS_PER_HOUR / self.tiles_90)


@dataclass(frozen=True)
class Closure:
    """A facility that does not observe before `until` (None: until further notice), and why."""

    facility: str
    until: datetime | None
    why: str


def observability(
    skymap: SkyMap,
    facilities: Sequence[Facility],
    at: datetime,
    *,
    closures: Mapping[str, Closure] | None = None,
    step_minutes: float = 10,
) -> tuple[FacilityObservability, ...]:
    """What each of `facilities` can see of `skymap` in the 24 h from `at`, best first.

    On the grid `at`, `at` + step, … (steps of 10 minutes at most). No facility depends on the others, so
    that chunks of them may be computed in parallel and put together with `best_first`. `closures` by
    facility name. Raises FacilityError for a naive `at`, one outside 1972..2099, or a step outside 0..10 min.
    """
    from facilities.facility import FacilityError
    from facilities.visibility import visibility_of

    if at.tzinfo is None:
        raise FacilityError(f"observability starts at an aware instant, not at {at!r}")
    if not EPHEMERIS_YEARS[0] <= at.year < EPHEMERIS_YEARS[1]:
        raise FacilityError(
            f"observability on {at:%Y-%m-%d}; expected a year from {EPHEMERIS_YEARS[0]} to 2099"
        )
    if not 0 < step_minutes <= 10:
        raise FacilityError(f"steps of {step_minutes} minutes; expected more than 0, at most 10")
    rows = visibility_of(skymap, facilities, at.astimezone(UTC), closures or {}, step_minutes)
    return best_first(rows)


def best_first(rows: Sequence[FacilityObservability]) -> tuple[FacilityObservability, ...]:
    """Most probability tonight first; then now, then hours, then by name."""
    return tuple(
        sorted(rows, key=lambda row: (-row.probability_tonight, -row.probability_now, -row.hours, row.name))
    )


def report_to_dict(rows: Sequence[FacilityObservability], at: datetime) -> dict[str, Any]:
    """The object of `nightdesk observability --json`."""
    return {
        "at": _iso(at),
        "until": _iso(at + timedelta(hours=WINDOW_HOURS)),
        "facilities": [_row_to_dict(row) for row in rows],
    }


def _row_to_dict(row: FacilityObservability) -> dict[str, Any]:
    return {
        "name": row.name,
        "probability_now": round(row.probability_now, 6),
        "probability_tonight": round(row.probability_tonight, 6),
        "first": _iso(row.first),
        "last": _iso(row.last),
        "hours": round(row.hours, 4),
        "best_airmass": _rounded(row.best_airmass, 4),
        "peak_visible_now": row.peak_visible_now,
        "minutes_to_peak": _rounded(row.minutes_to_peak, 1),
        "night": {"starts": _iso(row.night_starts), "ends": _iso(row.night_ends)},
        "moon_illumination": _rounded(row.moon_illumination, 4),
        "moon_separation": _rounded(row.moon_separation, 3),
        "tiles_50": row.tiles_50,
        "tiles_90": row.tiles_90,
        "reason": row.reason,
        "reason_code": row.reason_code,
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _iso(instant: datetime | None) -> str | None:
    if instant is None:
        return None
    text = instant.astimezone(UTC).isoformat(timespec="milliseconds" if instant.microsecond else "seconds")
    return text.replace("+00:00", "Z")
