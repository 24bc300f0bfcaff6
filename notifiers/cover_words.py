"""Holes in a roster's cover, as the watch wrote them down, in each reader's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from cards.card import Card, Line
from cards.reader import Reader
from cards.roster_cards import Hole, alone_said, cover_card, gap_said, unreachable_said
from shifts.personal import read_span


def cover_words(
    roster: str, holes: Sequence[dict[str, Any]], now: datetime
) -> tuple[datetime, Callable[[Reader, str | None], Card]]:
    """When the first hole begins, and how to write the card of all of them."""
    first = min((read_span(hole["span"])[0] for hole in holes), default=now)

    def write(reader: Reader, _: str | None) -> Card:
        return cover_card(roster, [_hole(hole, reader) for hole in holes], now, reader)

    return first, write


def _hole(values: dict[str, Any], reader: Reader) -> Hole:
    span, role, person = read_span(values["span"]), values["role"], values["person"]
    said: Line
    match values["kind"]:
        case "gap":
            said = gap_said(role, span, values["on"], values["minimum"], reader)
            nobody = values["on"] == 0
            return Hole(said, span, values["fallback"] if nobody else None, needs_fallback=nobody)
        case "unreachable":
            said = unreachable_said(person, role, span, reader)
            return Hole(said, span, values["fallback"], needs_fallback=True)
        case _:
            return Hole(alone_said(person, role, span, values["days"], reader), span)
