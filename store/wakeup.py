"""Bells: a worker wakes the moment another step of this process has committed work for it."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from store.clock import Clock


class Bell:
    """Named bells of one process. Only a hint: other processes ring nothing, so every wait has an end.

    All who wait for a name hear it ring. A ring that nobody is waiting for is kept for the next one who
    waits, so nothing slips in between looking for work and waiting for it. For the event loop's thread only.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._bells: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def ring(self, name: str) -> None:
        """Wake who waits for `name`, after the work has been committed."""
        self._bells[name].set()

    async def wait(self, name: str, seconds: float) -> bool:
        """Return at the next ring (True), or when `seconds` of the clock have passed (False)."""
        bell = self._bells[name]
        rung = asyncio.ensure_future(bell.wait())
        timer = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait({rung, timer}, return_when=asyncio.FIRST_COMPLETED)
            heard = rung.done()
        finally:
            rung.cancel()
            timer.cancel()
        bell.clear()
        return heard
