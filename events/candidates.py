"""Which sources in an event's region to follow up first: a score of parts that each can be read.

Each part is a number from 0 (speaks against) to 1 (speaks for); what is not known counts a half. The score
is their mean by weight, times 100, times what is held against the source: classified as something else,
seen before the event, known as a star or an asteroid, rejected by a person. No learning, no fit: whoever
reads the parts can do the sum.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from events.hosts import Host
from events.lightcurve import Colour

FADES_FAST: Final = 0.3
"""Magnitudes a day from which on fading counts in full (Andreoni et al. 2021, ApJ 918, 63: ZTFReST)."""

RISES_FAST: Final = 1.0
"""The same for rising."""

YOUNG: Final = 1.0
"""Days after the event up to which a first detection counts in full …"""

OLD: Final = 14.0
"""… and from which on it counts nothing."""

QUIET: Final = 2.0
"""Days from the last deep limit to the first detection up to which a source is surely new …"""

LONG_UNSEEN: Final = 30.0
"""… and from which on the limit says nothing for it."""

COMFORT: Final = 1.0
"""Magnitudes above a telescope's depth at which it is observed with ease."""

UNKNOWN: Final = 0.5


class Part(StrEnum):
    """What a score is made of."""

    PLACE = "place"
    DISTANCE = "distance"
    AGE = "age"
    NEW = "new"
    CHANGE = "change"
    BRIGHTNESS = "brightness"
    KIND = "kind"


WEIGHTS: Final = {
    Part.PLACE: 3.0,
    Part.DISTANCE: 2.0,
    Part.AGE: 2.0,
    Part.NEW: 1.0,
    Part.CHANGE: 2.0,
    Part.BRIGHTNESS: 1.0,
    Part.KIND: 2.0,
}


class Against(StrEnum):
    """What is held against a source, and by how much it takes the score down (`FACTORS`)."""

    REJECTED = "rejected"
    BEFORE = "seen before the event"
    OTHER_KIND = "classified as something else"
    OUTSIDE = "outside the region"
    STAR = "a known variable star"
    MOVING = "a body of the solar system"


FACTORS: Final = {
    Against.REJECTED: 0.0,
    Against.BEFORE: 0.05,
    Against.OUTSIDE: 0.3,
    Against.STAR: 0.05,
    Against.MOVING: 0.05,
}
"""`OTHER_KIND` takes away as much as the classification is sure: 1 - probability, 0.1 at least."""


@dataclass(frozen=True)
class Facts:
    """What is known of one source as seen from one event; None is not known.

    `level`: the credible level on whose edge it lies, 0 the peak, 1 outside. `nearer`: probability that the
    event is nearer than the source (by its own distance, or that of the galaxy beside it, `host`), along its
    line of sight. `first`: days from the event to the first detection; `quiet`: days to that from the last
    limit that would have shown it. `rate`: magnitudes a day, positive when fading, with `rate_error`.
    `magnitude` the newest, `depth` that of the telescope that would look. `likely` and `unlikely`: how sure
    (0..1) it is classified as what such an event makes, and as something else; `taken_for` and `other` name
    them. `star` and `moving`: known as a variable star, as an asteroid. `colour` and `host` are told and not
    scored: early colours of kilonovae, afterglows and young supernovae overlap, and what a host says stands
    in the distance.
    """

    name: str
    level: float | None = None
    nearer: float | None = None
    first: float | None = None
    quiet: float | None = None
    rate: float | None = None
    rate_error: float | None = None
    magnitude: float | None = None
    depth: float | None = None
    likely: float | None = None
    unlikely: float | None = None
    rejected: bool = False
    star: bool = False
    moving: bool = False
    taken_for: str = ""
    other: str = ""
    colour: Colour | None = None
    host: Host | None = None
    host_distance: bool = False  # `nearer` is by the host's distance, the source's own is not known


@dataclass(frozen=True)
class Scored:
    """A source with its score (0..100), its parts (None: not known) and what is held against it."""

    facts: Facts
    score: float
    parts: dict[Part, float | None]
    against: tuple[Against, ...]


def score(facts: Facts) -> Scored:
    """The score of one source (module docstring)."""
    parts = {
        Part.PLACE: None if facts.level is None else 1.0 - _within(facts.level),
        Part.DISTANCE: agreement(facts.nearer),
        Part.AGE: _age(facts.first),
        Part.NEW: _new(facts.quiet),
        Part.CHANGE: _change(facts.rate, facts.rate_error),
        Part.BRIGHTNESS: _brightness(facts.magnitude, facts.depth),
        Part.KIND: None if facts.likely is None else _within(facts.likely),
    }
    total = math.fsum(
        WEIGHTS[part] * (UNKNOWN if value is None else value) for part, value in parts.items()
    ) / math.fsum(WEIGHTS.values())
    against = tuple(_against(facts))
    factor = 1.0
    for each in against:
        factor *= max(0.1, 1.0 - (facts.unlikely or 0.0)) if each is Against.OTHER_KIND else FACTORS[each]
    return Scored(facts, 100.0 * total * factor, parts, against)


def ranked(candidates: Iterable[Facts]) -> tuple[Scored, ...]:
    """The best first; equal ones by place, then by name, so that the order is always the same."""

    def order(each: Scored) -> tuple[float, float, str]:
        return -each.score, 1.0 if each.facts.level is None else each.facts.level, each.facts.name

    return tuple(sorted((score(each) for each in candidates), key=order))


def agreement(nearer: float | None) -> float | None:
    """How well a distance agrees: the two-sided tail probability, 1 at the median, 0 far off."""
    return None if nearer is None else 2.0 * min(_within(nearer), 1.0 - _within(nearer))


def _age(days: float | None) -> float | None:
    if days is None:
        return None
    return _within((OLD - days) / (OLD - YOUNG)) if days >= 0.0 else 0.0


def _new(days: float | None) -> float | None:
    return None if days is None else _within((LONG_UNSEEN - days) / (LONG_UNSEEN - QUIET))


def _change(rate: float | None, error: float | None) -> float | None:
    """How fast against what counts in full; unknown where the error is as large as that."""
    if rate is None:
        return None
    full = FADES_FAST if rate >= 0.0 else RISES_FAST
    return None if error is not None and error > full else _within(abs(rate) / full)


def _brightness(magnitude: float | None, depth: float | None) -> float | None:
    return None if magnitude is None or depth is None else _within((depth - magnitude) / COMFORT)


def _against(facts: Facts) -> Iterable[Against]:
    if facts.rejected:
        yield Against.REJECTED
    if facts.first is not None and facts.first < 0.0:
        yield Against.BEFORE
    if facts.unlikely:
        yield Against.OTHER_KIND
    if facts.level is not None and facts.level >= 1.0:
        yield Against.OUTSIDE
    if facts.star:
        yield Against.STAR
    if facts.moving:
        yield Against.MOVING


def _within(value: float) -> float:
    return min(1.0, max(0.0, value))
