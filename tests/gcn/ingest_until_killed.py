"""A small hub that only ingests, and dies by SIGKILL where it is told to; run by `test_stream_killed`.

Arguments: bootstrap servers, database URL, topic, step to die at (or `never`), how often to pass it before,
session timeout in ms.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import gcn_kafka
from sqlalchemy.ext.asyncio import AsyncSession

from gcn import stream_reader
from gcn.heartbeat import Heartbeat
from gcn.inbox import Inbox
from gcn.message import RawMessage, StoredCounts, StreamGroup
from gcn.stream import Stream
from gcn.stream_settings import StreamSettings
from store.clock import SystemClock
from store.database import Database
from store.wakeup import Bell

SERVERS, DATABASE, TOPIC, STEP, PASSES, SESSION = sys.argv[1:]


class Fate:
    """Counts how often the deadly step is passed, and ends the process there without a word."""

    def __init__(self) -> None:
        self.left = int(PASSES)

    def at(self, step: str) -> None:
        if step == STEP:
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            self.left -= 1


FATE = Fate()


class MortalDatabase(Database):
    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        async with super().write() as session:
            yield session
            await session.flush()
            FATE.at("before the transaction commits")
        FATE.at("after the transaction committed")


class MortalInbox(Inbox):
    async def store(self, messages: Sequence[RawMessage], group: StreamGroup | None = None) -> StoredCounts:
        FATE.at("before the batch is stored")
        counts = await super().store(messages, group)
        print("stored", counts.new, counts.repeated, flush=True)
        return counts


class MortalConsumer(gcn_kafka.Consumer):
    def commit(self, *arguments: object, **options: object) -> object:
        FATE.at("before the offset is committed")
        result = super().commit(*arguments, **options)
        FATE.at("after the offset was committed")
        return result


async def main() -> None:
    clock = SystemClock()
    database = MortalDatabase(DATABASE)
    settings = StreamSettings(
        topics=(TOPIC,),
        group_id=f"nightdesk.{TOPIC}",
        bootstrap_servers=SERVERS,
        security_protocol="plaintext",
        heartbeat_topic=None,
        fetch_wait_ms=20,
        extra={"session.timeout.ms": SESSION, "heartbeat.interval.ms": "200"},
    )
    stream_reader.GcnConsumer = MortalConsumer
    stream_reader._BATCH_MESSAGES = 7  # so that there are many batches to die between
    inbox = MortalInbox(database, clock, Bell(clock))
    print("started", flush=True)
    await Stream(settings, inbox, clock, Heartbeat(clock)).run()


asyncio.run(main())
