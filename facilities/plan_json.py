"""A plan as JSON, both ways: for jobs, files and scripts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from facilities.facility import FacilityError
from facilities.plan import Exposure, Plan

Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


def _only_text(value: Any) -> Any:
    if not isinstance(value, str | datetime):
        raise ValueError("expected an instant in ISO 8601")
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(_only_text)]


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Exposure(_Read):
    field: str
    ra: float = Field(ge=0, le=360, allow_inf_nan=False)
    dec: float = Field(ge=-90, le=90, allow_inf_nan=False)
    start: Instant
    seconds: float = Field(gt=0, allow_inf_nan=False)
    filter: str | None
    probability: Probability
    airmass: float | None = Field(default=None, allow_inf_nan=False)


class _Plan(_Read):
    facility: str
    planner: str
    strategy: Literal["single", "tiling", "galaxies"]
    event: str | None
    made: Instant
    window: tuple[Instant, Instant]
    exposures: list[_Exposure]
    probability: Probability
    area: float = Field(ge=0, allow_inf_nan=False)
    settings: dict[str, Any] = Field(default_factory=dict)
    notes: list[str] = Field(default_factory=list)


def plan_to_dict(plan: Plan) -> dict[str, Any]:
    """JSON-able values under the names of `Plan` and `Exposure`; instants ISO 8601 UTC ending in Z."""
    return {
        "facility": plan.facility,
        "planner": plan.planner,
        "strategy": plan.strategy,
        "event": plan.event,
        "made": iso(plan.made),
        "window": [iso(instant) for instant in plan.window],
        "probability": plan.probability,
        "area": plan.area,
        "fields": plan.fields,
        "exposures": [
            {
                "field": each.field,
                "ra": each.ra,
                "dec": each.dec,
                "start": iso(each.start),
                "seconds": each.seconds,
                "filter": each.filter,
                "probability": each.probability,
                "airmass": each.airmass,
            }
            for each in plan.exposures
        ],
        "settings": dict(plan.settings),
        "notes": list(plan.notes),
    }


def plan_from_dict(values: Mapping[str, Any]) -> Plan:
    """The plan that `plan_to_dict` gave. Raises `FacilityError` that says which key was what."""
    try:
        read = _Plan.model_validate(values)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise FacilityError(f"a plan's {where} is {problem['input']!r:.80}: {problem['msg']}") from None
    return Plan(
        facility=read.facility,
        planner=read.planner,
        strategy=read.strategy,
        event=read.event,
        made=read.made.astimezone(UTC),
        window=(read.window[0].astimezone(UTC), read.window[1].astimezone(UTC)),
        exposures=tuple(
            Exposure(**{**vars(each), "start": each.start.astimezone(UTC)}) for each in read.exposures
        ),
        probability=read.probability,
        area=read.area,
        settings=read.settings,
        notes=tuple(read.notes),
    )


def iso(instant: datetime) -> str:
    """ISO 8601 in UTC, ending in Z; whole seconds where they are."""
    text = instant.astimezone(UTC).isoformat(timespec="microseconds" if instant.microsecond else "seconds")
    return text.replace("+00:00", "Z")
