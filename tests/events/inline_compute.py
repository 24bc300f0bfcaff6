"""A place to compute that is here: for tests of what is done with the results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from events.compute import Args, ComputeError, ComputeHealth, Lane, R


class InlineCompute:
    """Computes at once, in this process; fails as often as it is told to. Remembers what it was asked."""

    def __init__(self, workers: int = 1, failures: int = 0) -> None:
        self.workers = workers
        self.failures = failures
        self.asked: list[tuple[Any, ...]] = []

    async def run(
        self,
        work: Callable[[*Args], R],
        *args: *Args,
        timeout: float,  # noqa: ASYNC109 - as the interface has it
        lane: Lane = Lane.ANALYSIS,
    ) -> R:
        self.asked.append(args)
        if self.failures > 0:
            self.failures -= 1
            raise ComputeError("every worker died")
        return work(*args)

    async def health(self) -> ComputeHealth:
        return ComputeHealth(True, self.workers, "here")

    async def close(self) -> None:
        pass
