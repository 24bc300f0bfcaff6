"""Warm worker processes of this machine, kept by pebble: what dies or hangs is replaced.

The workers are forked from a server that has imported and warmed everything (`events.warmup`), so
they start in milliseconds and share its memory. Measured overhead of a call: 1 ms, 5 ms with a map of 1 MB.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pebble import ProcessExpired, ProcessPool

from events.compute import Args, ComputeError, ComputeHealth, Lane, R, WorkerLost, persist

_TASKS_OF_A_WORKER = 500  # then it is replaced: large maps leave its heap in pieces
_POLITE = 10  # niceness of the picture lane


class LocalCompute:
    """A pool of `workers` for analyses, and one polite process for pictures, begun when first needed.

    Promises: work whose worker was killed or hung is done again by another; the pictures' process
    never takes a processor that an analysis wants.
    """

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise ValueError(f"compute.workers must be at least 1, not {workers}")
        self.workers = workers
        self._pools = {Lane.ANALYSIS: _Pool(workers, niceness=0), Lane.PICTURES: _Pool(1, niceness=_POLITE)}

    async def start(self) -> None:
        """Begin and warm the analysis workers, so that the first alert does not wait for it."""
        await asyncio.gather(*(self.run(os.getpid, timeout=60.0) for _ in range(self.workers)))

    async def run(
        self,
        work: Callable[[*Args], R],
        *args: *Args,
        timeout: float,  # noqa: ASYNC109 - part of the interface, counted per attempt
        lane: Lane = Lane.ANALYSIS,
    ) -> R:
        """The result of `work(*args)` (see `Compute.run`). Waiting in the queue is not part of `timeout`."""
        pool = self._pools[lane]
        return await persist(work.__name__, lambda: pool.attempt(work, *args, seconds=timeout))

    async def health(self) -> ComputeHealth:
        """Always, while this process lives: a worker that is gone is begun again for the next work."""
        several = f"{self.workers} worker processes on this machine"
        said = "1 worker process on this machine" if self.workers == 1 else several
        return ComputeHealth(True, self.workers, said)

    async def close(self) -> None:
        """Stop all workers at once."""
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))


class _Pool:
    """One pebble pool, rebuilt when it breaks (a worker killed between tasks can take its pool along)."""

    def __init__(self, workers: int, niceness: int) -> None:
        self._workers = workers
        self._niceness = niceness
        self._pool: ProcessPool | None = None
        self._closed = False

    async def attempt(self, work: Callable[[*Args], R], *args: *Args, seconds: float) -> R:
        """One attempt. Raises WorkerLost where it came to nothing, and whatever `work` raises."""
        if self._closed:
            raise ComputeError("the workers have been stopped")
        if self._pool is None:
            self._pool = self._begin()
        pool = self._pool
        try:
            future = asyncio.wrap_future(pool.schedule(_outcome, args=(work, args), timeout=seconds))
            outcome = await future
        except TimeoutError:
            raise WorkerLost(f"no result after {seconds:g} s") from None
        except ProcessExpired as expired:
            raise WorkerLost(f"its worker died with exit status {expired.exitcode}") from None
        except asyncio.CancelledError:
            if self._closed:
                raise ComputeError("the workers have been stopped") from None
            raise
        except Exception as error:  # noqa: BLE001 - what the work raises is in its outcome: this is the pool's
            if not pool.active:
                await self._discard(pool)
            raise WorkerLost(f"the pool of workers broke: {error}") from None
        if isinstance(outcome, _Raised):
            raise outcome.error
        result: R = outcome
        return result

    async def close(self) -> None:
        self._closed = True
        if self._pool is not None:
            await self._discard(self._pool)

    def _begin(self) -> ProcessPool:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["events.warmup"])
        return ProcessPool(
            max_workers=self._workers,
            max_tasks=_TASKS_OF_A_WORKER,
            context=context,
            initializer=_begin_worker,
            initargs=(self._niceness,),
        )

    async def _discard(self, pool: ProcessPool) -> None:
        if self._pool is not pool:
            return  # another task was first; stopping a pool twice closes files that are not its own any more
        self._pool = None
        await asyncio.to_thread(_stop, pool)


@dataclass(frozen=True)
class _Raised:
    error: Exception


def _outcome(work: Callable[..., R], args: tuple[Any, ...]) -> R | _Raised:
    # A pool that breaks raises all sorts of things, some of which the work might raise too: kept apart.
    try:
        return work(*args)
    except Exception as error:  # noqa: BLE001 - handed on as it is
        return _Raised(error)


def _stop(pool: Any) -> None:
    pool.stop()
    pool.join()


def _begin_worker(niceness: int) -> None:
    os.nice(niceness)
    import events.warmup  # noqa: F401 - its import is the warming; free where the server has done it
