"""Where heavy work runs: warm processes of this machine, or a Dask cluster. Same functions, same results."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar, TypeVarTuple

Args = TypeVarTuple("Args")
R = TypeVar("R")

ATTEMPTS = 3
"""How often work is begun before it is given up: its workers died or hung each time."""


class Lane(StrEnum):
    """Who goes first. Pictures have a lane of their own: no alert's numbers ever wait behind a plot."""

    ANALYSIS = "analysis"
    PICTURES = "pictures"


class ComputeError(RuntimeError):
    """Work that could not be done: every worker that tried it died or hung, or none is left."""


class WorkerLost(Exception):
    """One attempt came to nothing: the worker died, hung, or the pool broke under it. Never seen outside."""


@dataclass(frozen=True)
class ComputeHealth:
    """Whether work would be done now. `detail` says it in words."""

    healthy: bool
    workers: int
    detail: str


class Compute(Protocol):
    """Runs pure functions elsewhere. What they raise comes back as it is; a lost worker does not."""

    @property
    def workers(self) -> int:
        """How many analyses run at the same time."""
        ...

    async def run(
        self,
        work: Callable[[*Args], R],
        *args: *Args,
        timeout: float,  # noqa: ASYNC109 - part of the interface, counted per attempt
        lane: Lane = Lane.ANALYSIS,
    ) -> R:
        """The result of `work(*args)`.

        `timeout` is in seconds from the start of an attempt. A worker that dies or takes longer is
        replaced and the work begun again, at most ATTEMPTS times; then ComputeError.
        """
        ...

    async def health(self) -> ComputeHealth:
        """Whether there is anyone to do the work."""
        ...

    async def close(self) -> None:
        """Stop the workers of this process; what runs is abandoned."""
        ...


async def persist(name: str, attempt: Callable[[], Awaitable[R]]) -> R:
    """Make attempts until one is not lost. Raises ComputeError with what befell the last one."""
    fate = ""
    for _ in range(ATTEMPTS):
        try:
            return await attempt()
        except WorkerLost as lost:
            fate = str(lost)
            await asyncio.sleep(0)
    raise ComputeError(f"{name}: given up after {ATTEMPTS} attempts ({fate})")
