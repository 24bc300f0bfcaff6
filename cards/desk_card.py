"""Cards about the desk itself: what a person has to know when the desk cannot do its work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cards import wording
from cards.card import Card, Instant, InstantForm, Line, Lines, Text, Tone, strong
from cards.reader import Reader


def stream_silent_card(since: datetime, now: datetime, reader: Reader) -> Card:
    """GCN's sign of life is missing: alerts may be happening that nobody here hears of."""
    title = reader.say("GCN has been silent for {length}", length=wording.duration(now - since, reader))
    lines = (
        reader.line("Last sign of life: {time}.", time=Instant(since, InstantForm.DATE_TIME)),
        (Text(reader.say("Alerts may be missed until it is back. You will be told here when it is.")),),
    )
    return Card((strong(title),), Tone.WARNING, (Lines(lines),), title)


def stream_back_card(gap: timedelta, reader: Reader) -> Card:
    """The sign of life is heard again. Nothing is lost: what was sent meanwhile is read now."""
    title = reader.say("GCN is back after {length}", length=wording.duration(gap, reader))
    line = (Text(reader.say("What was sent meanwhile is being read now.")),)
    return Card((strong(title),), Tone.GOOD, (Lines((line,)),), title)


def undelivered_card(what: str, where: str, reason: str, attempts: int, reader: Reader) -> Card:
    """A message was given up. `reason` is what the channel said, in its own words."""
    title = reader.say("Not delivered: {what} to {where}", what=what, where=where)
    tried = reader.say_many("Tried once; given up.", "Tried {count} ×; given up.", attempts)
    lines = ((Text(reason),), (Text(tried),))
    return Card((strong(title),), Tone.WARNING, (Lines(lines),), f"{title}. {reason}")


def expired_card(count: int, where: str, reader: Reader) -> Card:
    """Messages were not sent because they had become of no use."""
    title = reader.say_many(
        "{count} message to {where} was not sent: too late",
        "{count} messages to {where} were not sent: too late",
        count,
        where=where,
    )
    line = (Text(reader.say("Nobody was told there by this way while it was of use.")),)
    return Card((strong(title),), Tone.WARNING, (Lines((line,)),), title)


def page_gap_card(number: int, meant: Sequence[str], instead: Sequence[str], reader: Reader) -> Card:
    """A page asked for somebody who is on, and nobody is."""
    title = reader.say("Page {number}: nobody is on for {roles}", number=number, roles=reader.listing(meant))
    if instead:
        said = reader.say("Asked instead: {people}.", people=reader.listing(instead))
    else:
        said = reader.say("There is nobody else to be asked: name a fallback and administrators.")
    return Card((strong(title),), Tone.WARNING, (Lines(((Text(said),),)),), f"{title}. {said}")


def page_unanswered_card(number: int, what: str, asked: Sequence[str], reader: Reader) -> Card:
    """A page went through all its steps and nobody answered."""
    title = reader.say("Page {number}: nobody has answered", number=number)
    lines: list[Line] = [(Text(what),)]
    if asked:
        lines.append((Text(reader.say("Asked: {people}", people=reader.listing(asked))),))
    return Card((strong(title),), Tone.WARNING, (Lines(tuple(lines)),), f"{title}. {what}")


def page_unreachable_card(number: int, person: str, reader: Reader) -> Card:
    """A page could not be sent to somebody by any way."""
    title = reader.say("Page {number}: {person} cannot be reached", number=number, person=person)
    said = reader.say("No way that is confirmed and not stopped leads there at this hour.")
    return Card((strong(title),), Tone.WARNING, (Lines(((Text(said),),)),), f"{title}. {said}")


def self_test_missing_card(last: datetime | None, reader: Reader) -> Card:
    """No mock superevent came through: real ones might not either."""
    title = reader.say("The self-test did not come through")
    if last is None:
        line: Line = (Text(reader.say("No mock superevent has gone the whole way for a day.")),)
    else:
        line = reader.line(
            "No mock superevent has gone the whole way since {time}.",
            time=Instant(last, InstantForm.DATE_TIME),
        )
    return Card((strong(title),), Tone.WARNING, (Lines((line,)),), title)


def self_test_slow_card(took: timedelta, limit: timedelta, reader: Reader) -> Card:
    """A mock superevent came through, too slowly."""
    title = reader.say("The self-test was slow")
    said = reader.say(
        "A mock superevent took {length} from its arrival to its card; {limit} is usual.",
        length=wording.duration(took, reader),
        limit=wording.duration(limit, reader),
    )
    return Card((strong(title),), Tone.WARNING, (Lines(((Text(said),),)),), f"{title}. {said}")
