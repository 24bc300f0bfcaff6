"""The desk in Discord while a burst of alerts comes in: how soon people are heard, completed, answered.

The hub runs in processes of its own (`nightdesk run`, two workers); Discord and Slack are stand-ins in this
one, so what is measured is what clients would see: from the event on the gateway to the answer by REST.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

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
from tests.standins.discord import DiscordStandIn, Interaction, Place, User
from tests.standins.discord_interactions import TO_ANSWER
from tests.standins.slack import SlackStandIn

PATIENCE = 120.0  # s


def run() -> list[Measurement]:
    """Fifty people who each ask, and type into an option, one thing after the other."""
    with tempfile.TemporaryDirectory() as folder, MockCluster() as cluster, SlackStandIn.in_thread() as slack:
        slack.add_channel("gw")
        return asyncio.run(_measured(Path(folder), cluster, slack))


async def _measured(folder: Path, cluster: MockCluster, slack: SlackStandIn) -> list[Measurement]:
    await fill(folder / "nightdesk.sqlite")
    async with DiscordStandIn() as discord:
        discord.interactions.answers_within = TO_ANSWER
        place = discord.add_channel("gw")
        people = [discord.add_user(f"person{number}") for number in range(PEOPLE)]
        hub = _hub(folder, cluster, slack, when="mock", more=_settings(discord))
        try:
            await discord.gateway.connected(60.0)
            await asyncio.sleep(SETTLE)
            quiet = await asyncio.gather(*(_type(discord, place, person) for person in people))
            coming = threading.Thread(target=burst, args=(cluster,), daemon=True)
            coming.start()
            asked = await asyncio.gather(
                *(_ask(discord, place, person, n) for n, person in enumerate(people))
            )
            alone = [await _type(discord, place, people[0]) for _ in range(PEOPLE)]
            typed = await asyncio.gather(*(_type(discord, place, person) for person in people))
            coming.join()
        finally:
            hub.kill()
        commands = [each for some in asked for each in some]
        note = f"{PEOPLE} people at once, {len(commands)} commands, {ALERTS} alerts with 3-D maps coming in"
        names = f"{PEOPLE} people at one instant among {EVENTS:,} events"
        return [
            *rows("Discord: acknowledged", [heard for heard, _ in commands], "< 1 s", note),
            *rows("Discord: answered", [answered for _, answered in commands], "", note),
            *rows(
                "Discord: completion, one after the other", alone, "< 0.3 s", f"{EVENTS:,} events, same burst"
            ),
            *rows("Discord: completion, all at once", typed, "< 0.3 s", f"{names}, same burst"),
            *rows("Discord: completion, all at once, no burst", quiet, "< 0.3 s", names),
        ]


def _settings(discord: DiscordStandIn) -> str:
    return (
        f'\n[discord]\ntoken = "{discord.token}"\napi_url = "{discord.url}"\n'
        f'gateway_url = "{discord.gateway_url}"\n'
    )


async def _ask(discord: DiscordStandIn, place: Place, person: User, number: int) -> list[tuple[Heard, Heard]]:
    """One person's commands: how long each took to be acknowledged, and to be answered."""
    rng, made = random.Random(number), []
    for _ in range(ROUNDS):
        path, given = rng.choice(COMMANDS)
        began = time.monotonic()
        interaction = await discord.interactions.command(person, path, given, place=place)
        made.append((await _until_heard(discord, interaction), Heard(time.monotonic() - began)))
        await asyncio.sleep(rng.uniform(0.2, 1.0))
    return made


async def _type(discord: DiscordStandIn, place: Place, person: User) -> Heard:
    interaction = await discord.interactions.complete(person, "event show", "event", TYPED, place=place)
    heard = await _until_heard(discord, interaction)
    return Heard(heard.seconds, heard.at_once and bool(interaction.choices))


async def _until_heard(discord: DiscordStandIn, interaction: Interaction) -> Heard:
    """Until there is an answer; Discord gives up after three seconds without an acknowledgement."""
    began = time.monotonic()
    with suppress(AssertionError):
        await discord.interactions.answered(interaction, PATIENCE)
    seconds = interaction.answered_in
    return Heard(time.monotonic() - began if seconds is None else seconds, at_once=seconds is not None)


if __name__ == "__main__":
    print(table(run()))
