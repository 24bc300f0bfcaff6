"""`reactions …`: what rules started, for which event, with what result; answers; what a rule would do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cards.answer_card import answer_card
from cards.card import Instant, InstantForm, Line, Lines, Table, Text, strong
from cards.cleaning import clean, shorten
from cards.reaction_card import reaction_card, what_starts
from cards.reader import Reader
from cards.translation import marked
from commands.command import Command, Group, Handler, Nature
from commands.errors import CommandError, NotAllowed
from commands.event_commands import EVENT
from commands.event_words import title_of
from commands.job_cards.frame import standing
from commands.options import Option, OptionKind
from commands.request import Reply, Request
from commands.rooms import Rooms
from events.state import EventState
from notifiers import outbox
from notifiers.reactions.answers import Answered, answer, reaction_row
from notifiers.reactions.decide import map_of
from notifiers.reactions.reaction import Again, Reaction
from notifiers.reactions.tables import ReactionJobRow, ReactionRow, ReactionState
from notifiers.reactions.telling import facts_of
from platforms.jobs import jobs_in
from shifts.permissions import Permission, may, may_trigger

GROUP = Group("reactions", marked("What the desk starts, or asks to start, by rule"))
NUMBER = Option(
    "number",
    OptionKind.NUMBER,
    marked("The reaction's number, as “reactions list” shows it"),
    required=True,
    minimum=1,
    whole=True,
)
SHOWN = 15


async def listed(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """What was asked and what ran, for which event, with what result; newest first."""
    reader = request.reader
    event = request.event() if request.has("event") else None
    wanted = select(ReactionRow).order_by(ReactionRow.id.desc()).limit(SHOWN)
    if event is not None:
        wanted = wanted.where(ReactionRow.event_id == event.id)
    async with rooms.database.read() as session:
        rows = list(await session.scalars(wanted))
        results = {row.id: await _results(session, row, reader) for row in rows}
    title = reader.say("Reactions")
    if event is not None:
        title = reader.say("Reactions to {name}", name=title_of(event))
    configured = _configured(rooms.reactions.reactions, reader)
    if not rows:
        yield Reply(answer_card(reader, title, reader.say("None has come yet."), configured))
        return
    cells = tuple(
        (
            (Text(str(row.id)),),
            (Text(clean(row.name)),),
            (Text(clean(row.event.partition(":")[2] or row.event)),),
            (Text(_state(row, reader)),),
            (Text(results[row.id]),),
            (Instant(row.created, InstantForm.DATE_TIME),),
        )
        for row in rows
    )
    columns = (
        reader.say("no."),
        reader.say("rule"),
        reader.say("event"),
        reader.say("state"),
        reader.say("result"),
        reader.say("when"),
    )
    yield Reply(answer_card(reader, title, Table((), columns, cells), configured))


async def tried(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """What each configured reaction would do for an event now, and why not."""
    state, reader = request.event(), request.reader
    if not rooms.reactions.reactions:
        raise CommandError(reader.say("No reactions are configured: docs/reactions.md says how."))
    lines: list[Line] = []
    async with rooms.database.read() as session:
        for each in rooms.reactions.reactions:
            would = await _would(session, request, rooms, each, state)
            lines.append((strong(each.name), Text(f": {would}")))
    title = reader.say("What rules would do for {name}", name=title_of(state))
    yield Reply(answer_card(reader, title, Lines(tuple(lines)), reader.say("Nothing was started.")))


def answering(*, go: bool) -> Handler:
    """The command that says go or no to a reaction's question."""

    async def answered(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
        reader, number, parts = request.reader, int(request.number("number")), rooms.reactions
        async with rooms.database.write() as session:
            row = await reaction_row(session, number)
            if row is None:
                said = reader.say(
                    "There is no reaction {number}; “reactions list” lists them.", number=number
                )
                raise CommandError(said, option="number")
            _check(request, row)
            state = await rooms.events.state(session, row.event_id)
            outcome = await answer(
                session,
                row,
                state,
                go=go,
                person=request.person.name,
                via=request.place.front.value,
                now=request.now,
                starts=parts.starts,
                places=parts.places,
            )
            if outcome.came is Answered.STARTED:
                await rooms.pages.note_action(session, row.event, request.person.name)
            card = reaction_card(await facts_of(session, row, state.name), reader)
        rooms.jobs.ring()
        rooms.bell.ring(outbox.BELL)
        yield Reply(card)

    return answered


def _check(request: Request, row: ReactionRow) -> None:
    """Shifters answer, and whoever may trigger all the telescopes it is for."""
    person, named = request.caller.person, list(row.facilities)
    if may(person, Permission.SHIFTER):
        return
    if named and all(may_trigger(person, each) for each in named):
        return
    reader = request.reader
    if named:
        raise NotAllowed(
            reader.say(
                "Shifters answer this, and who may trigger {facilities}; you are neither.",
                facilities=reader.listing(named),
            )
        )
    raise NotAllowed(reader.say("Shifters answer this; you are none."))


async def _would(
    session: AsyncSession, request: Request, rooms: Rooms, reaction: Reaction, state: EventState
) -> str:
    say = request.reader.say
    rows = select(ReactionRow).where(ReactionRow.name == reaction.name, ReactionRow.event_id == state.id)
    last = await session.scalar(rows.order_by(ReactionRow.id.desc()).limit(1))
    if last is not None and (reaction.again is Again.NEVER or last.map == map_of(state)):
        return say("has come already: number {number}", number=last.id)
    if map_of(state) is None and rooms.reactions.starts.needs_map(reaction.start):
        return say("waits for a sky map")
    if reaction.wants(state, request.now):
        what = what_starts(reaction.start, reaction.facilities, request.reader)
        if reaction.ask_first:
            return say("would ask whether to start {what}", what=what)
        return say("would start {what} at once", what=what)
    verdict = reaction.rule.verdict(state, request.now)
    if verdict is None:
        return say("nothing: what the event lacks leaves its rule open")
    if verdict is False:
        return say("nothing: its rule does not hold")
    if state.mock:
        return say("nothing: a mock or test event, which its rule does not name")
    if state.retracted:
        return say("nothing: the event is retracted")
    return say("nothing: the event is too old, or held back by its notice")


async def _results(session: AsyncSession, row: ReactionRow, reader: Reader) -> str:
    """What came of a reaction, in a few words."""
    rows = select(ReactionJobRow).where(ReactionJobRow.reaction_id == row.id).order_by(ReactionJobRow.id)
    jobs = {job.id: job for job in await jobs_in(session, event=row.event, limit=200)}
    parts = []
    for each in await session.scalars(rows):
        lead = f"{each.facility}: " if each.facility else ""
        job = jobs.get(each.job_id or 0)
        if job is None:
            parts.append(lead + shorten(clean(each.problem or "–"), 80))
        else:
            words = reader.say("job {number}", number=job.id)
            parts.append(f"{lead}{words}, {standing(reader, job)}")
    return "; ".join(parts) or "–"


def _state(row: ReactionRow, reader: Reader) -> str:
    who = clean(row.answered_by or "")
    match ReactionState(row.state):
        case ReactionState.ASKED:
            return reader.say("waits for an answer")
        case ReactionState.STARTED:
            return reader.say("started by {who}", who=who)
        case ReactionState.DECLINED:
            return reader.say("declined by {who}", who=who)
        case ReactionState.EXPIRED:
            return reader.say("nobody answered")
        case ReactionState.OVERTAKEN:
            return reader.say("a newer map asks anew")
        case ReactionState.STOPPED:
            return reader.say("retracted before an answer")


def _configured(reactions: Sequence[Reaction], reader: Reader) -> str:
    if not reactions:
        return reader.say("No reactions are configured: docs/reactions.md says how.")
    return reader.say("Configured: {names}", names=", ".join(clean(each.name) for each in reactions))


def _answer(name: str, summary: str, handler: Handler) -> Command:
    return Command(
        name,
        summary,
        handler,
        "reactions",
        (NUMBER,),
        permission=Permission.VIEWER,
        nature=Nature.CHANGES,
        private=True,
        examples=(f"reactions {name} 3",),
    )


COMMANDS = (
    Command(
        "list",
        marked("What rules asked and started, for which event, with what result"),
        listed,
        "reactions",
        (Option("event", OptionKind.EVENT, marked("Only for this event")),),
        examples=("reactions list", "reactions list latest"),
    ),
    Command(
        "try",
        marked("What each rule would do for an event now; nothing is started"),
        tried,
        "reactions",
        (EVENT,),
        examples=("reactions try latest",),
    ),
    _answer("go", marked("Start what a rule asks about"), answering(go=True)),
    _answer("no", marked("Do not start what a rule asks about"), answering(go=False)),
)
