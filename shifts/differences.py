"""What differs between two documents, in words."""

from __future__ import annotations

from typing import Any


def differences(before: Any, after: Any, where: str = "") -> list[str]:
    """What differs between two documents, one line for each value: where, what it was, what it is."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        return [
            line
            for key in keys
            for line in differences(before.get(key), after.get(key), f"{where} {key}".strip())
        ]
    if isinstance(before, list) and isinstance(after, list):
        lines = []
        for number in range(max(len(before), len(after))):
            old = before[number] if number < len(before) else None
            new = after[number] if number < len(after) else None
            entry = new if isinstance(new, dict) else old
            name = entry.get("name", f"#{number + 1}") if isinstance(entry, dict) else f"#{number + 1}"
            lines += differences(old, new, f"{where} {name}".strip())
        return lines
    return [] if before == after else [f"{where}: {_shown(before)} -> {_shown(after)}"]


def _shown(value: object) -> str:
    return "nothing" if value is None else str(value)
