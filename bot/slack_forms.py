"""Modals on Slack: a command's options as fields, with completion, and what was typed read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.form_fields import Shown, shown
from cards.reader import Reader
from commands.command import Command
from commands.options import Choice, Option, OptionKind
from commands.request import Form

FORM = "command_form"
"""`callback_id` of every form's modal."""

TITLE, PLACEHOLDER, LABEL, HINT, OPTION_TEXT, OPTION_VALUE = 24, 150, 2000, 2000, 75, 150
LONGEST_INPUT = 3000
MOST_CHOICES = 100
MOST_FIELDS = 99  # and the words above them


@dataclass(frozen=True)
class Origin:
    """Where a form was asked for, kept in the modal's `private_metadata`: answers go back there.

    `waiting` is the call that waits for what is filled in, where the form carries more than it shows.
    """

    path: str
    channel: str = ""
    thread: str = ""
    waiting: str = ""


def modal(command: Command, form: Form, origin: Origin, reader: Reader) -> dict[str, Any]:
    """The view that asks for what a form asks for; what was given already stands in its fields."""
    wrong = [each.error for each in form.fields if each.error]
    words = " ".join(wrong) or reader.say(command.summary)
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": json.dumps(asdict(origin)),
        "title": _plain(command.path, TITLE),
        "submit": _plain(reader.say("Send"), TITLE),
        "close": _plain(reader.say("Cancel"), TITLE),
        "blocks": [
            {"type": "section", "text": _plain(words, LABEL)},
            *(_field(command, shown(command, each, reader), reader) for each in form.fields[:MOST_FIELDS]),
        ],
    }


def origin_of(view: Mapping[str, Any]) -> Origin:
    """Where a submitted form came from."""
    return Origin(**json.loads(view["private_metadata"]))


def given_by(view: Mapping[str, Any]) -> dict[str, str]:
    """The text of each field that was filled in."""
    given: dict[str, str] = {}
    for name, states in view.get("state", {}).get("values", {}).items():
        text = " ".join(_text_of(state) for state in states.values())
        if text.strip():
            given[str(name)] = text
    return given


def errors_of(form: Form, view: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong, by the fields of the modal; what is about none of them stands at the first."""
    names = [block["block_id"] for block in view["blocks"] if block.get("type") == "input"]
    errors: dict[str, str] = {}
    for each in form.fields:
        if each.error:
            settings = each.option.partition(".")[0]
            place = next((name for name in (each.option, settings) if name in names), names[0])
            errors.setdefault(place, each.error)
    return errors


def options_of(choices: tuple[Choice, ...]) -> list[dict[str, Any]]:
    """Choices as the options of an external select, within Slack's limits."""
    made = []
    for each in choices[:MOST_CHOICES]:
        if each.value and len(each.value) <= OPTION_VALUE:
            made.append({"text": _plain(each.label, OPTION_TEXT), "value": each.value})
    return made


def asked_option(action_id: str) -> tuple[str, str]:
    """The command and option whose completion an action id asks for."""
    path, _, name = action_id.rpartition("|")
    return path, name


def _field(command: Command, field: Shown, reader: Reader) -> dict[str, Any]:
    hint = {"hint": _plain(field.hint, HINT)} if field.hint else {}
    return {
        "type": "input",
        "block_id": field.name,
        "optional": not field.required,
        "label": _plain(field.label, LABEL),
        **hint,
        "element": _element(f"{command.path}|{field.name}", field, reader),
    }


def _element(action: str, field: Shown, reader: Reader) -> dict[str, Any]:
    option, standing = field.option, field.standing
    if option is not None and option.kind is OptionKind.FLAG:
        yes = {"text": _plain(reader.say("yes"), OPTION_TEXT), "value": "yes"}
        ticked: dict[str, Any] = {"initial_options": [yes]} if standing else {}
        return {"type": "checkboxes", "action_id": action, "options": [yes], **ticked}
    options = options_of(field.choices) if len(field.choices) <= MOST_CHOICES else []
    if options and len(options) == len(field.choices):
        first: dict[str, Any] | None = next((each for each in options if each["value"] == standing), None)
        chosen: dict[str, Any] = {"initial_option": first} if first else {}
        return {"type": "static_select", "action_id": action, "options": options, **chosen}
    if option is not None and option.completes and not option.choices and _is_one_name(option):
        first = (
            {"text": _plain(standing, OPTION_TEXT), "value": standing[:OPTION_VALUE]} if standing else None
        )
        chosen = {"initial_option": first} if first else {}
        return {"type": "external_select", "action_id": action, "min_query_length": 0, **chosen}
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": action,
        "max_length": LONGEST_INPUT,
        "multiline": field.long,
    }
    return {**element, "initial_value": standing[:LONGEST_INPUT]} if standing else element


def _is_one_name(option: Option) -> bool:
    return option.kind is not OptionKind.TIME and not option.several


def _text_of(state: Mapping[str, Any]) -> str:
    if state.get("selected_option"):
        return str(state["selected_option"]["value"])
    if state.get("selected_options"):
        return str(state["selected_options"][0]["value"])
    return str(state.get("value") or "")


def _plain(text: str, limit: int) -> dict[str, Any]:
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    return {"type": "plain_text", "text": shown or "…", "emoji": False}
