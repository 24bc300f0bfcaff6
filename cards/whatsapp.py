"""A card as a WhatsApp message: plain text with WhatsApp's own signs for strong and struck-through words."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

from cards import text as plain
from cards.card import (
    Age,
    Buttons,
    Card,
    Instant,
    Line,
    Lines,
    Link,
    Links,
    Note,
    Picture,
    Span,
    Style,
    Table,
    Text,
)
from cards.card import Block as CardBlock
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
            return [_line((link,), reader) for link in links]
        case Note(line=line):
            return [_line(line, reader)]
        case Buttons(buttons=buttons):
            addressed = [(b, web_address(b.url)) for b in buttons]
            return [
                plain.addressed(undelimited(b.label), address, reader) for b, address in addressed if address
            ]
        case Picture():
            return []


def _line(line: Line, reader: Reader) -> str:
    """Words of one style that stand side by side share their signs."""
    pieces = [_span(span, reader) for span in line]
    runs = ((style, [words for words, _ in run]) for style, run in groupby(pieces, key=itemgetter(1)))
    return "".join(_wrapped("".join(words), _WRAP[style]) for style, words in runs)


def _span(span: Span, reader: Reader) -> tuple[str, Style]:
    match span:
        case Link(label=label, url=url):
            address = web_address(url)
            return (
                plain.addressed(undelimited(label), address, reader) if address else undelimited(label)
            ), (Style.PLAIN)
        case Text(text=text, style=style):
            return undelimited(text), style
        case Instant(style=style) | Age(style=style):
            return undelimited(plain.span_text(span, reader)), style


def _wrapped(words: str, mark: str) -> str:
    """A sign counts only next to a word: spaces stay outside it."""
    body = words.strip()
    if not mark or not body:
        return words
    start = len(words) - len(words.lstrip())
    return f"{words[:start]}{mark}{body}{mark}{words[start + len(body) :]}"
