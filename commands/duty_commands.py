"""`duty`, `handover`: who is on, and a note for who comes next."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from cards.answer_card import answer_card
from cards.card import (
    Instant,
    InstantForm,
    Line,
    Lines,
    Note,
    Table,
    Text,
    Tone,
    strong,
)
from cards.cleaning import clean
from cards.reader import Reader
from cards.translation import marked
from commands.command import Command, Nature
from commands.errors import CommandError
from commands.options import Option, OptionKind
from commands.request import Reply, Request
from commands.rooms import Rooms
from shifts.actor import Actor
from shifts.intervals import Interval
from shifts.permissions import Permission, may
from shifts.preview import Preview
from shifts.service import OnDuty
from shifts.shift import Shift

ROSTER = Option("roster", OptionKind.ROSTER, marked("Its name"), required=True)
SHOWN = 15


async def duty(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Who is on in each role, and when the next comes on."""
    reader, at = request.reader, request.time()
    word = (request.text_or_none("role") or "").casefold()
    found = [
        each for each in await rooms.rosters.on_duty(at) if word in f"{each.roster} {each.role}".casefold()
    ]
    title = reader.say("Who is on")
    if not found:
        known = await rooms.rosters.names()
        words = (
            reader.say("No role matches “{word}”.", word=word[:60])
            if known
            else reader.say("No roster has been published.")
        )
        raise CommandError(words)
    rows = tuple((*_on(each, reader),) for each in found[:SHOWN])
    columns = (reader.say("role"), reader.say("who"), reader.say("until"))
    when: Line = reader.line("At {time}", time=Instant(at, InstantForm.DATE_TIME, utc=True))
    yield Reply(answer_card(reader, title, when, Table((), columns, rows)))


def _on(duty: OnDuty, reader: Reader) -> tuple[Line, Line, Line]:
    role: Line = (strong(duty.role), Text(f" ({duty.roster})"))
    if not duty.shifts:
        nobody = reader.say("nobody")
        if duty.fallback:
            nobody = reader.say("nobody; {fallback} would be paged", fallback=duty.fallback)
        return role, (Text(nobody),), (Text("–"),)
    people = ", ".join(sorted({shift.person for shift in duty.shifts}))
    ends = min(shift.end for shift in duty.shifts)
    return role, (Text(people),), (Instant(ends, InstantForm.DATE_TIME),)


async def handover(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """A note for whoever comes on next in a role."""
    reader, name, role = request.reader, request.text("roster"), request.text("role")
    await rooms.notes.write(actor_of(request), name, role, request.text("note"))
    title = reader.say("Noted for who comes on next as {role}", role=role)
    yield Reply(answer_card(reader, title, clean(request.text("note")), tone=Tone.GOOD))


def actor_of(request: Request) -> Actor:
    """Who asks for a change of duty, and whether they may for others."""
    return Actor(
        request.person.name, request.place.front.value, may(request.person, Permission.ROSTER_MANAGER)
    )


def preview_blocks(changes: Preview, reader: Reader) -> list[Lines | Note]:
    """Who gains and loses what, gaps and overlaps, rests cut short, duty while away or at night, fairness."""
    lines: list[Line] = []
    for (person, role), change in sorted(changes.changes.items()):
        for word, spans in ((reader.say("gains"), change.gained), (reader.say("loses"), change.lost)):
            for start, end in spans[:4]:
                lines.append((strong(person), Text(f" ({role}) {word} "), *span_line(start, end)))
    for gap in changes.gaps_opened[:6]:
        words = (strong(reader.say("Gap")), Text(f" {gap.role}: "))
        lines.append((*words, *span_line(gap.start, gap.end)))
    for gap in changes.gaps_closed[:6]:
        lines.append((Text(reader.say("Gap closed")), Text(f" {gap.role}: "), *span_line(gap.start, gap.end)))
    for overlap in changes.overlaps_opened[:6]:
        lines.append(
            (Text(reader.say("Overlap")), Text(f" {overlap.role}: "), *span_line(overlap.start, overlap.end))
        )
    for person, (start, end) in changes.short_rests[:6]:
        lines.append(
            (
                strong(person),
                Text(" "),
                Text(reader.say("rests too short")),
                Text(": "),
                *span_line(start, end),
            )
        )
    lines += _personal(changes.while_away, reader.say("is away then"))
    lines += _personal(changes.at_night, reader.say("is on at night there"))
    for person, (before, after) in list(changes.fairness.items())[:10]:
        hours = reader.say(
            "{before} h before, {after} h after", before=f"{before.hours:.0f}", after=f"{after.hours:.0f}"
        )
        lines.append((strong(person), Text(f" {hours}")))
    return [Lines(tuple(lines[:40]))] if lines else [Note((Text(reader.say("Nobody's duty changes.")),))]


def _personal(spans: Mapping[str, tuple[Interval, ...]], words: str) -> list[Line]:
    return [
        (strong(person), Text(f" {words}: "), *span_line(start, end))
        for person, times in list(spans.items())[:6]
        for start, end in times[:3]
    ]


def span_line(start: datetime, end: datetime) -> Line:
    return Instant(start, InstantForm.DATE_TIME), Text(" – "), Instant(end, InstantForm.DATE_TIME)


def shift_words(shift: Shift, reader: Reader) -> Line:
    """Role and times of one shift."""
    return (strong(shift.role), Text(" "), *span_line(shift.start, shift.end))


COMMANDS = (
    Command(
        "duty",
        marked("Who is on: now, or at a time, in every role or one"),
        duty,
        None,
        (
            Option("role", OptionKind.TEXT, marked("Only rosters and roles that hold this")),
            Option("at", OptionKind.TIME, marked("When: now, tonight, in 2h, tomorrow 09:00")),
        ),
        permission=None,
        examples=("duty", "duty at:tonight"),
        short="duty",
    ),
    Command(
        "handover",
        marked("Leave a note for whoever comes on next in a role"),
        handover,
        None,
        (
            ROSTER,
            Option("role", OptionKind.TEXT, marked("The role"), required=True),
            Option("note", OptionKind.TEXT, marked("What they should know"), required=True),
        ),
        permission=Permission.SHIFTER,
        nature=Nature.CHANGES,
        examples=('handover gw-advocates advocate "S230518h: plan sent to ZTF"',),
    ),
)
