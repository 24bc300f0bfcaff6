"""Cards about the desk itself: what a person has to know when the desk cannot do its work."""

from __future__ import annotations

from datetime import datetime, timedelta

from cards import wording
from cards.card import Card, Instant, InstantForm, Lines, Text, Tone, strong
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
