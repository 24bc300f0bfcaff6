"""What a rule can see of the difference: what is not as it was when the reader was last told.

The reader is a channel or a person. Somebody who was told nothing yet compares with the event's first notice,
so that a rule like `material && area_90 < 100` may also start a card.
"""

from __future__ import annotations

from collections.abc import Mapping

from events.changes import Difference, difference, material
from events.state import EventState, RevisionState

SECONDS_PER_YEAR = 365.25 * 86400.0

CHANGE_EXAMPLE: Mapping[str, object] = {
    "first": True,
    "material": False,
    "reasons": ["area"],
    "changed": {
        "alert_type": True,
        "significant": False,
        "far": False,
        "likeliest": False,
        "p": False,
        "area_50": True,
        "area_90": True,
        "peak": False,
        "distance": False,
        "observable": False,
        "coincidence": False,
        "retracted": False,
        "reinstated": False,
    },
    "before": {
        "alert_type": "preliminary",
        "revision": 1.0,
        "significant": True,
        "far_per_year": 0.0101,
        "p": {"NSBH": 0.86, "Terrestrial": 0.1},
        "area_50": 266.0,
        "area_90": 1002.0,
        "distance_mean": 276.0,
        "distance_std": 79.0,
        "observable": {"DECam": 0.61},
        "best_observable": 0.61,
    },
}
"""The names about what changed, with a value of each one's kind."""

CHANGE_NAMES = frozenset(CHANGE_EXAMPLE)


def change_values(state: EventState, told: RevisionState | None) -> dict[str, object]:
    """`first`, `material`, `reasons`, `changed`, `before`, for whom `told` was the last revision told."""
    before = told or state.revisions[0]
    found = difference(before, state.newest)
    reasons = material(found)
    return {
        "first": told is None,
        "material": bool(reasons),
        "reasons": list(reasons),
        "changed": _changed(found),
        "before": _before(before),
    }


def _changed(found: Difference) -> dict[str, bool]:
    return {
        "alert_type": found.alert_type is not None,
        "significant": found.significant is not None,
        "far": found.far is not None,
        "likeliest": found.likeliest is not None,
        "p": bool(found.classification),
        "area_50": found.area_50 is not None,
        "area_90": found.area_90 is not None,
        "peak": bool(found.peak_moved),
        "distance": found.distance is not None,
        "observable": bool(found.facilities),
        "coincidence": found.coincidence is not None,
        "retracted": found.retracted,
        "reinstated": found.reinstated,
    }


def _before(revision: RevisionState) -> dict[str, object]:
    notice, numbers = revision.notice, revision.statistics
    tonight = {row.name: row.probability_tonight for row in revision.observability or ()}
    return {
        "alert_type": notice.alert_type.value,
        "revision": revision.number,
        "significant": notice.significant,
        "far_per_year": None if notice.far is None else notice.far * SECONDS_PER_YEAR,
        "p": dict(notice.classification),
        "area_50": numbers.area_50 if numbers else None,
        "area_90": numbers.area_90 if numbers else None,
        "distance_mean": numbers.distance_mean if numbers else None,
        "distance_std": numbers.distance_std if numbers else None,
        "observable": tonight,
        "best_observable": max(tonight.values(), default=None),
    }
