"""Who can see a sky map, and when: the rows of `nightdesk observability --json`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
