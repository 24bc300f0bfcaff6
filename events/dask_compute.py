"""An existing Dask cluster as the place where heavy work runs (`compute.dask_address`)."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any

from events.compute import Args, ComputeError, ComputeHealth, Lane, R, WorkerLost, persist

_PRIORITY = {Lane.ANALYSIS: 10, Lane.PICTURES: -10}
_CONNECT_SECONDS = 10.0

log = logging.getLogger(__name__)


class DaskCompute:
    """Runs work on the workers of a Dask scheduler; nightdesk has to be installed there.

    Promises: a worker that dies is replaced by its nanny and its work done again (Dask's own
    doing); one that hangs past the timeout is restarted through its nanny and the work begun again.
    """

    def __init__(self, address: str, connect_seconds: float = _CONNECT_SECONDS) -> None:
        self.address = address
        self._connect_seconds = connect_seconds
        self.workers = 1
        self._client: Any = None  # distributed is untyped
        self._connecting = asyncio.Lock()

    async def start(self) -> None:
        """Connect. Raises ComputeError where no scheduler answers."""
        try:
            await self._connected()
        except WorkerLost as lost:
            raise ComputeError(str(lost)) from None

    async def run(
        self,
        work: Callable[[*Args], R],
        *args: *Args,
        timeout: float,  # noqa: ASYNC109 - part of the interface, counted per attempt
        lane: Lane = Lane.ANALYSIS,
    ) -> R:
        """The result of `work(*args)` (see `Compute.run`). `timeout` counts from the submission here."""
        return await persist(work.__name__, lambda: self._attempt(work, *args, seconds=timeout, lane=lane))

    async def health(self) -> ComputeHealth:
        """Whether the scheduler answers and has workers."""
        try:
            client = await self._connected()
            threads = await asyncio.wait_for(client.nthreads(), self._connect_seconds)
        except (WorkerLost, OSError, TimeoutError) as error:
            return ComputeHealth(False, 0, str(error) or f"no answer from {self.address}")
        self.workers = max(1, len(threads))
        return ComputeHealth(bool(threads), len(threads), f"{len(threads)} Dask workers at {self.address}")

    async def close(self) -> None:
        """Take leave of the cluster; it is not ours to stop."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _attempt(self, work: Callable[[*Args], R], *args: *Args, seconds: float, lane: Lane) -> R:
        from distributed import KilledWorker

        client = await self._connected()
        # A key of its own: Dask must not answer with what it remembers of an earlier attempt.
        key = f"{work.__name__}-{uuid.uuid4().hex}"
        future = client.submit(work, *args, key=key, pure=False, priority=_PRIORITY[lane])
        try:
            result: R = await asyncio.wait_for(future.result(), seconds)
            return result
        except TimeoutError:
            await self._free(client, future)
            raise WorkerLost(f"no result after {seconds:g} s") from None
        except KilledWorker as killed:
            raise ComputeError(f"{work.__name__}: every Dask worker that tried it died ({killed})") from None
        except (CancelledError, OSError) as error:
            await self.close()
            raise WorkerLost(f"the Dask scheduler at {self.address} was lost ({error})") from None

    async def _connected(self) -> Any:
        import distributed

        async with self._connecting:
            if self._client is None or self._client.status == "closed":
                try:
                    client: Any = distributed.Client
                    self._client = await client(
                        self.address, asynchronous=True, timeout=self._connect_seconds, name="nightdesk"
                    )
                except (OSError, TimeoutError) as error:
                    raise WorkerLost(f"no Dask scheduler at {self.address} ({error})") from None
                self.workers = max(1, len(await self._client.nthreads()))
            return self._client

    async def _free(self, client: Any, future: Any) -> None:
        """Cancel work and restart the worker that hangs in it: Dask cannot stop a running function."""
        busy = [worker for worker, keys in (await client.processing()).items() if future.key in keys]
        await client.cancel([future], force=True)
        try:
            if busy:
                await client.restart_workers(busy)
        except (ValueError, TimeoutError) as error:  # without a nanny nobody can
            log.warning("the Dask worker %s hangs and cannot be restarted: %s", busy[0], error)
