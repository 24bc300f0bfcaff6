"""From a stored message to a revision of its event: read in a worker process, attached in one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from events.compute import Compute, ComputeError
from events.service import Attached, EventService
from gcn.inbox import MESSAGES_BELL, Inbox
from gcn.message import StoredMessage
from gcn.notice import Notice
from gcn.reading import read_message
from store.database import Database
from store.wakeup import Bell

log = logging.getLogger(__name__)

BATCH = 8  # messages read at the same time
READING_TIME = 20.0  # s; the slowest honest notice takes a tenth of a second
CLAIM_TIME = 120.0  # s; longer than all attempts at reading a whole batch
POLL = 1.0  # s between looks for what another process stored


class Intake:
    """Reads what the stream stored.

    Promises: a message is attached to its event and counted as read in one transaction; one that cannot be
    read is kept with its error, and does not hold up the next; one whose reading kills or hangs its worker
    is given up after a few attempts.
    """

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        events: EventService,
        compute: Compute,
        bell: Bell,
        owner: str,
        on_attached: Callable[[Notice, Attached], None],
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._events = events
        self._compute = compute
        self._bell = bell
        self._owner = owner
        self._on_attached = on_attached
        self._busy = 0

    async def run(self) -> None:
        """Read for ever: at once when a message is stored here, within a second when another process did."""
        async with asyncio.TaskGroup() as readers:
            while True:
                free = BATCH - self._busy
                claimed = await self._inbox.claim_new(free, self._owner, CLAIM_TIME) if free else []
                for message in claimed:
                    self._busy += 1
                    readers.create_task(self._handle(message))
                if not claimed:
                    await self._bell.wait(MESSAGES_BELL, POLL)

    async def _handle(self, message: StoredMessage) -> None:
        """Read one message, however long it takes: the others do not wait for it."""
        try:
            await self._settle(message, await self._read(message))
        except SQLAlchemyError:
            # The claim runs out and the message is read again; the loop goes on with the others.
            log.exception("message %d could not be settled", message.id)
        finally:
            self._busy -= 1
            self._bell.ring(MESSAGES_BELL)

    async def _read(self, message: StoredMessage) -> Notice | str:
        try:
            return await self._compute.run(read_message, message.content, message.topic, timeout=READING_TIME)
        except ComputeError as error:
            return f"reading it was given up: {error}"

    async def _settle(self, message: StoredMessage, read: Notice | str) -> None:
        attached: Attached | None = None
        async with self._database.write() as session:
            if isinstance(read, str):
                if await self._inbox.mark_failed(session, message.id, self._owner, read):
                    log.warning("message %d on %s cannot be read: %s", message.id, message.topic, read)
            elif await self._inbox.mark_parsed(session, message.id, self._owner):
                attached = await self._events.attach(
                    session, read, message_id=message.id, arrived=message.arrived, content_hash=message.sha256
                )
        if attached is not None and not isinstance(read, str):
            self._on_attached(read, attached)
