"""How the stream is: for `/readyz`, `/metrics` and `nightdesk doctor`."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from datetime import datetime

from gcn.message import StoredCounts
from gcn.stream_settings import StreamSettings
from store.clock import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StreamState:
    """One moment of the stream.

    `reading` is False while the database cannot say where to read on. `unavailable` are subscribed topics
    that the broker does not have (in GCN: without recent alerts) or does not let us read. `lag` is how many
    messages are still to come from the partitions assigned to us. `new`, `repeated`, `ignored` and `expired`
    (dropped by the broker before we read them) count since the start.
    """

    connected: bool = False
    reading: bool = False
    assigned: tuple[tuple[str, int], ...] = ()
    unavailable: frozenset[str] = frozenset()
    last_message: datetime | None = None
    last_heartbeat: datetime | None = None
    lag: int | None = None
    new: int = 0
    repeated: int = 0
    ignored: int = 0
    expired: int = 0
    last_error: str | None = None
    last_error_at: datetime | None = None


class StreamBoard:
    """Where the reader's thread writes the state and everybody else reads it. Only that thread writes."""

    def __init__(self, settings: StreamSettings, clock: Clock) -> None:
        self.state = StreamState()
        self._settings = settings
        self._clock = clock
        self._reported: set[str] = set()

    def disconnected(self) -> None:
        """No broker can be reached, or the client is closed."""
        self.state = replace(self.state, connected=False)

    def connected(self) -> None:
        """A broker answers."""
        if not self.state.connected:
            log.info("connected to the stream of %s", self._settings.group.cluster)
            self._reported.clear()
            self.state = replace(self.state, connected=True)

    def assigned(self, partitions: tuple[tuple[str, int], ...], reading: bool) -> None:
        """These partitions are ours, and whether we know where in them to read on."""
        unavailable = self.state.unavailable - {topic for topic, _ in partitions}
        self.state = replace(self.state, assigned=partitions, reading=reading, unavailable=unavailable)

    def unavailable(self, topic: str, reason: str) -> None:
        """A subscribed topic cannot be read for now; the subscription stays."""
        self.state = replace(self.state, unavailable=self.state.unavailable | {topic})
        if topic not in self._reported:
            self._reported.add(topic)
            log.info("topic %s is not available: %s", topic, reason)

    def heartbeat(self) -> None:
        """The sign of life was read."""
        self.state = replace(self.state, last_heartbeat=self._clock.now())

    def stored(self, counts: StoredCounts) -> None:
        """A batch is durable."""
        state = self.state
        self.state = replace(
            state,
            last_message=self._clock.now(),
            new=state.new + counts.new,
            repeated=state.repeated + counts.repeated,
            ignored=state.ignored + counts.ignored,
        )

    def jumped(self, topic: str, partition: int, expected: int, offset: int) -> None:
        """The broker went on elsewhere than where we had read to."""
        expired = max(0, offset - expected)
        what = f"{expired} messages expired before they were read" if expired else "the topic was made anew"
        log.warning(
            "%s [%d] was read to %d, the broker goes on at %d: %s", topic, partition, expected, offset, what
        )
        self.state = replace(self.state, expired=self.state.expired + expired)

    def error(self, kind: str, text: str) -> None:
        """Something went wrong. Logged once a kind until the stream is connected again, without secrets."""
        text = self._settings.redact(text)
        self.state = replace(self.state, last_error=text, last_error_at=self._clock.now())
        if kind not in self._reported:
            self._reported.add(kind)
            log.warning("%s", text)

    def statistics(self, report: str) -> None:
        """librdkafka's own report (JSON, its STATISTICS.md): are brokers up, and how far behind are we?"""
        seen = json.loads(report)
        if any(broker["state"] == "UP" for broker in seen["brokers"].values()):
            self.connected()
        else:
            self.disconnected()
        behind = [
            _behind(partition)
            for name, topic in seen["topics"].items()
            if name != self._settings.heartbeat_topic
            for partition in topic["partitions"].values()
            if partition["fetch_state"] == "active" and partition["hi_offset"] >= 0
        ]
        self.state = replace(self.state, lag=sum(behind) if behind else None)


def _behind(partition: dict[str, int]) -> int:
    """Messages between the one we had last, or the one to fetch next before we had any, and the newest."""
    had = partition["app_offset"]
    return partition["hi_offset"] - (had if had >= 0 else partition["next_offset"])
