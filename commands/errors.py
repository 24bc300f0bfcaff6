"""What a person is told when a command cannot be done."""

from __future__ import annotations

from commands.options import Choice


class CommandError(Exception):
    """One clear sentence for the person who asked, in their language. `option` is the one that is wrong.

    `choices` are what may have been meant, offered as buttons: each value is to stand in the option instead.
    """

    def __init__(self, message: str, *, option: str | None = None, choices: tuple[Choice, ...] = ()) -> None:
        super().__init__(message)
        self.option = option
        self.choices = choices


class NotAllowed(CommandError):
    """The caller may not do this; the sentence says whom to ask."""
