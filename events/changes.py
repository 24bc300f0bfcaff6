"""What changed between two revisions, in numbers, and whether it is worth telling people again."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from events.rules import likeliest_class
from events.state import RevisionState
from gcn.notice import AlertType, Coincidence
from skymaps.statistics import Peak

T = TypeVar("T")

_SEEN = 0.005
"""A probability that moved by less reads the same on a card (whole percent)."""


@dataclass(frozen=True)
class Change(Generic[T]):
    """One value that is not what it was."""

    before: T
    after: T


@dataclass(frozen=True)
class NamedChange:
    """A probability that moved: of a class, or of a facility to see the event tonight. None: not said."""

    name: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Distance:
    """Marginal distance of a map, Mpc."""

    mean: float
    std: float | None


@dataclass(frozen=True)
class Difference:
    """What a later revision says that an earlier one did not. None or empty: the same, or not comparable.

    Areas deg², `peak_moved` deg along the great circle (0 for the same peak), `former_radius` deg of the
    disc as large as the earlier 90 % area, FAR Hz. Numbers of maps are compared only where both
    revisions have them. `classification` and `facilities` hold what moved
    by half a percent or more, the largest move first.
    """

    alert_type: Change[AlertType] | None = None
    retracted: bool = False
    reinstated: bool = False
    significant: Change[bool | None] | None = None
    far: Change[float | None] | None = None
    likeliest: Change[str | None] | None = None
    classification: tuple[NamedChange, ...] = ()
    area_50: Change[float] | None = None
    area_90: Change[float] | None = None
    peak_moved: float | None = None
    former_radius: float | None = None
    distance: Change[Distance] | None = None
    facilities: tuple[NamedChange, ...] = ()
    coincidence: Change[Coincidence | None] | None = None


@dataclass(frozen=True)
class Policy:
    """From where on a change is material. The defaults are those of the desk; routes may set their own."""

    area_factor: float = 2.0
    distance_sigmas: float = 1.0
    class_moved: float = 0.25
    far_factor: float = 10.0
    observability_thresholds: tuple[float, ...] = (0.05, 0.25, 0.5)


MATERIAL: Mapping[str, Callable[[Difference, Policy], bool]] = {
    "retracted": lambda d, p: d.retracted,
    "reinstated": lambda d, p: d.reinstated,
    "vetted": lambda d, p: d.alert_type is not None and d.alert_type.after is AlertType.INITIAL,
    "significant": lambda d, p: d.significant is not None,
    "class": lambda d, p: (
        d.likeliest is not None
        or any(abs((c.after or 0.0) - (c.before or 0.0)) >= p.class_moved for c in d.classification)
    ),
    "far": lambda d, p: d.far is not None and _by_factor(d.far.before, d.far.after, p.far_factor),
    "area": lambda d, p: (
        d.area_90 is not None and _by_factor(d.area_90.before, d.area_90.after, p.area_factor)
    ),
    "position": lambda d, p: _left_its_area(d),
    "distance": lambda d, p: _moved_by_sigmas(d.distance, p.distance_sigmas),
    "observability": lambda d, p: any(
        _crossed(c, limit) for c in d.facilities for limit in p.observability_thresholds
    ),
    "coincidence": lambda d, p: d.coincidence is not None,
}
"""Every reason to tell people again, by name: area halved (or doubled), class changed, distance moved by a
sigma, observability across a threshold, a human has looked, …"""


def difference(before: RevisionState, after: RevisionState) -> Difference:
    """Everything that `after` says otherwise than `before`. A retraction compares nothing else."""
    was, says = before.notice, after.notice
    if says.retraction:
        return Difference(alert_type=_change(was.alert_type, says.alert_type), retracted=not was.retraction)
    old, new = before.statistics, after.statistics
    both = old is not None and new is not None
    return Difference(
        alert_type=_change(was.alert_type, says.alert_type),
        reinstated=was.retraction and says.alert_type is not AlertType.OTHER,
        significant=_said(was.significant, says.significant),
        far=_said(was.far, says.far),
        likeliest=_said(_likeliest_of_all(was.classification), _likeliest_of_all(says.classification)),
        classification=_moves(was.classification, says.classification) if says.classification else (),
        area_50=_change(old.area_50, new.area_50) if old and new else None,
        area_90=_change(old.area_90, new.area_90) if old and new else None,
        peak_moved=great_circle(old.peak, new.peak) if old and new else None,
        former_radius=math.sqrt(old.area_90 / math.pi) if old and new else None,
        distance=_distance(before, after) if both else None,
        facilities=_moves(_tonight(before), _tonight(after))
        if before.observability is not None and after.observability is not None
        else (),
        coincidence=_said(_claim(was.coincidence), _claim(says.coincidence)),
    )


def material(found: Difference, policy: Policy = Policy()) -> tuple[str, ...]:
    """The reasons (keys of MATERIAL) for which a difference is worth telling; empty: it is not."""
    return tuple(reason for reason, holds in MATERIAL.items() if holds(found, policy))


def is_material(found: Difference, policy: Policy = Policy()) -> bool:
    """Whether there is any reason to tell people again."""
    return bool(material(found, policy))


def great_circle(one: Peak, other: Peak) -> float:
    """Separation of two directions, deg (Vincenty's formula: exact for near and antipodal points)."""
    ra, dec = math.radians(one.ra), math.radians(one.dec)
    ra2, dec2 = math.radians(other.ra), math.radians(other.dec)
    across = math.hypot(
        math.cos(dec2) * math.sin(ra2 - ra),
        math.cos(dec) * math.sin(dec2) - math.sin(dec) * math.cos(dec2) * math.cos(ra2 - ra),
    )
    along = math.sin(dec) * math.sin(dec2) + math.cos(dec) * math.cos(dec2) * math.cos(ra2 - ra)
    return math.degrees(math.atan2(across, along))


def _change(before: T, after: T) -> Change[T] | None:
    return None if before == after else Change(before, after)


def _said(before: T | None, after: T | None) -> Change[T | None] | None:
    # What the later notice leaves out has not changed: a circular or a light curve takes nothing back.
    return None if after is None or before == after else Change(before, after)


def _claim(coincidence: Coincidence | None) -> Coincidence | None:
    # The bytes of the combined map are no claim, and states do not carry them.
    return None if coincidence is None else Coincidence(**{**vars(coincidence), "combined_skymap": None})


def _likeliest_of_all(classification: Mapping[str, float]) -> str | None:
    if classification.get("Terrestrial", 0.0) >= max(classification.values(), default=1.0):
        return "Terrestrial"
    return likeliest_class(classification)


def _moves(before: Mapping[str, float], after: Mapping[str, float]) -> tuple[NamedChange, ...]:
    names = [*before, *(name for name in after if name not in before)]
    moves = [
        NamedChange(name, before.get(name), after.get(name))
        for name in names
        if abs(after.get(name, 0.0) - before.get(name, 0.0)) >= _SEEN
    ]
    return tuple(sorted(moves, key=lambda c: -abs((c.after or 0.0) - (c.before or 0.0))))


def _tonight(revision: RevisionState) -> Mapping[str, float]:
    return {row.name: row.probability_tonight for row in revision.observability or ()}


def _distance(before: RevisionState, after: RevisionState) -> Change[Distance] | None:
    old, new = before.statistics, after.statistics
    if old is None or new is None or old.distance_mean is None or new.distance_mean is None:
        return None
    return _change(
        Distance(old.distance_mean, old.distance_std), Distance(new.distance_mean, new.distance_std)
    )


def _by_factor(before: float | None, after: float | None, factor: float) -> bool:
    if before is None or after is None:
        return False
    smaller, larger = sorted((before, after))
    return larger >= factor * smaller and larger > smaller


def _left_its_area(found: Difference) -> bool:
    # A peak that left the disc of the former 90 % area: the field that people pointed at is empty.
    if found.peak_moved is None or found.former_radius is None:
        return False
    return found.peak_moved > found.former_radius


def _moved_by_sigmas(distance: Change[Distance] | None, sigmas: float) -> bool:
    if distance is None or distance.before.std is None:
        return False
    return abs(distance.after.mean - distance.before.mean) > sigmas * distance.before.std


def _crossed(change: NamedChange, limit: float) -> bool:
    return ((change.before or 0.0) >= limit) != ((change.after or 0.0) >= limit)
