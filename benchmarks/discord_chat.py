"""The desk in Discord while a burst of alerts comes in: how soon people are heard, completed, answered.

The hub runs in processes of its own (`nightdesk run`, two workers); Discord and Slack are stand-ins in this
one, so what is measured is what clients would see: from the event on the gateway to the answer by REST.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.hub import _hub, _letters
from benchmarks.timing import Measurement, table
from gcn.mock_cluster import MockCluster
from simulation.night import simulate
from tests.standins.discord import DiscordStandIn, Interaction, Place, User
from tests.standins.slack import SlackStandIn

PEOPLE = 50
ROUNDS = 6
ALERTS = 300
COMMANDS = (
    ("event latest", {}),
    ("event show", {"event": "latest"}),
    ("event list", {}),
    ("facility status", {"facility": "ZTF"}),
    ("status", {}),
    ("help", {}),
)


def run() -> list[Measurement]:
    """Fifty people who each ask, and type into an option, one thing after the other."""
    with tempfile.TemporaryDirectory() as folder, MockCluster() as cluster, SlackStandIn.in_thread() as slack:
        slack.add_channel("gw")
        return asyncio.run(_measured(Path(folder), cluster, slack))


async def _measured(folder: Path, cluster: MockCluster, slack: SlackStandIn) -> list[Measurement]:
    async with DiscordStandIn() as discord:
        place = discord.add_channel("gw")
        people = [discord.add_user(f"person{number}") for number in range(PEOPLE)]
        hub = _hub(folder, cluster, slack, when="mock", more=_settings(discord))
        try:
            await discord.gateway.connected(60.0)
            burst = threading.Thread(target=_burst, args=(cluster,), daemon=True)
            burst.start()
            asked = await asyncio.gather(
                *(_ask(discord, place, person, n) for n, person in enumerate(people))
            )
            typed = await asyncio.gather(*(_type(discord, place, person) for person in people))
        finally:
            hub.kill()
        commands = [each for some in asked for each in some]
        note = f"{PEOPLE} people at once, {len(commands)} commands, {ALERTS} alerts with 3-D maps coming in"
        said = [answered for _, answered in commands]
        return [
            *_rows("Discord: acknowledged", [made.answered_in or 0.0 for made, _ in commands], "< 1 s", note),
            *_rows("Discord: answered", said, "", note),
            *_rows("Discord: completion", typed, "< 0.3 s", f"{PEOPLE} people typing at once, same burst"),
        ]


def _settings(discord: DiscordStandIn) -> str:
    return (
        f'\n[discord]\ntoken = "{discord.token}"\napi_url = "{discord.url}"\n'
        f'gateway_url = "{discord.gateway_url}"\n'
    )


def _burst(cluster: MockCluster) -> None:
    alert = json.loads(next(m for m in simulate("bns", seed=4) if "preliminary" in m.name).content)
    for number in range(ALERTS):
        content = json.dumps({**alert, "superevent_id": f"MS270115{_letters(number)}"}).encode()
        cluster.produce("igwn.gwalert", content)
        time.sleep(0.05)  # the mock broker keeps 5 MB of a partition


async def _ask(
    discord: DiscordStandIn, place: Place, person: User, number: int
) -> list[tuple[Interaction, float]]:
    """One person's commands: each with how long its answer took."""
    rng, made = random.Random(number), []
    for _ in range(ROUNDS):
        path, given = rng.choice(COMMANDS)
        began = time.monotonic()
        interaction = await discord.interactions.command(person, path, given, place=place)
        await discord.interactions.answered(interaction, 120.0)
        made.append((interaction, time.monotonic() - began))
        await asyncio.sleep(rng.uniform(0.2, 1.0))
    return made


async def _type(discord: DiscordStandIn, place: Place, person: User) -> float:
    interaction = await discord.interactions.complete(person, "event show", "event", "MS2701", place=place)
    await discord.interactions.answered(interaction, 120.0)
    assert interaction.answered_in is not None
    return interaction.answered_in


def _rows(name: str, seconds: Sequence[float], goal: str, note: str) -> list[Measurement]:
    p99 = statistics.quantiles(seconds, n=100)[98]
    return [
        Measurement(f"{name}, median", statistics.median(seconds), None, "s", "", note),
        Measurement(f"{name}, p99", p99, None, "s", goal, note),
    ]


if __name__ == "__main__":
    print(table(run()))
