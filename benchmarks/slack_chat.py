"""The desk in Slack over Socket Mode while a burst of alerts comes in, with 10,000 events in the store.

The hub runs in processes of its own (`nightdesk run`, two workers); Slack is a stand-in in this one, so what
is measured is what Slack sees: from the envelope on the socket to its acknowledgement, or to the choices.
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import insert

from benchmarks.discord_chat import ALERTS, COMMANDS, PEOPLE, ROUNDS, _burst, _rows
from benchmarks.hub import _hub
from benchmarks.timing import Measurement, table
from bot import schema
from events.tables import EventNameRow, EventRow
from gcn.mock_cluster import MockCluster
from store.database import Database
from tests.standins.slack_people import SlackPerson, SlackWithPeople

EVENTS = 10_000
WARM_UP = 60.0  # s that the sockets may take to open


def run() -> list[Measurement]:
    """Fifty people who each ask, and type into an option, one thing after the other."""
    with tempfile.TemporaryDirectory() as folder, MockCluster() as cluster:
        return asyncio.run(_measured(Path(folder), cluster))


async def _measured(folder: Path, cluster: MockCluster) -> list[Measurement]:
    await fill(folder / "nightdesk.sqlite", EVENTS)
    async with SlackWithPeople() as slack:
        slack.add_channel("gw")
        people = [slack.person(f"U0PERSON{number:02d}") for number in range(PEOPLE)]
        with patch.dict(os.environ, {"NIGHTDESK_SLACK__APP_TOKEN": "xapp-1"}):
            hub = _hub(folder, cluster, slack, when="mock")
        try:
            await slack.wait_for(lambda: slack.connections >= 2, WARM_UP)
            burst = threading.Thread(target=_burst, args=(cluster,), daemon=True)
            burst.start()
            asked = await asyncio.gather(*(_ask(person, number) for number, person in enumerate(people)))
            alone = [await _type(people[0]) for _ in range(PEOPLE)]
            typed = await asyncio.gather(*(_type(person) for person in people))
            burst.join()
        finally:
            hub.kill()
    seconds = [each for some in asked for each in some]
    note = f"{PEOPLE} people at once, {len(seconds)} commands, {ALERTS} alerts with 3-D maps coming in"
    names = f"{PEOPLE} people at one instant among {EVENTS:,} events, same burst"
    return [
        *_rows("Slack: acknowledged", seconds, "< 1 s", note),
        *_rows("Slack: completion, one after the other", alone, "< 0.3 s", f"{EVENTS:,} events, same burst"),
        *_rows("Slack: completion, all at once", typed, "< 0.3 s", names),
    ]


async def fill(file: Path, count: int) -> None:
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


async def _ask(person: SlackPerson, number: int) -> list[float]:
    """One person's commands: how long each took to be acknowledged."""
    rng, made = random.Random(number), []
    for _ in range(ROUNDS):
        path, given = rng.choice(COMMANDS)
        line = " ".join([path, *(f"{name}:{value}" for name, value in given.items())])
        done = await person.types("/nd", line, "#gw")
        assert done.attempts == 1, "Slack had to deliver it again"
        made.append(done.seconds)
        await asyncio.sleep(rng.uniform(0.2, 1.0))
    return made


async def _type(person: SlackPerson) -> float:
    """How long the choices took for what somebody has typed into a field."""
    element = {"type": "external_select", "action_id": "event show|event"}
    person.views.append({"id": "V1", "blocks": [{"type": "input", "block_id": "event", "element": element}]})
    began = time.monotonic()
    assert await person.completes("event", "S2405"), "nothing was offered"
    return time.monotonic() - began


if __name__ == "__main__":
    print(table(run()))
