"""A plan as a JSON object and back: how it is kept with the job that made it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from facilities.plan import Exposure, Plan


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """All of it; instants as ISO 8601 UTC ending in Z."""
    return {
        "facility": plan.facility,
        "planner": plan.planner,
        "strategy": plan.strategy,
        "event": plan.event,
        "made": _written(plan.made),
        "window": [_written(each) for each in plan.window],
        "probability": plan.probability,
        "area": plan.area,
        "settings": dict(plan.settings),
        "notes": list(plan.notes),
        "exposures": [
            {
                "field": each.field,
                "ra": each.ra,
                "dec": each.dec,
                "start": _written(each.start),
                "seconds": each.seconds,
                "filter": each.filter,
                "probability": each.probability,
                "airmass": each.airmass,
            }
            for each in plan.exposures
        ],
    }


def plan_from_json(value: Mapping[str, Any]) -> Plan:
    """The plan that `plan_to_json` wrote. Raises KeyError or ValueError for anything else."""
    return Plan(
        facility=value["facility"],
        planner=value["planner"],
        strategy=value["strategy"],
        event=value["event"],
        made=_read(value["made"]),
        window=(_read(value["window"][0]), _read(value["window"][1])),
        exposures=tuple(Exposure(**{**each, "start": _read(each["start"])}) for each in value["exposures"]),
        probability=value["probability"],
        area=value["area"],
        settings=value["settings"],
        notes=tuple(value["notes"]),
    )


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
