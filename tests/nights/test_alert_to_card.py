"""An alert crosses Kafka and becomes one card in Slack that is kept true: real processes, real sockets."""

from __future__ import annotations

import base64
import gzip
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from gcn.mock_cluster import MockCluster
from simulation.night import simulate
from skymaps.skymap import SkyMap
from skymaps.writer import write_skymap
from tests.nights.hub_process import HubProcess, configuration, wait_until
from tests.nights.hub_that_dies import POINTS
from tests.standins.mock_broker import BrokerControl
from tests.standins.slack import Channel, SlackStandIn

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn.in_thread() as stand_in:
        stand_in.add_channel("gw")
        yield stand_in


@pytest.fixture
def cluster() -> Iterator[MockCluster]:
    """A broker with a pulse, as GCN's has."""
    with MockCluster() as cluster:
        BrokerControl(cluster).join_at_once()
        over = threading.Event()

        def beat() -> None:
            while not over.wait(1.0):
                cluster.produce("gcn.heartbeat", b"{}")

        pulse = threading.Thread(target=beat)
        pulse.start()
        yield cluster
        over.set()
        pulse.join()


def _real_series(shared_data: Path) -> list[bytes]:
    folder = shared_data / "lvk-json" / "S230518h"
    names = ("Preliminary_alert.json.gz", "Initial_alert.json", "Update_alert.json.gz")
    contents = [(folder / f"S230518h-{name}").read_bytes() for name in names]
    return [gzip.decompress(c) if c.startswith(b"\x1f\x8b") else c for c in contents]


def test_a_real_series_is_one_card_edited_twice_with_its_changes_in_the_thread(
    slack: SlackStandIn, cluster: MockCluster, tmp_path: Path, shared_data: Path
) -> None:
    config = configuration(tmp_path, cluster.bootstrap_servers, slack, when="significant")
    hub = HubProcess(config, tmp_path / "hub.log")
    gw = slack.channel("#gw")
    try:
        preliminary, initial, update = _real_series(shared_data)
        cluster.produce("igwn.gwalert", preliminary)
        hub.wait_until(lambda: gw.find("S230518h") is not None, "the card")
        card = gw.expect("S230518h")
        assert "NSBH" in card.words
        assert "1002 deg²" in card.words
        hub.wait_until(lambda: len(card.pictures) == 2, "its pictures")
        drawn = card.edits

        cluster.produce("igwn.gwalert", initial)
        hub.wait_until(lambda: "666 deg²" in card.words, "the edit of the initial notice")
        hub.wait_until(lambda: len(gw.thread(card.ts)) == 1, "what the initial notice changed")
        cluster.produce("igwn.gwalert", update)
        hub.wait_until(lambda: len(gw.thread(card.ts)) == 2, "what the update changed")
        assert len(gw.messages) == 1
        assert card.edits >= drawn + 2
        assert "1002 → *666 deg²*" in gw.expect("a human has looked").words
        assert "1002" not in gw.expect("Update").words
        assert slack.unexpected == []
        assert hub.stop() == 0
    finally:
        hub.kill()


def _series(name: str) -> list[bytes]:
    """Two preliminaries and an initial of a mock merger, with a coarse map: the mock broker keeps 5 MB."""
    pixels = np.arange(768)
    coarse = SkyMap.from_cells(4 * 4**3 + pixels, np.exp(-pixels / 20.0))
    skymap = base64.b64encode(write_skymap(coarse)).decode()
    alerts = [
        json.loads(m.content)
        for m in simulate("bns", seed=4)
        if m.name.endswith(("preliminary.json", "initial.json"))
    ]
    return [
        json.dumps({**alert, "superevent_id": name, "event": {**alert["event"], "skymap": skymap}}).encode()
        for alert in alerts
    ]


def _told_or_dead(channel: Channel, name: str, hub: HubProcess) -> bool:
    return channel.find(name) is not None or not hub.running


def _nothing_owed(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as database:
        waiting = "SELECT count(*) FROM outbox WHERE state NOT IN ('sent', 'superseded')"
        return database.execute(waiting).fetchone() == (0,)


def test_killed_at_every_step_the_desk_loses_nothing_and_says_nothing_twice(
    slack: SlackStandIn, cluster: MockCluster, tmp_path: Path
) -> None:
    """At each step one process dies with three notices on their way, and the next goes on from there."""
    config = configuration(tmp_path, cluster.bootstrap_servers, slack, when="mock")
    gw = slack.channel("#gw")
    names = []
    for number, point in enumerate(POINTS):
        hub = HubProcess(config, tmp_path / "hub.log", dies_at=point)
        try:
            # A new event each time, so that every kind of step lies ahead of every process; its further
            # notices once it has a card, or they would all be told by the first words.
            name = f"MS27{number:02d}15kill{chr(97 + number)}"
            first, *further = _series(name)
            cluster.produce("igwn.gwalert", first)
            wait_until(partial(_told_or_dead, gw, name, hub), f"{name}, or the process to die {point}")
            cluster.produce_all("igwn.gwalert", further)
            names.append(name)
            wait_until(lambda hub=hub: not hub.running, f"the process to die {point}")
        finally:
            hub.kill()
    last = HubProcess(config, tmp_path / "hub.log")
    try:
        for name in names:
            last.wait_until(lambda name=name: gw.find(name) is not None, f"the card of {name}", 120)
            card = gw.expect(name)
            last.wait_until(lambda card=card: "initial" in card.words, f"the last words of {name}", 120)
        last.wait_until(lambda: _nothing_owed(tmp_path / "nightdesk.sqlite"), "everything to be said", 120)
        # A desk that was killed so often may also say, rightly, that mock superevents took it a minute.
        told = [message for message in gw.messages if "candidate" in message.text]
        cards = [message.text.split("·")[0].strip() for message in told]
        assert len(cards) == len(set(cards)) == len(names)
        for name in names:
            card = gw.find(name)
            assert card is not None
            replies = [reply.words for reply in gw.thread(card.ts)]
            assert len(replies) == len(set(replies)), f"{name}: something was said twice: {replies}"
        assert last.stop() == 0
    finally:
        last.kill()
