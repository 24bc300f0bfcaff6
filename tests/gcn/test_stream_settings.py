import pytest
from confluent_kafka import TopicPartition
from gcn_kafka import Consumer

from gcn.heartbeat import HEARTBEAT_TOPIC
from gcn.message import StreamGroup
from gcn.mock_cluster import MockCluster
from gcn.stream_settings import StreamSettings

SETTINGS = StreamSettings(topics=("igwn.gwalert", "gcn.circulars", "igwn.gwalert"))


def test_the_heartbeat_is_subscribed_to_with_the_topics_each_once() -> None:
    assert SETTINGS.subscription == ["igwn.gwalert", "gcn.circulars", HEARTBEAT_TOPIC]


def test_without_a_broker_of_our_own_the_offsets_are_those_of_the_domain() -> None:
    assert SETTINGS.group == StreamGroup("kafka.gcn.nasa.gov", "nightdesk")
    local = StreamSettings(topics=(), bootstrap_servers="127.0.0.1:9092")
    assert local.group == StreamGroup("127.0.0.1:9092", "nightdesk")


def test_offsets_are_never_committed_before_the_messages_are_stored() -> None:
    config = SETTINGS.consumer_config()
    assert config["enable.auto.commit"] is False
    assert config["auto.offset.reset"] == "earliest"
    assert config["group.id"] == "nightdesk"


def test_a_killed_process_blocks_its_partitions_for_no_longer_than_brokers_insist_on() -> None:
    config = SETTINGS.consumer_config()
    assert config["session.timeout.ms"] == 6000
    assert int(config["heartbeat.interval.ms"]) <= 6000 / 3  # as the Kafka documentation advises


def test_messages_of_four_megabytes_fit_in_one_fetch() -> None:
    config = SETTINGS.consumer_config()
    assert int(config["fetch.message.max.bytes"]) > 4 * 1024 * 1024
    assert int(config["receive.message.max.bytes"]) >= int(config["fetch.max.bytes"]) + 512


def test_extra_properties_override_every_other() -> None:
    settings = StreamSettings(topics=(), instance_id="hub-1", extra={"session.timeout.ms": "30000"})
    assert settings.consumer_config()["session.timeout.ms"] == "30000"
    assert settings.consumer_config()["group.instance.id"] == "hub-1"


def test_no_secret_shows_in_print_or_passes_redaction() -> None:
    settings = StreamSettings(
        topics=(), client_id="public", client_secret="hunter2", extra={"ssl.key.password": "swordfish"}
    )
    assert "hunter2" not in repr(settings)
    assert "swordfish" not in repr(settings)
    assert (
        settings.redact("invalid client public with hunter2, swordfish")
        == "invalid client public with ***, ***"
    )
    assert "hunter2" not in str(settings.consumer_config())


@pytest.mark.parametrize("protocol", ["plaintext", "PLAINTEXT", "ssl"])
def test_credentials_are_not_given_to_a_broker_that_knows_no_login(protocol: str) -> None:
    """librdkafka would wait for a token from GCN before it reads the first message."""
    local = StreamSettings(
        (), "127.0.0.1:9092", security_protocol=protocol, client_id="id", client_secret="hunter2"
    )
    assert local.credentials == {}
    assert local.consumer_config()["security.protocol"] == protocol


def test_a_broker_of_our_own_without_credentials_wants_none() -> None:
    assert StreamSettings((), "127.0.0.1:9092").consumer_config()["security.protocol"] == "plaintext"
    secured = StreamSettings((), "127.0.0.1:9092", client_id="id", client_secret="hunter2")
    assert secured.credentials == {"client_id": "id", "client_secret": "hunter2"}
    assert "security.protocol" not in secured.consumer_config()
    assert "security.protocol" not in SETTINGS.consumer_config()


def test_a_broker_without_login_is_read_although_credentials_are_configured() -> None:
    with MockCluster() as cluster:
        cluster.produce("igwn.gwalert", b"alert")
        settings = StreamSettings((), cluster.bootstrap_servers, "plaintext", "id", "hunter2")
        consumer = Consumer(config=settings.consumer_config(), **settings.credentials)
        try:
            consumer.assign([TopicPartition("igwn.gwalert", 0, 0)])
            message = consumer.poll(10.0)
        finally:
            consumer.close()
        assert message is not None
        assert message.value() == b"alert"
