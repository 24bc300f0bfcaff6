"""The book: every command there is, found by what people write."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence

from commands.command import Command, Group
from commands.options import OptionKind


class BookError(ValueError):
    """A declaration that misses something: which command, and what."""


class Book:
    """Every command by its path. Raises BookError for a command that a front end could not show."""

    def __init__(self, groups: Iterable[Group], commands: Iterable[Command]) -> None:
        self.groups = {group.name: group for group in groups}
        self.commands: dict[str, Command] = {}
        for command in commands:
            _check(command, self.groups)
            if command.path in self.commands:
                raise BookError(f"{command.path} is declared twice")
            self.commands[command.path] = command
        shorts = [command.short for command in self if command.short]
        if len(shorts) != len(set(shorts)):
            raise BookError("two commands have the same short name")

    def __iter__(self) -> Iterator[Command]:
        return iter(self.commands.values())

    def __contains__(self, path: object) -> bool:
        return path in self.commands

    def get(self, path: str) -> Command:
        """Raises KeyError for a path that nobody declared."""
        return self.commands[path]

    def of_group(self, group: str | None) -> tuple[Command, ...]:
        return tuple(command for command in self if command.group == group)

    def find(self, words: Sequence[str]) -> tuple[Command, int] | None:
        """The command that a line begins with, and how many of its words name it."""
        lowered = [word.lower().removeprefix("/") for word in words[:2]]
        for count in (2, 1):
            path = " ".join(lowered[:count])
            if len(lowered) >= count and path in self.commands:
                return self.commands[path], count
        return self._by_the_groups_name(lowered)

    def _by_the_groups_name(self, words: Sequence[str]) -> tuple[Command, int] | None:
        """`plan S230518h ZTF` for `plan make …`, whose short name is the group's; not for a mistyped name."""
        if len(words) < 2 or words[0] not in self.groups:
            return None
        own = self.of_group(words[0])
        meant = next((command for command in own if command.short == words[0]), None)
        if meant is None or difflib.get_close_matches(
            words[1], [each.name for each in own], n=1, cutoff=0.75
        ):
            return None
        return meant, 1

    def near(self, words: Sequence[str]) -> tuple[str, ...]:
        """Paths that look like what was written."""
        lowered = [word.lower().removeprefix("/") for word in words[:2]]
        if lowered and lowered[0] in self.groups:
            own = [command.path for command in self.of_group(lowered[0])]
            close = difflib.get_close_matches(" ".join(lowered), own, n=3, cutoff=0.5)
            return tuple(close or own)
        close = difflib.get_close_matches(" ".join(lowered), self.commands, n=3, cutoff=0.6)
        close += difflib.get_close_matches(lowered[0] if lowered else "", self.commands, n=3, cutoff=0.6)
        for group in difflib.get_close_matches(lowered[0] if lowered else "", self.groups, n=1, cutoff=0.6):
            own = [command.path for command in self.of_group(group)]
            close += difflib.get_close_matches(" ".join([group, *lowered[1:]]), own, n=3, cutoff=0.5) or own
        return tuple(dict.fromkeys(close))[:3]


def _check(command: Command, groups: dict[str, Group]) -> None:
    """What every front end needs of a declaration, by the strictest of their limits (Discord's, mostly)."""
    path = command.path
    if command.group is not None and command.group not in groups:
        raise BookError(f"{path}: there is no group {command.group!r}")
    if command.group is None and command.name in groups:
        raise BookError(f"{path}: is the name of a group too")
    for name in (command.name, *(option.name for option in command.options)):
        if not (
            name.isascii() and name.replace("_", "").isalnum() and name == name.lower() and len(name) <= 32
        ):
            raise BookError(f"{path}: {name!r} is no name; expected up to 32 small letters, digits and _")
    if not command.summary or len(command.summary) > 100:
        raise BookError(f"{path}: a summary has 1 to 100 characters")
    if not command.examples:
        raise BookError(f"{path}: has no example")
    if len(command.options) > 25:
        raise BookError(f"{path}: has more than 25 options")
    if len([each for each in command.options if each.kind is OptionKind.SETTINGS]) > 1:
        raise BookError(f"{path}: has more than one option that takes settings")
    optional = False
    for option in command.options:
        if not option.summary or len(option.summary) > 100:
            raise BookError(f"{path}: the summary of {option.name} has 1 to 100 characters")
        if option.required and optional:
            raise BookError(f"{path}: {option.name} is required but comes after one that is not")
        optional = optional or not option.required
        if (option.kind is OptionKind.CHOICE) is not bool(option.choices):
            raise BookError(f"{path}: {option.name} needs choices exactly if it is a choice")
    if command.trigger is not None and command.option(command.trigger) is None:
        raise BookError(f"{path}: triggers by an option {command.trigger!r} it does not have")
