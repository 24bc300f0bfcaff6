"""Two replicas of the hub on one database share an evening."""

from __future__ import annotations

from pathlib import Path

import pytest
from confluent_kafka import Producer

from bot import schema
from bot.hub import Hub
from store.clock import SystemClock
from store.database import Database
from tests.nights.alerts import superevent
from tests.nights.desk import TOPIC, HubOfWords, Night, open_night

pytestmark = pytest.mark.long

PARTITIONS = 4  # of every topic of the mock broker
ROUTES = {
    "significant && classification.BNS > 0.5": ["mergers"],
    "significant && classification.BBH > 0.5": ["holes"],
}


class Elsewhere(HubOfWords):
    """A replica that signs as another machine does: here two hubs share a process, and its number."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self._owner = "elsewhere:1"


def spread(night: Night, contents: list[bytes]) -> None:
    """Send messages to all partitions in turn, so that each replica gets some of them."""
    producer = Producer({"bootstrap.servers": night.cluster.bootstrap_servers})
    for number, content in enumerate(contents):
        night.contents.add((TOPIC, content))
        producer.produce(TOPIC, content, partition=number % PARTITIONS)
    assert producer.flush(10) == 0


async def test_two_replicas_share_an_evening_and_say_everything_once(
    tmp_path: Path, postgres_url: str
) -> None:
    database = Database(postgres_url)
    await schema.upgrade(database)
    await database.dispose()
    async with open_night(tmp_path, routes=ROUTES, database={"url": postgres_url}) as night:
        other = Elsewhere(night.hub.settings, SystemClock())
        async with other.running():
            replicas: list[Hub] = [night.hub, other]
            await night.alert(superevent("S261118a"))
            await night.card("S261118a", channel="mergers")
            await night.until(
                lambda: all(hub.stream.state.assigned for hub in replicas) or None, "both to have partitions"
            )
            before = [hub.stream.state.new for hub in replicas]

            names = {f"S261119{letter}": letter < "f" for letter in "abcdefghij"}
            classes = {True: {"BNS": 0.9, "BBH": 0.1}, False: {"BNS": 0.1, "BBH": 0.9}}
            evening = [superevent(name, classification=classes[bns]) for name, bns in names.items()]
            evening += [
                superevent(name, "INITIAL", minute=30, classification=classes[bns], far=1e-7)
                for name, bns in names.items()
            ]
            spread(night, evening)
            for name, bns in names.items():
                await night.card(name, "initial 1", channel="mergers" if bns else "holes")
            await night.settled()

            shares = [hub.stream.state.new - was for hub, was in zip(replicas, before, strict=True)]
            assert sum(shares) == len(evening)
            assert min(shares) > 0
            for channel in ("mergers", "holes"):
                messages = night.slack.channel(channel).messages
                titles = [message.text.split("·")[0] for message in messages]
                assert len(titles) == len(set(titles))
                for message in messages:
                    # None where the card was posted after both notices: then nobody missed the first one.
                    assert len(night.replies(message)) <= 1
