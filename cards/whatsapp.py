"""A card as a WhatsApp message: plain text with WhatsApp's own signs for strong and struck-through words."""

from __future__ import annotations

from cards import text as plain
from cards.card import Block as CardBlock
from cards.card import Buttons, Card, Line, Lines, Link, Links, Note, Picture, Span, Style, Table
from cards.cleaning import ELLIPSIS, shorten, web_address
from cards.reader import Reader
from cards.slack import undelimited

CHARACTERS = 1600  # Twilio, error 21617
_WRAP = {Style.PLAIN: "", Style.STRONG: "*", Style.STRIKE: "~"}


def render_whatsapp(card: Card, reader: Reader, limit: int = CHARACTERS) -> str:
    """`card` in at most `limit` characters: whole lines from the top, and a sign where some were left out."""
    lines = [_line(card.title, reader)]
    for block in card.blocks:
        if said := _block(block, reader):
            lines += ["", *said]
    kept: list[str] = []
    room = limit - len(ELLIPSIS) - 1
    for number, line in enumerate(lines):
        if len("\n".join([*kept, line])) > room:
            return "\n".join([*kept, ELLIPSIS]) if number else shorten(line, limit)
        kept.append(line)
    return "\n".join(kept)


def _block(block: CardBlock, reader: Reader) -> list[str]:
    match block:
        case Lines(lines=lines):
            return [_line(line, reader) for line in lines]
        case Table():
            return [_line(line, reader) for line in plain.table_lines(block, reader)]
        case Links(links=links):
            return [_span(link, reader) for link in links]
        case Note(line=line):
            return [_line(line, reader)]
        case Buttons(buttons=buttons):
            addressed = [(b, web_address(b.url)) for b in buttons]
            return [f"{undelimited(b.label)}: {address}" for b, address in addressed if address]
        case Picture():
            return []


def _line(line: Line, reader: Reader) -> str:
    return "".join(_span(span, reader) for span in line)


def _span(span: Span, reader: Reader) -> str:
    if isinstance(span, Link):
        address = web_address(span.url)
        return f"{undelimited(span.label)}: {address}" if address else undelimited(span.label)
    words = span.text if hasattr(span, "text") else plain.span_text(span, reader)
    inner = undelimited(words)
    mark = _WRAP[span.style]
    # A sign counts only next to a word: spaces stay outside it.
    body = inner.strip()
    if not mark or not body:
        return inner
    start = len(inner) - len(inner.lstrip())
    return f"{inner[:start]}{mark}{body}{mark}{inner[start + len(body) :]}"
