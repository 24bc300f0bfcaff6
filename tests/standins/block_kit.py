"""Block Kit's limits, enforced as Slack does: the first thing wrong refuses the whole message.

https://docs.slack.dev/reference/block-kit (read 2026); the total of about 13 200 characters is undocumented
(slackapi/bolt-js #2509).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

MOST_BLOCKS = 50
MOST_CHARACTERS = 13_200
FILE_ID = re.compile(r"F[A-Z0-9]{8,}")

Block = Mapping[str, Any]

_KEYS = {
    "section": {"type", "text", "fields", "accessory", "block_id", "expand"},
    "context": {"type", "elements", "block_id"},
    "actions": {"type", "elements", "block_id"},
    "header": {"type", "text", "block_id"},
    "divider": {"type", "block_id"},
    "image": {"type", "image_url", "slack_file", "alt_text", "title", "block_id"},
}
_BUTTON_KEYS = {
    *("type", "text", "action_id", "url", "value", "style", "confirm", "accessibility_label"),
}


def complaints(blocks: object, is_ready: Callable[[str], bool]) -> Iterator[str]:
    """What is wrong with the blocks of one message, in Slack's manner. `is_ready` knows uploaded files."""
    if not isinstance(blocks, list):
        yield "blocks must be an array"
        return
    if len(blocks) > MOST_BLOCKS:
        yield f"no more than {MOST_BLOCKS} items allowed [json-pointer:/blocks]"
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        where = f"[json-pointer:/blocks/{number}]"
        kind = block.get("type") if isinstance(block, Mapping) else None
        if kind not in _KEYS:
            yield f"unsupported type: {kind} {where}"
            continue
        for key in set(block) - _KEYS[kind]:
            yield f"unexpected field: {key} {where}"
        identity = block.get("block_id")
        if identity is not None and (len(identity) > 255 or identity in seen):
            yield f"block_id is too long or not unique {where}"
        seen.add(str(identity))
        yield from (f"{complaint} {where}" for complaint in _CHECKS[kind](block, is_ready))


def characters(blocks: object) -> int:
    """The text of a message: what the undocumented limit counts."""
    if isinstance(blocks, Mapping):
        own = sum(len(blocks[key]) for key in ("text", "alt_text") if isinstance(blocks.get(key), str))
        return own + sum(characters(value) for value in blocks.values() if not isinstance(value, str))
    return sum(map(characters, blocks)) if isinstance(blocks, list) else 0


def _text(value: object, limit: int, kinds: tuple[str, ...] = ("mrkdwn", "plain_text")) -> Iterator[str]:
    if not isinstance(value, Mapping) or value.get("type") not in kinds:
        yield f"text object of {' or '.join(kinds)} expected"
        return
    text = value.get("text")
    if not isinstance(text, str) or not text:
        yield "must be more than 0 characters"
    elif len(text) > limit:
        yield f"must be less than {limit + 1} characters"
    if value["type"] == "mrkdwn" and "emoji" in value:
        yield "emoji is not allowed in mrkdwn"
    if value["type"] == "plain_text" and "verbatim" in value:
        yield "verbatim is not allowed in plain_text"


def _section(block: Block, is_ready: Callable[[str], bool]) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield "text or fields required"
    if "text" in block:
        yield from _text(block["text"], 3000)
    fields = block.get("fields", [])
    if len(fields) > 10:
        yield "no more than 10 items allowed in fields"
    for field in fields:
        yield from _text(field, 2000)


def _context(block: Block, is_ready: Callable[[str], bool]) -> Iterator[str]:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 10:
        yield "1 to 10 elements expected"
    for element in elements:
        if element.get("type") == "image":
            yield from _image(element, is_ready)
        else:
            yield from _text(element, 3000)


def _actions(block: Block, is_ready: Callable[[str], bool]) -> Iterator[str]:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 25:
        yield "1 to 25 elements expected"
    actions = [element.get("action_id") for element in elements]
    if len(set(actions)) != len(actions):
        yield "action_id is not unique"
    for element in elements:
        if element.get("type") == "button":
            yield from _button(element)


def _button(button: Block) -> Iterator[str]:
    for key in set(button) - _BUTTON_KEYS:
        yield f"unexpected field: {key}"
    yield from _text(button.get("text"), 75, ("plain_text",))
    for key, limit in (("action_id", 255), ("value", 2000), ("url", 3000)):
        if len(button.get(key, "")) > limit:
            yield f"{key} must be less than {limit + 1} characters"
    if button.get("style", "primary") not in ("primary", "danger"):
        yield "style must be primary or danger"


def _header(block: Block, is_ready: Callable[[str], bool]) -> Iterator[str]:
    yield from _text(block.get("text"), 150, ("plain_text",))


def _divider(block: Block, is_ready: Callable[[str], bool]) -> Iterator[str]:
    return iter(())


def _image(block: Block, is_ready: Callable[[str], bool]) -> Iterator[str]:
    if not 1 <= len(block.get("alt_text", "")) <= 2000:
        yield "alt_text of 1 to 2000 characters expected"
    if "title" in block:
        yield from _text(block["title"], 2000, ("plain_text",))
    file = block.get("slack_file")
    if (file is None) == ("image_url" not in block):
        yield "one of image_url and slack_file expected"
    if file is None:
        return
    if not FILE_ID.fullmatch(file.get("id", "")):
        yield "input must match regex pattern: ^[F][A-Z0-9]{8,}$"
    elif not is_ready(file["id"]):
        yield "invalid slack file"


_CHECKS: Mapping[str, Callable[[Block, Callable[[str], bool]], Iterator[str]]] = {
    "section": _section,
    "context": _context,
    "actions": _actions,
    "header": _header,
    "divider": _divider,
    "image": _image,
}
