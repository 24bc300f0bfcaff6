"""`roster …`: what a roster holds, and changing it with a look at it first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from cards import wording
from cards.answer_card import answer_card
from cards.card import (
    Card,
    Instant,
    InstantForm,
    Line,
    Lines,
    Picture,
    Table,
    Text,
    Tone,
    joined,
    strong,
)
from cards.cleaning import clean, shorten
from cards.translation import marked
from commands.command import Command, Group, Nature
from commands.duty_commands import ROSTER, SHOWN, actor_of, preview_blocks
from commands.errors import CommandError
from commands.options import Option, OptionKind
from commands.request import Reply, Request
from commands.rooms import Rooms
from notifiers.paging.counts import pages_received
from shifts.changes import Edit, override, taken_back
from shifts.check import check
from shifts.ledger import fairness_between
from shifts.permissions import Permission
from shifts.roster_file import parse_roster

GROUP = Group("roster", marked("Rosters: who is on when, and changing it"))
WEEKS = Option("weeks", OptionKind.NUMBER, marked("How many weeks ahead"), default="4", minimum=1, maximum=52)
TEXT = Option("text", OptionKind.TEXT, marked("The whole roster file (YAML)"), required=True)
TIMELINE = "timeline"


MANAGER = Permission.ROSTER_MANAGER


async def shown(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader, name = request.reader, request.text("roster")
    text, version = await rooms.rosters.text(name)
    rules = parse_roster(text)
    start = request.now
    checked = check(
        rules, start, start + timedelta(weeks=request.number("weeks")), await rooms.people.everybody()
    )
    title = reader.say("{roster}, version {version}", roster=name, version=version)
    rows = tuple(
        (
            (Instant(shift.start, InstantForm.DATE_TIME),),
            (Instant(shift.end, InstantForm.DATE_TIME),),
            (Text(shift.role),),
            (strong(shift.person),),
        )
        for shift in checked.resolution.shifts[:SHOWN]
    )
    columns = (reader.say("from"), reader.say("to"), reader.say("role"), reader.say("who"))
    blocks: list[Table | str] = [Table((), columns, rows)]
    left = len(checked.resolution.shifts) - SHOWN
    if left > 0:
        blocks.append(reader.say("… and {count} more; “roster timeline” draws them all.", count=left))
    yield Reply(answer_card(reader, title, *blocks))


async def timeline(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader, name = request.reader, request.text("roster")
    title = reader.say(
        "The next {weeks} weeks of {roster}", weeks=f"{request.number('weeks'):g}", roster=name
    )
    yield Reply(answer_card(reader, title, reader.say("Drawing …")))
    text, _ = await rooms.rosters.text(name)
    rules, people = parse_roster(text), await rooms.people.everybody()
    end = request.now + timedelta(weeks=request.number("weeks"))

    def draw() -> bytes:
        from shifts.timeline import timeline_png

        return timeline_png(check(rules, request.now, end, people), reader.timezone)

    png = await asyncio.to_thread(draw)
    alt = reader.say("Who is on when in {roster}, gaps in red, local nights shaded.", roster=name)
    yield Reply(answer_card(reader, title, Picture(TIMELINE, alt, name)), {TIMELINE: png})


async def gaps(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader, name = request.reader, request.text("roster")
    text, _ = await rooms.rosters.text(name)
    end = request.now + timedelta(weeks=request.number("weeks"))
    checked = check(parse_roster(text), request.now, end, await rooms.people.everybody())
    title = reader.say("Gaps of {roster}", roster=name)
    lines: list[Line] = []
    for gap in checked.resolution.gaps[:SHOWN]:
        span = reader.line(
            "{role}: {start} to {end}",
            role=strong(gap.role),
            start=Instant(gap.start, InstantForm.DATE_TIME),
            end=Instant(gap.end, InstantForm.DATE_TIME),
        )
        who = (
            reader.say("{fallback} would be paged", fallback=gap.fallback)
            if gap.fallback
            else reader.say("nobody would be paged")
        )
        lines.append(joined([span, (Text(who),)]))
    lines += [(Text(shorten(clean(warning), 200)),) for warning in checked.warnings[:SHOWN]]
    tone = Tone.WARNING if checked.resolution.gaps else Tone.GOOD
    yield Reply(answer_card(reader, title, Lines(tuple(lines)) if lines else reader.say("None."), tone=tone))


async def fair(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader, name = request.reader, request.text("roster")
    start = request.now - timedelta(weeks=request.number("back"))
    end = request.now + timedelta(weeks=request.number("weeks"))
    people = await rooms.people.everybody()
    async with rooms.database.read() as session:
        pages = await pages_received(session, start, request.now)
        burdens = await fairness_between(session, [name], start, end, people, pages)
    rows = tuple(
        (
            (strong(person),),
            (Text(wording.three_figures(burden.hours, reader) if burden.hours else "0"),),
            (Text(str(burden.nights)),),
            (Text(f"{burden.weekend_hours:.0f}"),),
            (Text(f"{burden.holiday_hours:.0f}"),),
            (Text(str(burden.pages)),),
        )
        for person, burden in sorted(burdens.items(), key=lambda item: -item[1].weight)
    )
    columns = (
        reader.say("who"),
        reader.say("hours"),
        reader.say("nights"),
        reader.say("weekend hours"),
        reader.say("holiday hours"),
        reader.say("pages"),
    )
    title = reader.say("How duty of {roster} is shared", roster=name)
    yield Reply(answer_card(reader, title, Table((), columns, rows)))


async def exported(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    text, version = await rooms.rosters.text(request.text("roster"))
    title = request.reader.say("{roster}, version {version}", roster=request.text("roster"), version=version)
    lines = tuple((Text(line or " "),) for line in text.splitlines())
    yield Reply(answer_card(request.reader, title, Lines(lines)))


async def previewed(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader = request.reader
    changes = await rooms.rosters.preview(request.text("text"))
    yield Reply(answer_card(reader, reader.say("What this would change"), *preview_blocks(changes, reader)))


async def published(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader = request.reader
    expected = request.number_or_none("version")
    done = await rooms.rosters.publish(
        request.text("text"),
        by=request.caller.name,
        expected_version=None if expected is None else int(expected),
    )
    title = reader.say("{roster} is published as version {version}", roster=done.name, version=done.version)
    yield Reply(answer_card(reader, title, *preview_blocks(done.preview, reader), tone=Tone.GOOD))


async def is_new(request: Request, rooms: Rooms) -> None:
    """Raises CommandError for a roster that is there already: that one is published anew, not created."""
    name = parse_roster(request.text("text")).name
    if name in await rooms.rosters.names():
        raise CommandError(
            request.reader.say(
                "{roster} is there already; “roster publish” makes a new version of it.", roster=name
            ),
            option="text",
        )


async def publishing(request: Request, rooms: Rooms) -> Card | None:
    reader, text = request.reader, request.text("text")
    name = parse_roster(text).name
    changes = await rooms.rosters.preview(text)
    title = reader.say("Publish {roster}?", roster=name)
    return answer_card(reader, title, *preview_blocks(changes, reader), tone=Tone.WARNING)


async def edited(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """An exception to a roster: somebody added, put in another's place, or taken off, for a time."""
    reader = request.reader
    edit = _edit(request)
    done = await rooms.changes.make(actor_of(request), request.text("roster"), edit)
    title = reader.say("{roster} is published as version {version}", roster=done.name, version=done.version)
    yield Reply(answer_card(reader, title, *preview_blocks(done.preview, reader), tone=Tone.GOOD))


async def editing(request: Request, rooms: Rooms) -> Card | None:
    reader = request.reader
    changes = await rooms.changes.preview(request.text("roster"), _edit(request))
    title = reader.say("Change {roster}?", roster=request.text("roster"))
    return answer_card(reader, title, *preview_blocks(changes, reader), tone=Tone.WARNING)


async def undone(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader, edit = request.reader, taken_back(request.text("section"), int(request.number("number")))
    done = await rooms.changes.make(actor_of(request), request.text("roster"), edit)
    title = reader.say("{roster} is published as version {version}", roster=done.name, version=done.version)
    yield Reply(answer_card(reader, title, *preview_blocks(done.preview, reader), tone=Tone.GOOD))


def _edit(request: Request) -> Edit:
    person, replaces = request.someone_or_none("person"), request.someone_or_none("replaces")
    if person is None and replaces is None:
        raise CommandError(
            request.reader.say("Name who is put on (person), who is taken off (replaces), or both."),
            option="person",
        )
    start, end = request.time("from"), request.time("to")
    return override(
        request.text("role"),
        _written(start),
        _written(end),
        person=person.name if person else None,
        replaces=replaces.name if replaces else None,
    )


def _written(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


COMMANDS = (
    Command(
        "show",
        marked("The next shifts of a roster"),
        shown,
        "roster",
        (ROSTER, WEEKS),
        permission=Permission.VIEWER,
        examples=("roster show gw-advocates",),
    ),
    Command(
        "timeline",
        marked("A roster as a picture: who, when, gaps, local nights"),
        timeline,
        "roster",
        (ROSTER, WEEKS),
        permission=Permission.VIEWER,
        nature=Nature.STARTS,
        examples=("roster timeline gw-advocates weeks:2",),
    ),
    Command(
        "gaps",
        marked("When a roster has too few people, and who would be paged"),
        gaps,
        "roster",
        (ROSTER, WEEKS),
        permission=Permission.VIEWER,
        examples=("roster gaps gw-advocates",),
    ),
    Command(
        "fairness",
        marked("How duty is shared: hours, nights, weekends, holidays, pages"),
        fair,
        "roster",
        (
            ROSTER,
            WEEKS,
            Option(
                "back", OptionKind.NUMBER, marked("How many weeks back"), default="12", minimum=0, maximum=520
            ),
        ),
        permission=Permission.VIEWER,
        examples=("roster fairness gw-advocates",),
    ),
    Command(
        "export",
        marked("The file of a roster as it was published"),
        exported,
        "roster",
        (ROSTER,),
        permission=Permission.VIEWER,
        private=True,
        examples=("roster export gw-advocates",),
    ),
    Command(
        "preview",
        marked("What a roster file would change, and for whom; publishes nothing"),
        previewed,
        "roster",
        (TEXT,),
        permission=Permission.VIEWER,
        private=True,
        examples=("roster preview text:roster",),
    ),
    Command(
        "create",
        marked("Create a roster from its file; of one that is there, publish a new version"),
        published,
        "roster",
        (TEXT,),
        permission=MANAGER,
        nature=Nature.CHANGES,
        question=publishing,
        check=is_new,
        examples=("roster create text:roster",),
    ),
    Command(
        "publish",
        marked("Publish a roster file: a new roster, or a new version of one"),
        published,
        "roster",
        (
            TEXT,
            Option(
                "version", OptionKind.NUMBER, marked("The version you edited; another is refused"), minimum=0
            ),
        ),
        permission=MANAGER,
        nature=Nature.CHANGES,
        question=publishing,
        examples=("roster publish version:3 text:roster",),
    ),
    Command(
        "edit",
        marked("For a time: put somebody on, in another's place, or off"),
        edited,
        "roster",
        (
            ROSTER,
            Option("role", OptionKind.TEXT, marked("The role"), required=True),
            Option("from", OptionKind.TIME, marked("From when"), required=True),
            Option("to", OptionKind.TIME, marked("Until when"), required=True),
            Option("person", OptionKind.PERSON, marked("Who is put on")),
            Option("replaces", OptionKind.PERSON, marked("Whose place it is; alone: who is taken off")),
        ),
        permission=MANAGER,
        nature=Nature.CHANGES,
        question=editing,
        examples=("roster edit gw-advocates advocate from:21:00 to:23:00 person:bo",),
    ),
    Command(
        "undo",
        marked("Take an exception of a roster back"),
        undone,
        "roster",
        (
            ROSTER,
            Option(
                "section",
                OptionKind.CHOICE,
                marked("What kind of exception"),
                required=True,
                choices=("overrides", "absences", "swaps", "fixed"),
            ),
            Option(
                "number", OptionKind.NUMBER, marked("Which, from 1"), required=True, minimum=1, whole=True
            ),
        ),
        permission=MANAGER,
        nature=Nature.CHANGES,
        examples=("roster undo gw-advocates overrides 1",),
    ),
)
