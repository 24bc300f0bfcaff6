"""A command, declared once: every front end's commands, `/help` and the reference page come from this."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from commands.options import Option, OptionKind
from shifts.permissions import Permission

if TYPE_CHECKING:
    from cards.card import Card
    from commands.request import Reply, Request
    from commands.rooms import Rooms


class Nature(StrEnum):
    """What running a command does: it reads, changes something, or starts something that takes long."""

    READS = "reads"
    CHANGES = "changes"
    STARTS = "starts a job"


Handler: TypeAlias = "Callable[[Request, Rooms], AsyncIterator[Reply]]"
Question: TypeAlias = "Callable[[Request, Rooms], Awaitable[Card | None]]"
"""Names what will happen, for a person to confirm; None where this very call needs no confirmation."""


Check: TypeAlias = "Callable[[Request, Rooms], Awaitable[None]]"
"""Raises CommandError for values that are well written and yet wrong; quick, and changes nothing."""


@dataclass(frozen=True)
class Command:
    """One thing people can ask of the desk, in the same words everywhere.

    `permission` None: anybody may, also people the desk does not know. `trigger` names the option whose
    facilities the caller must be allowed to trigger. `question` is asked before a dangerous command runs, and
    answered by a second person where `second_person`. `private`: the answer is for the caller alone.
    `short` gives it a name of its own on Slack, beside the root; `shortcut` a line in the menu of messages,
    whose words become its last option. `examples` are lines that work. `check` is asked before a form closes
    and before anything is done.
    """

    name: str
    summary: str
    handler: Handler
    group: str | None = None
    options: tuple[Option, ...] = ()
    permission: Permission | None = Permission.VIEWER
    nature: Nature = Nature.READS
    trigger: str | None = None
    question: Question | None = None
    second_person: bool = False
    private: bool = False
    short: str | None = None
    shortcut: str | None = None
    examples: tuple[str, ...] = ()
    check: Check | None = None

    @property
    def path(self) -> str:
        """How it is written: `event latest`, `sky`."""
        return f"{self.group} {self.name}" if self.group else self.name

    @property
    def last(self) -> Option | None:
        """The option that takes the rest of a line, if its kind does; settings are words of their own."""
        return next((each for each in reversed(self.options) if each.kind is not OptionKind.SETTINGS), None)

    def option(self, name: str) -> Option | None:
        return next((each for each in self.options if each.name == name), None)


@dataclass(frozen=True)
class Group:
    """Commands that belong together: `event` of `event latest`."""

    name: str
    summary: str
