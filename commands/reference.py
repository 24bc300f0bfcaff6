"""The reference page of all commands: `python -m commands.reference > docs/commands.md`."""

from __future__ import annotations

import sys

from commands.book import Book
from commands.command import Command, Nature
from commands.options import Option

HEAD = """# Commands

The same words on every front end: on Slack `/nd event show latest` (`/sky latest` for those with a short
name), on Discord `/event show`, at the terminal `event show latest`. Made from the declarations by
`python -m commands.reference`.

Options are given by position or by name (`zoom:5`, `zoom=5`, `--zoom 5`). An event is written by any of its
names, as `latest` or as `latest bns`; in an event's own thread it may be left out. Times are `now`,
`tonight`, `in 2h`, `21:00` on your own clock (`21:00Z` for UTC), `tomorrow 09:00`, `2026-11-21 21:00`. A typo
gets "did you mean". Settings, whose names an instrument or an analysis gives, are words of their own:
`exposure_time=300 filters="g r"`; what is missing is asked for in a form.
"""
_EFFECT = {
    Nature.READS: "only reads",
    Nature.CHANGES: "changes something",
    Nature.STARTS: "takes a while; its answer is brought up to date as it goes on",
}


def reference(book: Book) -> str:
    """The whole page, in Markdown."""
    parts = [HEAD]
    for name, group in [(None, None), *book.groups.items()]:
        commands = book.of_group(name)
        if not commands:
            continue
        parts.append(f"## {name}: {group.summary}\n" if group else "## Without a group\n")
        parts += [_command(command) for command in commands]
    return "\n".join(parts)


def _command(command: Command) -> str:
    who = "anybody" if command.permission is None else command.permission.text.replace("_", " ")
    if command.trigger:
        who += ", with the permission to trigger each facility"
    effect = _EFFECT[command.nature]
    if command.question is not None:
        effect += ", after a yes" + (" of a second person" if command.second_person else "")
    if command.private:
        effect += "; answered to you alone"
    lines = [f"### {command.path}\n", f"{command.summary}. For {who}; {effect}.\n"]
    if command.options:
        lines += ["| option | what |", "| --- | --- |", *(_option(option) for option in command.options), ""]
    lines += [*(f"    {example}" for example in command.examples), ""]
    return "\n".join(lines)


def _option(option: Option) -> str:
    words = [option.summary]
    if option.choices:
        words.append(f"One of {', '.join(f'`{each}`' for each in option.choices)}.")
    if option.required:
        words.append("Required.")
    elif option.default:
        words.append(f"`{option.default}` unless given.")
    return f"| `{option.name}` | {' '.join(word.rstrip('.') + '.' for word in words)} |".replace("\n", " ")


if __name__ == "__main__":
    from commands.declared import book

    sys.stdout.write(reference(book()))
