"""What could come next on a typed line: a command, an option's name, an option's value."""

from __future__ import annotations

from commands.desk import Desk
from commands.lines import words_of
from commands.options import Choice
from commands.request import Account


async def complete_line(desk: Desk, account: Account, line: str) -> tuple[Choice, ...]:
    """Ways to go on from `line`; each value is to stand in place of the line's last word."""
    words = words_of(line)
    last = "" if line.endswith(" ") or not words else words[-1]
    before = words if not last else words[:-1]
    found = desk.book.find(before)
    if found is None:
        return _paths(desk, before, last)
    command, count = found
    name, colon, typed = last.partition(":")
    if colon and command.option(name) is not None:
        choices = await desk.complete(account, command.path, name, typed)
        return tuple(Choice(f"{name}:{_quoted(each.value)}", each.label) for each in choices)
    named = {word.partition(":")[0] for word in before[count:] if ":" in word}
    position = len([word for word in before[count:] if ":" not in word])
    free = [option for option in command.options if option.name not in named]
    values: tuple[Choice, ...] = ()
    if position < len(free):
        found_values = await desk.complete(account, command.path, free[position].name, last)
        values = tuple(Choice(_quoted(each.value), each.label) for each in found_values)
    names = [Choice(f"{option.name}:", option.summary) for option in free]
    return (*values, *(each for each in names if each.value.startswith(last)))


def _paths(desk: Desk, before: list[str], last: str) -> tuple[Choice, ...]:
    if not before:
        singles = [Choice(command.path, command.summary) for command in desk.book.of_group(None)]
        groups = [Choice(group.name, group.summary) for group in desk.book.groups.values()]
        return tuple(each for each in (*groups, *singles) if each.value.startswith(last.lower()))
    own = desk.book.of_group(before[0].lower())
    return tuple(Choice(each.name, each.summary) for each in own if each.name.startswith(last.lower()))


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
