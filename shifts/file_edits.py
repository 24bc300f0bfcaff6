"""Adding and taking away entries of a roster's file without touching the rest of what its authors wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import yaml

from shifts.documents import parse_yaml, write_yaml
from shifts.errors import RosterError
from shifts.roster_file import parse_roster

Section = Literal["overrides", "swaps", "absences", "fixed"]


def with_entry(text: str, section: Section, entry: dict[str, Any]) -> str:
    """The file with `entry` at the end of its `section`; comments and order stay as they were.

    Raises `RosterError` where the whole would not be a roster.
    """
    wanted = _content(text)
    wanted[section] = [*(wanted.get(section) or []), entry]
    return _checked(_added(text, section, entry), wanted)


def without_entry(text: str, section: Section, number: int) -> str:
    """The file without entry `number` (from 1) of its `section`. Raises `RosterError` where there is none."""
    wanted = _content(text)
    entries = list(wanted.get(section) or [])
    if not 1 <= number <= len(entries):
        there = f"there are {len(entries)}" if entries else "there are none"
        raise RosterError(f"{section} #{number} is not in the file; {there}")
    del entries[number - 1]
    wanted[section] = entries
    return _checked(_taken_away(text, section, number), wanted)


def _content(text: str) -> dict[str, Any]:
    content = parse_yaml(text)
    if not isinstance(content, dict):
        raise RosterError("expected keys and values of a roster")
    return dict(content)


def _checked(edited: str | None, wanted: dict[str, Any]) -> str:
    """What was edited in place if it says what is wanted, else the whole written anew."""
    wanted = {key: value for key, value in wanted.items() if value != []}
    try:
        if edited is not None and _said(parse_yaml(edited)) == wanted:
            parse_roster(edited)
            return edited
    except RosterError:
        pass  # then the whole, written anew, says what is wrong with it
    rewritten = write_yaml(wanted)
    parse_roster(rewritten)
    return rewritten


def _said(content: Any) -> dict[str, Any]:
    return {key: value for key, value in content.items() if value not in ([], None)}


def _added(text: str, section: Section, entry: dict[str, Any]) -> str | None:
    line = _in_one_line(entry)
    node = _section(text, section)
    if node is None:
        return f"{text.rstrip()}\n{section}:\n  - {line}\n"
    if not isinstance(node, yaml.SequenceNode):
        return None
    if node.flow_style:
        end = node.end_mark.index - 1
        comma = ", " if node.value else ""
        return f"{text[:end].rstrip().rstrip(',')}{comma}{line}{text[end:]}"
    last = node.value[-1]
    indent = " " * node.start_mark.column
    end = _end_of_line(text, last.end_mark.index)
    return f"{text[:end].rstrip()}\n{indent}- {line}\n{text[end:].lstrip(chr(10))}"


def _taken_away(text: str, section: Section, number: int) -> str | None:
    node = _section(text, section)
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or len(node.value) < 2:
        return None
    begin = text.rfind("\n", 0, node.value[number - 1].start_mark.index) + 1
    end = _end_of_line(text, node.value[number - 1].end_mark.index)
    return text[:begin] + text[end:]


def _end_of_line(text: str, index: int) -> int:
    """Behind the line that ends the entry; a block's own end mark stands where the next thing begins."""
    before = text[:index].rstrip()
    newline = text.find("\n", len(before))
    return len(text) if newline < 0 else newline + 1


def _section(text: str, section: Section) -> yaml.Node | None:
    return next((value for key, value in _top_level(text) if key == section), None)


def _top_level(text: str) -> Iterator[tuple[str, yaml.Node]]:
    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError:
        return
    if isinstance(root, yaml.MappingNode):
        yield from ((str(key.value), value) for key, value in root.value)


def _in_one_line(entry: dict[str, Any]) -> str:
    """`{person: ana, from: 2026-11-03T20:00}` as people write it."""
    text = yaml.safe_dump(entry, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000)
    return text.strip()
