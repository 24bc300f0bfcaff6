"""The real client against librdkafka's mock broker, over real sockets."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError

from gcn.heartbeat import HEARTBEAT_TOPIC, Heartbeat
from gcn.inbox import Inbox
from gcn.message import RawMessage, StoredCounts, StreamGroup
from gcn.mock_cluster import MockCluster
from gcn.stream import Stream
from gcn.stream_settings import StreamSettings
from gcn.tables import Message, StreamOffset
from store import blobs
from store.clock import Clock, ManualClock, SystemClock
from store.database import Database
from store.wakeup import Bell
from tests.patience import PATIENCE
from tests.standins.mock_broker import BrokerControl

CLOCK = SystemClock()
QUICKLY = {
    "topic.metadata.refresh.interval.ms": "200",
    "statistics.interval.ms": "200",
    "heartbeat.interval.ms": "200",
    "session.timeout.ms": "2000",  # the mock makes a group that lost a member wait for almost so long
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[MockCluster]:
    with MockCluster() as cluster:
        BrokerControl(cluster).join_at_once()
        yield cluster


@pytest.fixture
def broker(cluster: MockCluster) -> BrokerControl:
    return BrokerControl(cluster)


@pytest.fixture
def inbox(database: Database) -> Inbox:
    return Inbox(database, CLOCK, Bell(CLOCK))


@pytest.fixture
def settings(cluster: MockCluster) -> StreamSettings:
    """One topic and one group of this test's own on the module's cluster."""
    name = uuid4().hex
    return StreamSettings(
        topics=(f"alerts.{name}",),
        bootstrap_servers=cluster.bootstrap_servers,
        security_protocol="plaintext",
        group_id=f"nightdesk.{name}",
        heartbeat_topic=f"heartbeat.{name}",
        fetch_wait_ms=20,
        extra=QUICKLY,
    )


@asynccontextmanager
async def reading(
    settings: StreamSettings, inbox: Inbox, heartbeat: Heartbeat | None = None, clock: Clock = CLOCK
) -> AsyncIterator[Stream]:
    """A stream that reads while the block lasts."""
    stream = Stream(settings, inbox, clock, heartbeat or Heartbeat(clock))
    running = asyncio.ensure_future(stream.run())
    try:
        yield stream
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Let the broker and the client do their work until it shows."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - it is another thread that changes
            await asyncio.sleep(0.02)


async def stored(database: Database, topic: str) -> list[bytes]:
    """The contents stored from one topic, in the order of their arrival."""
    async with database.read() as session:
        keys = await session.scalars(
            select(Message.sha256).where(Message.topic == topic).order_by(Message.id)
        )
        return [await blobs.get(session, key) for key in keys]


def numbered(first: int, last: int) -> list[bytes | None]:
    return [b"alert %d" % number for number in range(first, last)]


async def test_messages_of_all_sizes_are_stored_in_order_and_heartbeats_are_only_heard(
    cluster: MockCluster, settings: StreamSettings, database: Database, inbox: Inbox
) -> None:
    [topic] = settings.topics
    late_topic = f"{topic}.first_burst_in_forty_years"
    pulse = settings.heartbeat_topic
    assert pulse is not None
    large = bytes(range(256)) * (4 * 4096)  # 4 MiB
    cluster.produce_all(topic, [*numbered(0, 50), large, None, *[b"storm"] * 100])
    cluster.produce(pulse, b"{}")
    heartbeat = Heartbeat(CLOCK)
    async with reading(replace(settings, topics=(topic, late_topic)), inbox, heartbeat) as stream:
        await until(lambda: stream.state.repeated == 99)
        assert await stored(database, topic) == [*numbered(0, 50), large, b"", b"storm"]
        assert (stream.state.new, stream.state.ignored) == (52, 1)
        assert stream.state.connected and stream.state.reading
        assert stream.state.unavailable == {late_topic}

        heard = heartbeat.last
        cluster.produce(pulse, b"{}")
        await until(lambda: heartbeat.last > heard)
        assert await stored(database, pulse) == []

        cluster.produce(late_topic, b"neutrinos")
        await until(lambda: stream.state.new == 53)
        assert await stored(database, late_topic) == [b"neutrinos"]
        assert stream.state.unavailable == frozenset()
        await until(lambda: stream.state.lag == 0)
    assert not stream.state.connected
    assert await inbox.offsets(settings.group) == {(topic, 0): 152, (late_topic, 0): 1}


async def test_reading_goes_on_where_the_database_is_whatever_the_group_has_committed(
    cluster: MockCluster, settings: StreamSettings, database: Database, inbox: Inbox
) -> None:
    [topic] = settings.topics
    cluster.produce_all(topic, numbered(0, 10))
    async with reading(settings, inbox) as stream:
        await until(lambda: stream.state.new == 10)
    async with database.write() as session:  # the database is restored from a backup
        await session.execute(delete(Message).where(Message.offset >= 4))
        await session.execute(update(StreamOffset).values(next_offset=4))
    cluster.produce_all(topic, numbered(10, 20))
    async with reading(settings, inbox) as stream:
        await until(lambda: stream.state.new == 16)
        assert stream.state.repeated == 0
    assert await stored(database, topic) == numbered(0, 20)


class FaultyInbox(Inbox):
    """An inbox whose database is away when `away` says so."""

    away = False
    refused = 0

    async def store(self, messages: Sequence[RawMessage], group: StreamGroup | None = None) -> StoredCounts:
        self._check()
        return await super().store(messages, group)

    async def offsets(self, group: StreamGroup) -> dict[tuple[str, int], int]:
        self._check()
        return await super().offsets(group)

    def _check(self) -> None:
        if self.away:
            self.refused += 1
            raise OperationalError("INSERT", {}, ConnectionRefusedError("the database is restarted"))


async def test_while_the_database_is_away_nothing_is_skipped_and_the_heartbeat_is_still_heard(
    cluster: MockCluster, settings: StreamSettings, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    [topic] = settings.topics
    assert settings.heartbeat_topic is not None
    cluster.produce(settings.heartbeat_topic, b"{}")
    cluster.produce_all(topic, numbered(0, 3))
    inbox = FaultyInbox(database, CLOCK, Bell(CLOCK))
    inbox.away = True  # from the very start
    heartbeat = Heartbeat(CLOCK)
    async with reading(settings, inbox, heartbeat) as stream:
        await until(lambda: inbox.refused >= 2)
        assert stream.state.connected and not stream.state.reading
        inbox.away = False
        await until(lambda: stream.state.new == 3)

        inbox.away, inbox.refused = True, 0  # and in the middle of a night
        cluster.produce_all(topic, numbered(3, 6))
        await until(lambda: inbox.refused >= 2)
        heard = heartbeat.last
        cluster.produce(settings.heartbeat_topic, b"{}")
        await until(lambda: heartbeat.last > heard)
        cluster.produce_all(topic, numbered(6, 9))
        inbox.away = False
        await until(lambda: stream.state.new == 9)
    assert await stored(database, topic) == numbered(0, 9)
    assert "database is away" in caplog.text
    assert caplog.text.count("database is away") == 1


async def test_an_offset_the_broker_no_longer_has_falls_back_to_the_earliest_with_a_warning(
    cluster: MockCluster,
    settings: StreamSettings,
    database: Database,
    inbox: Inbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    [topic] = settings.topics
    group = settings.group
    async with database.write() as session:
        row = StreamOffset(cluster=group.cluster, group_id=group.group_id, topic=topic, partition=0)
        row.next_offset = 1000
        session.add(row)
    cluster.produce_all(topic, numbered(0, 4))
    async with reading(settings, inbox) as stream:
        await until(lambda: stream.state.new == 4)
    assert "was read to 1000, the broker goes on at 0: the topic was made anew" in caplog.text
    assert await inbox.offsets(group) == {(topic, 0): 4}


async def test_messages_the_broker_drops_before_they_are_read_are_counted_and_told(
    cluster: MockCluster, settings: StreamSettings, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    [topic] = settings.topics
    inbox = FaultyInbox(database, CLOCK, Bell(CLOCK))
    cluster.produce(topic, b"read in time")
    async with reading(settings, inbox) as stream:
        await until(lambda: stream.state.new == 1)
        inbox.away = True
        cluster.produce_all(
            topic, [bytes([number]) * 1_000_000 for number in range(9)]
        )  # the mock keeps 5 MB
        await until(lambda: inbox.refused >= 1)
        inbox.away = False
        await until(lambda: (stream.state.new, stream.state.lag) == (10 - stream.state.expired, 0))
        assert stream.state.expired > 0
    assert (await stored(database, topic))[-1] == bytes([8]) * 1_000_000
    assert f"{stream.state.expired} messages expired before they were read" in caplog.text


async def test_partitions_change_hands_between_replicas_without_losing_or_doubling_a_message(
    cluster: MockCluster, settings: StreamSettings, database: Database, inbox: Inbox
) -> None:
    [topic] = settings.topics
    sent: list[bytes | None] = []

    async def keep_producing() -> None:
        while True:
            sent.append(b"alert %d" % len(sent))
            cluster.produce(topic, sent[-1])
            await asyncio.sleep(0.01)

    cluster.produce(topic, b"first")
    producing = asyncio.ensure_future(keep_producing())
    async with reading(settings, inbox) as first:
        await until(lambda: first.state.new > 10)
        async with reading(settings, inbox) as second:
            await until(lambda: bool(first.state.assigned) and bool(second.state.assigned))
            shares = set(first.state.assigned), set(second.state.assigned)
            assert not shares[0] & shares[1]
            assert len(shares[0] | shares[1]) == 4
        await until(lambda: len(first.state.assigned) == 4)
        producing.cancel()
        await until(lambda: first.state.new + second.state.new == len(sent) + 1)
    assert await stored(database, topic) == [b"first", *sent]


async def test_a_broker_that_is_restarted_shows_in_the_state_and_costs_no_message(
    cluster: MockCluster, broker: BrokerControl, settings: StreamSettings, database: Database, inbox: Inbox
) -> None:
    [topic] = settings.topics
    cluster.produce_all(topic, numbered(0, 3))
    async with reading(settings, inbox) as stream:
        await until(lambda: stream.state.new == 3 and stream.state.connected)
        broker.down()
        await until(lambda: not stream.state.connected)
        assert cluster.bootstrap_servers in (stream.state.last_error or "")
        broker.up()
        cluster.produce_all(topic, numbered(3, 6))
        await until(lambda: stream.state.new == 6)
        await until(lambda: stream.state.connected)
    assert await stored(database, topic) == numbered(0, 6)


async def test_a_client_that_is_connected_and_deaf_is_made_anew(
    cluster: MockCluster, settings: StreamSettings, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ManualClock(CLOCK.now())
    [topic] = settings.topics
    assert settings.heartbeat_topic is not None
    cluster.produce(settings.heartbeat_topic, b"{}")
    cluster.produce(topic, b"before")
    inbox = Inbox(database, clock, Bell(clock))
    async with reading(settings, inbox, Heartbeat(clock), clock) as stream:
        await until(lambda: stream.state.new == 1)
        await clock.advance(299)
        cluster.produce(settings.heartbeat_topic, b"{}")
        await until(lambda: stream.state.last_heartbeat == clock.now())
        await clock.advance(301)
        await until(lambda: "not even a heartbeat for 301 s" in (stream.state.last_error or ""))
        cluster.produce(topic, b"after")
        await until(lambda: stream.state.new == 2)
    assert "the stream starts again" in caplog.text


async def test_wrong_settings_show_in_the_state_and_secrets_nowhere(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = StreamSettings(
        topics=("igwn.gwalert",),
        client_id="the-client",
        client_secret="hunter2",
        extra={
            "sasl.oauthbearer.method": "hunter2",
            "sasl.password": "swordfish",
            "no.such.property": "swordfish",
        },
    )
    assert settings.subscription == ["igwn.gwalert", HEARTBEAT_TOPIC]
    async with reading(settings, inbox) as stream:
        await until(lambda: stream.state.last_error is not None)
        shown = f"{settings} {settings!r} {stream.state} {caplog.text}"
        assert "hunter2" not in shown
        assert "swordfish" not in shown
        assert not stream.state.connected


async def test_a_token_that_cannot_be_had_shows_in_the_state_and_the_stream_goes_on(inbox: Inbox) -> None:
    settings = StreamSettings(
        topics=("igwn.gwalert",),
        bootstrap_servers="127.0.0.1:9",
        client_id="the-client",
        client_secret="hunter2",
        extra={"sasl.oauthbearer.token.endpoint.url": "https://127.0.0.1:9/oauth2/token"},
    )
    async with reading(settings, inbox) as stream:
        await until(lambda: "token" in (stream.state.last_error or ""))
        assert not stream.state.connected
