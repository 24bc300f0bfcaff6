"""Discord's limits of one message, enforced as Discord does: what is wrong refuses the whole of it.

https://discord.com/developers/docs/resources/message#embed-object-embed-limits and /components/reference
(read 2026). The published OpenAPI description is laxer: it takes 4000 characters of content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

MOST_CONTENT = 2000
MOST_EMBEDS = 10
MOST_EMBED_CHARACTERS = 6000

Json = Mapping[str, Any]

_EMBED_TEXTS = {"title": 256, "description": 4096}
_BUTTON_KEYS = {"type", "id", "style", "label", "emoji", "custom_id", "sku_id", "url", "disabled"}


def complaints(message: Json, files: int = 0) -> Iterator[str]:
    """What is wrong with one message. `files` is how many were uploaded with it."""
    content, embeds = message.get("content") or "", message.get("embeds") or []
    components = message.get("components") or []
    if len(content) > MOST_CONTENT:
        yield f"content: must be {MOST_CONTENT} or fewer in length"
    if len(embeds) > MOST_EMBEDS:
        yield f"embeds: must be {MOST_EMBEDS} or fewer in length"
    if embed_characters(embeds) > MOST_EMBED_CHARACTERS:
        yield f"embeds: embed size exceeds maximum size of {MOST_EMBED_CHARACTERS}"
    for number, embed in enumerate(embeds):
        yield from (f"embeds.{number}.{complaint}" for complaint in _embed(embed))
    if len(components) > 5:
        yield "components: must be 5 or fewer in length"
    for number, row in enumerate(components):
        yield from (f"components.{number}.{complaint}" for complaint in _row(row))
    identities = [
        item["custom_id"] for row in components for item in row.get("components", ()) if "custom_id" in item
    ]
    if len(identities) != len(set(identities)):
        yield "components: component custom id cannot be duplicated"
    kept = message.get("attachments") or []
    if files > 10 or len(kept) > 10:
        yield "attachments: must be 10 or fewer in length"
    for number, attachment in enumerate(kept):
        if len(attachment.get("description") or "") > 1024:
            yield f"attachments.{number}.description: must be 1024 or fewer in length"
    yield from _nonce(message)
    yield from _mentions(message.get("allowed_mentions"))


def is_empty(message: Json, files: int = 0) -> bool:
    """Whether there is nothing in it that anybody would see."""
    return not (message.get("content") or message.get("embeds") or message.get("components") or files)


def embed_characters(embeds: object) -> int:
    """What the limit over all embeds counts: title, description, fields, footer, author."""
    if not isinstance(embeds, list):
        return 0
    total = 0
    for embed in embeds:
        total += sum(len(embed.get(key) or "") for key in _EMBED_TEXTS)
        total += len((embed.get("footer") or {}).get("text") or "")
        total += len((embed.get("author") or {}).get("name") or "")
        total += sum(len(field["name"]) + len(field["value"]) for field in embed.get("fields") or ())
    return total


def markup(text: str) -> list[str]:
    """What Discord's markdown would read in `text` beyond plain words, escapes taken out first."""
    bare = re.sub(r"\\[^0-9A-Za-z\s]", "¤", text)
    found = re.findall(r"<(?:@[!&]?|#|a?:\w+:|t:|/|id:|https?:)[^>\s]*>?", bare)
    found += re.findall(r"@(?:everyone|here)", bare, re.IGNORECASE)
    found += re.findall(r"\*+[^\s*]|`|~~|\|\||(?<!\w)_\S|\S_(?!\w)", bare)
    found += re.findall(r"\[[^\]]*\]\s*\([^)]*\)", bare)
    found += re.findall(r":(?!(?<=\d:)\d+:)[\w+~-]{1,64}:", bare)
    found += re.findall(r"https?://\S+|discord\.gg/\w+", bare, re.IGNORECASE)
    found += re.findall(r"^\s*(?:#{1,3}\s|-#?\s|>|\d+[.)]\s)", bare, re.MULTILINE)
    return found


def _embed(embed: Json) -> Iterator[str]:
    for key, limit in _EMBED_TEXTS.items():
        if len(embed.get(key) or "") > limit:
            yield f"{key}: must be {limit} or fewer in length"
    if len((embed.get("footer") or {}).get("text") or "") > 2048:
        yield "footer.text: must be 2048 or fewer in length"
    if len((embed.get("author") or {}).get("name") or "") > 256:
        yield "author.name: must be 256 or fewer in length"
    fields = embed.get("fields") or []
    if len(fields) > 25:
        yield "fields: must be 25 or fewer in length"
    for number, field in enumerate(fields):
        for key, limit in (("name", 256), ("value", 1024)):
            if not 1 <= len(field.get(key) or "") <= limit:
                yield f"fields.{number}.{key}: must be between 1 and {limit} in length"
    if not set(embed) - {"type", "color"}:
        yield "description: this field is required"


def _row(row: Json) -> Iterator[str]:
    if row.get("type") != 1:
        yield "type: an action row expected"
        return
    items = row.get("components") or []
    if not 1 <= len(items) <= 5:
        yield "components: must be between 1 and 5 in length"
    for number, item in enumerate(items):
        where = f"components.{number}"
        if item.get("type") == 2:
            yield from (f"{where}.{complaint}" for complaint in _button(item))
        elif item.get("type") == 3:
            yield from (f"{where}.{complaint}" for complaint in _select(item))
            if len(items) > 1:
                yield f"{where}: a select menu has its row to itself"
        else:
            yield f"{where}.type: unknown component"


def _button(button: Json) -> Iterator[str]:
    for key in set(button) - _BUTTON_KEYS:
        yield f"{key}: unexpected field"
    if not 1 <= len(button.get("label") or "x") <= 80:
        yield "label: must be 80 or fewer in length"
    if "label" not in button and "emoji" not in button:
        yield "label: this field is required"
    if button.get("style") == 5:
        if not button.get("url") or "custom_id" in button:
            yield "url: a link button has an url and no custom_id"
    elif button.get("style") not in (1, 2, 3, 4):
        yield "style: unknown"
    elif not 1 <= len(button.get("custom_id") or "") <= 100:
        yield "custom_id: must be between 1 and 100 in length"


def _select(select: Json) -> Iterator[str]:
    options = select.get("options") or []
    if not 1 <= len(options) <= 25:
        yield "options: must be between 1 and 25 in length"
    if len(select.get("placeholder") or "") > 150:
        yield "placeholder: must be 150 or fewer in length"
    if not 1 <= len(select.get("custom_id") or "") <= 100:
        yield "custom_id: must be between 1 and 100 in length"
    for option in options:
        for key in ("label", "value", "description"):
            if len(option.get(key) or "x") > 100:
                yield f"options.{key}: must be 100 or fewer in length"


def _nonce(message: Json) -> Iterator[str]:
    nonce = message.get("nonce")
    if isinstance(nonce, str) and len(nonce) > 25:
        yield "nonce: must be 25 or fewer in length"


def _mentions(allowed: Json | None) -> Iterator[str]:
    if allowed is None:
        return
    parse = set(allowed.get("parse") or ())
    if parse - {"roles", "users", "everyone"}:
        yield "allowed_mentions.parse: unknown value"
    for kind in ("roles", "users"):
        if kind in parse and allowed.get(kind):
            yield f"allowed_mentions.{kind}: mutually exclusive with parse"


MOST_COMMANDS = 100
MOST_COMMAND_CHARACTERS = 8000
_NAME = re.compile(r"^[-_'\w]{1,32}$")


def command_complaints(commands: object) -> Iterator[str]:
    """What is wrong with the commands of an application, in one list as it is set.

    https://discord.com/developers/docs/interactions/application-commands (read 2026).
    """
    if not isinstance(commands, list):
        yield "an array of commands expected"
        return
    spoken = [command for command in commands if (command.get("type") or 1) == 1]
    if len(spoken) > MOST_COMMANDS:
        yield f"maximum number of application commands reached ({MOST_COMMANDS})"
    names = [(command.get("type") or 1, command.get("name")) for command in commands]
    if len(set(names)) != len(names):
        yield "application command names must be unique"
    for command in commands:
        name = command.get("name", "")
        if _longest(command) > MOST_COMMAND_CHARACTERS:
            yield f"{name}: command exceeds maximum size ({MOST_COMMAND_CHARACTERS})"
        if (command.get("type") or 1) == 1:
            yield from (f"{name}: {complaint}" for complaint in _named(command))
            yield from (f"{name}: {complaint}" for complaint in _options(command.get("options") or [], 0))
        elif not 1 <= len(name) <= 32 or command.get("description"):
            yield f"{name}: a command of a menu has a name of 1 to 32 characters and no description"


def _named(thing: Json) -> Iterator[str]:
    for name in (thing.get("name", ""), *(thing.get("name_localizations") or {}).values()):
        if not _NAME.match(name) or name != name.lower():
            yield f"{name!r} is no name of a command or option"
    for text in (thing.get("description", ""), *(thing.get("description_localizations") or {}).values()):
        if not 1 <= len(text) <= 100:
            yield f"a description has 1 to 100 characters, not {len(text)}"


def _options(options: list[Json], depth: int) -> Iterator[str]:
    if len(options) > 25:
        yield "more than 25 options"
    names = [option.get("name") for option in options]
    if len(set(names)) != len(names):
        yield "option names are not unique"
    nested = [option.get("type") in (1, 2) for option in options]
    if any(nested) and not all(nested):
        yield "subcommands and options are mixed"
    optional = False
    for option in options:
        yield from _named(option)
        kind = option.get("type")
        if kind in (1, 2):
            if depth + (kind == 1) > 2 or (kind == 2 and depth > 0):
                yield "subcommands are nested too deep"
            yield from _options(option.get("options") or [], depth + 1)
            continue
        if option.get("required") and optional:
            yield f"{option['name']}: required options come first"
        optional = optional or not option.get("required")
        choices = option.get("choices") or []
        if len(choices) > 25 or (choices and option.get("autocomplete")):
            yield f"{option['name']}: more than 25 choices, or choices and autocompletion"
        for choice in choices:
            if not 1 <= len(choice["name"]) <= 100 or len(str(choice["value"])) > 100:
                yield f"{option['name']}: a choice has 1 to 100 characters"


def _longest(command: Json) -> int:
    """Name, description and values of a command and all that is in it, of each the longest localisation."""
    total = 0
    for key in ("name", "description"):
        texts = [command.get(key) or "", *(command.get(f"{key}_localizations") or {}).values()]
        total += max(map(len, texts))
    for choice in command.get("choices") or ():
        total += max(map(len, [choice["name"], *(choice.get("name_localizations") or {}).values()]))
        total += len(str(choice["value"]))
    return total + sum(_longest(option) for option in command.get("options") or ())


def modal_complaints(modal: Json) -> Iterator[str]:
    """What is wrong with a modal: a title, one to five rows with one text input each."""
    if not 1 <= len(modal.get("title") or "") <= 45:
        yield "title: must be between 1 and 45 in length"
    if not 1 <= len(modal.get("custom_id") or "") <= 100:
        yield "custom_id: must be between 1 and 100 in length"
    rows = modal.get("components") or []
    if not 1 <= len(rows) <= 5:
        yield "components: must be between 1 and 5 in length"
    seen: set[str] = set()
    for number, row in enumerate(rows):
        items = row.get("components") or [row.get("component") or {}]
        item, where = items[0], f"components.{number}"
        if len(items) != 1 or item.get("type") not in (3, 4):
            yield f"{where}: one text input or select expected"
        label = row.get("label") if row.get("type") == 18 else item.get("label")
        if not 1 <= len(label or "") <= 45:
            yield f"{where}.label: must be between 1 and 45 in length"
        if not 1 <= len(item.get("custom_id") or "") <= 100 or item.get("custom_id") in seen:
            yield f"{where}.custom_id: must be between 1 and 100 in length, and unique"
        seen.add(str(item.get("custom_id")))
        if len(row.get("description") or "") > 100:
            yield f"{where}.description: must be 100 or fewer in length"
        if item.get("type") == 3:
            yield from (f"{where}.{complaint}" for complaint in _select(item))
            chosen = [each for each in item.get("options") or [] if each.get("default")]
            if len(chosen) > (item.get("max_values") or 1):
                yield f"{where}: more is chosen than may be"
            continue
        if item.get("style") not in (1, 2):
            yield f"{where}.style: unknown"
        if len(item.get("placeholder") or "") > 100:
            yield f"{where}.placeholder: must be 100 or fewer in length"
        if len(item.get("value") or "") > (item.get("max_length") or 4000):
            yield f"{where}.value: longer than the input takes"
