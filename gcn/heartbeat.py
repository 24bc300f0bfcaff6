"""`gcn.heartbeat`: one message a second that says nothing but that the stream is alive."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from store.clock import Clock

HEARTBEAT_TOPIC = "gcn.heartbeat"
SILENT_AFTER = 60.0  # s

OnSilent = Callable[[datetime], Awaitable[None]]
OnBack = Callable[[timedelta], Awaitable[None]]


class Heartbeat:
    """The pulse of the stream, and who is told when it stops and when it is back.

    Promises: `on_silent(since)` once when nothing has been heard for `silent_after` seconds, `on_back(gap)`
    once when it is heard again; what raised is tried again by the next `watch`. Durations are measured by a
    clock that cannot jump. For the event loop's thread only.
    """

    def __init__(self, clock: Clock, silent_after: float = SILENT_AFTER) -> None:
        self._clock = clock
        self._silent_after = silent_after
        self._standing_by = False
        self._last = clock.now()
        self._last_beat = self._listening_from = clock.monotonic()
        self._silent_from: float | None = None
        self._changed = asyncio.Event()

    @property
    def last(self) -> datetime:
        """When the pulse was last heard; at first, when listening began."""
        return self._last

    @property
    def silent(self) -> bool:
        """Whether people have been told that the pulse is gone, and not yet that it is back."""
        return self._silent_from is not None

    def silent_for(self) -> float:
        """Seconds since the pulse was last heard; 0 while another replica listens for it."""
        if self._standing_by:
            return 0.0
        return self._clock.monotonic() - max(self._last_beat, self._listening_from)

    def beat(self) -> None:
        """The pulse was heard."""
        self._last, self._last_beat = self._clock.now(), self._clock.monotonic()
        self._changed.set()

    def stand_by(self, standing_by: bool) -> None:
        """Whether another replica of the group hears the pulse, so that silence here means nothing."""
        if standing_by is not self._standing_by:
            self._standing_by = standing_by
            self._listening_from = self._clock.monotonic()
            self._changed.set()

    async def watch(self, on_silent: OnSilent, on_back: OnBack) -> None:
        """Tell of silence and of its end, for ever."""
        while True:
            self._changed.clear()
            if self._silent_from is not None and self._last_beat > self._silent_from:
                await on_back(timedelta(seconds=self._last_beat - self._silent_from))
                self._silent_from = None
            elif self._silent_from is not None or self._standing_by:
                await self._changed.wait()
            elif (left := self._silent_after - self.silent_for()) > 0:
                await self._clock.sleep(left)
            else:
                last_beat = self._last_beat
                await on_silent(self._last)
                self._silent_from = last_beat
