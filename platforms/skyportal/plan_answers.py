"""What a SkyPortal says of a plan that was asked of it, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from platforms.skyportal.client import SkyPortal
from platforms.skyportal.reading import Incoming, Utc, parsed


def objects(value: Any) -> Any:
    """The objects of a list, whatever else is among them."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else value


def _fraction(value: Any) -> Any:
    """Its probabilities are fractions in statistics and percent elsewhere; more than 1 is percent."""
    return value / 100.0 if isinstance(value, (int, float)) and value > 1.0 else value


class Statistics(Incoming):
    """Of a plan: `area` in deg², times in s, `probability` 0..1."""

    num_observations: int = 0
    probability: Annotated[float | None, BeforeValidator(_fraction)] = None
    area: float | None = None
    total_time: float | None = None
    tot_time_with_overheads: float | None = None
    start_observation: Utc | None = None
    unique_filters: tuple[str, ...] | None = None


class _StatisticsRow(Incoming):
    statistics: Statistics


class Field(Incoming):
    """A field of an instrument: `field_id` is the number it has there, not the database's."""

    field_id: int
    ra: float
    dec: float


class PlannedObservation(Incoming):
    """One exposure. `weight` is the probability of the field.

    Its own `field_id` is the database's in lists and the instrument's number in the single answer: only
    `field.field_id` says the same in both.
    """

    obstime: Utc
    exposure_time: float
    filt: str | None = None
    weight: float | None = None
    field: Field


class PlanRow(Incoming):
    """What was computed for a request; a request may have none."""

    id: int
    status: str = ""
    plan_name: str = ""
    dateobs: str | None = None
    validity_window_start: Utc | None = None
    validity_window_end: Utc | None = None
    statistics: Annotated[tuple[_StatisticsRow, ...], BeforeValidator(objects)] = ()
    planned_observations: Annotated[tuple[PlannedObservation, ...], BeforeValidator(objects)] = ()


class Instrument(Incoming):
    """Which instrument a request is for."""

    id: int
    name: str = ""


class _Allocation(Incoming):
    id: int
    instrument: Instrument | None = None


class PlanRequest(Incoming):
    """A plan that was asked for, as it stands now."""

    id: int
    status: str
    allocation_id: int
    gcnevent_id: int
    localization_id: int
    payload: dict[str, Any]
    allocation: _Allocation | None = None
    observation_plans: Annotated[tuple[PlanRow, ...], BeforeValidator(objects)] = ()

    @property
    def name(self) -> str:
        """Its queue name, unique there."""
        return str(self.payload.get("queue_name", ""))

    @property
    def computed(self) -> PlanRow | None:
        return self.observation_plans[0] if self.observation_plans else None

    @property
    def statistics(self) -> Statistics | None:
        rows = self.computed.statistics if self.computed is not None else []
        return rows[0].statistics if rows else None


def read_request(portal: SkyPortal, value: Any) -> PlanRequest:
    """The answer about one plan. Raises SkyPortalError where it has another form."""
    return parsed(portal, PlanRequest, value, "a plan")
