"""Forms as Discord's modals: opened by a button for what is missing or wrong, filled in, read back.

What a modal belongs to stands in its custom_id, so that one that was opened before a restart is still read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord

from bot.form_fields import Shown, lacks, shown
from cards.cleaning import shorten
from cards.discord import CUSTOM_ID
from cards.reader import Reader
from commands.book import Book
from commands.command import Command
from commands.options import Choice, OptionKind
from commands.request import Form, FormField

MOST_FIELDS = 5
MOST_CHOICES = 25
LABEL, DESCRIPTION, TITLE, CHOICE, LONGEST = 45, 100, 45, 100, 4000
_WAITING, _PRESSED = "ndw", "ndp"


@dataclass(frozen=True)
class Filled:
    """A modal that somebody sent: what it belongs to, and the text of each field.

    `waiting` is the token of a waiting call and `page` which of its form's this was, or `action` and `value`
    are those of a button.
    """

    fields: Mapping[str, str]
    waiting: str | None = None
    page: int = 1
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


def modal_of_waiting(command: Command, form: Form, token: str, page: int, reader: Reader) -> discord.ui.Modal:
    """The modal that asks for one page of a form."""
    return _modal(command, pages_of(form)[page - 1], f"{_WAITING}|{token}#{page}", reader)


def in_order(command: Command, form: Form) -> Form:
    """The form with what is wrong first, then what is needed, then what was given."""

    def urgency(field: FormField) -> int:
        return 0 if field.error else 1 if lacks(command, field) else 2 if field.given else 3

    return replace(form, fields=tuple(sorted(form.fields, key=urgency)))


def pages_of(form: Form) -> tuple[tuple[FormField, ...], ...]:
    """A form's fields, as many at a time as a modal takes."""
    fields = form.fields
    return tuple(fields[at : at + MOST_FIELDS] for at in range(0, len(fields), MOST_FIELDS))


def page_of(value: str) -> tuple[str, int]:
    """What waits, and which page of its form: read from `token#2`."""
    token, _, page = value.partition("#")
    return token, int(page) if page.isdecimal() and page != "0" else 1


def turned(command: Command, form: Form, sent: Filled) -> tuple[Form, tuple[FormField, ...]]:
    """The form with a page filled in, and which fields of its further pages have not been seen.

    Options that a command can do without are not asked for page after page; settings are.
    """
    pages = pages_of(form)
    page = {each.option for each in pages[min(sent.page, len(pages)) - 1]}
    fields = tuple(
        replace(each, given=sent.fields.get(each.option, ""), error=None) if each.option in page else each
        for each in form.fields
    )
    after = tuple(each for later in pages[sent.page :] for each in later)
    wanted = any(command.option(each.option) is None or lacks(command, each) for each in after)
    return replace(form, fields=fields), after if wanted else ()


def filled(interaction: discord.Interaction) -> Filled | None:
    """What somebody sent; None for a modal that is not ours."""
    data: Mapping[str, Any] = interaction.data or {}
    kind, _, rest = str(data.get("custom_id", "")).partition("|")
    fields = dict(_inputs(data.get("components") or ()))
    if kind == _WAITING:
        token, page = page_of(rest)
        return Filled(fields, waiting=token, page=page)
    if kind == _PRESSED:
        action, _, value = rest.partition("|")
        return Filled(fields, action=action, value=value)
    return None


def _modal(command: Command, fields: Sequence[FormField], custom_id: str, reader: Reader) -> discord.ui.Modal:
    modal = discord.ui.Modal(title=shorten(command.path, TITLE), custom_id=custom_id[:CUSTOM_ID])
    for field in fields:
        modal.add_item(_field(shown(command, field, reader), reader))
    modal.stop()  # discord.py need not remember it: what comes back is read from Discord's own words
    return modal


def _field(field: Shown, reader: Reader) -> discord.ui.Label[Any]:
    return discord.ui.Label(
        text=shorten(field.label, LABEL),
        description=shorten(field.hint, DESCRIPTION) or None,
        component=_input(field, reader),
    )


def _input(field: Shown, reader: Reader) -> discord.ui.Item[Any]:
    choices = field.choices
    if field.option is not None and field.option.kind is OptionKind.FLAG:
        choices = (Choice("yes", reader.say("yes")), Choice("no", reader.say("no")))
    if 0 < len(choices) <= MOST_CHOICES and all(0 < len(each.value) <= CHOICE for each in choices):
        options = [
            discord.SelectOption(
                label=shorten(each.label or each.value, CHOICE),
                value=each.value,
                default=each.value == field.standing,
            )
            for each in choices
        ]
        return discord.ui.Select(
            custom_id=field.name,
            options=options,
            required=field.required,
            min_values=1 if field.required else 0,
        )
    return discord.ui.TextInput(
        custom_id=field.name,
        style=discord.TextStyle.paragraph if field.long else discord.TextStyle.short,
        required=field.required,
        default=field.standing[:LONGEST] or None,
        max_length=LONGEST,
    )


def _inputs(components: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for component in components:
        for inner in (component.get("component"), *(component.get("components") or ())):
            if not inner:
                continue
            chosen = inner.get("values") or [inner.get("value") or ""]
            if str(chosen[0]).strip():
                yield str(inner["custom_id"]), str(chosen[0])
