"""Jobs `skyportal.plan` and `skyportal.queue`: a plan made; sent to its telescope, taken back, deleted."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from facilities.plan import Plan
from facilities.plan_json import plan_to_dict
from platforms.job import Job, JobState, Moved, PlatformError
from platforms.skyportal import plan_reading, plans
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.identity import EventIdentity, PortalEvent
from platforms.skyportal.instants import spaced
from platforms.skyportal.plan_answers import PlanRequest
from platforms.skyportal.plan_form import plan_form
from platforms.skyportal.refusals import SkyPortalError
from platforms.skyportal.said import said
from platforms.skyportal.ways import Ways
from store.clock import Clock

log = logging.getLogger(__name__)

FindEvent = Callable[[SkyPortal, EventIdentity, str | None], Awaitable[PortalEvent]]
"""The event there, mirrored first where the desk does that. Raises SkyPortalError where it is not there."""

Pictures = Callable[[Job, Plan], Awaitable[Mapping[str, bytes]]]
"""What a plan looks like on the sky and over the night, as PNG by name."""

AT_FIRST = 5.0  # s: a plan takes 6 to 20
QUEUE = "skyportal.queue"


class Do(StrEnum):
    """What a job `skyportal.queue` does with a plan."""

    SEND = "send"
    TAKE_BACK = "take_back"
    DELETE = "delete"


@dataclass
class PlanWork:
    """Plans made by SkyPortals.

    Promises: a start that was interrupted finds the plan it made, by the job's mark in its name, and makes
    no second one; `DONE` with no observation in it says so; a failure that has no reason there has advice
    here.
    """

    ways: Ways
    clock: Clock
    find: FindEvent
    pictures: Pictures | None = None
    kind: str = "skyportal.plan"
    patience: float = 3600.0

    async def start(self, job: Job) -> Moved:
        portal, token = await self.ways.of(job)
        identity = EventIdentity.from_json(job.parameters["event"])
        event = await self.find(portal, identity, token)
        name = queue_name(job, identity)
        for each in await plan_reading.plans_of(portal, event.id, token=token):
            if each.name == name:
                return self._started(portal, event, each.id, name)
        sky_map = event.map_of(identity)
        if sky_map is None:
            raise SkyPortalError(
                f"{portal.name} has {identity.name} without a sky map of its own: nothing can be planned",
                advice="wait for the map, or plan here with the instant planner",
            )
        start, end = await self._window(job, portal, token)
        payload = {
            **job.parameters["settings"],
            "queue_name": name,
            "start_date": spaced(start),
            "end_date": spaced(end),
        }
        wanted = {
            "gcnevent_id": event.id,
            "localization_id": sky_map.id,
            "allocation_id": job.parameters["allocation"],
            "payload": payload,
        }
        made = await portal.call(
            "POST", "/api/observation_plan", wanted, token=token, asked="make the plan", within=80.0
        )
        ids = made.get("ids") if isinstance(made, Mapping) else None
        if not ids:
            raise SkyPortalError(f"{portal.name} took the plan and gave it no number", later=True)
        return self._started(portal, event, int(ids[0]), name)

    async def _window(self, job: Job, portal: SkyPortal, token: str | None) -> tuple[datetime, datetime]:
        """What was asked for; else from now until the form's end of the night, as it stands now."""
        texts, now = (job.parameters.get("start"), job.parameters.get("end")), self.clock.now()
        start, end = (datetime.fromisoformat(each) if each else None for each in texts)
        if end is None:
            named = (job.parameters["instrument"],)
            form = await plan_form(portal, named, allocation=job.parameters["allocation"], token=token)
            end = form.window(now)[1]
        return start or now, end

    async def look(self, job: Job) -> Moved:
        portal, token = await self.ways.of(job)
        try:
            request = await plan_reading.read_plan(portal, job.remote["plan"], token=token)
        except SkyPortalError as error:
            if not error.missing:
                raise
            return Moved(
                JobState.FAILED,
                failure=f"the plan is not on {portal.name} any more, or this account may not see it",
                advice="ask for it anew",
            )
        match request.status:
            case "pending submission":
                return Moved(JobState.QUEUED, said=f"waits for the planner of {portal.name}")
            case "running":
                return Moved(JobState.RUNNING, said=f"{portal.name} is computing the plan")
            case "failed to process":
                return _failed_to_process(portal, request)
            case "failed":
                return Moved(
                    JobState.FAILED,
                    failure=f"the planner of {portal.name} failed and gives no reason",
                    advice="galaxies need a galaxy catalogue there; try schedule_strategy=tiling",
                )
        if request.computed is None:
            words = said(request.status) or "nothing"
            return Moved(JobState.RUNNING, said=f"{portal.name} says: {words}")
        return await self._done(job, portal, request, token)

    async def cancel(self, job: Job) -> Moved:
        """Delete it there, out of the telescope's queue first."""
        portal, token = await self.ways.of(job)
        number = job.remote.get("plan")
        if number is None:
            identity = EventIdentity.from_json(job.parameters["event"])
            event = await self.find(portal, identity, token)
            name = queue_name(job, identity)
            found = [
                each
                for each in await plan_reading.plans_of(portal, event.id, token=token)
                if each.name == name
            ]
            number = found[0].id if found else None
        if number is not None:
            await plans.delete(portal, number, token=token)
        return Moved(JobState.CANCELLED, said=f"deleted on {portal.name}")

    async def _done(self, job: Job, portal: SkyPortal, request: PlanRequest, token: str | None) -> Moved:
        statistics = request.statistics
        count = statistics.num_observations if statistics is not None else 0
        observations = await plan_reading.planned_observations(portal, request, token=token) if count else ()
        notes: tuple[str, ...] = ()
        if count == 0:
            notes = (f"{portal.name} finished the plan without a single observation in it",)
        elif observations is None:
            notes = (f"{portal.name} cannot list the observations of this plan: only its totals are known",)
        facility = job.facility or job.parameters["instrument"]
        plan = plan_reading.plan_from(
            request, observations, facility=facility, event=job.event, made=self.clock.now(), notes=notes
        )
        seconds = (statistics.tot_time_with_overheads or statistics.total_time) if statistics else None
        results: dict[str, Any] = {
            "status": said(request.status),
            "observations": count,
            "fields": plan.fields,
            "probability": plan.probability,
            "area": plan.area,
            "start": statistics.start_observation.isoformat().replace("+00:00", "Z")
            if statistics is not None and statistics.start_observation is not None
            else None,
            "duration": seconds,
            "filters": list(statistics.unique_filters or ()) if statistics is not None else [],
            "can_send": bool(job.parameters.get("can_send")) and count > 0,
            "plan": plan_to_dict(plan),
            "page": job.remote.get("page"),
            "number": request.id,
        }
        words = "no observation is possible" if count == 0 else ""
        drawn = await self._drawn(job, plan)
        return Moved(JobState.DONE, progress=1.0, said=words, results=results, pictures=drawn)

    async def _drawn(self, job: Job, plan: Plan) -> Mapping[str, bytes]:
        """The plan's pictures; a plan that cannot be drawn is a plan all the same."""
        if self.pictures is None or not plan.exposures:
            return {}
        try:
            return await self.pictures(job, plan)
        except PlatformError as error:
            log.info("plan %s could not be drawn: %s", job.id, error)
            return {}

    def _started(self, portal: SkyPortal, event: PortalEvent, number: int, name: str) -> Moved:
        remote = {
            "plan": number,
            "queue_name": name,
            "event_id": event.id,
            "dateobs": event.dateobs,
            "page": event.page(portal),
        }
        return Moved(JobState.QUEUED, remote=remote, look_after=AT_FIRST)


@dataclass
class QueueWork:
    """A plan sent to its telescope, taken back or deleted: parameters `plan` (its number there) and `do`.

    Promises: done twice it is done once, since the plan's status is read before and after; nothing is
    deleted that is, or may be, in the telescope's queue.
    """

    ways: Ways
    kind: str = QUEUE
    patience: float = 900.0

    async def start(self, job: Job) -> Moved:
        portal, token = await self.ways.of(job)
        do, number = Do(job.parameters["do"]), int(job.parameters["plan"])
        match do:
            case Do.SEND:
                status = await plans.send(portal, number, token=token)
            case Do.TAKE_BACK:
                status = await plans.take_back(portal, number, token=token)
            case Do.DELETE:
                was_there = await plans.delete(portal, number, token=token)
                status = "deleted" if was_there else "not there any more"
        return Moved(JobState.DONE, results={"status": said(status), "do": do.value})

    async def look(self, job: Job) -> Moved:
        return await self.start(job)

    async def cancel(self, job: Job) -> Moved:
        """What was sent is taken back; what was taken back or deleted stays so."""
        if job.parameters["do"] == Do.SEND:
            portal, token = await self.ways.of(job)
            await plans.take_back(portal, int(job.parameters["plan"]), token=token)
        return Moved(JobState.CANCELLED)


def queue_name(job: Job, identity: EventIdentity) -> str:
    """The plan's name there: whose it is, for what, and the job's mark, which makes it unique."""
    who = "".join(each if each.isalnum() else "-" for each in job.requester)[:30]
    what = "".join(each if each.isalnum() else "-" for each in identity.name)[:30]
    return f"{what}-{job.parameters['instrument']}-{who}-{job.mark}".replace(" ", "-")


def _failed_to_process(portal: SkyPortal, request: PlanRequest) -> Moved:
    return Moved(
        JobState.FAILED,
        failure=f"{portal.name} could not process plan {request.id} and gives no reason",
        advice=(
            "plans for events older than 72 h are never processed there; else ask again with another window "
            f"than {request.payload.get('start_date')} to {request.payload.get('end_date')}"
        ),
    )
