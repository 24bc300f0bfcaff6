"""Rosters of a line or two, for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shifts.roster_file import Roster


def roster(*layers: dict[str, Any], timezone: str = "UTC", **rest: Any) -> Roster:
    """A roster called `desk`, whose layers are called `main`, or main1, main2 … where there are several."""
    named = [
        {"name": "main" if len(layers) == 1 else f"main{number}", "role": "advocate", **layer}
        for number, layer in enumerate(layers, start=1)
    ]
    return Roster.from_dict({"roster": "desk", "timezone": timezone, "layers": named, **rest})


def layer(
    members: list[Any], turn: dict[str, int], starts: str, handoff: str = "09:00", **rest: Any
) -> dict[str, Any]:
    return {"members": members, "turn": turn, "starts": starts, "handoff": handoff, **rest}


def at(text: str) -> datetime:
    """An instant of UTC as `2026-10-25T01:30`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
