"""The whole hub, from the produce call to Slack: how fast one alert is, and what a burst of a thousand costs.

The hub runs in processes of its own (`nightdesk run`, two workers, all facilities); the broker and Slack are
stand-ins in this one.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import tempfile
import threading
import time
from collections import deque
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from benchmarks.timing import Measurement, table
from gcn.mock_cluster import MockCluster
from simulation.night import DEFAULT_START, simulate
from tests.nights.hub_process import HubProcess, configuration
from tests.standins.mock_broker import BrokerControl
from tests.standins.slack import SlackStandIn

ALERTS = 100
PAUSE = 1.5  # s between alerts; Slack takes one message a second in a channel
BURST = 1000
FACILITIES = 60
PATIENCE = 900.0  # s


def run() -> list[Measurement]:
    """Latency of single alerts, then a burst; each on a fresh hub."""
    return [*_latency(), *_burst()]


def _latency() -> list[Measurement]:
    alert = json.loads(next(m for m in simulate("bns", seed=4) if "preliminary" in m.name).content)
    with tempfile.TemporaryDirectory() as folder, MockCluster() as cluster, SlackStandIn.in_thread() as slack:
        channel = slack.add_channel("gw")
        hub = _hub(Path(folder), cluster, slack, when="mock")
        try:
            size = _send(cluster, alert, "MS270115warm")
            _wait(lambda: channel.find("MS270115warm") is not None, "the first card")
            latencies = []
            for number in range(ALERTS):
                name = f"MS270115{_letters(number)}"
                began = time.time()
                _send(cluster, alert, name)
                _wait(lambda name=name: _posted(slack, name) is not None, f"the card of {name}")
                posted = _posted(slack, name)
                assert posted is not None
                latencies.append(posted - began)
                time.sleep(max(0.0, PAUSE - (time.time() - began)))
        finally:
            hub.kill()
    note = (
        f"{ALERTS} alerts of {size / 1e6:.1f} MB with 3-D maps, {FACILITIES} facilities, one every {PAUSE} s"
    )
    p90, p99 = statistics.quantiles(latencies, n=100)[89], statistics.quantiles(latencies, n=100)[98]
    return [
        Measurement("alert to card, median", statistics.median(latencies), None, "s", "≤ 0.5 s", note),
        Measurement("alert to card, p90", p90, None, "s", "", note),
        Measurement("alert to card, p99", p99, None, "s", "≤ 1.5 s", note),
    ]


def _burst() -> list[Measurement]:
    contents = _mixture()
    with tempfile.TemporaryDirectory() as folder, MockCluster() as cluster, SlackStandIn.in_thread() as slack:
        slack.add_channel("gw")
        hub = _hub(Path(folder), cluster, slack, when="mock && far_per_year < 1e-30")
        database = Path(folder) / "nightdesk.sqlite"
        try:
            _wait(lambda: _count(database, "SELECT count(*) FROM messages") == 0, "the database")
            peak = _Peak(hub.process.pid)
            began = time.monotonic()
            _produce(cluster, contents, database)
            read = "SELECT count(*) FROM messages WHERE state != 'new'"
            _wait(lambda: _count(database, read) == len(contents), "all messages to be read")
            read_after = time.monotonic() - began
            done = "SELECT count(*) FROM analyses WHERE state IN ('done', 'failed')"
            wanted = _count(database, "SELECT count(*) FROM analyses")
            _wait(lambda: _count(database, done) == wanted, "all numbers to be there")
            done_after = time.monotonic() - began
            lost = len(contents) - _count(database, read)
            memory = peak.stop()
        finally:
            hub.kill()
    note = f"{len(contents)} mixed notices at once, a tenth of them 1 MB maps, {FACILITIES} facilities"
    return [
        Measurement("burst: notices read and attached", len(contents) / read_after, None, "1/s", "", note),
        Measurement("burst: numbers of all of them", len(contents) / done_after, None, "1/s", "", note),
        Measurement("burst: notices lost", lost, None, "", "0", note),
        Measurement("burst: peak memory, all processes", memory, None, "MB", "< 700 MB", f"{note}; PSS"),
    ]


def _hub(folder: Path, cluster: MockCluster, slack: SlackStandIn, *, when: str, more: str = "") -> HubProcess:
    BrokerControl(cluster).join_at_once()
    config = configuration(folder, cluster.bootstrap_servers, slack, when=when)
    names = json.dumps(_facilities())
    text = config.read_text().replace("workers = 1", "workers = 2")
    config.write_text(
        text.replace('["ZTF", "DECam", "GOTO-N"]', names).replace(
            '["igwn.gwalert"]', '["igwn.gwalert", "mixed"]'
        )
        + more
    )
    return HubProcess(config, folder / "hub.log")


def _facilities() -> list[str]:
    from facilities.registry import load_registry

    return [facility.name for facility in load_registry() if not facility.space][:FACILITIES]


def _produce(cluster: MockCluster, contents: list[tuple[str, bytes]], database: Path) -> None:
    """As fast as it goes, at most 4 MB ahead of the hub: the mock broker keeps 5 MB of a partition."""
    ahead: deque[int] = deque()
    for number, (topic, content) in enumerate(contents):
        ahead.append(len(content))
        while sum(ahead) > 4e6:
            stored = _count(database, "SELECT count(*) FROM messages")
            while ahead and number + 1 - len(ahead) < stored:
                ahead.popleft()
        cluster.produce(topic, content)


def _mixture() -> list[tuple[str, bytes]]:
    """A tenth gravitational waves, the rest bursts and neutrinos, each a notice of its own."""
    alert = json.loads(next(m for m in simulate("bns", seed=4) if "preliminary" in m.name).content)
    contents: list[tuple[str, bytes]] = []
    for number in range(BURST // 10):
        contents.append(
            ("igwn.gwalert", json.dumps({**alert, "superevent_id": f"MS270115{_letters(number)}"}).encode())
        )
    seed = 0
    while len(contents) < BURST:
        seed += 1
        at = DEFAULT_START + timedelta(hours=3 * seed)
        contents += [("mixed", m.content) for kind in ("grb", "neutrino") for m in simulate(kind, at, seed)]
    contents = contents[:BURST]
    # Interleaved as an evening would be, always in the same order.
    return [contents[(7 * number) % BURST] for number in range(BURST)]


def _letters(number: int) -> str:
    return chr(97 + number // 676 % 26) + chr(97 + number // 26 % 26) + chr(97 + number % 26)


def _send(cluster: MockCluster, alert: dict[str, object], name: str) -> int:
    content = json.dumps({**alert, "superevent_id": name}).encode()
    cluster.produce("igwn.gwalert", content)
    return len(content)


def _posted(slack: SlackStandIn, name: str) -> float | None:
    """When the request that posted this event's card arrived."""
    for call in reversed(slack.calls_of("chat.postMessage")):
        if name in json.dumps(call.arguments):
            return call.at
    return None


def _count(database: Path, query: str) -> int:
    with suppress(sqlite3.OperationalError):
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        try:
            return int(connection.execute(query).fetchone()[0])
        finally:
            connection.close()
    return -1


def _wait(condition: object, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    assert callable(condition)
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {PATIENCE:.0f} s for {what}")
        time.sleep(0.01)


class _Peak:
    """Samples the proportional set size of a process and all that it started: shared pages count once."""

    def __init__(self, pid: int) -> None:
        self._group = os.getpgid(pid)
        self._peak = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """The largest sum seen, in MB."""
        self._stopping.set()
        self._thread.join()
        return self._peak

    def _sample(self) -> None:
        while not self._stopping.wait(0.2):
            self._peak = max(self._peak, sum(map(_proportional_set_size, self._members())) / 1000.0)

    def _members(self) -> list[int]:
        members = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                if os.getpgid(int(entry.name)) == self._group:
                    members.append(int(entry.name))
        return members


def _proportional_set_size(pid: int) -> float:
    """In kB; 0 for a process that is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return float(line.split()[1])
    return 0.0


if __name__ == "__main__":
    print(table(run()))
