"""Discord's application commands, made from the declarations.

Limits and types: https://discord.com/developers/docs/interactions/application-commands (read 2026).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from bot.command_names import translated_names
from cards.catalogues import COMPLETE
from cards.reader import Reader
from commands.book import Book
from commands.command import Command
from commands.options import Option, OptionKind

Json: TypeAlias = dict[str, Any]

SUBCOMMAND, STRING, BOOLEAN, NUMBER = 1, 3, 5, 10
CHAT_INPUT = 1
IN_SERVERS, IN_DIRECT_MESSAGES = 0, 1
MOST_CHOICES = 25
LONGEST_TEXT = 3000
_NAME = re.compile(r"^[-_\w]{1,32}$")
_TYPES = {OptionKind.FLAG: BOOLEAN, OptionKind.NUMBER: NUMBER}


def command_tree(book: Book, languages: frozenset[str] = COMPLETE) -> list[Json]:
    """All commands as Discord takes them at once: groups with subcommands, each in some languages."""
    say = _Translations(languages)
    alone = [
        _top(say, command.name, command.summary, _options(say, command)) for command in book.of_group(None)
    ]
    grouped = [
        _top(
            say,
            group.name,
            group.summary,
            [_subcommand(say, command) for command in book.of_group(group.name)],
        )
        for group in book.groups.values()
        if book.of_group(group.name)
    ]
    return sorted([*alone, *grouped], key=lambda command: str(command["name"]))


def digest(tree: list[Json]) -> str:
    """What two trees have in common only if they are the same."""
    return hashlib.sha256(json.dumps(tree, sort_keys=True).encode()).hexdigest()


class _Translations:
    """Names and descriptions in each of some languages, where they differ from the English ones."""

    def __init__(self, languages: frozenset[str]) -> None:
        self._readers = {language: Reader(language) for language in sorted(languages)}
        self._names = {language: translated_names(reader) for language, reader in self._readers.items()}

    def name(self, name: str) -> Json:
        def said(language: str) -> str:
            other = self._names[language].get(name, name)
            # One name that Discord does not take would have it refuse all commands.
            return other if _NAME.match(other) and other == other.lower() else name

        return _localised("name", name, said, self._readers)

    def description(self, text: str) -> Json:
        return _localised(
            "description", text, lambda language: self._readers[language].say(text), self._readers
        )


def _localised(key: str, text: str, said: Callable[[str], str], languages: Mapping[str, Reader]) -> Json:
    # Discord drops what it has no room for with all of the command: a long translation is cut.
    limit = 32 if key == "name" else 100
    other = {language: said(language)[:limit] for language in languages if said(language) != text}
    return {key: text, **({f"{key}_localizations": other} if other else {})}


def _top(say: _Translations, name: str, summary: str, options: list[Json]) -> Json:
    return {
        "type": CHAT_INPUT,
        **say.name(name),
        **say.description(summary),
        "options": options,
        "contexts": [IN_SERVERS, IN_DIRECT_MESSAGES],
        "integration_types": [0],
    }


def _subcommand(say: _Translations, command: Command) -> Json:
    return {
        "type": SUBCOMMAND,
        **say.name(command.name),
        **say.description(command.summary),
        "options": _options(say, command),
    }


def _options(say: _Translations, command: Command) -> list[Json]:
    return [_option(say, option) for option in command.options]


def _option(say: _Translations, option: Option) -> Json:
    kind = STRING if option.several else _TYPES.get(option.kind, STRING)
    made: Json = {
        "type": kind,
        **say.name(option.name),
        **say.description(option.summary),
        "required": option.required,
    }
    if kind == NUMBER:
        bounds = {"min_value": option.minimum, "max_value": option.maximum}
        return made | {name: bound for name, bound in bounds.items() if bound is not None}
    if kind == BOOLEAN:
        return made
    if option.choices and not option.several and len(option.choices) <= MOST_CHOICES:
        return made | {"choices": [{"name": choice, "value": choice} for choice in option.choices]}
    return made | {"autocomplete": option.completes, "max_length": LONGEST_TEXT}
