"""What a field of a form shows, on every front end: the words of the option, or those of the far side."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cards.card import Button, Buttons, Card
from cards.reader import Reader
from commands.command import Command
from commands.options import Choice, Option, OptionKind
from commands.request import Form, FormField

OPEN = "form.open"
"""The action of a button that opens a form; its value: the call that waits, and after a `#` the page."""

_LONG = frozenset({OptionKind.TEXT, OptionKind.RULE})


@dataclass(frozen=True)
class Shown:
    """One field: its name, the words around it, what it takes, and what stands in it.

    `choices` are all there is to choose from; none where anything may be written. `option` None: a setting.
    """

    name: str
    label: str
    hint: str
    required: bool
    choices: tuple[Choice, ...]
    standing: str
    long: bool
    option: Option | None


def shown(command: Command, field: FormField, reader: Reader) -> Shown:
    """How a field is shown to a reader; what is wrong with it takes the place of its hint."""
    option = command.option(field.option)
    label = field.label or field.option.rpartition(".")[2].replace("_", " ")
    if option is None:
        hint = field.error or field.hint or ""
        return Shown(field.option, label, hint, field.required, field.choices, field.given, False, None)
    choices = field.choices
    if option.choices and not option.several:
        choices = choices or tuple(Choice(each, each) for each in option.choices)
    return Shown(
        option.name,
        label,
        field.error or field.hint or reader.say(option.summary),
        option.required or field.required,
        choices,
        field.given or option.default or "",
        option.kind is OptionKind.SETTINGS or (option.kind in _LONG and option is command.last),
        option,
    )


def lacks(command: Command, field: FormField) -> bool:
    """Whether a field must be filled in before the command can run."""
    option = command.option(field.option)
    return (field.required or (option is not None and option.required)) and not field.given


def with_form_button(card: Card, form: Form, token: str, reader: Reader) -> Card:
    """The card with the button that opens its form."""
    mend = any(each.error for each in form.fields)
    # Short text: button that opens the form again
    again = reader.say("Change and ask again")
    # Short text: button that opens a form
    label = again if mend else reader.say("Fill in …")
    asked = Button(OPEN, label, token)
    return replace(card, blocks=(*card.blocks, Buttons((asked,))))
