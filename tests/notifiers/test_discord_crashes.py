"""The process dies at every step of a delivery to Discord; afterwards everything was said exactly once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cards.reader import Reader
from notifiers.channels.base import ChannelConfig
from notifiers.channels.discord import DiscordChannel
from notifiers.channels.discord_server import DiscordServer
from notifiers.channels.registry import Connections, open_channel
from notifiers.decide import decide
from notifiers.dispatcher import Dispatcher
from notifiers.sender import Leases
from notifiers.switchboard import Switchboard
from notifiers.tables import OPEN, OutboxRow, State, ThreadRow
from store.clock import ManualClock
from store.database import Database
from tests.notifiers.desk import route
from tests.notifiers.stories import initial, nsbh
from tests.standins.discord import DiscordStandIn, Fault, Place

POST = "POST /channels/{channel_id}/messages"
STEPS = range(1, 27)
"""More than any of the deliveries below has: a step that is never reached tests a delivery that succeeds."""


class Died(BaseException):
    """The process is gone: nothing catches this, nothing is cleaned up by it."""


@dataclass
class Desk:
    """A desk with one Discord channel. `again` is what a new process has: nothing but the database."""

    database: Database
    clock: ManualClock
    discord: DiscordStandIn
    place: Place

    def dispatcher(self, server: DiscordServer) -> Dispatcher:
        channel = DiscordChannel(ChannelConfig("gw", "discord", self.place.id, Reader()), server)
        opening = partial(open_channel, connections=Connections(discord=server))
        switchboard = Switchboard({"gw": channel}, opening)
        leases = Leases(words=4.0, picture=4.0)
        return Dispatcher(self.database, self.clock, switchboard, rng=Random(1), leases=leases)

    async def told(self, state: Any) -> None:
        configs = {"gw": ChannelConfig("gw", "discord", self.place.id, Reader())}
        async with self.database.write() as session:
            await decide(session, state, None, (route("everything"),), configs, self.clock.now())

    async def deliver(
        self, count: Callable[[], None] | None = None, seconds: float = 60.0, every: float = 2.0
    ) -> bool:
        """Deliver as one process that dies when `count` says so; False for one that died."""
        server = DiscordServer(self.discord.token, self.discord.url, clock=self.clock)
        write, request = self.database.write, server.request
        if count is not None:
            self.database.write = _counted_write(write, count)  # type: ignore[method-assign]
            server.request = _counted_request(request, count)  # type: ignore[method-assign]
        dispatcher, until = self.dispatcher(server), self.clock.monotonic() + seconds
        try:
            await dispatcher.deliver_due()
            while count is None and await self.owed() and self.clock.monotonic() < until:
                await self.clock.advance(every)
                await dispatcher.deliver_due()
        except Died:
            return False
        finally:
            self.database.write = write  # type: ignore[method-assign]
            await server.close()
        return True

    async def owed(self) -> list[OutboxRow]:
        return [row for row in await self.rows() if row.state in OPEN]

    async def rows(self) -> list[OutboxRow]:
        async with self.database.read() as session:
            return list(await session.scalars(select(OutboxRow).order_by(OutboxRow.id)))

    @property
    def replies(self) -> list[str]:
        return [reply.words for card in self.place.messages for reply in self.discord.thread(card)]


@pytest.fixture
async def desk(database: Database, clock: ManualClock) -> AsyncIterator[Desk]:
    async with DiscordStandIn(clock=lambda: clock.now().timestamp()) as discord:
        yield Desk(database, clock, discord, discord.add_channel("gw"))
        assert discord.violations == []


def dying_at(step: int) -> Callable[[], None]:
    counted = 0

    def count() -> None:
        nonlocal counted
        counted += 1
        if counted == step:
            raise Died

    return count


def _counted_write(write: Callable[[], Any], count: Callable[[], None]) -> Callable[[], Any]:
    @asynccontextmanager
    async def counted() -> AsyncIterator[AsyncSession]:
        count()
        async with write() as session:
            yield session
            count()  # done but not committed
        count()

    return counted


def _counted_request(request: Callable[..., Any], count: Callable[[], None]) -> Callable[..., Any]:
    async def counted(*arguments: Any, **named: Any) -> Any:
        count()
        made = await request(*arguments, **named)
        count()
        return made

    return counted


@pytest.mark.parametrize("away", [10.0, 3600.0], ids=["within Discord's window", "after an hour"])
async def test_a_card_and_what_changed_are_said_once_wherever_the_process_dies(
    desk: Desk, away: float
) -> None:
    """A post; then an edit and the first reply, which begins the thread; dying at each step in turn."""
    died = 0
    for step in STEPS:
        place = desk.place = desk.discord.add_channel(f"night-{step}")
        await _forget(desk.database)
        await desk.told(nsbh())
        for state in (None, initial(nsbh())):
            if state is not None:
                await desk.clock.advance(5.0)
                await desk.told(state)
            died += not await desk.deliver(dying_at(step))
            await desk.clock.advance(away)
            await desk.deliver()
        (card,) = place.messages
        assert "666" in card.words, step
        assert len(desk.replies) == 1, step
        assert {State(row.state) for row in await desk.rows()} == {State.SENT}, step
    assert died > 20


async def _forget(database: Database) -> None:
    async with database.write() as session:
        for table in (OutboxRow, ThreadRow):
            for row in await session.scalars(select(table)):
                await session.delete(row)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("reset", accepted=True),
        Fault("reset"),
        Fault("http", number=502, accepted=True),
        Fault("rate", number=7),
        Fault("rate", "global", number=7),
        Fault("http", number=503),
    ],
    ids=lambda fault: f"{fault.kind} {fault.value or fault.number}{' accepted' * fault.accepted}",
)
async def test_faults_of_discords_lose_and_double_nothing(desk: Desk, fault: Fault) -> None:
    desk.discord.fail(POST, fault, fault)
    await desk.told(nsbh())
    assert await desk.deliver()
    desk.discord.fail("PATCH /channels/{channel_id}/messages/{message_id}", fault)
    desk.discord.fail(POST, fault)
    await desk.clock.advance(5.0)
    await desk.told(initial(nsbh()))
    assert await desk.deliver()
    (card,) = desk.place.messages
    assert "666" in card.words
    assert len(desk.replies) == 1
    assert {State(row.state) for row in await desk.rows()} == {State.SENT}


async def test_discord_away_for_an_hour_is_told_in_order_when_it_is_back(desk: Desk) -> None:
    await desk.discord.stop()
    await desk.told(nsbh())
    await desk.deliver(seconds=1800.0, every=60.0)
    await desk.told(initial(nsbh()))
    await desk.deliver(seconds=1800.0, every=60.0)
    await desk.discord.start()
    await desk.deliver(seconds=120.0)
    (card,) = desk.place.messages
    assert "666" in card.words
    assert {State(row.state) for row in await desk.rows()} <= {State.SENT, State.SUPERSEDED}


async def test_a_card_that_somebody_deleted_is_posted_anew(desk: Desk) -> None:
    await desk.told(nsbh())
    await desk.deliver()
    desk.place.messages[0].deleted = True
    await desk.told(initial(nsbh()))
    await desk.deliver()
    (card,) = desk.place.messages
    assert "666" in card.words
