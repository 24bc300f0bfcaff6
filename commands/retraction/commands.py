"""`job withdraw`: one word that takes back all that can be taken back of a retracted event."""

from __future__ import annotations

from collections.abc import AsyncIterator

from cards.answer_card import answer_card
from cards.card import Card, Line, Lines, Text, Tone, joined, strong
from cards.cleaning import clean
from cards.translation import marked
from commands.command import Command, Nature
from commands.errors import CommandError
from commands.event_words import title_of
from commands.job_cards.frame import standing
from commands.options import Option, OptionKind
from commands.request import Reply, Request
from commands.retraction.listing import back_line
from commands.retraction.taking_back import Back, Way
from commands.retraction.telling import RetractedJobs
from commands.rooms import Rooms
from notifiers import outbox
from shifts.permissions import Permission, may, may_trigger


async def withdrawn(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Take back all jobs of an event that can be; say of each what came of it, or why not."""
    state, reader = request.event(), request.reader
    retracted = rooms.retracted or RetractedJobs(rooms.jobs, rooms.clock)
    lines: list[Line] = []
    async with rooms.database.write() as session:
        backs = await retracted.backs(session, state.event)
        possible = [each for each in backs if each.possible]
        for back in possible:
            refused = _refusal(request, back)
            if refused is not None:
                lines.append((strong(str(back.job.id)), Text(f": {refused}")))
                continue
            job = await retracted.take_back(session, back, by=request.caller.name)
            if job is None:
                continue
            words = {
                Way.CANCEL: standing(reader, job),
                Way.UNDO: reader.say("being taken back"),
                Way.RECALL: reader.say("taken back"),
            }[back.way]
            lines.append(joined([(strong(str(back.job.id)), Text(f": {words}"))]))
        lines += [back_line(each, reader) for each in backs if each.beside and each.way is not Way.NOTHING]
        await retracted.show(session, state.event)
    rooms.jobs.ring()
    rooms.bell.ring(outbox.BELL)
    if not possible:
        raise CommandError(reader.say("Nothing of {name} can be taken back now.", name=title_of(state)))
    title = reader.say("Taken back for {name}", name=title_of(state))
    note = reader.say("The list in the event's thread shows how each ends.")
    yield Reply(answer_card(reader, title, Lines(tuple(lines)), note, tone=Tone.GOOD))


async def withdrawing(request: Request, rooms: Rooms) -> Card | None:
    """Names what would be taken back of an event that stands; of a retracted one nothing is asked."""
    state, reader = request.event(), request.reader
    if state.retracted:
        return None
    retracted = rooms.retracted or RetractedJobs(rooms.jobs, rooms.clock)
    async with rooms.database.read() as session:
        backs = [each for each in await retracted.backs(session, state.event) if each.possible]
    if not backs:
        return None
    title = reader.say("{name} is not retracted. Take back all its jobs all the same?", name=title_of(state))
    return answer_card(
        reader, title, Lines(tuple(back_line(each, reader) for each in backs)), tone=Tone.WARNING
    )


def _refusal(request: Request, back: Back) -> str | None:
    """Why the caller may not take this one back; None where they may."""
    person, reader = request.caller.person, request.reader
    own = back.job.requester == request.caller.name
    facility = back.job.facility
    if back.way in (Way.UNDO, Way.RECALL) and facility and not may_trigger(person, facility):
        return reader.say("you may not trigger {facility}", facility=facility)
    if not own and not may(person, Permission.SHIFTER):
        return reader.say("it is {who}'s", who=clean(back.job.requester))
    return None


COMMANDS = (
    Command(
        "withdraw",
        marked("Take back all jobs of an event that can be: cancelled, plans out of their queues"),
        withdrawn,
        "job",
        (
            Option(
                "event", OptionKind.EVENT, marked("An event by any of its names, or latest"), required=True
            ),
        ),
        permission=Permission.VIEWER,
        nature=Nature.CHANGES,
        question=withdrawing,
        private=True,
        examples=("job withdraw S240422ed",),
    ),
)
