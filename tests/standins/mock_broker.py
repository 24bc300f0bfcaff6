"""What librdkafka's mock cluster can do and Python cannot ask for: down, up again, groups without delay."""

from __future__ import annotations

import ctypes
from pathlib import Path

import confluent_kafka

from gcn.mock_cluster import MockCluster

_BROKER = 1


class BrokerControl:
    """The strings of a `MockCluster`, by the C functions of librdkafka's `rdkafka_mock.h`."""

    def __init__(self, cluster: MockCluster) -> None:
        self._library = ctypes.CDLL(str(_library()))
        find = self._library.rd_kafka_handle_mock_cluster
        find.restype, find.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
        # The client's handle is the first field of the Python object (confluent_kafka.h, `Handle`).
        client = ctypes.c_void_p.from_address(id(cluster._producer) + object.__basicsize__)
        self._cluster = ctypes.c_void_p(find(client))
        assert self._cluster.value is not None

    def join_at_once(self) -> None:
        """Let groups form without the three seconds a broker waits for further members."""
        self._library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, ctypes.c_int32(0))

    def down(self) -> None:
        """Break all connections and accept no more."""
        self._library.rd_kafka_mock_broker_set_down(self._cluster, ctypes.c_int32(_BROKER))

    def up(self) -> None:
        """Accept connections again, at the same address and with the same messages."""
        self._library.rd_kafka_mock_broker_set_up(self._cluster, ctypes.c_int32(_BROKER))


def _library() -> Path:
    """The librdkafka that came with confluent_kafka: beside it (Linux) or inside it (macOS)."""
    package = Path(confluent_kafka.__file__).parent
    for folder in (package.with_name("confluent_kafka.libs"), package / ".dylibs"):
        for library in folder.glob("librdkafka*"):
            return library
    raise FileNotFoundError(f"no librdkafka beside {package}")
