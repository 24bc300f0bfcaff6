"""A plan by the number of its job: looked up, read, and what is wrong with it said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from cards.cleaning import clean
from commands.errors import CommandError, NotAllowed
from commands.request import Request
from commands.rooms import Rooms
from facilities.facility import Facility, FacilityError
from facilities.plan import Plan
from platforms.forgetting import deleted_by
from platforms.job import Job
from platforms.jobs import JobError
from platforms.plan_making import Made, made_of
from platforms.planning import PLAN_KINDS
from shifts.permissions import may_trigger

RECENT = timedelta(days=7)


@dataclass(frozen=True)
class NamedPlan:
    """A plan job, the plan of it that is meant, and its telescope."""

    job: Job
    made: Made
    plan: Plan
    facility: Facility

    @property
    def event(self) -> str:
        return clean((self.job.event or "?").partition(":")[2] or self.job.event or "?")


async def plan_job(request: Request, rooms: Rooms) -> Job:
    """The job of option `job`, which is a plan's. Raises CommandError."""
    number, reader = int(request.number("job")), request.reader
    try:
        job = await rooms.jobs.job(number)
    except JobError:
        raise CommandError(
            reader.say("There is no job {number}; “plan list” lists the plans.", number=number), option="job"
        ) from None
    if job.kind not in PLAN_KINDS:
        raise CommandError(
            reader.say("Job {number} is no plan; “plan list” lists the plans.", number=number), option="job"
        )
    return job


async def plan_named(request: Request, rooms: Rooms) -> NamedPlan:
    """The plan of option `job`, by `planner` where that is named. Raises CommandError."""
    job, reader = await plan_job(request, rooms), request.reader
    who = deleted_by(job)
    if who is not None:
        raise CommandError(
            reader.say("The plan of job {number} was deleted by {who}.", number=job.id, who=clean(who)),
            option="job",
        )
    try:
        made = made_of(job.results)
        facility = rooms.registry.get(job.facility or "")
    except FacilityError as error:
        raise CommandError(f"{error}", option="job") from None
    if made is None:
        raise CommandError(reader.say("Job {number} has no plan yet.", number=job.id), option="job")
    return NamedPlan(job, made, _meant(request, made), facility)


async def plans_of(
    rooms: Rooms, *, event: str | None, facility: str | None, request: Request
) -> tuple[Job, ...]:
    """The plan jobs of an event, else of the last week, newest first; deleted plans are none."""
    since = None if event is not None else request.now - RECENT
    jobs = await rooms.jobs.jobs(event=event, facility=facility, since=since, limit=200)
    return tuple(job for job in jobs if job.kind in PLAN_KINDS and deleted_by(job) is None)


def _meant(request: Request, made: Made) -> Plan:
    named = request.text_or_none("planner")
    plans = [each for each in (made.plan, made.other) if each is not None]
    if named is None:
        return made.plan
    for each in plans:
        if each.planner == named:
            return each
    raise CommandError(
        request.reader.say(
            "This job has no plan by {planner}; it has: {known}.",
            planner=named,
            known=", ".join(each.planner for each in plans),
        ),
        option="planner",
    )


def check_may_trigger(request: Request, rooms: Rooms, facility: Facility) -> None:
    """Whether the caller may point this telescope, by any of its names. Raises NotAllowed."""
    person = request.caller.person
    if person is not None and any(may_trigger(person, name) for name in facility.names):
        return
    whom, reader = rooms.facts.administrators, request.reader
    raise NotAllowed(
        reader.say(
            "You may not do this for {facility}; ask {whom} for the permission to trigger it.",
            facility=facility.name,
            whom=reader.listing(whom) if whom else reader.say("an administrator of the desk"),
        )
    )
