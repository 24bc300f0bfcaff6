"""The desk of one night: the real hub on a real broker, with Slack beside it, in the words of a shifter.

    async with open_night(tmp_path) as night:
        await night.alert(superevent("S261119a"))
        card = await night.card("S261119a", "BNS")
        await night.alert(retraction("S261119a"))
        await night.reply(card, "Retracted")

A night in which Slack was told anything that nobody asked for fails when it ends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from sqlalchemy import func, select

from bot import schema
from bot.hub import Hub
from bot.settings import Settings
from events.state import EventState
from events.tables import AnalysisRow, AnalysisState
from gcn.heartbeat import HEARTBEAT_TOPIC
from gcn.mock_cluster import MockCluster
from gcn.tables import Message as StoredMessage
from gcn.tables import MessageState
from notifiers.paging.tables import SelfTestRow
from notifiers.tables import OPEN, DrawingRow, DrawingState, OutboxRow
from store.clock import Clock, SystemClock
from store.database import DATABASE_AWAY
from tests.patience import PATIENCE
from tests.standins.mock_broker import BrokerControl
from tests.standins.slack import Message, SlackStandIn

LOOK_AGAIN = 0.02  # s
BEAT = 0.2  # s
TOPIC = "igwn.gwalert"

T = TypeVar("T")


class HubOfWords(Hub):
    """The hub without its illustrator: a picture takes seconds of processor, most nights are about words."""

    def _illustrator(self) -> Any:
        return _Absent()


class _Absent:
    async def run(self) -> None:
        await asyncio.Event().wait()


@dataclass
class Night:
    """What happens (`alert`), what people read (`card`, `reply`, `warning`), when all is said (`quiet`)."""

    hub: Hub
    slack: SlackStandIn
    cluster: MockCluster
    contents: set[tuple[str, bytes]] = field(default_factory=set, repr=False)  # all that was sent

    async def alert(self, *contents: bytes, topic: str = TOPIC) -> None:
        """GCN sends messages, in this order."""
        self.contents |= {(topic, content) for content in contents}
        await asyncio.to_thread(self.cluster.produce_all, topic, list(contents))

    async def card(self, name: str, *says: str, channel: str = "gw") -> Message:
        """The one card of an event in a channel, once it says all this."""
        place = self.slack.channel(channel)

        def there() -> Message | None:
            return next(
                (m for m in place.messages if name in m.words and all(text in m.words for text in says)), None
            )

        card = await self.until(there, f"a card of {name} in #{channel} that says {says}")
        card.expected = True
        return card

    async def reply(self, card: Message, *says: str) -> Message:
        """A reply in a card's thread that nobody has asked for yet and that says all this."""
        place = self.slack.channel(card.channel)

        def there() -> Message | None:
            return next(
                (
                    m
                    for m in place.thread(card.ts)
                    if not m.expected and all(text in m.words for text in says)
                ),
                None,
            )

        reply = await self.until(there, f"a reply that says {says}")
        reply.expected = True
        return reply

    def replies(self, *cards: Message) -> list[Message]:
        """All that stands in the threads of cards, whatever it is."""
        found = [reply for card in cards for reply in self.slack.channel(card.channel).thread(card.ts)]
        for reply in found:
            reply.expected = True
        return found

    async def warning(self, *says: str, channel: str = "gw") -> Message:
        """A message about the desk itself."""
        place = self.slack.channel(channel)

        def there() -> Message | None:
            return next(
                (m for m in place.messages if not m.expected and all(text in m.words for text in says)), None
            )

        warning = await self.until(there, f"a warning in #{channel} that says {says}")
        warning.expected = True
        return warning

    async def analysed(self, name: str, revisions: int) -> None:
        """Wait until so many notices of an event have come and the numbers of the last are there."""

        async def landed() -> bool:
            state = await self.state(name)
            return len(state.revisions) == revisions and state.newest.statistics is not None

        await self.until_true(landed, f"the numbers of revision {revisions} of {name}")

    async def quiet(self) -> None:
        """Wait until everything that was sent is read and everything owed is said; nobody was told more."""
        await self.settled()
        assert self.slack.unexpected == []
        assert self.slack.violations == []

    async def settled(self, patience: float = PATIENCE) -> None:
        """Wait until nothing is left to do."""
        await self.until_true(self._is_settled, "everything to be read and said", patience)

    async def until(self, look: Callable[[], T | None], what: str, patience: float = PATIENCE) -> T:
        """What `look` finds, as soon as it finds something."""
        until = time.monotonic() + patience
        while (found := look()) is None:
            assert time.monotonic() < until, f"waited {patience:.0f} s for {what}; said was {self.said()}"
            await asyncio.sleep(LOOK_AGAIN)
        return found

    async def until_true(
        self, condition: Callable[[], Awaitable[bool]], what: str, patience: float = PATIENCE
    ) -> None:
        """Return once a condition that has to be asked for holds."""
        until = time.monotonic() + patience
        while not await condition():
            assert time.monotonic() < until, f"waited {patience:.0f} s for {what}; said was {self.said()}"
            await asyncio.sleep(LOOK_AGAIN)

    def said(self) -> list[str]:
        """Everything that stands in Slack now."""
        return [m.words for m in self.slack.messages]

    async def state(self, name: str) -> EventState:
        """What the desk knows of an event."""
        async with self.hub.database.read() as session:
            state = await self.hub.events.resolve(session, name)
        assert isinstance(state, EventState), f"no single event is called {name}: {state}"
        return state

    async def metrics(self) -> dict[str, float]:
        """`/metrics`, as a scraper reads it."""
        text = await self._get("/metrics")
        lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in lines}

    async def ready(self) -> bool:
        """What `/readyz` answers."""
        async with aiohttp.ClientSession() as client, client.get(self._url("/readyz")) as answer:
            return answer.status == 200

    @asynccontextmanager
    async def pulse(self) -> AsyncIterator[None]:
        """GCN's sign of life beats until the block ends."""

        async def beat() -> None:
            while True:
                await asyncio.to_thread(self.cluster.produce, HEARTBEAT_TOPIC, b"{}")
                await asyncio.sleep(BEAT)

        beating = asyncio.create_task(beat())
        try:
            yield
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating

    async def _get(self, path: str) -> str:
        async with aiohttp.ClientSession() as client, client.get(self._url(path)) as answer:
            assert answer.status == 200
            return await answer.text()

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.hub.web.bound_port}{path}"

    async def _is_settled(self) -> bool:
        open_states = (AnalysisState.WANTED.value, AnalysisState.RUNNING.value)
        drawing = not isinstance(self.hub, HubOfWords)
        try:
            async with self.hub.database.read() as session:
                stored = await session.scalar(select(func.count()).select_from(StoredMessage))
                if (stored or 0) < len(self.contents):
                    return False
                for table, still_open in (
                    (StoredMessage, StoredMessage.state == MessageState.NEW),
                    (AnalysisRow, AnalysisRow.state.in_(open_states)),
                    (OutboxRow, OutboxRow.state.in_(OPEN)),
                    (DrawingRow, (DrawingRow.state == DrawingState.WANTED.value) & drawing),
                ):
                    if await session.scalar(select(func.count()).select_from(table).where(still_open)):
                        return False
        except DATABASE_AWAY:
            return False
        return True


def configuration(
    folder: Path,
    cluster: MockCluster,
    slack: SlackStandIn,
    *,
    routes: Mapping[str, Sequence[str]],
    channels: Sequence[str],
    topics: Sequence[str] = (TOPIC,),
    **sections: dict[str, Any],
) -> Settings:
    """Settings for a desk of three telescopes; `routes` leads rules to channels, `sections` adds to it."""
    values: dict[str, dict[str, Any]] = {
        "database": {"url": f"sqlite:///{folder / 'nightdesk.sqlite'}"},
        # The alerts of these nights have a date of their own: none is late by the machine's clock.
        "desk": {"stale_after": 0},
        "gcn": {
            "bootstrap_servers": cluster.bootstrap_servers,
            "security_protocol": "plaintext",
            "topics": list(topics),
            "heartbeat_silence": 3600,
            "consumer": {
                "fetch.wait.max.ms": 20,
                "topic.metadata.refresh.interval.ms": 200,
                "session.timeout.ms": 2000,
                "heartbeat.interval.ms": 200,
            },
        },
        "slack": {"bot_token": slack.token, "api_url": slack.url},
        "web": {"port": 0},
        "compute": {"workers": 1},
        "facilities": {"names": ["ZTF", "DECam", "GOTO-N"]},
    }
    for name, section in sections.items():
        values[name] = {**values.get(name, {}), **section}
    return Settings.model_validate(
        {
            **values,
            "channels": [{"name": name, "kind": "slack", "address": name} for name in channels],
            "routes": [
                {"name": f"route {number}", "when": rule, "channels": list(names)}
                for number, (rule, names) in enumerate(routes.items())
            ],
        }
    )


async def tested_today(hub: Hub) -> None:
    """A mock event has gone the whole way: the desk does not send itself one into somebody else's night."""
    await schema.ensure(hub.database)
    now = hub.clock.now()
    async with hub.database.write() as session:
        session.add(SelfTestRow(day=now.date().isoformat(), events=1, slowest=1.0, last=now))


@asynccontextmanager
async def open_night(
    folder: Path,
    *,
    routes: Mapping[str, Sequence[str]] | None = None,
    clock: Clock | None = None,
    hub: type[Hub] = HubOfWords,
    topics: Sequence[str] = (TOPIC,),
    warnings: str | None = None,
    **sections: dict[str, Any],
) -> AsyncIterator[Night]:
    """A night from its first minute to its last; when it ends, nothing was said that nobody asked for.

    `warnings` is the channel that hears of the desk itself.
    """
    routes = routes or {"significant": ["gw"]}
    channels = list(dict.fromkeys(name for names in routes.values() for name in names))
    if warnings is not None:
        channels.append(warnings)
        sections["desk"] = {"warnings": [warnings]}
    with MockCluster() as cluster:
        BrokerControl(cluster).join_at_once()
        async with SlackStandIn() as slack:
            for name in channels:
                slack.add_channel(name)
            settings = configuration(
                folder, cluster, slack, routes=routes, channels=channels, topics=topics, **sections
            )
            running = hub(settings, clock or SystemClock())
            await tested_today(running)
            async with running.running():
                night = Night(running, slack, cluster)
                yield night
                await night.quiet()
