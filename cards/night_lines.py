"""The next nights of telescopes, as a hand-off says them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cards.card import Block, Line, Lines, strong
from cards.reader import Reader
from cards.roster_cards import span_line


def nights_block(nights: Sequence[tuple[str, tuple[datetime, datetime]]], reader: Reader) -> Block | None:
    """Each facility with its next dusk and dawn; None where there is none."""
    if not nights:
        return None
    lines: list[Line] = [(strong(reader.say("Next nights")),)]
    for facility, night in nights:
        lines.append(reader.line("{facility}: {night}", facility=facility, night=span_line(night, reader)))
    return Lines(tuple(lines))
