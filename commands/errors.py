"""What a person is told when a command cannot be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cards.reader import Reader
from commands.options import Choice
from shifts.errors import Nearest, SaidError, near_names

if TYPE_CHECKING:
    from commands.request import Form


MOST_NAMES = 12


class CommandError(Exception):
    """One clear sentence for the person who asked, in their language. `option` is the one that is wrong.

    `choices` are what may have been meant, offered as buttons: each value is to stand in the option instead.
    `option` may be one field of the settings (`settings.exposure_time`); `form` is then the one to mend it
    in, where the command has fields of its own.
    """

    def __init__(
        self,
        message: str,
        *,
        option: str | None = None,
        choices: tuple[Choice, ...] = (),
        form: Form | None = None,
    ) -> None:
        super().__init__(message)
        self.form = form
        self.option = option
        self.choices = choices


class UnreadableError(SaidError):
    """What somebody wrote as a time, an angle, a setting: what was read, and what was expected."""


def said_error(reader: Reader, error: Exception) -> str:
    """An error's sentence in the reader's language, if it brings one of the catalogues."""
    if not isinstance(error, SaidError) or not error.values:
        return reader.say(error.sentence) if isinstance(error, SaidError) else str(error)
    values = {
        name: nearest(reader, value) if isinstance(value, Nearest) else str(value)
        for name, value in error.values.items()
    }
    return reader.say(error.sentence, **values)


def nearest(reader: Reader, names: Nearest) -> str:
    """What may have been meant, as the end of a sentence."""
    near = near_names(names.wrong, names.known)
    if near:
        return reader.say("did you mean {near}?", near=reader.listing(near))
    if not names.known:
        return reader.say("none are known")
    shown = sorted(names.known)
    if len(shown) > MOST_NAMES:
        return reader.say(
            "known are {names} and {count} more",
            names=", ".join(shown[:MOST_NAMES]),
            count=len(shown) - MOST_NAMES,
        )
    return reader.say("known are {names}", names=", ".join(shown))


class NotAllowed(CommandError):
    """The caller may not do this; the sentence says whom to ask."""
