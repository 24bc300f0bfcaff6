"""A card as a Slack message: Block Kit within every limit, instants as Slack's own date tokens.

Limits: https://docs.slack.dev/reference/block-kit (50 blocks, section text 3000, button text 75 and
value 2000, alt text 2000); about 13 200 characters of text in all, undocumented (bolt-js #2509).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
from cards.reader import Reader

SlackBlock: TypeAlias = dict[str, JsonValue]

MESSAGE_BLOCKS = 50
MESSAGE_CHARACTERS = 12_000
SECTION_CHARACTERS = 3000
LINE_CHARACTERS = 1500
CONTEXT_CHARACTERS = 2000
ALT_CHARACTERS = 2000
TEXT_CHARACTERS = 700  # Slack advises 4000 and escapes count; a lock screen shows far less
BUTTONS_IN_A_ROW = 25
BUTTON_CHARACTERS = 75
BUTTON_VALUE = 2000
ACTION_ID = 255

_MARK = {
    Tone.REAL: ":red_circle:",
    Tone.MOCK: ":large_purple_circle:",
    Tone.RETRACTED: ":white_circle:",
    Tone.WARNING: ":large_orange_circle:",
    Tone.INFO: ":large_blue_circle:",
    Tone.GOOD: ":large_green_circle:",
}
_WRAP = {Style.PLAIN: "", Style.STRONG: "*", Style.STRIKE: "~"}
_TOKEN = {
    InstantForm.TIME: "{time}",
    InstantForm.DATE: "{date_short_pretty}",
    InstantForm.DATE_TIME: "{date_short_pretty} {time}",
}
# Slack has no escape for its delimiters. Where one could open or close a format it is replaced by the
# nearest sign that means nothing.
_LOOKALIKE = {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"}
_DELIMITER = re.compile(r"(?<![^\W_])[*_~`]|[*_~`](?![^\W_])|`")
_QUOTATION = re.compile(r"^\s*&gt;")
_EMOJI_NAME = re.compile(r":(?=[\w+'-]*[A-Za-z+][\w+'-]*:)")


@dataclass(frozen=True)
class SlackMessage:
    """What `chat.postMessage` takes. `overflow`: what did not fit, as messages for the thread, in order."""

    text: str
    blocks: list[SlackBlock]
    overflow: tuple[list[SlackBlock], ...] = ()


def render_slack(card: Card, reader: Reader, pictures: Mapping[str, str] | None = None) -> SlackMessage:
    """`card` as one Slack message and, where it is longer than Slack takes, replies for its thread.

    `pictures` gives the Slack file id of each uploaded picture by its key; a picture without one is
    left out until the message is edited.
    """
    title = _section(f"{_MARK[card.tone]} {_fit(card.title, reader, LINE_CHARACTERS)}")
    kept = [title]
    buttons = [b for block in card.blocks if isinstance(block, Buttons) for b in _buttons(block)]
    room = MESSAGE_CHARACTERS - _weight(title) - sum(map(_weight, buttons))
    places = MESSAGE_BLOCKS - 1 - len(buttons)
    spilled: list[SlackBlock] = []
    for block in card.blocks:
        for made in _blocks(block, reader, pictures or {}):
            if made["type"] == "actions":
                kept.append(made)
            elif not spilled and places > 0 and _weight(made) <= room:
                kept.append(made)
                places, room = places - 1, room - _weight(made)
            else:
                spilled.append(made)
    return SlackMessage(
        text=escape(shorten(card.summary or plain.line_text(card.title, reader), TEXT_CHARACTERS)),
        blocks=kept,
        overflow=tuple(_messages(spilled)),
    )


def escape(text: str) -> str:
    """`text` as it is read, with nothing in it that Slack takes for a mention, a link or a format."""
    text = _EMOJI_NAME.sub("∶", undelimited(text))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def undelimited(text: str) -> str:
    """`text` with nothing in it that opens or closes a format (also WhatsApp's, whose signs are the same)."""
    return _DELIMITER.sub(lambda found: _LOOKALIKE[found.group()], text)


def _blocks(block: CardBlock, reader: Reader, pictures: Mapping[str, str]) -> Iterator[SlackBlock]:
    match block:
        case Lines(lines=lines):
            yield from _sections([_fit(line, reader, LINE_CHARACTERS) for line in lines])
        case Table():
            yield from _sections(
                [_fit(line, reader, LINE_CHARACTERS) for line in plain.table_lines(block, reader)]
            )
        case Buttons():
            yield from _buttons(block)
        case Links(links=links):
            yield from _contexts(_fit(plain.links_line(links), reader, CONTEXT_CHARACTERS))
        case Note(line=line):
            yield from _contexts(_fit(line, reader, CONTEXT_CHARACTERS))
        case Picture(key=key, alt=alt, caption=caption):
            if key in pictures:
                yield _image(pictures[key], alt, caption)


def _sections(lines: list[str]) -> Iterator[SlackBlock]:
    """Lines in as few sections as their limit allows."""
    held: list[str] = []
    for line in lines:
        if held and len("\n".join([*held, line])) > SECTION_CHARACTERS:
            yield _section("\n".join(held))
            held = []
        held.append(line)
    if "".join(held).strip():
        yield _section("\n".join(held))


def _section(mrkdwn: str) -> SlackBlock:
    return {"type": "section", "text": _mrkdwn(mrkdwn)}


def _contexts(mrkdwn: str) -> Iterator[SlackBlock]:
    if mrkdwn.strip():
        yield {"type": "context", "elements": [_mrkdwn(mrkdwn)]}


def _mrkdwn(text: str) -> SlackBlock:
    # verbatim: Slack must not turn what looks like an address or a channel's name into a link
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _image(file_id: str, alt: str, caption: str) -> SlackBlock:
    image: SlackBlock = {
        "type": "image",
        "slack_file": {"id": file_id},
        "alt_text": shorten(alt.strip(), ALT_CHARACTERS) or ELLIPSIS,
    }
    if caption.strip():
        image["title"] = {"type": "plain_text", "text": shorten(caption, ALT_CHARACTERS), "emoji": False}
    return image


def _buttons(block: Buttons) -> list[SlackBlock]:
    rows = [block.buttons[i : i + BUTTONS_IN_A_ROW] for i in range(0, len(block.buttons), BUTTONS_IN_A_ROW)]
    return [{"type": "actions", "elements": _apart([_button(button) for button in row])} for row in rows]


def _apart(buttons: list[SlackBlock]) -> list[JsonValue]:
    """Slack wants every button of a row to have an id of its own: `command.run#2` is a second."""
    seen: dict[str, int] = {}
    for button in buttons:
        action = str(button["action_id"])
        seen[action] = seen.get(action, 0) + 1
        if seen[action] > 1:
            button["action_id"] = f"{action[: ACTION_ID - 4]}#{seen[action]}"
    return [*buttons]


def _button(button: Button) -> SlackBlock:
    made: SlackBlock = {
        "type": "button",
        "action_id": button.action[:ACTION_ID],
        "text": {
            "type": "plain_text",
            "text": shorten(button.label.strip(), BUTTON_CHARACTERS) or ELLIPSIS,
            "emoji": False,
        },
    }
    if button.value:
        made["value"] = button.value[:BUTTON_VALUE]
    if button.style is not ButtonStyle.PLAIN:
        made["style"] = button.style.value
    return made


def _fit(line: Line, reader: Reader, limit: int) -> str:
    """The line's mrkdwn in at most `limit` characters; a token or link is kept whole or left out."""
    # At the start of a line Slack takes even an escaped `>` for a quotation.
    return _QUOTATION.sub("›", _fitted(line, reader, limit))


def _fitted(line: Line, reader: Reader, limit: int) -> str:
    made: list[tuple[str, Style]] = []
    room = limit - len(ELLIPSIS)
    for span in line:
        piece, style = _span(span, reader)
        if len(piece) + 2 > room and isinstance(span, Text):
            piece = escape(_head(span.text, room - 2)) + ELLIPSIS
            return _runs([*made, (piece, style)])
        if len(piece) + 2 > room:
            return _runs(made) + ELLIPSIS
        made.append((piece, style))
        room -= len(piece) + 2  # its own delimiters, should nothing else share them
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
            shown = escape(shorten(label, 200))
            link = f"<{address.replace('&', '&amp;')}|{shown}>" if address and shown.strip() else shown
            return link, Style.PLAIN
        case Instant(at=at, form=form, style=style):
            token = f"<!date^{int(at.timestamp())}^{_TOKEN[form]}|{plain.local_text(span, reader)}>"
            return token + escape(plain.utc_beside(span, reader)), style
        case Age(at=at, now=now, style=style):
            words = escape(plain.span_text(span, reader))
            # Slack keeps an age up to date by itself, but has no words for what is still to come.
            return (f"<!date^{int(at.timestamp())}^{{ago}}|{words}>" if at <= now else words), style


def _runs(pieces: list[tuple[str, Style]]) -> str:
    """Pieces of one style share one pair of delimiters: Slack reads `*a**b*` as nothing."""
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


def _weight(block: JsonValue) -> int:
    """Characters a block counts for: all of its strings, which is more than Slack counts."""
    if isinstance(block, str):
        return len(block)
    if isinstance(block, dict):
        return sum(_weight(value) for value in block.values())
    return sum(map(_weight, block)) if isinstance(block, list) else 0


def _messages(blocks: list[SlackBlock]) -> Iterator[list[SlackBlock]]:
    """Blocks in as few messages as their limits allow."""
    held: list[SlackBlock] = []
    for block in blocks:
        if held and (
            len(held) == MESSAGE_BLOCKS or sum(map(_weight, held)) + _weight(block) > MESSAGE_CHARACTERS
        ):
            yield held
            held = []
        held.append(block)
    if held:
        yield held
