"""The card of a page: what it is about, who has it or was asked, and what its reader can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from cards.card import (
    Block,
    Button,
    Buttons,
    ButtonStyle,
    Card,
    Instant,
    Line,
    Lines,
    Link,
    Links,
    Picture,
    Text,
    Tone,
    joined,
    strong,
)
from cards.cleaning import clean, shorten
from cards.event_card import event_card
from cards.reader import Reader
from cards.short_text import fitted, page_short
from cards.text import line_text
from events.state import EventState

LONGEST_SUBJECT = 200


class Standing(StrEnum):
    """How a page stands, for its readers."""

    OPEN = "open"
    HALF = "half"  # somebody has it, more people are needed
    TAKEN = "taken"
    SNOOZED = "snoozed"
    DONE = "done"
    RETRACTED = "retracted"
    EXPIRED = "expired"


@dataclass(frozen=True)
class PageFacts:
    """What a page's card tells of the page itself.

    `value` is what its buttons carry; `asked` who was asked and when, in that order; `holder` who has it,
    or did, since `since`; `until` when a snooze ends; `missing` how many more have to say that they have it;
    `drill` it is an exercise, `link` opens a page in the web on which it can be answered.
    """

    number: int
    value: str
    standing: Standing
    subject: str = ""
    asked: tuple[tuple[str, datetime], ...] = ()
    holder: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    missing: int = 0
    drill: bool = False
    paged_by: str = ""
    link: str | None = None
    again: bool = False


def page_card(facts: PageFacts, state: EventState | None, now: datetime, reader: Reader) -> Card:
    """The card by which somebody is paged: the event's, the page's number before it and buttons below."""
    status = status_line(facts, reader)
    buttons = page_buttons(facts, reader)
    base = _about(facts, state, now, reader, status, buttons)
    title = joined([(strong(_prefix(facts, reader)),), base.title])
    blocks = tuple(block for block in base.blocks if not isinstance(block, Picture))
    if facts.link:
        blocks = (*blocks, Links((Link(reader.say("Answer on the web"), facts.link),)))
    summary = line_text(joined([(Text(_prefix(facts, reader)),), (Text(base.summary),), status]), reader)
    return Card(
        title,
        base.tone,
        blocks,
        summary,
        page_short(_said(facts, base), reader, mine=str(facts.number)),
        _spoken(facts, base, reader),
    )


def status_line(facts: PageFacts, reader: Reader) -> Line:
    """Who has it, or who was asked and when."""
    holder = strong(facts.holder or "?")
    match facts.standing:
        case Standing.OPEN:
            again = [reader.line("Nobody did anything since: asked again.")] if facts.again else []
            # Short text: of a page that nobody has answered.
            return joined([*again, reader.line("Nobody has it yet."), _asked(facts, reader)], " ")
        case Standing.HALF:
            more = reader.say_many("{count} more is needed", "{count} more are needed", facts.missing)
            return joined(
                [reader.line("{person} has it; {more}.", person=holder, more=more), _asked(facts, reader)],
                " ",
            )
        case Standing.TAKEN:
            # Short text: of a page that somebody has answered.
            return reader.line("{person} has it since {time}.", person=holder, time=_instant(facts.since))
        case Standing.SNOOZED:
            return reader.line(
                "{person} looks at it; it goes on at {time}.", person=holder, time=_instant(facts.until)
            )
        case Standing.DONE:
            return reader.line("Done, {person} says.", person=holder)
        case Standing.RETRACTED:
            return reader.line("Retracted: there is nothing to do.")
        case Standing.EXPIRED:
            return reader.line("Nobody answered for a day; this page is closed.")


def page_buttons(facts: PageFacts, reader: Reader) -> tuple[Button, ...]:
    """What can be done as the page stands."""

    def button(answer: str, label: str, style: ButtonStyle = ButtonStyle.PLAIN) -> Button:
        url = facts.link or "" if style is ButtonStyle.PRIMARY else ""
        return Button(f"page.{answer}", label, facts.value, style, url)

    # Short text: a button: I deal with it.
    mine = button("acknowledge", reader.say("I have it"), ButtonStyle.PRIMARY)
    # Short text: a button: I do not deal with it, ask others.
    not_mine = button("decline", reader.say("Not for me"))
    # Short text: a button: ask the next people now.
    escalate = button("escalate", reader.say("Escalate"), ButtonStyle.DANGER)
    # Short text: a button: ask nobody else for ten minutes.
    snooze = button("snooze", reader.say("In 10 min"))
    # Short text: a button: I take it from who has it.
    take_over = button("take_over", reader.say("Take over"))
    # Short text: a button: the page is over.
    resolve = button("resolve", reader.say("Done"))
    match facts.standing:
        case Standing.OPEN | Standing.HALF:
            return (mine, not_mine, escalate, snooze)
        case Standing.SNOOZED:
            return (mine, not_mine, escalate)
        case Standing.TAKEN:
            return (take_over, escalate, resolve)
        case _:
            return ()


def told_card(facts: PageFacts, state: EventState | None, now: datetime, reader: Reader) -> Card:
    """What people who were asked are told when somebody has it, or when it is over: one line, no buttons."""
    about = _about(facts, state, now, reader, (), ())
    status = status_line(facts, reader)
    title = joined([(strong(_prefix(facts, reader)),), status])
    text = line_text(title, reader)
    what = about.short or about.summary
    return Card(
        title,
        Tone.GOOD if facts.standing in (Standing.TAKEN, Standing.DONE) else Tone.INFO,
        (Lines(((Text(about.summary),),)),),
        text,
        fitted([text.removesuffix("."), *what.removesuffix(".").split(". ")[:1]], reader),
        text,
    )


def _about(
    facts: PageFacts,
    state: EventState | None,
    now: datetime,
    reader: Reader,
    status: Line,
    buttons: Sequence[Button],
) -> Card:
    if state is not None:
        return event_card(state, now, reader, facilities_shown=3, on_shift=status, actions=buttons)
    subject = shorten(clean(facts.subject), LONGEST_SUBJECT)
    lines = [(Text(reader.say("Paged by {person}.", person=facts.paged_by)),)] if facts.paged_by else []
    blocks: list[Block] = [Lines((*lines, status))]
    if buttons:
        blocks.append(Buttons(tuple(buttons)))
    return Card((Text(subject),), Tone.WARNING, tuple(blocks), subject, subject, subject)


def _prefix(facts: PageFacts, reader: Reader) -> str:
    # Short text: before the title of a page, with its number.
    said = reader.say("Page {number}", number=facts.number)
    if not facts.drill:
        return said
    # Short text: an exercise, before everything else.
    return reader.say("DRILL: {what}", what=said)


def _said(facts: PageFacts, base: Card) -> str:
    short = base.short or base.summary
    return f"DRILL {short}" if facts.drill and not short.upper().startswith("DRILL") else short


def _spoken(facts: PageFacts, base: Card, reader: Reader) -> str:
    spoken = base.spoken or base.summary
    return reader.say("This is a drill. {what}", what=spoken) if facts.drill else spoken


def _asked(facts: PageFacts, reader: Reader) -> Line:
    if not facts.asked:
        return ()
    each = [(strong(name), Text(" "), Instant(at)) for name, at in facts.asked[-6:]]
    return reader.line("Asked: {people}", people=joined([tuple(one) for one in each], ", "))


def _instant(at: datetime | None) -> Line:
    return (Instant(at),) if at is not None else (Text("?"),)


def without_buttons(card: Card) -> Card:
    """The card with nothing left to press."""
    return replace(card, blocks=tuple(block for block in card.blocks if not isinstance(block, Buttons)))
