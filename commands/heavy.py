"""Heavy work of a command, where it holds up nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from commands.errors import CommandError
from commands.rooms import Rooms
from events.compute import ComputeError, Lane

LONGEST = 60.0  # s

W = TypeVar("W")
R = TypeVar("R")


async def run_apart(rooms: Rooms, work: Callable[[W], R], argument: W) -> R:
    """In a worker process, or in a thread where there is none. Raises CommandError where it failed there."""
    if rooms.compute is None:
        return await asyncio.to_thread(work, argument)
    try:
        return await rooms.compute.run(work, argument, timeout=LONGEST, lane=Lane.PICTURES)
    except ComputeError as error:
        raise CommandError(f"{error}") from None
