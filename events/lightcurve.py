"""The light of one source over time: measurements, what they say at a glance, and how fast it changes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)

LEAST_ERROR: Final = 0.02
"""Magnitudes: what no ground-based photometry beats across nights; keeps one tiny error from ruling a fit."""

SHORTEST_BASE: Final = timedelta(minutes=30)
"""Two measurements closer than this say nothing of how fast a source changes from night to night."""


@dataclass(frozen=True)
class Measurement:
    """One point of a light curve, AB magnitudes. `magnitude` None: not seen, down to `limit` (5 σ)."""

    at: datetime
    filter: str
    magnitude: float | None
    error: float | None = None
    limit: float | None = None
    instrument: str = ""

    @property
    def seen(self) -> bool:
        return self.magnitude is not None


@dataclass(frozen=True)
class Change:
    """How fast a source changes in one filter: magnitudes a day (positive: it fades), 1 σ, from how many."""

    filter: str
    rate: float
    error: float
    points: int
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Glance:
    """A light curve in a few numbers. `before` is the last limit ahead of the first detection."""

    detections: int
    limits: int
    first: Measurement | None = None
    last: Measurement | None = None
    brightest: Measurement | None = None
    before: Measurement | None = None


@dataclass(frozen=True)
class Colour:
    """The difference of two filters' magnitudes, the bluer first: `ztfg` − `ztfr`; `error` is 1 σ."""

    blue: str
    red: str
    value: float
    error: float


def from_mjd(days: float) -> datetime:
    """The instant of a modified Julian date (UTC)."""
    return _MJD_ZERO + timedelta(days=days)


def glance(points: Iterable[Measurement]) -> Glance:
    """What a light curve says at a glance."""
    ordered = sorted(points, key=lambda each: each.at)
    seen = [each for each in ordered if each.magnitude is not None]
    unseen = [each for each in ordered if each.magnitude is None]
    if not seen:
        return Glance(0, len(unseen), before=unseen[-1] if unseen else None)
    earlier = [each for each in unseen if each.at < seen[0].at]
    return Glance(
        detections=len(seen),
        limits=len(unseen),
        first=seen[0],
        last=seen[-1],
        brightest=min(seen, key=lambda each: each.magnitude or math.inf),
        before=earlier[-1] if earlier else None,
    )


def quiet_before(points: Iterable[Measurement], *, deeper: float = 0.3) -> float | None:
    """Days from the last limit that would have shown the source as it was first seen; None without one.

    A limit counts that is `deeper` mag fainter than the first detection, in any filter.
    """
    ordered = sorted(points, key=lambda each: each.at)
    first = next((each for each in ordered if each.magnitude is not None), None)
    if first is None or first.magnitude is None:
        return None
    deep = [
        each.at
        for each in ordered
        if each.magnitude is None
        and each.at < first.at
        and each.limit is not None
        and each.limit >= first.magnitude + deeper
    ]
    return (first.at - deep[-1]) / timedelta(days=1) if deep else None


_FROM_BLUE: Final = "ubgvrizyjhk"


def colour(points: Iterable[Measurement], *, within: timedelta = timedelta(hours=12)) -> Colour | None:
    """The newest colour: two filters seen within half a day of each other, the nearest in time of them.

    Filters are told blue from red by the letter they end with (`ztfg`, `sdssr`); not corrected for dust.
    """
    seen = sorted((each for each in points if each.magnitude is not None), key=lambda each: each.at)
    for last in reversed(seen):
        others = [
            each
            for each in seen
            if _blueness(each) is not None
            and _blueness(last) is not None
            and _blueness(each) != _blueness(last)
            and abs(each.at - last.at) <= within
        ]
        if not others:
            continue
        other = min(others, key=lambda each: abs(each.at - last.at))
        blue, red = sorted((last, other), key=lambda each: _blueness(each) or 0)
        assert blue.magnitude is not None and red.magnitude is not None
        error = math.hypot(blue.error or 0.1, red.error or 0.1)
        return Colour(blue.filter, red.filter, blue.magnitude - red.magnitude, error)
    return None


def _blueness(each: Measurement) -> int | None:
    letter = each.filter.casefold()[-1:]
    return _FROM_BLUE.index(letter) if letter and letter in _FROM_BLUE else None


def changes(points: Iterable[Measurement], *, days: float = 7.0) -> tuple[Change, ...]:
    """The rate in each filter over the last `days` of its detections, the best known first.

    A straight line through magnitudes by weighted least squares (Bevington & Robinson, ch. 6); a filter with
    fewer than two detections, or all of them within half an hour, has none.
    """
    by_filter: dict[str, list[Measurement]] = {}
    for each in points:
        if each.magnitude is not None:
            by_filter.setdefault(each.filter, []).append(each)
    found = []
    for name, seen in by_filter.items():
        newest = max(each.at for each in seen)
        made = _line(name, [each for each in seen if newest - each.at <= timedelta(days=days)])
        if made is not None:
            found.append(made)
    return tuple(sorted(found, key=lambda each: (each.error, each.filter)))


def _line(name: str, seen: Sequence[Measurement]) -> Change | None:
    since, until = min(each.at for each in seen), max(each.at for each in seen)
    if len(seen) < 2 or until - since < SHORTEST_BASE:
        return None
    days = [(each.at - since) / timedelta(days=1) for each in seen]
    weights = [1.0 / max(each.error or 0.1, LEAST_ERROR) ** 2 for each in seen]
    total = math.fsum(weights)
    middle = math.fsum(w * x for w, x in zip(weights, days, strict=True)) / total
    spread = math.fsum(w * (x - middle) ** 2 for w, x in zip(weights, days, strict=True))
    slope = math.fsum(
        w * (x - middle) * (each.magnitude or 0.0) for w, x, each in zip(weights, days, seen, strict=True)
    )
    return Change(name, slope / spread, math.sqrt(1.0 / spread), len(seen), since, until)
