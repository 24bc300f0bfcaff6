"""Cards about duty: what changed for a person, a shift that begins or ends, swaps, holes in a roster.

Each is written for one reader: spans of time are instants, shown on the reader's clock with UTC beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cards.card import Age, Block, Card, Instant, InstantForm, Line, Lines, Note, Text, Tone, strong
from cards.cleaning import shorten
from cards.reader import Reader
from cards.text import line_text

Span = tuple[datetime, datetime]

SHOWN = 8
"""Changes and holes that a card lists; the rest it counts."""


@dataclass(frozen=True)
class Moved:
    """A shift of the reader's before and after an edit; None: not theirs. `other` had it, or has it now."""

    role: str
    before: Span | None
    after: Span | None
    other: str | None = None


@dataclass(frozen=True)
class Hole:
    """Something that is wrong with cover: `said` in a sentence, and who would be paged meanwhile."""

    said: Line
    span: Span
    fallback: str | None = None
    needs_fallback: bool = False


def changed_card(
    roster: str, changes: Sequence[Moved], count: int, by: str | None, reader: Reader, *, first: bool = False
) -> Card:
    """What an edit of a roster means to the reader; `by` None: nobody edited it."""
    if first:
        title = reader.say("Roster {roster}: your shifts", roster=roster)
    else:
        title = reader.say("Roster {roster}: your shifts have changed", roster=roster)
    lines = [_change_line(change, reader) for change in changes[:SHOWN]]
    if count > len(lines):
        rest = reader.say_many("and {count} more shift", "and {count} more shifts", count - len(lines))
        lines.append((Text(rest),))
    if by is None:
        why = reader.say("Nobody edited the roster: the rules of a time zone have changed.")
    else:
        why = reader.say("Published by {person}.", person=by)
    summary = f"{title}. {line_text(lines[0], reader)}" if lines else title
    return _card(title, Tone.INFO, [Lines(tuple(lines)), Note((Text(why),))], summary, reader)


def _change_line(change: Moved, reader: Reader) -> Line:
    role, other = change.role, change.other
    if change.before is not None and change.after is not None:
        return reader.line(
            "Moved ({role}): it was {before}, now {after}",
            role=role,
            before=span_line(change.before, reader),
            after=span_line(change.after, reader),
        )
    if change.after is not None:
        when = span_line(change.after, reader)
        if other is None:
            return reader.line("New: {when} as {role}", when=when, role=role)
        return reader.line("New: {when} as {role}, in place of {person}", when=when, role=role, person=other)
    assert change.before is not None
    when = span_line(change.before, reader)
    if other is None:
        return reader.line("No longer yours: {when} as {role}", when=when, role=role)
    return reader.line(
        "No longer yours: {when} as {role}; {person} has it", when=when, role=role, person=other
    )


def edited_card(roster: str, by: str, what: str, detail: str, touched: Sequence[str], reader: Reader) -> Card:
    """To those who manage a roster: somebody made an exception to it."""
    title = reader.say("Roster {roster}: {person} edited it", roster=roster, person=by)
    names = {
        "overrides": reader.say("an override"),
        "absences": reader.say("an absence"),
        "fixed": reader.say("a fixed schedule"),
        "swaps": reader.say("a swap"),
    }
    section, _, action = what.removeprefix("roster.").partition(".")
    thing = names.get(section, section)
    if action == "remove":
        said = reader.say("Taken back: {thing}", thing=thing)
    else:
        said = reader.say("Added: {thing}", thing=thing)
    lines: list[Line] = [(Text(f"{said}. {shorten(detail, 300)}" if detail else f"{said}."),)]
    if touched:
        who = reader.listing(list(touched))
        lines.append((Text(reader.say("Told what changes for them: {people}.", people=who)),))
    return _card(title, Tone.INFO, [Lines(tuple(lines))], title, reader)


def reminder_card(roster: str, role: str, span: Span, now: datetime, reader: Reader) -> Card:
    """A shift begins soon."""
    title = reader.line("You are on as {role} {when}", role=role, when=Age(span[0], now))
    lines = (
        reader.line("{when}, roster {roster}", when=span_line(span, reader), roster=roster),
        (Text(reader.say("Cannot make it? Offer the shift to others with the command shift offer.")),),
    )
    summary = f"{line_text(title, reader)}: {line_text(span_line(span, reader), reader)}"
    return _card(title, Tone.INFO, [Lines(lines)], summary, reader)


def dusk_card(roster: str, role: str, facility: str, dusk: datetime, now: datetime, reader: Reader) -> Card:
    """It gets dark at the telescope of somebody on telescope duty."""
    title = reader.line("{facility}: dusk {when}", facility=facility, when=Age(dusk, now))
    line = reader.line(
        "It is dark from {time}. You are on as {role}, roster {roster}.",
        time=Instant(dusk, InstantForm.DATE_TIME, utc=True),
        role=role,
        roster=roster,
    )
    return _card(title, Tone.INFO, [Lines((line,))], line_text(title, reader), reader)


def comes_on_card(
    roster: str,
    role: str,
    span: Span,
    reader: Reader,
    *,
    takes_over_from: Sequence[str] = (),
    others: Sequence[str] = (),
    notes: Sequence[tuple[str, datetime, str]] = (),
    blocks: Sequence[Block] = (),
) -> Card:
    """Duty begins: until when, from whom, with whom; hand-off notes, and `blocks` of what is open."""
    title = reader.line(
        "You are on as {role} until {end}", role=role, end=Instant(span[1], InstantForm.DATE_TIME)
    )
    lines: list[Line] = [reader.line("{when}, roster {roster}", when=span_line(span, reader), roster=roster)]
    if takes_over_from:
        people = reader.listing(list(takes_over_from))
        lines.append((Text(reader.say("You take over from {people}.", people=people)),))
    if others:
        people = reader.listing(list(others))
        lines.append((Text(reader.say("On with you: {people}.", people=people)),))
    content: list[Block] = [Lines(tuple(lines))]
    for author, written, text in notes:
        content.append(_note_block(author, written, text, reader))
    summary = line_text(title, reader)
    return _card(title, Tone.INFO, [*content, *blocks], summary, reader)


def note_card(roster: str, role: str, author: str, written: datetime, text: str, reader: Reader) -> Card:
    """A hand-off note that was written after the handover."""
    title = reader.say(
        "A note from {person} for {role}, roster {roster}", person=author, role=role, roster=roster
    )
    return _card(title, Tone.INFO, [_note_block(author, written, text, reader)], title, reader)


def _note_block(author: str, written: datetime, text: str, reader: Reader) -> Block:
    head = reader.line(
        "Note from {person}, {time}:", person=strong(author), time=Instant(written, InstantForm.DATE_TIME)
    )
    return Lines((head, *((Text(line),) for line in text.splitlines() if line.strip())))


def goes_off_card(
    roster: str,
    role: str,
    end: datetime,
    reader: Reader,
    *,
    taken_over_by: Sequence[str],
    fallback: str | None,
) -> Card:
    """Duty has ended: who has it now, and that a note for them still reaches them."""
    title = reader.say("You are off duty as {role}", role=role)
    if taken_over_by:
        people = reader.listing(list(taken_over_by))
        said = reader.line(
            "{people} took over at {time}.", people=people, time=Instant(end, InstantForm.TIME, utc=True)
        )
    elif fallback is not None:
        said = reader.line("Nobody has come on; {person} would be paged.", person=fallback)
    else:
        said = (Text(reader.say("Nobody has come on, and nobody would be paged.")),)
    note = reader.line("Roster {roster}. A note for them reaches them at once.", roster=roster)
    return _card(
        title, Tone.INFO, [Lines((said,)), Note(note)], f"{title}. {line_text(said, reader)}", reader
    )


def cover_card(roster: str, holes: Sequence[Hole], now: datetime, reader: Reader) -> Card:
    """Where a roster leaves a role with too few people, or with people whom no page reaches."""
    title = reader.say_many(
        "Roster {roster}: {count} hole in its cover", "Roster {roster}: {count} holes in its cover",
        len(holes), roster=roster,
    )  # fmt: skip
    lines: list[Line] = []
    for hole in holes[:SHOWN]:
        line = (*hole.said, Text(" ("), Age(max(hole.span[0], now), now), Text(")"))
        if hole.fallback is not None:
            line = (*line, Text(". "), *reader.line("{person} would be paged.", person=strong(hole.fallback)))
        elif hole.needs_fallback:
            line = (*line, Text(". "), strong(reader.say("Nobody would be paged: name a fallback.")))
        lines.append(line)
    if len(holes) > SHOWN:
        rest = reader.say_many("and {count} more", "and {count} more", len(holes) - SHOWN)
        lines.append((Text(rest),))
    summary = f"{title}. {line_text(lines[0], reader)}" if lines else title
    return _card(title, Tone.WARNING, [Lines(tuple(lines))], summary, reader)


def gap_said(role: str, span: Span, on: int, minimum: int, reader: Reader) -> Line:
    """An empty role, or one with fewer people than it needs."""
    when = span_line(span, reader)
    if on == 0:
        return reader.line("Nobody as {role}: {when}", role=role, when=when)
    return reader.line(
        "{on} of {minimum} as {role}: {when}", on=str(on), minimum=str(minimum), role=role, when=when
    )


def unreachable_said(person: str, role: str, span: Span, reader: Reader) -> Line:
    """Somebody is on whom no page can reach."""
    return reader.line(
        "{person} is on as {role} and has no verified way to be paged: {when}",
        person=person,
        role=role,
        when=span_line(span, reader),
    )


def alone_said(person: str, role: str, span: Span, days: int, reader: Reader) -> Line:
    """One person stands a role alone for days on end."""
    length = reader.say_many("{count} day", "{count} days", days)
    return reader.line(
        "{person} is the only one as {role} for {length}: {when}",
        person=person,
        role=role,
        length=length,
        when=span_line(span, reader),
    )


def span_line(span: Span, reader: Reader) -> Line:
    """`20 Nov 08:00 (07:00 UTC) to 21 Nov 08:00 (07:00 UTC)`, on the reader's clock."""
    same_day = reader.local(span[0]).date() == reader.local(span[1]).date()
    form = InstantForm.TIME if same_day else InstantForm.DATE_TIME
    return reader.line(
        "{start} to {end}",
        start=Instant(span[0], InstantForm.DATE_TIME, utc=True),
        end=Instant(span[1], form, utc=True),
    )


def _card(title: str | Line, tone: Tone, blocks: Sequence[Block], summary: str, reader: Reader) -> Card:
    line = (strong(title),) if isinstance(title, str) else title
    return Card(line, tone, tuple(blocks), summary)
