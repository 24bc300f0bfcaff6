"""Long-running tasks that must not end: started together, begun again when they fail, seen from outside."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from store.clock import Clock

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # s


@dataclass
class TaskState:
    """How a task fares: `failures` in a row since it last ran for a while, and why it failed last."""

    running: bool = False
    failures: int = 0
    restarts: int = 0
    error: str | None = None
    failed_at: datetime | None = None


class Supervisor:
    """Runs tasks until it is stopped.

    Promises: a task that raises is logged and begun again after a pause that doubles from 0.5 s to 30 s;
    no task's failure touches another; `states` tells `/readyz` how each one fares.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.states: dict[str, TaskState] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work()` and, whenever it ends, run it again."""
        self.states[name] = TaskState()
        self._tasks.append(asyncio.create_task(self._keep(name, work), name=name))

    async def stop(self) -> None:
        """Cancel everything, the last started first, and wait for it."""
        for task in reversed(self._tasks):
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()

    async def _keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        state = self.states[name]
        while True:
            begun = self._clock.monotonic()
            state.running = True
            try:
                await work()
                state.error = "ended by itself"
            except Exception as error:  # the outer edge: whatever it was, the other tasks go on
                state.error = f"{type(error).__name__}: {error}"
                log.exception("%s failed and is begun again", name)
            state.running = False
            state.failed_at = self._clock.now()
            state.failures = 1 if self._clock.monotonic() - begun > LONGEST_PAUSE else state.failures + 1
            state.restarts += 1
            await self._clock.sleep(min(FIRST_PAUSE * 2 ** (state.failures - 1), LONGEST_PAUSE))
