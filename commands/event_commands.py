"""`event …`: the latest, a list, a card, what changed, where it is, its story, circulars, tags, notes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

from cards import coordinates, wording
from cards.answer_card import answer_card
from cards.card import (
    Block,
    Card,
    Instant,
    InstantForm,
    Line,
    Lines,
    Link,
    Note,
    Table,
    Text,
    Tone,
    joined,
    strong,
)
from cards.change_note import change_note
from cards.cleaning import clean, shorten
from cards.event_card import event_card
from cards.event_lines import class_line, extent_line, peak_line, position_line, revision_name
from cards.translation import marked
from commands.command import Command, Group, Nature
from commands.errors import CommandError
from commands.event_words import extent_words, likeliest, name_span, newest_map, title_of, when_cell
from commands.open_jobs import event_jobs
from commands.options import Option, OptionKind
from commands.request import Coordinates, Reply, Request
from commands.rooms import Rooms
from commands.values import latest_event
from events.analysis import MapSource
from events.circulars import find_circulars
from events.notes import add_note, notes_of
from events.search import EventFilter
from events.state import EventState, RevisionState
from gcn.notice import Role
from shifts.permissions import Permission
from skymaps.regions import searched_probability

GROUP = Group("event", marked("What the desk knows of an event"))
EVENT = Option("event", OptionKind.EVENT, marked("An event by any of its names, or latest"), default="latest")
LIST_LENGTH = 10.0
LONGEST_NOTE = 1000


async def latest(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    what = (request.text_or_none("what") or "").strip()
    async with rooms.database.read() as session:
        state = await latest_event(session, rooms, what, request.reader)
    yield Reply(_card(request, state))


async def show(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    state = request.event()
    card = _card(request, state)
    async with rooms.database.read() as session:
        jobs = await event_jobs(session, state.event, request.reader)
    yield Reply(card if jobs is None else replace(card, blocks=(*card.blocks[:-1], jobs, card.blocks[-1])))


async def listed(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader, what = request.reader, request.text_or_none("what")
    since = request.duration_or_none("since") or timedelta(days=30)
    common = EventFilter(
        roles=None if request.flag("mock") else frozenset({Role.OBSERVATION}),
        since=request.now - since,
        limit=int(request.number("limit")),
    )
    async with rooms.database.read() as session:
        states = await rooms.events.list(session, common)
        if what is not None:
            found: dict[int, EventState] = {}
            for tag in {what, what.upper(), what.lower(), what.capitalize()}:
                one = EventFilter(**{**vars(common), "tags": frozenset({tag})})
                found |= {state.id: state for state in await rooms.events.list(session, one)}
            one = EventFilter(**{**vars(common), "mission": what})
            found |= {state.id: state for state in await rooms.events.list(session, one)}
            states = tuple(
                sorted(found.values(), key=lambda each: each.trigger_time or request.now, reverse=True)
            )
    title = reader.say("Events of the last {length}", length=wording.duration(since, reader))
    if not states:
        yield Reply(answer_card(reader, title, reader.say("None.")))
        return
    rows = tuple(
        (
            (name_span(state),),
            when_cell(state),
            (Text(likeliest(state, reader)),),
            extent_words(state, reader),
        )
        for state in states[: common.limit]
    )
    columns = (reader.say("event"), reader.say("when"), reader.say("what"), reader.say("where"))
    yield Reply(answer_card(reader, title, Table((), columns, rows)))


async def diff(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    state, reader = request.event(), request.reader
    revisions = state.revisions
    if len(revisions) < 2:
        raise CommandError(
            reader.say("{name} has had one notice only: nothing changed.", name=title_of(state))
        )
    after = _revision(request, state, "to") or revisions[-1]
    before = _revision(request, state, "from") or revisions[max(after.number - 2, 0)]
    if before.number >= after.number:
        raise CommandError(
            reader.say(
                "from {before} to {after}: expected an earlier notice first.",
                before=before.number,
                after=after.number,
            ),
            option="from",
        )
    note = change_note(before, after, reader)
    names = [revision_name(state, each, reader) for each in (before, after)]
    title = reader.say(
        "{name}: from {before} to {after}", name=title_of(state), before=names[0], after=names[1]
    )
    if note is None:
        yield Reply(answer_card(reader, title, reader.say("Nothing that shows in rounded numbers.")))
        return
    yield Reply(answer_card(reader, title, note.title, *note.blocks, tone=note.tone))


async def where(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    state, reader = request.event(), request.reader
    described = state.described
    revision = state.newest_with_map or described
    lines: list[Line] = [position_line(described.notice, described.statistics, reader)]
    if revision.statistics is not None:
        lines += [extent_line(revision.statistics, reader), peak_line(revision.statistics, reader)]
        peak = revision.statistics.peak
        if wording.known(peak.ra) and wording.known(peak.dec):
            exact = f"{peak.ra:.5f} {peak.dec:+.5f}"
            lines.append(reader.line("Peak in degrees (ICRS): {position}", position=strong(exact)))
    at = request.coordinates_or_none("position")
    if at is not None:
        source = await newest_map(request, rooms, state)
        level = await asyncio.to_thread(_credible_level, source, at)
        place = coordinates.position(at.ra, at.dec, None)
        if level is None:
            lines.append(reader.line("{position} lies outside the map.", position=place))
        else:
            words = strong(wording.percent(level, reader))
            lines.append(
                reader.line("{position} lies on the edge of the {level} region.", position=place, level=words)
            )
    shown = tuple(line for line in lines if line)
    if not shown:
        raise CommandError(reader.say("{name} has no position yet.", name=title_of(state)))
    yield Reply(answer_card(reader, reader.say("Where {name} is", name=title_of(state)), Lines(shown)))


async def timeline(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    state, reader = request.event(), request.reader
    async with rooms.database.read() as session:
        notes = await notes_of(session, state.id)
    rows: list[tuple[object, tuple[Line, ...]]] = []
    previous: RevisionState | None = None
    for revision in state.revisions:
        at = revision.notice.issued or revision.arrived
        note = change_note(previous, revision, reader) if previous is not None else None
        words: Line = note.title if note else class_line(revision.notice, reader)
        what: Line = (strong(revision_name(state, revision, reader)),)
        rows.append((at, ((Instant(at, InstantForm.DATE_TIME),), what, words or (Text("–"),))))
        previous = revision
    for note_row in notes:
        what = (Text(reader.say("note of {who}", who=note_row.by)),)
        rows.append(
            (
                note_row.at,
                ((Instant(note_row.at, InstantForm.DATE_TIME),), what, (Text(shorten(note_row.text, 200)),)),
            )
        )
    rows.sort(key=lambda row: str(row[0]))
    columns = (reader.say("when"), reader.say("what"), reader.say("what it said"))
    table = Table((), columns, tuple(cells for _, cells in rows))
    yield Reply(answer_card(reader, reader.say("The story of {name}", name=title_of(state)), table))


async def circulars(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    state, reader = request.event(), request.reader
    async with rooms.database.read() as session:
        found = await find_circulars(session, state.event, limit=20)
    title = reader.say("Circulars on {name}", name=title_of(state))
    if not found:
        yield Reply(answer_card(reader, title, reader.say("None has come yet.")))
        return
    lines = []
    for each in found:
        number = f"GCN {each.number}" if each.number else "GCN"
        subject = shorten(clean(each.subject), 150)
        lead: Line = (Link(number, each.url),) if each.url else (Text(number),)
        when: Line = (Instant(each.issued, InstantForm.DATE_TIME),) if each.issued else ()
        lines.append(joined([lead, when, (Text(subject),), (Text(shorten(clean(each.submitter), 60)),)]))
    yield Reply(answer_card(reader, title, Lines(tuple(lines))))


async def tag(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    state, reader, word = request.event(), request.reader, clean(request.text("tag")).strip()
    if not word or len(word) > 80:
        raise CommandError(reader.say("A tag has 1 to 80 characters."), option="tag")
    remove = request.flag("remove")
    async with rooms.database.write() as session:
        state = await rooms.events.tag(
            session, state.id, word, by=request.caller.name, at=request.now, removed=remove
        )
    tags = ", ".join(sorted(clean(each) for each in state.tags)) or reader.say("none")
    yield Reply(
        answer_card(
            reader, reader.say("Tags of {name}: {tags}", name=title_of(state), tags=tags), tone=Tone.GOOD
        )
    )


async def note(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    state, reader, text = request.event(), request.reader, clean(request.text("text")).strip()
    if len(text) > LONGEST_NOTE:
        raise CommandError(
            reader.say(
                "{length} characters are too many for a note; at most {most}.",
                length=len(text),
                most=LONGEST_NOTE,
            ),
            option="text",
        )
    async with rooms.database.write() as session:
        await add_note(session, state.id, text, by=request.caller.name, at=request.now)
    title = reader.say("Noted on {name}", name=title_of(state))
    yield Reply(answer_card(reader, title, text, tone=Tone.GOOD))


def _credible_level(source: MapSource, at: Coordinates) -> float | None:
    """The level of the smallest credible region that holds a position; None outside the map."""
    level = searched_probability(source.read(), at.ra, at.dec)
    return level if level < 1.0 else None


def _card(request: Request, state: EventState) -> Card:
    card = event_card(state, request.now, request.reader)
    blocks: tuple[Block, ...] = tuple(block for block in card.blocks if block.kind != "picture")
    hint = request.reader.say("“sky {name}” shows the map, “observe {name}” the night.", name=title_of(state))
    return Card(card.title, card.tone, (*blocks, Note((Text(hint),))), card.summary)


def _revision(request: Request, state: EventState, option: str) -> RevisionState | None:
    number = request.number_or_none(option)
    if number is None:
        return None
    found = next((each for each in state.revisions if each.number == int(number)), None)
    if found is None:
        raise CommandError(
            request.reader.say(
                "{name} has notices 1 to {count}.", name=title_of(state), count=len(state.revisions)
            ),
            option=option,
        )
    return found


COMMANDS = (
    Command(
        "latest",
        marked("The newest event, or the newest of a class, tag or mission"),
        latest,
        "event",
        (Option("what", OptionKind.TEXT, marked("Only of this class, tag or mission: bns, GRB, Fermi")),),
        permission=None,
        examples=("event latest", "event latest bns"),
    ),
    Command(
        "list",
        marked("The events of the last days"),
        listed,
        "event",
        (
            Option("what", OptionKind.TEXT, marked("Only of this class, tag or mission: BNS, GRB, Fermi")),
            Option("since", OptionKind.DURATION, marked("How far back, as 2d or 12h"), default="30d"),
            Option(
                "limit", OptionKind.NUMBER, marked("How many at most"), default="10", minimum=1, maximum=25
            ),
            Option("mock", OptionKind.FLAG, marked("Mock and test events too")),
        ),
        permission=None,
        examples=("event list", "event list since:2d what:GRB"),
    ),
    Command(
        "show",
        marked("The card of an event as it stands now"),
        show,
        "event",
        (EVENT,),
        permission=None,
        examples=("event show S230518h", "event show GRB 240112A"),
    ),
    Command(
        "diff",
        marked("What changed from one notice of an event to another"),
        diff,
        "event",
        (
            EVENT,
            Option("from", OptionKind.NUMBER, marked("Number of the earlier notice"), minimum=1, whole=True),
            Option(
                "to",
                OptionKind.NUMBER,
                marked("Number of the later notice; the newest otherwise"),
                minimum=1,
                whole=True,
            ),
        ),
        permission=None,
        examples=("event diff S230518h", "event diff S230518h from:1 to:3"),
    ),
    Command(
        "where",
        marked("Position, distance and size of the region of an event"),
        where,
        "event",
        (
            EVENT,
            Option(
                "position",
                OptionKind.COORDINATES,
                marked("Which credible region a position lies in, as 197.45 -23.38"),
            ),
        ),
        permission=None,
        examples=("event where latest",),
    ),
    Command(
        "timeline",
        marked("All that was said of an event, in order"),
        timeline,
        "event",
        (EVENT,),
        permission=None,
        examples=("event timeline S230518h",),
    ),
    Command(
        "circulars",
        marked("The GCN circulars that belong to an event"),
        circulars,
        "event",
        (EVENT,),
        permission=None,
        examples=("event circulars GRB 240112A",),
    ),
    Command(
        "tag",
        marked("Put a tag on an event, or take one away"),
        tag,
        "event",
        (
            Option(
                "event", OptionKind.EVENT, marked("An event by any of its names, or latest"), required=True
            ),
            Option("tag", OptionKind.TEXT, marked("The tag, as kilonova"), required=True),
            Option("remove", OptionKind.FLAG, marked("Take it away")),
        ),
        permission=Permission.SHIFTER,
        nature=Nature.CHANGES,
        examples=("event tag S230518h interesting",),
    ),
    Command(
        "note",
        marked("Write a note that stays with an event"),
        note,
        "event",
        (
            Option(
                "event", OptionKind.EVENT, marked("An event by any of its names, or latest"), required=True
            ),
            Option("text", OptionKind.TEXT, marked("What to remember"), required=True),
        ),
        permission=Permission.SHIFTER,
        nature=Nature.CHANGES,
        shortcut=marked("Note on its event"),
        examples=("event note S230518h clouds over Chile until 3",),
    ),
)
