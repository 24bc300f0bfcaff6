"""`plan delete`: a plan deleted where it was made, and forgotten here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from cards.answer_card import answer_card
from cards.card import Card, Tone
from cards.cleaning import clean
from commands.errors import CommandError, NotAllowed
from commands.jobs_asked import ask_job
from commands.plan_named import check_may_trigger, plan_job
from commands.plan_withdrawing import recall, recalled
from commands.request import Reply, Request
from commands.rooms import Rooms
from facilities.facility import Facility, FacilityError
from notifiers import outbox
from platforms.forgetting import deleted_by, forget_in
from platforms.job import Job, JobState
from platforms.jobs import Wanted
from platforms.planning import Planner
from platforms.skyportal.plan_work import QUEUE, Do
from shifts.permissions import Permission, may
from store.clock import Clock


@dataclass(frozen=True)
class _Doomed:
    """The job whose plan is to go, its telescope, and its number at the SkyPortal that has it (None: none
    has)."""

    job: Job
    facility: Facility
    number: int | None


async def may_delete(request: Request, rooms: Rooms) -> None:
    """Before anything is asked: the plan is there, and the caller may delete it."""
    await _doomed(request, rooms)


async def deleting(request: Request, rooms: Rooms) -> Card | None:
    """Names what would go, and from where."""
    doomed, reader = await _doomed(request, rooms), request.reader
    title = reader.say(
        "Delete plan {number} of {event} for {facility}?",
        number=doomed.job.id,
        event=_event(doomed.job),
        facility=clean(doomed.facility.name),
    )
    if doomed.number is not None:
        where = reader.say(
            "It is taken out of the telescope's queue first, then deleted on {platform} and here.",
            platform=doomed.job.platform,
        )
    else:
        where = reader.say(
            "Whoever it was sent to is told first that it counts no more; then it is gone here."
        )
    stays = reader.say("What was reported of it on Treasure Map stays there until it is cancelled.")
    return answer_card(reader, title, where, stays, tone=Tone.WARNING)


async def deleted(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Delete it at its SkyPortal by a job, after which it is forgotten here; one made here at once."""
    doomed, reader, by = await _doomed(request, rooms), request.reader, request.caller.name
    job = doomed.job
    if doomed.number is not None:
        parameters = {"plan": doomed.number, "do": Do.DELETE.value, "job": job.id}
        facility = doomed.facility.name
        wanted = Wanted(QUEUE, job.platform, parameters, event=job.event, facility=facility)
        async for reply in ask_job(request, rooms, wanted):
            yield reply
        return
    async with rooms.database.write() as session:
        await recall(session, job, who=by, now=request.now)
        await forget_in(session, job.id, by=by, now=request.now)
    rooms.jobs.ring()
    rooms.bell.ring(outbox.BELL)
    title = reader.say(
        "Plan {number} of {event} for {facility} is deleted",
        number=job.id,
        event=_event(job),
        facility=clean(doomed.facility.name),
    )
    yield Reply(answer_card(reader, title, tone=Tone.GOOD))


@dataclass(frozen=True)
class DeletedPlans:
    """Forgets here what a job has deleted at a SkyPortal: `tell` for the tracker."""

    clock: Clock

    async def tell(self, session: AsyncSession, job: Job) -> None:
        """In the transaction that tells of the deletion, so that a crash between both forgets it later."""
        if job.kind != QUEUE or job.parameters.get("do") != Do.DELETE.value or job.state is not JobState.DONE:
            return
        number = job.parameters.get("job")
        if isinstance(number, int):
            await forget_in(session, number, by=job.requester, now=self.clock.now())


async def _doomed(request: Request, rooms: Rooms) -> _Doomed:
    """What `job` names. Raises CommandError and NotAllowed."""
    job, reader = await plan_job(request, rooms), request.reader
    try:
        facility = rooms.registry.get(job.facility or "")
    except FacilityError as error:
        raise CommandError(f"{error}", option="job") from None
    if not job.state.ended:
        raise CommandError(
            reader.say("Job {number} still runs; “job cancel {number}” takes it back.", number=job.id),
            option="job",
        )
    who = deleted_by(job)
    if who is not None:
        raise CommandError(
            reader.say("The plan of job {number} was deleted by {who}.", number=job.id, who=clean(who)),
            option="job",
        )
    number = None
    if job.kind == Planner.SKYPORTAL.kind:
        found = job.results.get("number") or job.remote.get("plan")
        number = found if isinstance(found, int) else None
    await _check(request, rooms, _Doomed(job, facility, number))
    return _Doomed(job, facility, number)


async def _check(request: Request, rooms: Rooms, doomed: _Doomed) -> None:
    """Whose plan it is, and roster managers; of one that a telescope has, who may trigger that. Raises
    NotAllowed."""
    if await _sent(rooms, doomed):
        check_may_trigger(request, rooms, doomed.facility)
        return
    job, person, reader = doomed.job, request.caller.person, request.reader
    # What a rule started is nobody's own: whoever is trusted with its go may delete it.
    needed = Permission.SHIFTER if job.requester.startswith("rule ") else Permission.ROSTER_MANAGER
    if job.requester != request.caller.name and not may(person, needed):
        raise NotAllowed(
            reader.say(
                "Plan {number} is {who}'s: only they, roster managers and administrators can delete it.",
                number=job.id,
                who=clean(job.requester),
            )
        )


async def _sent(rooms: Rooms, doomed: _Doomed) -> bool:
    """Whether its telescope has it, as far as this desk did that."""
    job = doomed.job
    if doomed.number is None:
        async with rooms.database.read() as session:
            return (await recalled(session, [job.id])).get(job.id) is False
    queued = await rooms.jobs.jobs(kind=QUEUE, event=job.event, platform=job.platform, limit=200)
    for each in queued:  # the newest first
        same = each.parameters.get("plan") == doomed.number
        if same and each.state not in (JobState.FAILED, JobState.CANCELLED):
            return each.parameters.get("do") == Do.SEND.value
    return False


def _event(job: Job) -> str:
    return clean((job.event or "?").partition(":")[2] or job.event or "?")
