"""What both chats are measured under: fifty people, 10,000 past events, a burst of alerts coming in."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from benchmarks.hub import _letters
from benchmarks.timing import Measurement
from bot import schema
from events.tables import EventNameRow, EventRow
from gcn.mock_cluster import MockCluster
from simulation.night import simulate
from store.database import Database

PEOPLE = 50
ROUNDS = 6
ALERTS = 300
EVENTS = 10_000
TYPED = "S2405"
SETTLE = 20.0  # s for the workers to warm up, which use all cores for it
COMMANDS = (
    ("event latest", {}),
    ("event show", {"event": "latest"}),
    ("event list", {}),
    ("facility status", {"facility": "ZTF"}),
    ("status", {}),
    ("help", {}),
)


@dataclass(frozen=True)
class Heard:
    """One thing a person did: how long until it was answered, and whether it was, at the first delivery."""

    seconds: float
    at_once: bool = True


def rows(name: str, heard: Sequence[Heard], goal: str, note: str) -> list[Measurement]:
    """Median and 99th percentile, and how many were not heard the first time they were delivered."""
    seconds = [each.seconds for each in heard]
    late = len([each for each in heard if not each.at_once])
    return [
        Measurement(f"{name}, median", statistics.median(seconds), None, "s", "", note),
        Measurement(f"{name}, p99", statistics.quantiles(seconds, n=100)[98], None, "s", goal, note),
        Measurement(f"{name}, not at the first delivery", late, None, "", "0", f"of {len(heard)}; {note}"),
    ]


def burst(cluster: MockCluster) -> None:
    """Three hundred alerts of 1 MB with 3-D maps, as fast as the mock broker keeps them."""
    alert = json.loads(next(m for m in simulate("bns", seed=4) if "preliminary" in m.name).content)
    for number in range(ALERTS):
        content = json.dumps({**alert, "superevent_id": f"MS270115{_letters(number)}"}).encode()
        cluster.produce("igwn.gwalert", content)
        time.sleep(0.05)  # the mock broker keeps 5 MB of a partition


async def fill(file: Path, count: int = EVENTS) -> None:
    """Put `count` past events with the names they are found by into a new database."""
    database = Database(f"sqlite+aiosqlite:///{file}")
    await schema.upgrade(database)
    first = datetime(2023, 5, 1, tzinfo=UTC)
    events, names = [], []
    for number in range(1, count + 1):
        at = first + timedelta(hours=3 * number)
        bare = f"S{at:%y%m%d}{'abcdefgh'[number % 8]}"
        events.append(
            {"id": number, "key": f"LVK:{bare}", "name": bare, "mission": "LVK", "role": "observation",
             "retracted": False, "trigger_time": at, "created": at, "changed": at}
        )  # fmt: skip
        names += [
            {"event_id": number, "name": name, "folded": name.casefold(), "is_alias": False}
            for name in (bare, f"LVK:{bare}")
        ]
    async with database.write() as session:
        await session.execute(insert(EventRow), events)
        await session.execute(insert(EventNameRow), names)
    await database.dispose()
