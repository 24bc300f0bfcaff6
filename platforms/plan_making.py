"""What every planner that works here is given, and what the desk does for it: maps, computing, pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias, TypeVar, TypeVarTuple

from events.analysis import MapSource
from events.compute import Compute, ComputeError, Lane
from facilities.facility import Facility, FacilityError
from facilities.observability import Closure
from facilities.plan import Exposure, Plan
from facilities.plan_json import plan_from_dict, plan_to_dict
from facilities.planning import GalaxyTarget, Patch, PlanSettings, instant_plan
from facilities.planning.counted import counted
from facilities.planning.given import Given, given_for
from platforms.job import Job, PlatformError

Args = TypeVarTuple("Args")
R = TypeVar("R")

PLAN_SECONDS = 60.0
"""What a plan of ours may take in a worker of the desk; it takes seconds."""


@dataclass(frozen=True)
class PlanSubject:
    """One event's map and one telescope, from `at` on; `name` is what people call the event.

    `locale` and `timezone` are those in which the plan's pictures are read. `notes` are what people should
    know of how all this was found, for the plan's card.
    """

    name: str
    source: MapSource
    facility: Facility
    at: datetime
    settings: PlanSettings
    galaxies: tuple[GalaxyTarget, ...] = ()
    taken: tuple[Patch, ...] = ()
    closure: Closure | None = None
    locale: str = "en"
    timezone: str = "UTC"
    notes: tuple[str, ...] = ()


Subject: TypeAlias = Callable[[Job], Awaitable[PlanSubject]]
"""Looks up what a job is about. Raises PlatformError where the event has no map."""

Draw: TypeAlias = Callable[[PlanSubject, Plan], Awaitable[Mapping[str, bytes]]]


@dataclass(frozen=True)
class PlanMaking:
    """The desk's side of making plans: looking up, computing away from the loop, drawing.

    Everything raises PlatformError, and nothing else, for what people can understand.
    """

    subject: Subject
    compute: Compute | None = None
    draw: Draw | None = None

    async def instant(self, subject: PlanSubject) -> Plan:
        """The plan of ours that stands until a better one is there."""
        plan = await self.run(_instant, subject)
        return replace(plan, event=subject.name, notes=(*plan.notes, *subject.notes))

    async def given(self, subject: PlanSubject, instant: Plan) -> Given | None:
        """What another planner is given to better it; None where nothing is in sight for long enough."""
        return await self.run(_given, subject, instant)

    async def counted(
        self, subject: PlanSubject, exposures: Sequence[Exposure]
    ) -> tuple[tuple[Exposure, ...], float, float]:
        """Exposures with what each adds; probability and area of all."""
        return await self.run(_counted, subject, tuple(exposures))

    async def pictures(self, subject: PlanSubject, plan: Plan) -> Mapping[str, bytes]:
        """The plan's pictures by name; none where it is empty or nobody draws."""
        if self.draw is None or not plan.exposures:
            return {}
        return await self.draw(subject, plan)

    async def run(self, work: Callable[[*Args], R], *arguments: *Args) -> R:
        """Heavy work, where it holds up nothing. What goes wrong becomes a PlatformError."""
        try:
            if self.compute is None:
                return await asyncio.to_thread(work, *arguments)
            return await self.compute.run(work, *arguments, timeout=PLAN_SECONDS, lane=Lane.PICTURES)
        except FacilityError as error:
            raise PlatformError(f"{error}") from None
        except ComputeError as error:
            raise PlatformError(f"the plan could not be computed: {error}", advice="ask again") from None


@dataclass(frozen=True)
class Made:
    """What a plan job made: the plan that stands; `other` what it was chosen over.

    `refused` says why another planner's was not taken.
    """

    plan: Plan
    other: Plan | None = None
    refused: str | None = None


def results_of(made: Made) -> dict[str, Any]:
    """A plan job's results: `plan`, and where they are `other` and `refused`."""
    results: dict[str, Any] = {"plan": plan_to_dict(made.plan)}
    if made.other is not None:
        results["other"] = plan_to_dict(made.other)
    if made.refused is not None:
        results["refused"] = made.refused
    return results


def made_of(results: Mapping[str, Any]) -> Made | None:
    """What `results_of` gave; None where there is no plan yet. Raises FacilityError where it is none."""
    if not isinstance(results.get("plan"), Mapping):
        return None
    other, refused = results.get("other"), results.get("refused")
    return Made(
        plan_from_dict(results["plan"]),
        plan_from_dict(other) if isinstance(other, Mapping) else None,
        refused if isinstance(refused, str) else None,
    )


def worth_of(plan: Plan, given: Given) -> float:
    """What a plan is measured by: probability, or the galaxies' weights where it is for galaxies."""
    if plan.strategy != "galaxies":
        return plan.probability
    weights = {each.name: each.weight for each in given.fields}
    return sum(weights.get(name, 0.0) for name in {each.field for each in plan.exposures})


def _instant(subject: PlanSubject) -> Plan:
    return instant_plan(
        subject.source.read(),
        subject.facility,
        subject.at,
        settings=subject.settings,
        taken=subject.taken,
        galaxies=subject.galaxies,
        closure=subject.closure,
        event=subject.name,
    )


def _given(subject: PlanSubject, instant: Plan) -> Given | None:
    return given_for(
        subject.source.read(),
        subject.facility,
        subject.at,
        instant,
        settings=subject.settings,
        taken=subject.taken,
        galaxies=subject.galaxies,
        closure=subject.closure,
    )


def _counted(
    subject: PlanSubject, exposures: tuple[Exposure, ...]
) -> tuple[tuple[Exposure, ...], float, float]:
    return counted(subject.source.read(), subject.facility, exposures, subject.taken)
