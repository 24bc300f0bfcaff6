"""What a person is told when a command cannot be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.options import Choice

if TYPE_CHECKING:
    from commands.request import Form


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


class NotAllowed(CommandError):
    """The caller may not do this; the sentence says whom to ask."""
