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
from pathlib import Path
from unittest.mock import patch

from benchmarks.chat_load import (
    ALERTS,
    COMMANDS,
    EVENTS,
    PEOPLE,
    ROUNDS,
    SETTLE,
    TYPED,
    Heard,
    burst,
    fill,
    rows,
)
from benchmarks.hub import _hub
from benchmarks.timing import Measurement, table
from gcn.mock_cluster import MockCluster
from tests.standins.slack_people import ACK_TIME, TRIGGER_LIFE, SlackPerson, SlackWithPeople

WARM_UP = 60.0  # s that the sockets may take to open


def run() -> list[Measurement]:
    """Fifty people who each ask, and type into an option, one thing after the other."""
    with tempfile.TemporaryDirectory() as folder, MockCluster() as cluster:
        return asyncio.run(_measured(Path(folder), cluster))


async def _measured(folder: Path, cluster: MockCluster) -> list[Measurement]:
    await fill(folder / "nightdesk.sqlite")
    async with SlackWithPeople() as slack:
        slack.acks_within, slack.triggers_live = ACK_TIME, TRIGGER_LIFE
        slack.add_channel("gw")
        people = [slack.person(f"U0PERSON{number:02d}") for number in range(PEOPLE)]
        with patch.dict(os.environ, {"NIGHTDESK_SLACK__APP_TOKEN": "xapp-1"}):
            hub = _hub(folder, cluster, slack, when="mock")
        try:
            await slack.wait_for(lambda: slack.connections >= 2, WARM_UP)
            await asyncio.sleep(SETTLE)
            quiet = await asyncio.gather(*(_type(person) for person in people))
            coming = threading.Thread(target=burst, args=(cluster,), daemon=True)
            coming.start()
            asked = await asyncio.gather(*(_ask(person, number) for number, person in enumerate(people)))
            alone = [await _type(people[0]) for _ in range(PEOPLE)]
            typed = await asyncio.gather(*(_type(person) for person in people))
            coming.join()
        finally:
            hub.kill()
    commands = [each for some in asked for each in some]
    note = f"{PEOPLE} people at once, {len(commands)} commands, {ALERTS} alerts with 3-D maps coming in"
    names = f"{PEOPLE} people at one instant among {EVENTS:,} events"
    return [
        *rows("Slack: acknowledged", commands, "< 1 s", note),
        *rows("Slack: completion, one after the other", alone, "< 0.3 s", f"{EVENTS:,} events, same burst"),
        *rows("Slack: completion, all at once", typed, "< 0.3 s", f"{names}, same burst"),
        *rows("Slack: completion, all at once, no burst", quiet, "< 0.3 s", names),
    ]


async def _ask(person: SlackPerson, number: int) -> list[Heard]:
    """One person's commands: how long each took to be acknowledged."""
    rng, made = random.Random(number), []
    for _ in range(ROUNDS):
        path, given = rng.choice(COMMANDS)
        line = " ".join([path, *(f"{name}:{value}" for name, value in given.items())])
        began = time.monotonic()
        try:
            done = await person.types("/nd", line, "#gw")
            made.append(Heard(done.seconds, done.attempts == 1))
        except AssertionError:  # three deliveries that nobody acknowledged
            made.append(Heard(time.monotonic() - began, at_once=False))
        await asyncio.sleep(rng.uniform(0.2, 1.0))
    return made


async def _type(person: SlackPerson) -> Heard:
    """How long the choices took for what somebody has typed into a field."""
    element = {"type": "external_select", "action_id": "event show|event"}
    person.views.append({"id": "V1", "blocks": [{"type": "input", "block_id": "event", "element": element}]})
    began = time.monotonic()
    try:
        offered = await person.completes("event", TYPED)
    except AssertionError:
        offered = []
    return Heard(time.monotonic() - began, at_once=bool(offered))


if __name__ == "__main__":
    print(table(run()))
