"""The inbox: messages are stored raw and once, with their offsets; workers take them out to parse."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gcn.message import FailedMessage, InboxCounts, RawMessage, StoredCounts, StoredMessage, StreamGroup
from gcn.tables import Message, MessageSource, MessageState, StreamOffset
from store import blobs
from store.blobs import PackedBlob, pack
from store.claims import claim, hold, release
from store.clock import Clock
from store.database import Database
from store.upsert import insert
from store.wakeup import Bell

MESSAGES_BELL = "messages"
_MAX_ATTEMPTS = 5
_NO_CONTENT = "the message has no content"
_GIVEN_UP = f"given up after {_MAX_ATTEMPTS} attempts: none of the workers that read it came back"


class Inbox:
    """Every message that came in, whatever becomes of it later.

    Promises: when `store` has returned, its messages and their offsets are durable, or neither is. A message
    that was stored before is recognised by its content, counted, and never parsed twice.
    """

    def __init__(self, database: Database, clock: Clock, bell: Bell) -> None:
        self._database = database
        self._clock = clock
        self._bell = bell

    async def store(self, messages: Sequence[RawMessage], group: StreamGroup | None = None) -> StoredCounts:
        """Store a batch in one transaction, with the offsets to read on from where `group` is given."""
        packed = await asyncio.to_thread(_pack_all, messages)
        async with self._database.write() as session:
            counts = await _store_batch(session, messages, packed)
            if group is not None:
                await _store_offsets(session, messages, group)
        if counts.new:
            self._bell.ring(MESSAGES_BELL)
        return counts

    async def offsets(self, group: StreamGroup) -> dict[tuple[str, int], int]:
        """The next offset to read, by topic and partition, of every partition read before."""
        async with self._database.read() as session:
            rows = await session.scalars(
                select(StreamOffset).where(
                    StreamOffset.cluster == group.cluster, StreamOffset.group_id == group.group_id
                )
            )
            return {(row.topic, row.partition): row.next_offset for row in rows}

    async def claim_new(self, limit: int, owner: str, seconds: float = 10) -> list[StoredMessage]:
        """Take up to `limit` messages to parse, oldest first; they are `owner`'s for so many seconds.

        A message that was tried before comes after the fresh ones and alone, for it may be what killed its
        reader; after five attempts it counts as failed.
        """
        now = self._clock.now()
        tried_before = Message.attempts > 0
        async with self._database.write() as session:
            await _give_up(session, now)
            for which, at_most in ((~tried_before, limit), (tried_before, 1)):
                rows = await claim(
                    session,
                    Message,
                    where=(Message.state == MessageState.NEW) & which,
                    order_by=[Message.attempts, Message.id],
                    limit=at_most,
                    owner=owner,
                    now=now,
                    until=now + timedelta(seconds=seconds),
                )
                if rows:
                    break
            for row in rows:
                row.attempts += 1
            return [await _load(session, row) for row in rows]

    async def mark_parsed(self, session: AsyncSession, message_id: int, owner: str) -> bool:
        """The message is read, in the caller's transaction with what was read.

        False where another worker took the message over: then the caller must not write its result.
        """
        return await self._settle(session, message_id, owner, MessageState.PARSED, None)

    async def mark_failed(self, session: AsyncSession, message_id: int, owner: str, error: str) -> bool:
        """The message cannot be read, and why; False as in `mark_parsed`."""
        return await self._settle(session, message_id, owner, MessageState.FAILED, error)

    async def give_back(self, session: AsyncSession, message_id: int, owner: str) -> bool:
        """Leave the message to the next worker, as if it had not been tried; False as in `mark_parsed`."""
        row = await hold(session, Message, message_id, owner)
        if row is None:
            return False
        row.attempts = max(0, row.attempts - 1)
        release(row)
        return True

    async def retry_failed(self, message_ids: Sequence[int] | None = None) -> int:
        """Parse failed messages again, all of them unless some are named; returns how many."""
        again = update(Message).where(Message.state == MessageState.FAILED).returning(Message.id)
        if message_ids is not None:
            again = again.where(Message.id.in_(message_ids))
        async with self._database.write() as session:
            fresh = again.values(state=MessageState.NEW, attempts=0, error=None, settled=None)
            count = len((await session.scalars(fresh)).all())
        if count:
            self._bell.ring(MESSAGES_BELL)
        return count

    async def counts(self) -> InboxCounts:
        """How many messages there are in each state; all states are named."""
        async with self._database.read() as session:
            rows = await session.execute(select(Message.state, func.count()).group_by(Message.state))
            found = {state: count for state, count in rows}  # noqa: C416 - rows are not quite tuples to the types
            oldest = await session.scalar(
                select(func.min(Message.arrived)).where(Message.state == MessageState.NEW)
            )
        return InboxCounts({state: found.get(state.value, 0) for state in MessageState}, oldest)

    async def failed(self, limit: int = 100) -> list[FailedMessage]:
        """The messages that could not be parsed, newest first."""
        newest = (
            select(Message)
            .where(Message.state == MessageState.FAILED)
            .order_by(Message.id.desc())
            .limit(limit)
        )
        async with self._database.read() as session:
            return [
                FailedMessage(row.id, row.topic, row.sha256, row.size, row.arrived, row.error or "")
                for row in await session.scalars(newest)
            ]

    async def _settle(
        self, session: AsyncSession, message_id: int, owner: str, state: MessageState, error: str | None
    ) -> bool:
        row = await hold(session, Message, message_id, owner)
        if row is None or row.state != MessageState.NEW:
            return False
        row.state, row.error, row.settled = state, error, self._clock.now()
        release(row)
        return True


def _pack_all(messages: Sequence[RawMessage]) -> list[PackedBlob]:
    return [pack(message.content or b"") for message in messages]


async def _store_batch(
    session: AsyncSession, messages: Sequence[RawMessage], packed: Sequence[PackedBlob]
) -> StoredCounts:
    """Insert what is not there yet; of equal messages the first is the message, the others are repeats."""
    firsts: dict[tuple[str, str], tuple[RawMessage, PackedBlob]] = {}
    for message, blob in zip(messages, packed, strict=True):
        firsts.setdefault((message.topic, blob.sha256), (message, blob))
    await blobs.put_all(session, {blob.sha256: blob for _, blob in firsts.values()}.values())
    inserted = insert(session, Message).on_conflict_do_nothing().returning(Message.topic, Message.sha256)
    rows = [_row(message, blob) for message, blob in firsts.values()]
    stored = {(topic, sha256) for topic, sha256 in await session.execute(inserted, rows)} if rows else set()

    repeats = Counter((message.topic, blob.sha256) for message, blob in zip(messages, packed, strict=True))
    repeats.subtract(stored)
    for (topic, sha256), times in (+repeats).items():
        again = update(Message).where(Message.topic == topic, Message.sha256 == sha256)
        await session.execute(again.values(repeats=Message.repeats + times))
    ignored = sum(firsts[key][0].content in (None, b"") for key in stored)
    return StoredCounts(len(stored) - ignored, (+repeats).total(), ignored)


def _row(message: RawMessage, blob: PackedBlob) -> dict[str, object]:
    empty = not message.content
    return {
        "source": MessageSource.REPLAY if message.at is None else MessageSource.KAFKA,
        "topic": message.topic,
        "partition": message.at.partition if message.at else None,
        "offset": message.at.offset if message.at else None,
        "produced": message.produced,
        "arrived": message.arrived,
        "sha256": blob.sha256,
        "size": blob.size,
        "state": MessageState.IGNORED if empty else MessageState.NEW,
        "error": _NO_CONTENT if empty else None,
        "settled": message.arrived if empty else None,
    }


async def _store_offsets(session: AsyncSession, messages: Sequence[RawMessage], group: StreamGroup) -> None:
    """Overwrite, never take the larger: a topic that was made anew begins at 0, and below is always safe."""
    next_offsets = {
        (message.topic, message.at.partition): message.at.offset + 1
        for message in messages
        if message.at is not None
    }
    for (topic, partition), next_offset in sorted(next_offsets.items()):
        row = insert(session, StreamOffset).values(
            cluster=group.cluster,
            group_id=group.group_id,
            topic=topic,
            partition=partition,
            next_offset=next_offset,
        )
        await session.execute(
            row.on_conflict_do_update(
                index_elements=list(StreamOffset.__table__.primary_key),
                set_={"next_offset": row.excluded.next_offset},
            )
        )


async def _give_up(session: AsyncSession, now: datetime) -> None:
    worn_out = update(Message).where(
        Message.state == MessageState.NEW, Message.attempts >= _MAX_ATTEMPTS, Message.claimed_until <= now
    )
    await session.execute(
        worn_out.values(
            state=MessageState.FAILED, error=_GIVEN_UP, settled=now, claimed_by=None, claimed_until=None
        )
    )


async def _load(session: AsyncSession, row: Message) -> StoredMessage:
    return StoredMessage(
        id=row.id,
        topic=row.topic,
        content=await blobs.get(session, row.sha256),
        sha256=row.sha256,
        source=MessageSource(row.source),
        arrived=row.arrived,
        produced=row.produced,
        attempts=row.attempts,
    )
