"""`nightdesk` that kills itself (SIGKILL) the first time it reaches the step that DIES_AT names.

A step is `before NAME` or `after NAME` of one of the methods below: together, all places between which the
hub writes something down or calls somebody.
"""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from bot.intake import Intake
from events.analyst import Analyst
from gcn.inbox import Inbox
from notifiers.channels.slack import SlackChannel
from notifiers.illustrator import Illustrator

STEPS: dict[str, tuple[type, str]] = {
    "storing": (Inbox, "store"),
    "claiming": (Inbox, "claim_new"),
    "attaching": (Intake, "_settle"),
    "landing": (Analyst, "_land"),
    "posting": (SlackChannel, "post"),
    "editing": (SlackChannel, "edit"),
    "replying": (SlackChannel, "reply"),
    "drawing": (Illustrator, "_settle"),
    "uploading": (SlackChannel, "picture"),
}
POINTS = [f"{when} {name}" for name in STEPS for when in ("before", "after")]
POINTS.remove("before claiming")  # it looks into an empty inbox every second


def _dying(method: Callable[..., Awaitable[Any]], name: str, dies_at: str) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(method)
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        if dies_at == f"before {name}" and name != "claiming":
            os.killpg(os.getpgid(0), signal.SIGKILL)
        result = await method(*args, **kwargs)
        # A look into an empty inbox is no step.
        if dies_at == f"after {name}" and result != []:
            os.killpg(os.getpgid(0), signal.SIGKILL)
        return result

    return wrapped


def _prepare(dies_at: str) -> None:
    for name, (owner, method) in STEPS.items():
        setattr(owner, method, _dying(getattr(owner, method), name, dies_at))


if __name__ == "__main__":
    from bot.cli.app import main

    _prepare(os.environ["DIES_AT"])
    main()
