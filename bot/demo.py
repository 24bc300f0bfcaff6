"""The demo: a simulated night through the whole desk, with nothing configured."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.rule import Rule

from bot.asking import AskingHere, completing
from bot.demo_story import PROLOGUE, told
from bot.hub import Hub, HubOptions
from bot.prompt import Prompt
from bot.quiet import wait_until_quiet
from bot.settings import Settings
from bot.typed_lines import lines_of_stdin
from commands.request import Account
from gcn.heartbeat import HEARTBEAT_TOPIC
from gcn.mock_cluster import MockCluster
from shifts.people_file import People
from simulation.night import Scene, simulate_night
from store.clock import SystemClock

PATIENCE = 120.0  # s for one message to be read, told and drawn
PULSE = 1.0  # s between heartbeats
YOU = "you"


class NightClock:
    """The machine's clock, moved ahead to each message of the night as it is sent.

    A night of many hours passes in a minute and its cards still tell true ages.
    """

    def __init__(self) -> None:
        self._machine = SystemClock()
        self._ahead = timedelta()

    def now(self) -> datetime:
        return self._machine.now() + self._ahead

    def monotonic(self) -> float:
        return self._machine.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._machine.sleep(seconds)

    def skip_to(self, instant: datetime) -> None:
        """Let the time until `instant` have passed."""
        self._ahead += max(timedelta(), instant - self.now())


class Demo:
    """Embedded broker, SQLite and terminal chat; everything it makes goes into one folder."""

    def __init__(self, console: Console, folder: Path, seed: int) -> None:
        self._console = console
        self._folder = folder
        self._pictures = folder / "pictures"
        self._seed = seed
        self._clock = NightClock()

    async def run(self, *, once: bool) -> None:
        """Play the night; then end, or wait at a prompt."""
        self._clear()
        self._say("nightdesk demo", style="bold")
        for line in PROLOGUE:
            self._say(line)
        night = await asyncio.to_thread(simulate_night, self._clock.now(), self._seed)
        with MockCluster() as cluster:
            hub = Hub(
                self._settings(cluster.bootstrap_servers, night),
                self._clock,
                HubOptions(console=self._console, pictures=self._pictures),
            )
            async with hub.running(), asyncio.TaskGroup() as tasks:
                pulse = tasks.create_task(self._beat(cluster))
                await self._play(hub, cluster, night)
                self._name_pictures()
                if not once:
                    await self._converse(hub)
                pulse.cancel()

    async def _converse(self, hub: Hub) -> None:
        """Wait at a prompt, as a person who may do everything."""
        you = {"name": YOU, "timezone": "Europe/Paris", "permissions": ["administrator", "trigger:*"]}
        await hub.desk.rooms.people.put(People.from_dict({"people": [you]}), by="demo")
        asking = AskingHere(hub.desk, Account("terminal", YOU))
        lines = lines_of_stdin(completing(asking))
        await Prompt(self._console, asking, lines, self._pictures).run()

    def _clear(self) -> None:
        """Begin anew: only what an earlier demo made is removed."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in self._folder.glob("night.sqlite*"):
            path.unlink()
        shutil.rmtree(self._pictures, ignore_errors=True)

    def _settings(self, bootstrap_servers: str, night: Sequence[Scene]) -> Settings:
        near = "mock && p.BNS + p.NSBH > 0.5 && distance_mean < 500.0"
        return Settings.model_validate(
            {
                "desk": {"name": "nightdesk demo"},
                "database": {"url": f"sqlite:///{self._folder / 'night.sqlite'}"},
                "gcn": {
                    "bootstrap_servers": bootstrap_servers,
                    "security_protocol": "plaintext",
                    "fetch_maps": False,
                    "topics": sorted({scene.message.topic for scene in night}),
                    "consumer": {"fetch.wait.max.ms": "50", "topic.metadata.refresh.interval.ms": "500"},
                },
                "web": {"port": 0},
                "channels": [
                    {"name": "#night-desk", "kind": "terminal", "timezone": "Europe/Paris"},
                    {"name": "#all-candidates", "kind": "terminal"},
                ],
                "routes": [
                    {"name": "near neutron stars", "when": near, "channels": ["#night-desk"]},
                    {"name": "bursts", "when": 'mock && has_tag("GRB")', "channels": ["#night-desk"]},
                    {"name": "neutrinos", "when": 'mock && has_tag("neutrino")', "channels": ["#night-desk"]},
                    {
                        "name": "the rest, for the morning",
                        "when": 'mock && mission == "LVK" && p.BBH > 0.5',
                        "channels": ["#all-candidates"],
                    },
                ],
            }
        )

    async def _beat(self, cluster: MockCluster) -> None:
        while True:
            await asyncio.to_thread(cluster.produce, HEARTBEAT_TOPIC, b"{}")
            await self._clock.sleep(PULSE)

    async def _play(self, hub: Hub, cluster: MockCluster, night: Sequence[Scene]) -> None:
        await self._until_subscribed(hub)
        for scene, words in told(night):
            message = scene.message
            self._clock.skip_to(message.at)
            self._console.print()
            self._console.print(Rule(f"{message.at:%d %b %H:%M:%S} UTC · {message.name}", style="dim"))
            self._console.print(words, style="italic", highlight=False, markup=False)
            stored = hub.stream.state.new
            await asyncio.to_thread(cluster.produce, message.topic, message.content)
            await self._until_stored(hub, stored)
            if not await wait_until_quiet(hub.database, self._clock, PATIENCE):
                self._say(
                    f"{message.name}: not everything has been said after {PATIENCE:.0f} s", style="yellow"
                )

    async def _until_subscribed(self, hub: Hub) -> None:
        """Wait for the first heartbeat: from then on nothing is waited for but the desk itself."""
        began = self._clock.monotonic()
        while hub.stream.state.last_heartbeat is None and self._clock.monotonic() - began < PATIENCE:
            await self._clock.sleep(0.1)

    async def _until_stored(self, hub: Hub, before: int) -> None:
        began = self._clock.monotonic()
        while hub.stream.state.new == before and self._clock.monotonic() - began < PATIENCE:
            await self._clock.sleep(0.02)

    def _name_pictures(self) -> None:
        pictures = sorted(self._pictures.rglob("*.png"))
        self._console.print(Rule("the night is over", style="dim"))
        self._say(f"{len(pictures)} pictures:")
        for path in pictures:
            self._say(f"  {path}")

    def _say(self, text: str, style: str = "") -> None:
        self._console.print(text, style=style, highlight=False, markup=False, soft_wrap=True)
