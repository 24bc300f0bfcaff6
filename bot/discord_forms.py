"""Forms as Discord's modals: opened by a button for what is missing or wrong, filled in, read back.

What a modal belongs to stands in its custom_id, so that one that was opened before a restart is still read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord

from cards.cleaning import shorten
from cards.discord import CUSTOM_ID
from cards.reader import Reader
from commands.book import Book
from commands.command import Command
from commands.options import Option, OptionKind
from commands.request import FormField

OPEN = "form.open"
"""The action of a button that opens a form; its value: a waiting call, `#`, and the option that is wrong."""

MOST_FIELDS = 5
LABEL, DESCRIPTION, TITLE, LONGEST = 45, 100, 45, 4000
_WAITING, _PRESSED = "ndw", "ndp"
_LONG = frozenset({OptionKind.TEXT, OptionKind.RULE})


@dataclass(frozen=True)
class Filled:
    """A modal that somebody sent: what it belongs to, and the text of each field.

    `waiting` is the token of a waiting call, or `action` and `value` are those of a button.
    """

    fields: Mapping[str, str]
    waiting: str | None = None
    action: str = ""
    value: str = ""


def missing_of(book: Book, action: str, value: str) -> tuple[Command, tuple[FormField, ...]] | None:
    """The form for a button whose command needs more than the button carries; None where it needs nothing."""
    path = action.replace(".", " ")
    if path not in book:
        return None
    command = book.get(path)
    wanted = [option for option in command.options if option.required]
    if value and command.options and wanted[:1] == [command.options[0]]:
        wanted = wanted[1:]
    fields = tuple(FormField(option.name) for option in wanted[:MOST_FIELDS])
    return (command, fields) if fields else None


def modal_of_press(
    command: Command, fields: Sequence[FormField], action: str, value: str, reader: Reader
) -> discord.ui.Modal:
    """The modal that a button opens."""
    return _modal(command, fields, f"{_PRESSED}|{action}|{value}", reader)


def modal_of_waiting(
    command: Command, given: Mapping[str, str], wrong: str, token: str, reader: Reader
) -> discord.ui.Modal:
    """The modal by which a call is mended: what is wrong first, then what is missing, then what was given."""
    made = []
    for option in command.options:
        mend = reader.say("Please correct: {what}", what=reader.say(option.summary))
        text = given.get(option.name, "")
        made.append(FormField(option.name, text, mend if option.name == wrong else None))

    def urgency(field: FormField) -> int:
        option = command.option(field.option)
        assert option is not None
        return 0 if field.error else 1 if option.required else 2 if field.given else 3

    return _modal(command, sorted(made, key=urgency)[:MOST_FIELDS], f"{_WAITING}|{token}", reader)


def filled(interaction: discord.Interaction) -> Filled | None:
    """What somebody sent; None for a modal that is not ours."""
    data: Mapping[str, Any] = interaction.data or {}
    kind, _, rest = str(data.get("custom_id", "")).partition("|")
    fields = dict(_inputs(data.get("components") or ()))
    if kind == _WAITING:
        return Filled(fields, waiting=rest)
    if kind == _PRESSED:
        action, _, value = rest.partition("|")
        return Filled(fields, action=action, value=value)
    return None


def _modal(command: Command, fields: Sequence[FormField], custom_id: str, reader: Reader) -> discord.ui.Modal:
    modal = discord.ui.Modal(title=shorten(command.path, TITLE), custom_id=custom_id[:CUSTOM_ID])
    for field in fields:
        option = command.option(field.option)
        assert option is not None
        modal.add_item(_field(option, field, reader))
    modal.stop()  # discord.py need not remember it: what comes back is read from Discord's own words
    return modal


def _field(option: Option, field: FormField, reader: Reader) -> discord.ui.Label[Any]:
    style = discord.TextStyle.paragraph if option.kind in _LONG else discord.TextStyle.short
    given: discord.ui.TextInput[Any] = discord.ui.TextInput(
        custom_id=option.name,
        style=style,
        required=option.required,
        default=field.given[:LONGEST] or None,
        max_length=LONGEST,
    )
    told = field.error or reader.say(option.summary)
    return discord.ui.Label(
        text=shorten(option.name, LABEL), description=shorten(told, DESCRIPTION), component=given
    )


def _inputs(components: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for component in components:
        for inner in (component.get("component"), *(component.get("components") or ())):
            if inner and str(inner.get("value") or "").strip():
                yield str(inner["custom_id"]), str(inner["value"])
