"""`plan send` and `plan take_back`: a plan to its telescope's queue, or to the channel that stands for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from cards.answer_card import answer_card
from cards.card import Card, Note, Text, Tone
from cards.cleaning import clean
from cards.reader import Reader
from commands.errors import CommandError
from commands.job_cards.plans import in_short, plan_blocks
from commands.jobs_asked import ask_job
from commands.plan_named import NamedPlan, check_may_trigger, plan_named
from commands.plan_withdrawing import plan_key, plan_subject, sent_as, withdraw
from commands.pointed import event_there, instrument_of, report_wanted, treasure_map_of
from commands.request import Reply, Request
from commands.rooms import Rooms
from events.state import EventState
from notifiers import outbox
from notifiers.messages import notify
from platforms.jobs import Wanted
from platforms.plan_making import Made
from platforms.planning import Planner
from platforms.skyportal.plan_work import QUEUE, Do

MOST_TILES = 100
"""Exposures that are written into a message to a telescope."""


async def checked(request: Request, rooms: Rooms) -> None:
    """Before anything is asked: there is such a plan, it can go somewhere, and the caller may send it."""
    named = await plan_named(request, rooms)
    check_may_trigger(request, rooms, named.facility)
    if not named.plan.exposures:
        raise CommandError(request.reader.say("This plan holds no observation."), option="job")
    if not _at_skyportal(named):
        _channels(request, rooms, named)


async def sending(request: Request, rooms: Rooms) -> Card | None:
    """Names what would be sent, and where to."""
    named, reader = await plan_named(request, rooms), request.reader
    title = reader.say(
        "Send this plan of {event} to {facility}?", event=named.event, facility=clean(named.facility.name)
    )
    made = Made(named.plan)
    return answer_card(
        reader, title, _where(request, rooms, named), *plan_blocks(reader, made), tone=Tone.WARNING
    )


async def sent(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Send it."""
    named, reader = await plan_named(request, rooms), request.reader
    if _at_skyportal(named):
        async for reply in ask_job(request, rooms, _queued(named, Do.SEND)):
            yield reply
        return
    channels = _channels(request, rooms, named)
    card = telescope_card(Reader(), named, request.caller.name)
    number, planner = named.job.id, named.plan.planner
    async with rooms.database.write() as session:
        # sent once, also where send_to has changed since
        before, _ = await sent_as(session, number, planner)
        new = (
            []
            if before
            else await notify(
                session,
                card,
                channels,
                key=plan_key(number, planner),
                now=request.now,
                subject=plan_subject(number),
            )
        )
    rooms.bell.ring(outbox.BELL)
    if not new:
        raise CommandError(reader.say("This plan was sent before."), option="job")
    title = reader.say(
        "Plan {number} for {facility} is on its way to {channels}",
        number=named.job.id,
        facility=clean(named.facility.name),
        channels=reader.listing(channels),
    )
    hint = reader.say("“plan take_back {number}” takes it back.", number=named.job.id)
    yield Reply(answer_card(reader, title, in_short(reader, named.plan), Note((Text(hint),)), tone=Tone.GOOD))


async def may_take_back(request: Request, rooms: Rooms) -> None:
    named = await plan_named(request, rooms)
    check_may_trigger(request, rooms, named.facility)


async def taking_back(request: Request, rooms: Rooms) -> Card | None:
    """Names what would be taken back. Raises CommandError for what nobody has."""
    named, reader = await plan_named(request, rooms), request.reader
    if not _at_skyportal(named):
        async with rooms.database.read() as session:
            await _had(session, request, named)
    title = reader.say(
        "Take this plan of {event} for {facility} back?",
        event=named.event,
        facility=clean(named.facility.name),
    )
    return answer_card(
        reader, title, await _went(request, rooms, named), in_short(reader, named.plan), tone=Tone.WARNING
    )


async def taken_back(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Take it out of the queue; or tell those who have it that it does not count any more."""
    named, reader = await plan_named(request, rooms), request.reader
    if _at_skyportal(named):
        async for reply in ask_job(request, rooms, _queued(named, Do.TAKE_BACK)):
            yield reply
        return
    async with rooms.database.write() as session:
        channels = await _had(session, request, named)
        who, planner = request.caller.name, named.plan.planner
        had = await withdraw(session, named.job, planner, channels, who=who, now=request.now)
    rooms.bell.ring(outbox.BELL)
    title = reader.say(
        "Plan {number} for {facility} was taken back; {channels} are told",
        number=named.job.id,
        facility=clean(named.facility.name),
        channels=reader.listing(had),
    )
    hint = reader.say("Whether the telescope has begun is not known here: call it.")
    yield Reply(answer_card(reader, title, hint, tone=Tone.GOOD))


async def _had(session: AsyncSession, request: Request, named: NamedPlan) -> Sequence[str]:
    """The channels a plan went to as a message, whatever send_to says by now. CommandError where to none."""
    channels, back = await sent_as(session, named.job.id, named.plan.planner)
    if back:
        raise CommandError(request.reader.say("This plan was taken back before."), option="job")
    if not channels:
        raise CommandError(request.reader.say("This plan was not sent from here."), option="job")
    return channels


async def reporting(request: Request, rooms: Rooms) -> Card | None:
    """Names what everybody would read."""
    named, reader = await plan_named(request, rooms), request.reader
    title = reader.say(
        "Report this plan of {event} for {facility} on Treasure Map?",
        event=named.event,
        facility=clean(named.facility.name),
    )
    _, treasure_map = treasure_map_of(reader, rooms)
    await event_there(reader, treasure_map, await _event_of(reader, rooms, named))
    instrument = await instrument_of(reader, treasure_map, named.facility)
    note = reader.say(
        "Everybody reads there what is planned, under {instrument} (no. {number}).",
        instrument=clean(instrument.name),
        number=instrument.id,
    )
    return answer_card(reader, title, in_short(reader, named.plan), note, tone=Tone.WARNING)


async def reported(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Tell Treasure Map what is planned; `treasuremap` commands take it back or mark it as done."""
    named, reader = await plan_named(request, rooms), request.reader
    state = await _event_of(reader, rooms, named)
    wanted = await report_wanted(reader, rooms, state, named.facility, named.plan)
    async for reply in ask_job(request, rooms, wanted):
        yield reply


async def _event_of(reader: Reader, rooms: Rooms, named: NamedPlan) -> EventState:
    """The event that a plan is for. Raises CommandError where there is none any more."""
    async with rooms.database.read() as session:
        state = await rooms.events.resolve(session, named.job.event or "")
    if not isinstance(state, EventState):
        raise CommandError(reader.say("No event is called “{name}”.", name=named.event), option="job")
    return state


def telescope_card(reader: Reader, named: NamedPlan, who: str) -> Card:
    """What the telescope's people read: who asks for what, and every exposure."""
    title = reader.say(
        "Please observe {event} with {facility}", event=named.event, facility=clean(named.facility.name)
    )
    asked = reader.say("Asked for by {who}; plan {number}.", who=clean(who), number=named.job.id)
    blocks = plan_blocks(reader, Made(named.plan), first=MOST_TILES)
    card = answer_card(reader, title, asked, *blocks, tone=Tone.REAL)
    left = len(named.plan.exposures) - MOST_TILES
    if left <= 0:
        return card
    rest = reader.say_many(
        "{count} further exposure: “plan export” writes them all.",
        "{count} further exposures: “plan export” writes them all.",
        left,
    )
    return replace(card, blocks=(*card.blocks, Note((Text(rest),))))


def _at_skyportal(named: NamedPlan) -> bool:
    return named.job.kind == Planner.SKYPORTAL.kind


def _queued(named: NamedPlan, do: Do) -> Wanted:
    number = named.job.results.get("number") or named.job.remote.get("plan")
    return Wanted(
        QUEUE,
        named.job.platform,
        {"plan": number, "do": do.value},
        event=named.job.event,
        facility=named.facility.name,
    )


def _channels(request: Request, rooms: Rooms, named: NamedPlan) -> Sequence[str]:
    """Where a plan made here goes. Raises CommandError where nothing is configured."""
    channels = rooms.platforms.planning.of(named.facility.name).send_to
    if channels:
        return channels
    raise CommandError(
        request.reader.say(
            "Where plans for {facility} go is not configured: it was not made by a SkyPortal, and"
            " [[planning]] names no send_to. “plan export {number}” writes it as a file.",
            facility=clean(named.facility.name),
            number=named.job.id,
        ),
        option="job",
    )


async def _went(request: Request, rooms: Rooms, named: NamedPlan) -> str:
    """Where a plan is that is to be taken back."""
    reader = request.reader
    if _at_skyportal(named):
        return reader.say("Out of the telescope's queue, through {portal}.", portal=named.job.platform)
    async with rooms.database.read() as session:
        channels, _ = await sent_as(session, named.job.id, named.plan.planner)
    if not channels:
        return reader.say("This plan was not sent from here.")
    words = reader.say("It went as a message to {channels}.", channels=reader.listing(channels))
    known = {each.name for each in rooms.configured.channels}
    gone = [each for each in channels if each not in known] if known else []
    if not gone:
        return words
    lost = reader.say(
        "{channels} is not in the configuration any more: nothing reaches it, tell its people yourself.",
        channels=reader.listing(gone),
    )
    return f"{words} {lost}"


def _where(request: Request, rooms: Rooms, named: NamedPlan) -> str:
    reader = request.reader
    if _at_skyportal(named):
        return reader.say("Into the telescope's queue, through {portal}.", portal=named.job.platform)
    channels = rooms.platforms.planning.of(named.facility.name).send_to
    return reader.say("As a message to {channels}.", channels=reader.listing(channels))
