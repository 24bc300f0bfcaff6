"""How the stream is read: what the user may set, and what it makes of the Kafka client's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from gcn.heartbeat import HEARTBEAT_TOPIC
from gcn.message import StreamGroup

Domain: TypeAlias = Literal["gcn.nasa.gov", "test.gcn.nasa.gov", "dev.gcn.nasa.gov"]

_LARGEST_FETCH = 8 * 1024 * 1024  # GCN sends up to 4 MiB a message


@dataclass(frozen=True)
class StreamSettings:
    """Where, as whom and what to read. Secrets do not show when it is printed.

    `instance_id` names this replica for good: a broker then gives a restarted process its partitions back at
    once. Two running processes must not share one. `extra` overrides any property of librdkafka.
    """

    topics: tuple[str, ...]
    bootstrap_servers: str | None = None
    security_protocol: str | None = None
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    domain: Domain = "gcn.nasa.gov"
    group_id: str = "nightdesk"
    instance_id: str | None = None
    heartbeat_topic: str | None = HEARTBEAT_TOPIC
    fetch_wait_ms: int = 500
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def group(self) -> StreamGroup:
        """Whose offsets these are."""
        return StreamGroup(self.bootstrap_servers or f"kafka.{self.domain}", self.group_id)

    @property
    def subscription(self) -> list[str]:
        """The topics to read, the heartbeat among them."""
        topics = dict.fromkeys(self.topics)
        if self.heartbeat_topic is not None:
            topics[self.heartbeat_topic] = None
        return list(topics)

    @property
    def protocol(self) -> str | None:
        """How to talk to the broker; None leaves it to `gcn_kafka` (GCN's own: SASL over TLS).

        A broker of one's own without credentials is taken to want none.
        """
        named = self.extra.get("security.protocol", self.security_protocol)
        if named is None and self.bootstrap_servers is not None and not self.client_id:
            return "plaintext"
        return named

    @property
    def credentials(self) -> dict[str, str | None]:
        """What `gcn_kafka.Consumer` logs in with: nothing where the protocol knows no login.

        Given all the same, it would wait for a token from GCN before it reads the first message.
        """
        if (self.protocol or "").casefold() in ("plaintext", "ssl"):
            return {}
        return {"client_id": self.client_id, "client_secret": self.client_secret}

    def consumer_config(self) -> dict[str, str | int | bool]:
        """The client's configuration without the credentials, which `gcn_kafka.Consumer` takes by itself."""
        config: dict[str, str | int | bool] = {
            "group.id": self.group_id,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            # A process that was killed stays a member for so long, and nobody else gets its partitions:
            # 45 s by default, 6 s is the least that brokers allow.
            "session.timeout.ms": 6000,
            "heartbeat.interval.ms": 2000,
            # GCN topics exist only while they hold messages. A new one is found at the next refresh, and
            # the first neutrino burst in forty years must not wait for the default of five minutes.
            "topic.metadata.refresh.interval.ms": 10000,
            "fetch.wait.max.ms": self.fetch_wait_ms,
            "fetch.message.max.bytes": _LARGEST_FETCH,
            "fetch.max.bytes": 2 * _LARGEST_FETCH,
            "receive.message.max.bytes": 4 * _LARGEST_FETCH,
            "queued.max.messages.kbytes": 32 * 1024,
            "reconnect.backoff.ms": 250,
            "reconnect.backoff.max.ms": 5000,
            "statistics.interval.ms": 5000,
            # Critical only: what it logs below that while a broker is away comes as an error too, and is
            # then reported once, not four times a second.
            "log_level": 2,
        }
        if self.bootstrap_servers is not None:
            config["bootstrap.servers"] = self.bootstrap_servers
        if self.protocol is not None:
            config["security.protocol"] = self.protocol
        if self.instance_id is not None:
            config["group.instance.id"] = self.instance_id
        return {**config, **self.extra}

    def redact(self, text: str) -> str:
        """`text` without any secret of these settings."""
        hidden = [self.client_secret, *(self.extra[key] for key in self.extra if _is_secret(key))]
        for secret in filter(None, hidden):
            text = text.replace(secret, "***")
        return text


def _is_secret(key: str) -> bool:
    return any(word in key for word in ("password", "secret", "sasl.oauthbearer.config", ".pem", "ssl.key"))
