"""`jobs` and `job …`: what runs on the platforms, one job with its pictures, taking one back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

from cards.answer_card import answer_card
from cards.card import Card, Instant, InstantForm, Table, Text, Tone
from cards.cleaning import clean, shorten
from cards.translation import marked
from commands.command import Command, Group, Nature
from commands.errors import CommandError, NotAllowed
from commands.event_words import title_of
from commands.job_cards.frame import job_card, standing, told
from commands.jobs_asked import pictures_of
from commands.options import Option, OptionKind
from commands.request import Reply, Request
from commands.rooms import Rooms
from platforms.job import Job
from platforms.jobs import JobError
from shifts.permissions import Permission, may

GROUP = Group("job", marked("What was asked of platforms and workers: plans, fits, products"))
JOB = Option("job", OptionKind.JOB, marked("A job, by its number"), required=True, minimum=1)
RECENT = timedelta(days=7)
MOST = 25


async def listed(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """What runs, and what has ended lately."""
    reader = request.reader
    event = request.event() if request.has("event") else None
    person, facility = request.someone_or_none(), request.facilities("facility")
    found = await rooms.jobs.jobs(
        open_only=request.flag("open"),
        event=event.event if event is not None else None,
        requester=person.name if person is not None else None,
        facility=facility[0].name if facility else None,
        since=None if event is not None or request.flag("open") else request.now - RECENT,
        limit=MOST,
    )
    found = tuple(sorted(found, key=lambda job: job.state.ended))
    title = reader.say("Jobs for {name}", name=title_of(event)) if event is not None else reader.say("Jobs")
    if not found:
        none = reader.say("None is open.") if request.flag("open") else reader.say("None in the last week.")
        yield Reply(answer_card(reader, title, reader.say("None yet.") if event is not None else none))
        return
    rows = tuple(
        (
            (Text(str(job.id)),),
            (Text(shorten(told(reader, job).title or job.kind, 60)),),
            (Text(standing(reader, job)),),
            (Text(clean(job.requester)),),
            (Instant(job.ended or job.created, InstantForm.DATE_TIME),),
        )
        for job in found
    )
    columns = (
        reader.say("no."),
        reader.say("job"),
        reader.say("state"),
        reader.say("who"),
        reader.say("when"),
    )
    yield Reply(answer_card(reader, title, Table((), columns, rows)))


async def shown(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    job = await _job(request, rooms)
    yield Reply(job_card(request.reader, job), await pictures_of(rooms, job))


async def cancelled(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    job = await _own(request, rooms)
    job = await rooms.jobs.cancel(job.id, by=request.caller.name)
    reader = request.reader
    title = reader.say("Job {number}: {standing}", number=job.id, standing=standing(reader, job))
    said = "" if job.state.ended else reader.say("Its card says whether the platform could take it back.")
    yield Reply(answer_card(reader, title, *([said] if said else ())))


async def cancelling(request: Request, rooms: Rooms) -> Card | None:
    """Names what would be taken back."""
    job, reader = await _own(request, rooms), request.reader
    title = reader.say("Cancel job {number}?", number=job.id)
    what = told(reader, job).title or job.kind
    said = reader.say(
        "{what}, asked for by {who}: {standing}.",
        what=what,
        who=clean(job.requester),
        standing=standing(reader, job),
    )
    return answer_card(reader, title, said, tone=Tone.WARNING)


async def _job(request: Request, rooms: Rooms) -> Job:
    number = int(request.number("job"))
    try:
        return await rooms.jobs.job(number)
    except JobError:
        raise CommandError(
            request.reader.say("There is no job {number}; “jobs” lists them.", number=number), option="job"
        ) from None


async def _own(request: Request, rooms: Rooms) -> Job:
    """A job that the caller may take back and that has not ended."""
    job, reader = await _job(request, rooms), request.reader
    person = request.caller.person
    # What a rule started is nobody's own: whoever is trusted with its go may take it back.
    needed = Permission.SHIFTER if job.requester.startswith("rule ") else Permission.ROSTER_MANAGER
    if job.requester != request.caller.name and not may(person, needed):
        raise NotAllowed(
            reader.say(
                "Job {number} is {who}'s: only they, roster managers and administrators can cancel it.",
                number=job.id,
                who=clean(job.requester),
            )
        )
    if job.state.ended:
        raise CommandError(
            reader.say("Job {number} has ended: {standing}.", number=job.id, standing=standing(reader, job))
        )
    return job


COMMANDS = (
    Command(
        "jobs",
        marked("What runs on the platforms, and what ended lately"),
        listed,
        options=(
            Option("event", OptionKind.EVENT, marked("Only for this event")),
            Option("facility", OptionKind.FACILITY, marked("Only for this telescope")),
            Option("person", OptionKind.PERSON, marked("Only what this person asked for")),
            Option("open", OptionKind.FLAG, marked("Only what has not ended")),
        ),
        examples=("jobs", "jobs latest", "jobs person=me open=yes"),
    ),
    Command(
        "show",
        marked("One job: how it stands, its numbers and pictures"),
        shown,
        "job",
        (JOB,),
        examples=("job show 12",),
    ),
    Command(
        "cancel",
        marked("Take a job back where its platform can"),
        cancelled,
        "job",
        (JOB,),
        nature=Nature.CHANGES,
        question=cancelling,
        examples=("job cancel 12",),
    ),
)
