"""A card as a rich renderable: for the terminal channel, from narrow windows up."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text as RichText

from cards import text as plain
from cards.card import Block as CardBlock
from cards.card import (
    Buttons,
    Card,
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
    Tone,
    joined,
)
from cards.cleaning import web_address
from cards.reader import Reader

NARROW = 64  # columns; below, a table's columns would each wrap
WIDEST = 100

_COLOUR = {
    Tone.REAL: "bright_red",
    Tone.MOCK: "magenta",
    Tone.RETRACTED: "bright_black",
    Tone.WARNING: "yellow",
    Tone.INFO: "cyan",
    Tone.GOOD: "green",
}
_STYLE = {Style.PLAIN: "", Style.STRONG: "bold", Style.STRIKE: "strike"}


def render_terminal(card: Card, reader: Reader, *, width: int = 80) -> RenderableType:
    """`card` as a panel in the colour of its tone, for a terminal `width` columns wide."""
    inner = min(width, WIDEST) - 4
    body = [made for block in card.blocks if (made := _block(block, reader, inner)) is not None]
    spaced: list[RenderableType] = [_line(card.title, reader)]
    for made in body:
        spaced += [RichText(""), made]
    return Panel(
        Group(*spaced),
        box=box.ROUNDED,
        border_style=_COLOUR[card.tone],
        width=min(width, WIDEST),
        padding=(0, 1),
    )


def _block(block: CardBlock, reader: Reader, width: int) -> RenderableType | None:
    match block:
        case Lines(lines=lines):
            return Group(*(_line(line, reader) for line in lines))
        case Table() if width < NARROW:
            return Group(*(_line(line, reader) for line in plain.table_lines(block, reader)))
        case Table():
            return _table(block, reader)
        case Links(links=links):
            return _line(plain.links_line(links), reader)
        case Note(line=line):
            note = _line(line, reader)
            note.stylize("dim")
            return note
        case Buttons(buttons=buttons):
            return RichText(" ".join(f"[ {button.label} ]" for button in buttons), style="bold")
        case Picture():
            return None  # the channel names the file; a terminal shows no picture


def _table(table: Table, reader: Reader) -> RenderableType:
    """Columns for what can see it; a row with a reason instead of numbers goes below them."""
    grid = RichTable(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    for index, title in enumerate(table.columns):
        grid.add_column(RichText(title), justify="right" if index else "left", no_wrap=index == 0)
    below = []
    for row in table.rows:
        if len(row) == len(table.columns):
            grid.add_row(*(_line(cell, reader) for cell in row))
        else:
            below.append(_line(joined(row), reader))
    parts: list[RenderableType] = [_line(table.title, reader)] if table.title else []
    if grid.row_count:
        parts.append(Padding(grid, (0, 0, 0, 1)))
    return Group(*parts, *(Padding(line, (0, 0, 0, 1)) for line in below))


def _line(line: Line, reader: Reader) -> RichText:
    made = RichText(overflow="fold")
    for span in line:
        made.append_text(_span(span, reader))
    return made


def _span(span: Span, reader: Reader) -> RichText:
    if isinstance(span, Link):
        address = web_address(span.url)
        return RichText(span.label, style=f"underline link {address}" if address else "")
    words = span.text if isinstance(span, Text) else plain.span_text(span, reader)
    return RichText(words, style=_STYLE[span.style])
