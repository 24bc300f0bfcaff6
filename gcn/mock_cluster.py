"""A Kafka cluster inside this process, for demonstrations and tests: librdkafka's own mock broker."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaException, Producer

_LARGEST_MESSAGE = 16 * 1024 * 1024
_PATIENCE = 10.0  # s


class MockCluster:
    """A cluster of one broker on loopback, gone when the block ends.

    Topics appear when something is first produced to them, with four partitions of which this writes to the
    first, so that messages keep their order. The mock keeps 5 MB of a topic and drops the oldest beyond, and
    of two neighbours that are larger together even the newest: who produces a burst of large messages must
    spread it over topics or let the readers keep up.
    """

    def __init__(self) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": "127.0.0.1",  # replaced by the mock
                "test.mock.num.brokers": 1,
                "message.max.bytes": _LARGEST_MESSAGE,
                "logger": logging.getLogger("gcn.mock_cluster"),
                "log_level": 4,
            }
        )
        brokers = self._producer.list_topics(timeout=_PATIENCE).brokers.values()
        self.bootstrap_servers = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def produce(self, topic: str, content: bytes | None) -> None:
        """Send one message and wait until the broker has it; None sends a tombstone."""
        self.produce_all(topic, [content])

    def produce_all(self, topic: str, contents: list[bytes | None]) -> None:
        """Send messages in their order and wait until the broker has them all."""
        failures: list[KafkaException] = []
        for content in contents:
            self._producer.produce(
                topic,
                content,
                partition=0,
                on_delivery=lambda error, _: failures.append(KafkaException(error)) if error else None,
            )
            self._producer.poll(0)
        if self._producer.flush(_PATIENCE):
            raise TimeoutError(f"the mock broker did not take messages on {topic} within {_PATIENCE:.0f} s")
        if failures:
            raise failures[0]

    def close(self) -> None:
        """Stop the broker."""
        del self._producer
