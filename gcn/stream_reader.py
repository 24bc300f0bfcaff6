"""One life of the Kafka client: from its making to its close, in the stream's thread."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    TIMESTAMP_NOT_AVAILABLE,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from gcn_kafka import Consumer as GcnConsumer

from gcn.heartbeat import Heartbeat
from gcn.inbox import Inbox
from gcn.message import Coordinates, RawMessage
from gcn.stream_settings import StreamSettings
from gcn.stream_state import StreamBoard
from store.clock import Clock
from store.database import DATABASE_AWAY

log = logging.getLogger(__name__)

_POLL = 0.25  # s
_BATCH_MESSAGES = 500
_BATCH_BYTES = 16 * 1024 * 1024
_DATABASE_PATIENCE = 30.0  # s
_DATABASE_RETRY = 1.0  # s
_STALLED_AFTER = 300.0  # s
_NOT_AVAILABLE = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.TOPIC_AUTHORIZATION_FAILED}

Result = TypeVar("Result")


class StreamStalled(RuntimeError):
    """The broker is connected and yet sends nothing, not even heartbeats: the client has to be made anew."""


class StreamReader:
    """Reads until `stopping`; raises what only a new client can mend (KafkaException, StreamStalled).

    There is one way to recover from anything the database does: forget what is not stored, and read again
    from the offsets it has. The broker keeps the messages meanwhile.
    """

    def __init__(
        self,
        settings: StreamSettings,
        inbox: Inbox,
        clock: Clock,
        heartbeat: Heartbeat,
        board: StreamBoard,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._settings = settings
        self._inbox = inbox
        self._clock = clock
        self._heartbeat = heartbeat
        self._board = board
        self._loop = loop
        self._partitions: list[TopicPartition] = []
        self._placed = True
        self._retry_at = 0.0
        self._next: dict[tuple[str, int], int] = {}
        self._last_sign = clock.monotonic()
        self._fatal: KafkaError | None = None

    def read(self, stopping: threading.Event) -> None:
        """Make a client, subscribe, and store what comes."""
        consumer = self._make_consumer()
        consumer.subscribe(
            self._settings.subscription,
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_revoke,
        )
        try:
            while not stopping.is_set():
                if not self._placed and self._clock.monotonic() >= self._retry_at:
                    self._place(consumer)
                messages = self._gather(consumer)
                if messages:
                    self._store(consumer, messages)
                self._check_health()
        finally:
            consumer.close()
            self._board.disconnected()

    def _make_consumer(self) -> Consumer:
        config: dict[str, Any] = {
            "domain": self._settings.domain,
            **self._settings.credentials,
            "error_cb": self._on_error,
            "stats_cb": self._board.statistics,
            "logger": logging.getLogger("gcn.kafka"),
            **self._settings.consumer_config(),
        }
        return GcnConsumer(config)

    # Where to read.

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._partitions = partitions
        self._last_sign = self._clock.monotonic()
        self._board.connected()
        self._place(consumer)
        names = {partition.topic for partition in partitions}
        elsewhere = {self._settings.heartbeat_topic} - names - self._board.state.unavailable
        self._loop.call_soon_threadsafe(self._heartbeat.stand_by, bool(elsewhere))

    def _on_revoke(self, _consumer: Consumer, _partitions: list[TopicPartition]) -> None:
        self._partitions = []
        self._placed = True
        self._board.assigned((), reading=False)
        self._loop.call_soon_threadsafe(self._heartbeat.stand_by, False)

    def _place(self, consumer: Consumer) -> None:
        """Read on where the database says, in every partition of ours; until it does, only the heartbeat."""
        try:
            stored = self._on_loop(self._inbox.offsets(self._settings.group))
        except DATABASE_AWAY as error:
            self._leave_place(consumer, error)
            return
        pulse, others = self._split_partitions()
        for partition in others:
            partition.offset = stored.get((partition.topic, partition.partition), OFFSET_BEGINNING)
        consumer.assign([*pulse, *others])
        self._placed = True
        self._next = {(p.topic, p.partition): p.offset for p in others if p.offset != OFFSET_BEGINNING}
        self._show_assignment()

    def _leave_place(self, consumer: Consumer, error: Exception) -> None:
        pulse, _ = self._split_partitions()
        consumer.assign(pulse)
        self._placed = False
        self._retry_at = self._clock.monotonic() + _DATABASE_RETRY
        what = str(error).partition("\n")[0]  # the rest would be the statement and the message
        self._board.error("database", f"the database is away, the stream waits for it: {what}")
        self._show_assignment()

    def _split_partitions(self) -> tuple[list[TopicPartition], list[TopicPartition]]:
        """The heartbeat's partitions, which only the present matters of, and the others."""
        topic = self._settings.heartbeat_topic
        pulse = [
            TopicPartition(p.topic, p.partition, OFFSET_END) for p in self._partitions if p.topic == topic
        ]
        others = [TopicPartition(p.topic, p.partition) for p in self._partitions if p.topic != topic]
        return pulse, others

    def _show_assignment(self) -> None:
        names = tuple(sorted((partition.topic, partition.partition) for partition in self._partitions))
        self._board.assigned(names, reading=self._placed)

    # What comes.

    def _gather(self, consumer: Consumer) -> list[RawMessage]:
        """Wait for a message, and take with it all that have come already."""
        messages: list[RawMessage] = []
        size = 0
        message = consumer.poll(_POLL)
        while message is not None:
            error = message.error()
            if error is not None:
                self._on_message_error(error, message.topic())
            else:
                self._last_sign = self._clock.monotonic()
                if message.topic() == self._settings.heartbeat_topic:
                    self._board.heartbeat()
                    self._loop.call_soon_threadsafe(self._heartbeat.beat)
                else:
                    messages.append(self._raw(message))
                    size += len(message)
            if len(messages) >= _BATCH_MESSAGES or size >= _BATCH_BYTES:
                break
            message = consumer.poll(0)
        return messages

    def _raw(self, message: Message) -> RawMessage:
        topic, partition, offset = message.topic(), message.partition(), message.offset()
        assert topic is not None and partition is not None and offset is not None
        kind, milliseconds = message.timestamp()
        produced = None
        if kind != TIMESTAMP_NOT_AVAILABLE:
            produced = datetime.fromtimestamp(milliseconds / 1000, UTC)
        return RawMessage(topic, message.value(), self._clock.now(), Coordinates(partition, offset), produced)

    def _store(self, consumer: Consumer, messages: Sequence[RawMessage]) -> None:
        try:
            counts = self._on_loop(self._inbox.store(messages, self._settings.group))
        except DATABASE_AWAY as error:
            self._leave_place(consumer, error)
            return
        self._board.stored(counts)
        self._follow(messages)
        ends = {where: self._next[where] for where in {(m.topic, m.at.partition) for m in messages if m.at}}
        try:
            # Only for those who watch the group's lag: reading goes on from the database's offsets.
            consumer.commit(
                offsets=[TopicPartition(*where, end) for where, end in ends.items()], asynchronous=True
            )
        except KafkaException as error:
            log.debug("the group's offsets were not committed: %s", error)

    def _follow(self, messages: Sequence[RawMessage]) -> None:
        """See whether the broker went on where we were; told only of what is stored, hence once."""
        for message in messages:
            assert message.at is not None
            where = message.topic, message.at.partition
            expected = self._next.get(where, message.at.offset)
            self._next[where] = message.at.offset + 1
            if message.at.offset != expected:
                self._board.jumped(*where, expected, message.at.offset)

    def _on_loop(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run on the event loop's side and wait; TimeoutError when it takes too long."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(_DATABASE_PATIENCE)
        except TimeoutError as error:
            future.cancel()
            raise TimeoutError(f"no answer within {_DATABASE_PATIENCE:.0f} s") from error

    # What goes wrong.

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            self._fatal = error
        if error.code() == KafkaError._ALL_BROKERS_DOWN:
            self._board.disconnected()
        self._board.error(error.name(), f"{self._settings.group.cluster}: {error.str()}")

    def _on_message_error(self, error: KafkaError, topic: str | None) -> None:
        if topic is not None and error.code() in _NOT_AVAILABLE:
            self._board.unavailable(topic, error.str())
        else:
            self._on_error(error)

    def _check_health(self) -> None:
        if self._fatal is not None:
            raise KafkaException(self._fatal)
        follows_pulse = any(p.topic == self._settings.heartbeat_topic for p in self._partitions)
        silent_for = self._clock.monotonic() - self._last_sign
        if follows_pulse and self._board.state.connected and silent_for > _STALLED_AFTER:
            # An expired token has been seen to leave a client connected and deaf (gcn-kafka-python#49).
            raise StreamStalled(f"connected, but not even a heartbeat for {silent_for:.0f} s")
