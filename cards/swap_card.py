"""Cards about shifts that change hands: an offer, an answer, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cards.card import (
    Block,
    Button,
    Buttons,
    ButtonStyle,
    Card,
    Instant,
    InstantForm,
    Line,
    Lines,
    Note,
    Text,
    Tone,
    strong,
)
from cards.reader import Reader
from cards.roster_cards import Span, span_line
from cards.text import line_text

ACCEPT, DECLINE = "shift.accept", "shift.decline"
"""The buttons of an offer: the commands they run, whose first option is the offer's number."""


@dataclass(frozen=True)
class SwapNews:
    """What happened to an offer: `event` as the swaps name it, `by` whom."""

    event: str
    number: int
    roster: str
    role: str
    owner: str
    span: Span
    by: str | None = None
    taken_by: str | None = None
    part: bool = False
    returns: Span | None = None
    note: str = ""
    expires: datetime | None = None


def swap_card(news: SwapNews, for_person: str | None, reader: Reader) -> Card:
    """What the news means to one reader; `for_person` None for those who manage the roster."""
    title = _title(news, for_person, reader)
    lines: list[Line] = [
        reader.line(
            "{when} as {role}, roster {roster}",
            when=span_line(news.span, reader),
            role=news.role,
            roster=news.roster,
        )
    ]
    if news.part:
        lines.append((Text(reader.say("This is a part of the shift; the rest stays as it is.")),))
    if news.returns is not None:
        lines.append(_in_return(news, for_person, reader))
    if news.note:
        lines.append(reader.line("{person} says: {note}", person=news.owner, note=news.note))
    blocks: list[Block] = [Lines(tuple(lines))]
    if news.event == "offered" and for_person is not None:
        blocks += _answers(news, reader)
    elif news.event == "countered":
        how = reader.say(
            "Agree with the command shift agree {number} {person}.", number=news.number, person=news.by
        )
        blocks.append(Note((Text(how),)))
    tone = Tone.GOOD if news.event in ("accepted", "taken", "imposed") else Tone.INFO
    summary = f"{title}: {line_text(lines[0], reader)}"
    return Card((strong(title),), tone, tuple(blocks), summary)


def _title(news: SwapNews, reader_is: str | None, reader: Reader) -> str:
    owner, by, taker = news.owner, news.by or "", news.taken_by or ""
    match news.event:
        case "offered":
            return reader.say("{person} offers a shift (offer {number})", person=owner, number=news.number)
        case "countered":
            return reader.say(
                "{person} answers your offer {number} with another", person=by, number=news.number
            )
        case "declined":
            return reader.say("{person} has declined your offer {number}", person=by, number=news.number)
        case "withdrawn":
            return reader.say("{person} has taken offer {number} back", person=owner, number=news.number)
        case "expired":
            if reader_is == owner:
                return reader.say(
                    "Nobody took your shift: it is still yours (offer {number})", number=news.number
                )
            return reader.say(
                "Nobody took {person}'s shift (offer {number})", person=owner, number=news.number
            )
        case "void":
            return reader.say("Offer {number} is over: the roster was edited", number=news.number)
    if reader_is == taker:
        if news.event == "imposed":
            return reader.say("{person} has given you {owner}'s shift", person=by, owner=owner)
        return reader.say("You have {owner}'s shift", owner=owner)
    if reader_is == owner:
        return reader.say("{person} has your shift", person=taker)
    return reader.say("{person} has {owner}'s shift", person=taker, owner=owner)


def _in_return(news: SwapNews, reader_is: str | None, reader: Reader) -> Line:
    assert news.returns is not None
    when = span_line(news.returns, reader)
    if news.event in ("accepted", "taken", "imposed") and reader_is == news.owner:
        return reader.line("In return you have {when}", when=when)
    return reader.line("In return {person} would take {when}", person=news.owner, when=when)


def _answers(news: SwapNews, reader: Reader) -> list[Block]:
    number = str(news.number)
    blocks: list[Block] = [
        Buttons(
            (
                # Short text: a button
                # Short text: button that takes an offered shift
                Button(ACCEPT, reader.say("I take it"), number, ButtonStyle.PRIMARY),
                # Short text: a button
                # Short text: button that declines an offered shift
                Button(DECLINE, reader.say("Not me"), number),
            )
        )
    ]
    if news.expires is not None:
        until = Instant(news.expires, InstantForm.DATE_TIME, utc=True)
        blocks.append(Note(reader.line("The offer stands until {time}.", time=until)))
    return blocks
