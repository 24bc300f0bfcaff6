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
