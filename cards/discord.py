"""A card as a Discord message: content, embeds and buttons within every limit, instants as Discord's own.

Limits: https://discord.com/developers/docs/resources/message (content 2000, 10 embeds, 4096 characters of
description, 6000 over all embeds of a message) and /components/reference (5 rows of 5 buttons, label 80,
custom_id 100); https://discord.com/developers/docs/reference#message-formatting (`<t:unix:f>`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeAlias

from pydantic import JsonValue

from cards import text as plain
from cards.card import (
    Age,
    Button,
    Buttons,
    ButtonStyle,
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
    Tone,
)
from cards.card import Block as CardBlock
from cards.cleaning import ELLIPSIS, shorten, web_address
from cards.discord_markdown import at_line_start, escape, escape_label
from cards.reader import Reader

Json: TypeAlias = dict[str, JsonValue]

CONTENT_CHARACTERS = 2000
EMBEDS = 10
EMBED_CHARACTERS = 6000
DESCRIPTION_CHARACTERS = 4096
LINE_CHARACTERS = 1500
ALT_CHARACTERS = 1024
CAPTION_CHARACTERS = 200
BUTTONS_IN_A_ROW = 5
BUTTON_ROWS = 5
BUTTON_CHARACTERS = 80
CUSTOM_ID = 100
MARK_CHARACTERS = 60  # kept free for the mark by which a message is found again
CUSTOM_ID_PREFIX = "nd"

_COLOUR = {
    Tone.REAL: 0xD7263D,
    Tone.MOCK: 0x8E5FC7,
    Tone.RETRACTED: 0x9AA0A6,
    Tone.WARNING: 0xF2A33A,
    Tone.INFO: 0x3B82C4,
    Tone.GOOD: 0x2E9E5B,
}
_SIGN = {
    Tone.REAL: "🔴",
    Tone.MOCK: "🟣",
    Tone.RETRACTED: "⚪",
    Tone.WARNING: "🟠",
    Tone.INFO: "🔵",
    Tone.GOOD: "🟢",
}
_WRAP = {Style.PLAIN: "", Style.STRONG: "**", Style.STRIKE: "~~"}
_FORM = {InstantForm.TIME: "t", InstantForm.DATE: "D", InstantForm.DATE_TIME: "f"}
_BUTTON_STYLE = {ButtonStyle.PRIMARY: 1, ButtonStyle.PLAIN: 2, ButtonStyle.DANGER: 4}


@dataclass(frozen=True)
class Attachment:
    """A picture of a message: the reference it is kept under, its file name, what it shows in words."""

    reference: str
    filename: str
    alt: str


@dataclass(frozen=True)
class DiscordMessage:
    """What Discord takes as one message. `overflow`: what did not fit, as embeds of one message each."""

    content: str
    embeds: list[Json]
    components: list[Json] = field(default_factory=list)
    attachments: tuple[Attachment, ...] = ()
    overflow: tuple[list[Json], ...] = ()


def render_discord(card: Card, reader: Reader, pictures: Mapping[str, str] | None = None) -> DiscordMessage:
    """`card` as one Discord message and, where it is longer than Discord takes, messages for its thread.

    `pictures` gives the channel's reference of each picture by its key; one without is left out until the
    message is edited. The title is the message's content, which is what a lock screen shows.
    """
    made = _Embeds(_COLOUR[card.tone])
    for block in card.blocks:
        if isinstance(block, Picture):
            if pictures and block.key in pictures:
                made.show(block, pictures[block.key])
        else:
            made.write(list(_lines(block, reader)))
    return DiscordMessage(
        content=f"{_SIGN[card.tone]} {_fit(card.title, reader, CONTENT_CHARACTERS - MARK_CHARACTERS)}",
        embeds=made.kept,
        components=_rows(card),
        attachments=tuple(made.attachments),
        overflow=tuple(_messages(made.spilled, _COLOUR[card.tone])),
    )


def custom_id(button: Button) -> str | None:
    """What Discord sends back when the button is pressed; None where it is longer than Discord takes.

    A button is rather left out than cut: what was cut could act on something else.
    """
    made = "|".join((CUSTOM_ID_PREFIX, button.action, button.value))
    return made if len(made) <= CUSTOM_ID else None


class _Embeds:
    """The embeds of one message while they are filled, and the lines that found no room."""

    def __init__(self, colour: int) -> None:
        self._colour = colour
        self._room = EMBED_CHARACTERS - MARK_CHARACTERS
        self.kept: list[Json] = []
        self.spilled: list[str] = []
        self.attachments: list[Attachment] = []

    def write(self, lines: list[str]) -> None:
        """Lines of one block, with an empty line before them."""
        for number, line in enumerate(lines):
            gap = "\n\n" if number == 0 else "\n"
            if self.spilled or not self._append(gap, line):
                self.spilled.append(f"\n{line}" if number == 0 and self.spilled else line)

    def show(self, picture: Picture, reference: str) -> None:
        """A picture below what was written last, or in an embed of its own where one is there already."""
        free = bool(self.kept) and "image" not in self.kept[-1] and not self.spilled
        if not free and len(self.kept) == EMBEDS:
            return
        if not free:
            self.kept.append({"type": "rich", "color": self._colour})
        caption = escape(shorten(picture.caption, CAPTION_CHARACTERS)).strip()
        if caption:
            self._append("\n\n", f"-# {caption}")
        name = f"{picture.key}-{reference[:8]}.png"
        self.kept[-1]["image"] = {"url": f"attachment://{name}"}
        alt = shorten(picture.alt.strip(), ALT_CHARACTERS) or ELLIPSIS
        self.attachments.append(Attachment(reference, name, alt))

    def _append(self, gap: str, line: str) -> bool:
        before = str(self.kept[-1].get("description", "")) if self.kept else ""
        joined = f"{before}{gap}{line}" if before else line
        fits = bool(self.kept) and "image" not in self.kept[-1] and len(joined) <= DESCRIPTION_CHARACTERS
        added = len(joined) - len(before) if fits else len(line)
        if added > self._room or (not fits and len(self.kept) == EMBEDS):
            return False
        if fits:
            self.kept[-1]["description"] = joined
        else:
            self.kept.append({"type": "rich", "color": self._colour, "description": line})
        self._room -= added
        return True


def _lines(block: CardBlock, reader: Reader) -> Iterator[str]:
    match block:
        case Lines(lines=lines):
            yield from (_fit(line, reader, LINE_CHARACTERS) for line in lines)
        case Table():
            yield from (_fit(line, reader, LINE_CHARACTERS) for line in plain.table_lines(block, reader))
        case Links(links=links):
            yield from _filled(_fit(plain.links_line(links), reader, LINE_CHARACTERS))
        case Note(line=line):
            yield from (f"-# {noted}" for noted in _filled(_fit(line, reader, LINE_CHARACTERS)))
        case Buttons() | Picture():
            return


def _filled(line: str) -> list[str]:
    return [line] if line.strip() else []


def _messages(lines: list[str], colour: int) -> Iterator[list[Json]]:
    """Lines in as few messages of one embed as its description takes."""
    held: list[str] = []
    for line in lines:
        if held and len("\n".join([*held, line])) > DESCRIPTION_CHARACTERS:
            yield [{"type": "rich", "color": colour, "description": "\n".join(held)}]
            held = []
        held.append(line if held else line.lstrip("\n"))
    if "".join(held).strip():
        yield [{"type": "rich", "color": colour, "description": "\n".join(held)}]


def _rows(card: Card) -> list[Json]:
    """Rows of buttons; of two that would do the same the first, for Discord refuses a custom_id twice."""
    rows: list[Json] = []
    seen: set[str] = set()
    for block in card.blocks:
        if not isinstance(block, Buttons):
            continue
        made: list[JsonValue] = []
        for button in block.buttons:
            identity = custom_id(button)
            if identity is not None and identity not in seen:
                seen.add(identity)
                made.append(_button(button, identity))
        rows += [
            {"type": 1, "components": made[start : start + BUTTONS_IN_A_ROW]}
            for start in range(0, len(made), BUTTONS_IN_A_ROW)
        ]
    return rows[:BUTTON_ROWS]


def _button(button: Button, identity: str) -> Json:
    label = shorten(button.label.strip(), BUTTON_CHARACTERS) or ELLIPSIS
    return {"type": 2, "style": _BUTTON_STYLE[button.style], "label": label, "custom_id": identity}


def _fit(line: Line, reader: Reader, limit: int) -> str:
    """The line's markdown in at most `limit` characters; a token or link is kept whole or left out."""
    return at_line_start(_fitted(line, reader, limit - 2))


def _fitted(line: Line, reader: Reader, limit: int) -> str:
    made: list[tuple[str, Style]] = []
    room = limit - len(ELLIPSIS)
    for span in line:
        piece, style = _span(span, reader)
        cost = len(piece) + 2 * len(_WRAP[style])
        if cost > room and isinstance(span, Text):
            piece = escape(_head(span.text, room - 2 * len(_WRAP[style]))) + ELLIPSIS
            return _runs([*made, (piece, style)])
        if cost > room:
            return _runs(made) + ELLIPSIS
        made.append((piece, style))
        room -= cost  # its own delimiters, should nothing else share them
    return _runs(made)


def _head(text: str, room: int) -> str:
    """The longest beginning of `text` whose escaped form takes at most `room` characters."""
    low, high = 0, min(len(text), max(room, 0))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if len(escape(text[:middle])) <= room else (low, middle - 1)
    return text[:low]


def _span(span: Span, reader: Reader) -> tuple[str, Style]:
    match span:
        case Text(text=text, style=style):
            return escape(text), style
        case Link(label=label, url=url):
            address = web_address(url)
            shown = escape_label(shorten(label, 200)).strip()
            if not address or not shown:
                return escape(shorten(label, 200)), Style.PLAIN
            # A bracket in the address would end it.
            return f"[{shown}]({address.replace('(', '%28').replace(')', '%29')})", Style.PLAIN
        case Instant(at=at, form=form, style=style):
            token = f"<t:{int(at.timestamp())}:{_FORM[form]}>"
            return token + escape(plain.utc_beside(span, reader)), style
        case Age(at=at, style=style):
            return f"<t:{int(at.timestamp())}:R>", style


def _runs(pieces: list[tuple[str, Style]]) -> str:
    """Pieces of one style share one pair of delimiters: `**a****b**` would show the inner ones."""
    made = ""
    for style, run in groupby(pieces, key=lambda piece: piece[1]):
        text = "".join(piece for piece, _ in run)
        bare = text.strip()
        if style is Style.PLAIN or not bare:
            made += text
            continue
        start = text.index(bare)
        delimiter = _WRAP[style]
        made += f"{text[:start]}{delimiter}{bare}{delimiter}{text[start + len(bare) :]}"
    return made
