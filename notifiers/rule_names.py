"""What a rule can see: the names of the rule language and their values for one event.

The names are those of `nightdesk notice --json` and `nightdesk skymap --json`, and a few of the desk's own.
What an event does not have is left out, at every depth: see `notifiers.rules` for what that means.

A retraction says nothing about the sky, so for a retracted event the values that describe it
(`classification`, `far`, `significant`, `position`, …) are those of the last notice that described it, while
`retracted` is true and `alert_type`, `kind`, `issued` and `format` are the retraction's own: whoever was told
of the event by a rule is told of its end by the same rule.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias, cast

from events.state import EventState, RevisionState
from notifiers.rule_changes import CHANGE_EXAMPLE, SECONDS_PER_YEAR, change_values

RuleValue: TypeAlias = "str | bool | float | list[RuleValue] | dict[str, RuleValue]"

_OF_THE_MESSAGE = ("format", "kind", "alert_type", "issued", "links")

_OF_THE_EVENT: Mapping[str, RuleValue] = {
    "format": "igwn-json",
    "mission": "LVK",
    "instrument": "H1,L1",
    "kind": "LVC_PRELIMINARY",
    "event": "LVK:S230518h",
    "aliases": ["S230518h"],
    "alert_type": "preliminary",
    "role": "observation",
    "trigger_time": "2023-05-18T12:59:08Z",
    "issued": "2023-05-18T13:38:00Z",
    "significant": True,
    "far": 3.2e-10,
    "classification": {"BNS": 0.0, "NSBH": 0.86, "BBH": 0.04, "Terrestrial": 0.1},
    "properties": {"HasNS": 1.0, "HasRemnant": 0.0},
    "position": {
        "ra": 96.8,
        "dec": -45.1,
        "radius": 1.2,
        "containment": 0.9,
        "systematic_included": False,
        "sigma": 0.56,
    },
    "skymap": {"source": "embedded", "url": "https://example.org/bayestar.fits", "bytes": 1.0e6},
    "coincidence": {
        "observatory": "Fermi",
        "search": "GRB",
        "time_difference": 1.7,
        "time_far": 1e-7,
        "space_time_far": 1e-8,
        "combined_skymap": True,
    },
    "tags": ["GW", "NSBH"],
    "links": {"gracedb": "https://example.org/S230518h"},
    "gates": ["subthreshold"],
    "pixels": 19200.0,
    "max_order": 9.0,
    "area_50": 266.0,
    "area_90": 1002.0,
    "probability_in_100_deg2": 0.24,
    "probability_in_500_deg2": 0.7,
    "peak": {"ra": 96.8, "dec": -45.1},
    "distance_mean": 276.0,
    "distance_std": 79.0,
    "distance_05": 150.0,
    "distance_50": 272.0,
    "distance_95": 410.0,
    "volume_50": 1.5e6,
    "volume_90": 1.1e7,
    "galactic_fraction": 0.1,
    "sun_separation": 71.0,
    "moon_separation": 86.0,
    "modes_90": 2.0,
    "p": {"BNS": 0.0, "NSBH": 0.86, "BBH": 0.04, "Terrestrial": 0.1},
    "far_per_year": 0.0101,
    "age_minutes": 39.0,
    "retracted": False,
    "mock": False,
    "revision": 1.0,
    "coincident": True,
    "observable": {"DECam": 0.61, "ZTF": 0.0},
    "best_observable": 0.61,
    "tiles": {"DECam": 212.0},
}

EXAMPLE: Mapping[str, RuleValue] = {**_OF_THE_EVENT, **cast("dict[str, RuleValue]", CHANGE_EXAMPLE)}
"""Every name an event could have, with a value of its kind (of no particular event)."""

NAMES: frozenset[str] = frozenset(EXAMPLE)

FIELDS: Mapping[str, frozenset[str]] = {
    name: frozenset(value)
    for name, value in EXAMPLE.items()
    if name in ("position", "peak", "skymap", "coincidence", "changed", "before") and isinstance(value, dict)
}
"""The fields of those names whose fields are the same for every event."""


def rule_values(state: EventState, now: datetime, told: RevisionState | None = None) -> dict[str, RuleValue]:
    """Every name this event has, and its value: numbers are floats, instants ISO 8601, nothing is None.

    `told` is the revision that who asks was told of last, None where that is nothing yet.
    """
    newest, described = state.newest, state.described
    values: dict[str, object] = dict(described.notice.to_dict())
    if newest is not described:
        message = newest.notice.to_dict()
        values.update({name: message[name] for name in _OF_THE_MESSAGE})
    if state.newest_with_map is not None and state.newest_with_map.statistics is not None:
        values.update(state.newest_with_map.statistics.to_dict())
    far = described.notice.far
    values.update(
        event=state.event,
        aliases=sorted({*state.aliases, *described.notice.aliases}),
        tags=sorted(state.tags),
        p=dict(described.notice.classification),
        far_per_year=None if far is None else far * SECONDS_PER_YEAR,
        age_minutes=(now - event_time(state)).total_seconds() / 60.0,
        retracted=state.retracted,
        mock=state.mock,
        revision=newest.number,
        coincident=_coincident(state),
        **_observability(state),
        **change_values(state, told),
    )
    known = _known(values)
    assert isinstance(known, dict)
    return known


def event_time(state: EventState) -> datetime:
    """When it happened: the trigger, or where no notice gives one, when it was first told or heard of."""
    first = state.revisions[0]
    return state.trigger_time or first.notice.issued or first.arrived


def _coincident(state: EventState) -> bool:
    # RAVEN's overlap is 0 where the two maps exclude each other, and None where it cannot be computed.
    companions = any(a.claimed_by_alert or a.overlap != 0.0 for a in state.associations)
    return companions or state.described.notice.coincidence is not None


def _observability(state: EventState) -> dict[str, object]:
    rows = next((r.observability for r in reversed(state.revisions) if r.observability is not None), None)
    if rows is None:
        return {}
    return {
        "observable": {row.name: row.probability_tonight for row in rows},
        "best_observable": max((row.probability_tonight for row in rows), default=0.0),
        "tiles": {row.name: row.tiles_90 for row in rows},
    }


def _known(value: object) -> RuleValue | None:
    """`value` in the rule language's types, without what is unknown (None, and NaN)."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return None if math.isnan(value) else float(value)
    if isinstance(value, Mapping):
        pairs = ((str(name), _known(item)) for name, item in value.items())
        return {name: item for name, item in pairs if item is not None}
    if isinstance(value, Sequence | set | frozenset):
        return [item for item in map(_known, value) if item is not None]
    return None
