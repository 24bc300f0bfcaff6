"""A card as plain text: for logs, e-mail and wherever nothing richer can be shown.

The pieces here (a line, an instant, a table as lines) are the ones other renderers fall back on.
"""

from __future__ import annotations

import textwrap
from datetime import UTC

from cards import wording
from cards.card import (
    Age,
    Buttons,
    Card,
    Instant,
    InstantForm,
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
    joined,
)
from cards.card import Block as CardBlock
from cards.cleaning import web_address
from cards.reader import Reader


def render_text(card: Card, reader: Reader, width: int | None = None) -> str:
    """`card` in plain text, wrapped to `width` columns where one is given; ends in a newline."""
    paragraphs = [[line_text(card.title, reader)]]
    paragraphs += [lines for block in card.blocks if (lines := _block_text(block, reader))]
    text = "\n\n".join("\n".join(_wrapped(line, width) for line in lines) for lines in paragraphs)
    return text + "\n"


def line_text(line: Line, reader: Reader) -> str:
    return "".join(span_text(span, reader) for span in line)


def span_text(span: Span, reader: Reader) -> str:
    """One span in plain text; what is struck through is said to be between tildes."""
    match span:
        case Text(text=text, style=style):
            return f"~{text}~" if style is Style.STRIKE and text.strip() else text
        case Link(label=label, url=url):
            address = web_address(url)
            return f"{label} <{address}>" if address else label
        case Instant():
            return local_text(span, reader) + utc_beside(span, reader)
        case Age(at=at, now=now):
            return wording.age(at, now, reader)


def local_text(instant: Instant, reader: Reader) -> str:
    """An instant on the reader's clock, to the minute."""
    at = reader.local(instant.at)
    match instant.form:
        case InstantForm.TIME:
            return f"{at:%H:%M}"
        case InstantForm.DATE:
            return reader.date(at)
        case InstantForm.DATE_TIME:
            return f"{reader.date(at)} {at:%H:%M}"


def utc_beside(instant: Instant, reader: Reader) -> str:
    """` (12:59 UTC)` where the instant asks for it and the reader's own clock is not UTC."""
    local, at = reader.local(instant.at), instant.at.astimezone(UTC)
    if not instant.utc:
        return ""
    if local.utcoffset() == at.utcoffset():
        return " UTC"
    if local.date() != at.date() and instant.form is not InstantForm.TIME:
        return f" ({reader.date(at)} {at:%H:%M} UTC)"
    return f" ({at:%H:%M} UTC)"


def table_lines(table: Table, reader: Reader) -> list[Line]:
    """A table as lines a phone can show: the title with what is listed, then a line a row.

    Without a title the columns head the rows as they stand; an empty cell leaves no gap.
    """
    titles = [c for c in (table.columns[1:] if table.title else table.columns) if c]
    heading: Line = table.title
    if heading and titles:
        heading = reader.line("{title}: {columns}", title=heading, columns=", ".join(titles))
    elif titles:
        heading = joined([(Text(title),) for title in titles])
    rows = [joined([cell if line_text(cell, reader).strip() else () for cell in row]) for row in table.rows]
    return [heading, *rows] if heading else rows


def addressed(label: str, address: str, reader: Reader) -> str:
    """What an address is for, and the address: where nothing can be pressed."""
    return reader.say("{label}: {address}", label=label, address=address)


def links_line(links: tuple[Link, ...]) -> Line:
    return joined([(link,) for link in links])


def _block_text(block: CardBlock, reader: Reader) -> list[str]:
    match block:
        case Lines(lines=lines):
            return [line_text(line, reader) for line in lines]
        case Table():
            return [line_text(line, reader) for line in table_lines(block, reader)]
        case Links(links=links):
            return [line_text((link,), reader) for link in links]
        case Note(line=line):
            return [line_text(line, reader)]
        case Picture(alt=alt):
            return [f"[{alt}]"]
        case Buttons(buttons=buttons):
            return ["".join(f"[ {button.label} ] " for button in buttons).rstrip()]


def _wrapped(line: str, width: int | None) -> str:
    if width is None or len(line) <= width:
        return line
    # An address that is broken leads nowhere: it may stand out of its column.
    return textwrap.fill(
        line, width, subsequent_indent="  ", break_long_words="://" not in line, break_on_hyphens=False
    )
