"""Questions that wait for a yes: where each stands, and how it reads once somebody answered it elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cards.answer_card import answer_card
from cards.card import Card, Tone
from cards.cleaning import clean, shorten
from cards.reader import Reader
from commands.command import Command
from commands.tables import ConfirmationRow


@dataclass(frozen=True)
class Answered:
    """A question that was answered elsewhere: the message that shows it, and what it is to say now."""

    front: str
    channel: str
    message: str
    card: Card
    reader: Reader


Tell = Callable[[Answered], Awaitable[None]]
"""A front end's way to bring its own message up to date; it does not raise."""


def what_is_asked(command: Command, row: ConfirmationRow) -> str:
    """What waits for the yes: the command and its options, but for what is secret."""
    shown = []
    for name, text in row.given.items():
        option = command.option(name)
        shown.append(f"{name}: {'…' if option is not None and option.secret else text}")
    return shorten(clean(f"{row.path} {', '.join(shown)}"), 300)


def answered_card(reader: Reader, command: Command, row: ConfirmationRow, *, yes: bool, by: str) -> Card:
    """The question without its buttons: who answered what."""
    title = reader.say("{who} said yes", who=by) if yes else reader.say("{who} said no", who=by)
    asked = reader.say("{what}, asked by {who}", what=what_is_asked(command, row), who=clean(row.asked_by))
    return answer_card(reader, title, asked, tone=Tone.GOOD if yes else Tone.INFO)
