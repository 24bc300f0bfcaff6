"""Settings as text: `exposure_time=300 filters="g r"`, for options whose names only the far side knows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from commands.command import Command
from commands.errors import UnreadableError
from commands.options import Option, OptionKind

_KEY = r"[A-Za-z][\w.-]{0,60}"
SETTING = re.compile(rf"(?:--)?({_KEY})=(.*)", re.DOTALL)
"""One word that sets something."""

_CURLY = str.maketrans("“”„«»", '"' * 5)  # what telephones make of quotes


def read_settings(text: str) -> dict[str, str]:
    """The settings in `text`, by key; of a key that comes twice the last.

    Raises UnreadableError, with a sentence that names the word, for what is no `key=value` or a quote that is
    never closed.
    """
    try:
        words = shlex.split(text.translate(_CURLY))
    except ValueError:
        raise UnreadableError("a quote is not closed in “{text}”", text=text[:80]) from None
    settings: dict[str, str] = {}
    for word in words:
        found = SETTING.fullmatch(word)
        if found is None:
            raise UnreadableError(
                '“{text}” is no setting; expected key=value, or key="two words"', text=word[:80]
            )
        settings[found[1]] = found[2]
    return settings


def write_settings(settings: Mapping[str, str]) -> str:
    """The text that `read_settings` reads back."""
    return " ".join(f"{key}={shlex.quote(value)}" for key, value in settings.items())


def settings_option(command: Command) -> Option | None:
    """The option of a command that takes settings; a command has one at most."""
    return next((each for each in command.options if each.kind is OptionKind.SETTINGS), None)


def merged(command: Command, given: Mapping[str, str]) -> dict[str, str]:
    """What was given, with `settings.NAME` of a form's own fields written into the option that takes them.

    A settings text that cannot be read is left as it stands beside them, for the reading to say so.
    """
    option = settings_option(command)
    if option is None:
        return dict(given)
    lead = f"{option.name}."
    own = {name.removeprefix(lead): text for name, text in given.items() if name.startswith(lead)}
    rest = {name: text for name, text in given.items() if not name.startswith(lead)}
    if not own:
        return rest
    try:
        before = write_settings({**read_settings(rest.get(option.name, "")), **own})
    except ValueError:
        before = f"{rest[option.name]} {write_settings(own)}"
    return {**rest, option.name: before}
