"""Asking for a job from a command: asked once, followed where the caller reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from cards.answer_card import answer_card
from cards.card import Button, ButtonStyle, Tone
from commands import waiting
from commands.job_cards.frame import job_card, standing
from commands.jobs_told import POSTED, place_of
from commands.request import AGAIN, Reply, Request
from commands.rooms import Rooms
from commands.source_events import events_holding
from platforms.job import Job
from platforms.jobs import AlreadyAsked, Wanted
from store import blobs


async def ask_job(request: Request, rooms: Rooms, wanted: Wanted) -> AsyncIterator[Reply]:
    """Ask for a job as the caller, and answer: in a chat its card follows by itself, a terminal follows it.

    What was asked before asks “again?” with a button, which runs the whole command once more, its
    permissions and its own confirmation included.
    """
    wanted = replace(
        wanted, requester=wanted.requester or request.caller.name, place=wanted.place or place_of(request)
    )
    if not wanted.about:
        wanted = replace(wanted, about=await events_holding(request, rooms, wanted))
    try:
        job = await rooms.jobs.ask(wanted, again=request.again)
    except AlreadyAsked as error:
        yield await _again(request, rooms, error.job)
        return
    if request.place.front.value in POSTED:
        yield _taken(request, job)
        return
    async for reply in follow(request, rooms, job):
        yield reply


async def follow(request: Request, rooms: Rooms, job: Job) -> AsyncIterator[Reply]:
    """A job's card each time it has moved, until it has ended."""
    async for each in rooms.jobs.follow(job.id):
        yield Reply(job_card(request.reader, each), await pictures_of(rooms, each))


async def pictures_of(rooms: Rooms, job: Job) -> Mapping[str, bytes]:
    """The pictures of a job as PNG bytes, by their names."""
    if not job.pictures:
        return {}
    async with rooms.database.read() as session:
        return {name: await blobs.get(session, blob) for name, blob in job.pictures.items()}


def _taken(request: Request, job: Job) -> Reply:
    reader = request.reader
    title = reader.say("Job {number} is asked of {platform}", number=job.id, platform=job.platform)
    said = reader.say("Its card comes here and changes as it moves.")
    return Reply(answer_card(reader, title, said, tone=Tone.GOOD), private=True)


async def _again(request: Request, rooms: Rooms, job: Job) -> Reply:
    reader = request.reader
    async with rooms.database.write() as session:
        token = await waiting.keep(session, request.path, {**request.given, AGAIN: "yes"}, request.now)
    title = reader.say("The same was asked before")
    said = reader.say(
        "Job {number}, asked for by {who}: {standing}.",
        number=job.id,
        who=job.requester,
        standing=standing(reader, job),
    )
    buttons = (
        Button("command.run", reader.say("Ask again"), token, ButtonStyle.DANGER),
        Button("job.show", reader.say("Show it"), str(job.id)),
    )
    return Reply(answer_card(reader, title, said, tone=Tone.WARNING, buttons=buttons), private=True)
