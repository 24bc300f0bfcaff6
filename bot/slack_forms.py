"""Modals on Slack: a command's options as fields, with completion, and what was typed read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cards.reader import Reader
from commands.command import Command
from commands.options import Choice, Option, OptionKind
from commands.request import Form

FORM = "command_form"
"""`callback_id` of every form's modal."""

TITLE, PLACEHOLDER, LABEL, HINT, OPTION_TEXT, OPTION_VALUE = 24, 150, 2000, 2000, 75, 150
LONGEST_INPUT = 3000


@dataclass(frozen=True)
class Origin:
    """Where a form was asked for, kept in the modal's `private_metadata`: answers go back there."""

    path: str
    channel: str = ""
    thread: str = ""


def modal(command: Command, form: Form, origin: Origin, reader: Reader) -> dict[str, Any]:
    """The view that asks for a command's options; what was given already stands in its fields."""
    given = {each.option: each.given for each in form.fields}
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": json.dumps(asdict(origin)),
        "title": _plain(command.path, TITLE),
        "submit": _plain(reader.say("Send"), TITLE),
        "close": _plain(reader.say("Cancel"), TITLE),
        "blocks": [
            {"type": "section", "text": _plain(reader.say(command.summary), LABEL)},
            *(_field(command, option, given.get(option.name, ""), reader) for option in command.options),
        ],
    }


def origin_of(view: Mapping[str, Any]) -> Origin:
    """Where a submitted form came from."""
    return Origin(**json.loads(view["private_metadata"]))


def given_by(command: Command, view: Mapping[str, Any]) -> dict[str, str]:
    """The text of each option that was filled in."""
    given: dict[str, str] = {}
    for option in command.options:
        state = view.get("state", {}).get("values", {}).get(option.name, {}).get(_action(command, option), {})
        text = _text_of(state)
        if text.strip():
            given[option.name] = text
    return given


def options_of(choices: tuple[Choice, ...]) -> list[dict[str, Any]]:
    """Choices as the options of an external select, within Slack's limits."""
    made = []
    for each in choices[:100]:
        if each.value and len(each.value) <= OPTION_VALUE:
            made.append({"text": _plain(each.label, OPTION_TEXT), "value": each.value})
    return made


def asked_option(action_id: str) -> tuple[str, str]:
    """The command and option whose completion an action id asks for."""
    path, _, name = action_id.rpartition("|")
    return path, name


def _field(command: Command, option: Option, given: str, reader: Reader) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": option.name,
        "optional": not option.required,
        "label": _plain(option.name.replace("_", " "), LABEL),
        "hint": _plain(reader.say(option.summary), HINT),
        "element": _element(command, option, given, reader),
    }


def _element(command: Command, option: Option, given: str, reader: Reader) -> dict[str, Any]:
    action = _action(command, option)
    if option.kind is OptionKind.FLAG:
        yes = {"text": _plain(reader.say("yes"), OPTION_TEXT), "value": "yes"}
        ticked: dict[str, Any] = {"initial_options": [yes]} if given else {}
        return {"type": "checkboxes", "action_id": action, "options": [yes], **ticked}
    if option.kind is OptionKind.CHOICE:
        options = [{"text": _plain(each, OPTION_TEXT), "value": each} for each in option.choices]
        standing = given or option.default or ""
        first: dict[str, Any] | None = next((each for each in options if each["value"] == standing), None)
        chosen: dict[str, Any] = {"initial_option": first} if first else {}
        return {"type": "static_select", "action_id": action, "options": options, **chosen}
    if option.completes and option.kind is not OptionKind.TIME and not option.several:
        standing = given or option.default or ""
        first = (
            {"text": _plain(standing, OPTION_TEXT), "value": standing[:OPTION_VALUE]} if standing else None
        )
        chosen = {"initial_option": first} if first else {}
        return {"type": "external_select", "action_id": action, "min_query_length": 0, **chosen}
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": action,
        "max_length": LONGEST_INPUT,
        "multiline": option.kind in (OptionKind.TEXT, OptionKind.RULE) and option is command.options[-1],
    }
    standing = given or option.default or ""
    return {**element, "initial_value": standing[:LONGEST_INPUT]} if standing else element


def _action(command: Command, option: Option) -> str:
    return f"{command.path}|{option.name}"


def _text_of(state: Mapping[str, Any]) -> str:
    if state.get("selected_option"):
        return str(state["selected_option"]["value"])
    if state.get("selected_options"):
        return str(state["selected_options"][0]["value"])
    return str(state.get("value") or "")


def _plain(text: str, limit: int) -> dict[str, Any]:
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    return {"type": "plain_text", "text": shown or "…", "emoji": False}
