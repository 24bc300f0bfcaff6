"""The GCN stream: messages from Kafka into the inbox, none lost and none twice."""

from __future__ import annotations

import asyncio
import logging
import threading
import traceback

from gcn.heartbeat import Heartbeat
from gcn.inbox import Inbox
from gcn.stream_reader import StreamReader
from gcn.stream_settings import StreamSettings
from gcn.stream_state import StreamBoard, StreamState
from store.clock import Clock

log = logging.getLogger(__name__)

_FIRST_RESTART, _LAST_RESTART = 1.0, 60.0  # s


class Stream:
    """Reads the subscribed topics into the inbox.

    Promises: a message's offset is committed only after the message is durable, and reading goes on from the
    offsets in the database, whatever the group's committed ones say: nothing is lost and nothing stored
    twice, wherever the process is killed. While the database is away the stream stays in its group and
    stores nothing, then reads on from where the database is. Errors end in `state`, never outside.

    The Kafka client blocks, so it lives in a thread of its own; the database stays on the event loop's side.
    """

    def __init__(self, settings: StreamSettings, inbox: Inbox, clock: Clock, heartbeat: Heartbeat) -> None:
        self._settings = settings
        self._inbox = inbox
        self._clock = clock
        self._heartbeat = heartbeat
        self._board = StreamBoard(settings, clock)

    @property
    def state(self) -> StreamState:
        """The present state, a value that does not change."""
        return self._board.state

    async def run(self) -> None:
        """Read until cancelled, and return once the client is closed."""
        loop = asyncio.get_running_loop()
        stopping, ended = threading.Event(), asyncio.Event()

        def thread() -> None:
            try:
                self._read_for_ever(loop, stopping)
            finally:
                loop.call_soon_threadsafe(ended.set)

        threading.Thread(target=thread, name="gcn-stream", daemon=True).start()
        try:
            await ended.wait()
        finally:
            stopping.set()
            await ended.wait()

    def _read_for_ever(self, loop: asyncio.AbstractEventLoop, stopping: threading.Event) -> None:
        pause = _FIRST_RESTART
        while not stopping.is_set():
            began = self._clock.monotonic()
            try:
                reader = StreamReader(
                    self._settings, self._inbox, self._clock, self._heartbeat, self._board, loop
                )
                reader.read(stopping)
            except Exception as error:  # noqa: BLE001 - the outer edge of the thread
                self._board.error(
                    type(error).__name__, f"the stream starts again in {pause:.0f} s: {error!r}"
                )
                # Not exc_info: the client's errors may quote a setting, and settings may be secret.
                log.debug("%s", self._settings.redact("".join(traceback.format_exception(error))))
            if self._clock.monotonic() - began > _LAST_RESTART:
                pause = _FIRST_RESTART
            stopping.wait(pause)
            pause = min(2 * pause, _LAST_RESTART)
