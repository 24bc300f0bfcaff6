"""Faults around the outbox: providers, disk, database, clock. Nothing is lost, and order is kept."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from notifiers.outbox import notify
from notifiers.tables import State
from store.clock import ManualClock
from store.database import Database
from tests.notifiers.desk import Desk, open_desk
from tests.notifiers.test_messages import EVENT, words
from tests.standins.slack import Fault

MESSAGES = 6


async def owe(desk: Desk, *numbers: int, channel: str = "gw") -> None:
    now = desk.clock.now()
    for number in numbers:
        async with desk.database.write() as session:
            await notify(session, words(f"part {number}"), [channel], key=str(number), now=now, event=EVENT)


def heard(desk: Desk, channel: str = "gw") -> list[str]:
    return [re.findall(r"part \d", message.words)[0] for message in desk.slack.channel(channel).messages]


ALL = [f"part {number}" for number in range(MESSAGES)]


@pytest.mark.parametrize(
    "faults",
    [
        [Fault("rate", number=7), Fault("rate", number=3)],
        [Fault("http", number=500), Fault("http", number=502), Fault("http", number=503)],
        [Fault("reset"), Fault("reset", accepted=True), Fault("reset", accepted=True)],
        [Fault("http", number=504, accepted=True), Fault("rate", number=1), Fault("error", "fatal_error")],
        [Fault("silence", accepted=True)],
    ],
    ids=["429", "5xx", "reset", "mixed", "timeout after it was taken"],
)
async def test_whatever_the_provider_does_each_message_of_an_event_is_heard_once_and_in_order(
    desk: Desk, faults: list[Fault]
) -> None:
    await owe(desk, *range(MESSAGES))
    desk.slack.fail("chat.postMessage", *faults)
    await desk.deliver(seconds=300)
    assert heard(desk) == ALL
    assert {state for _, state in await desk.states()} == {State.SENT}


async def test_an_hour_without_the_provider_delays_and_reorders_nothing(desk: Desk) -> None:
    await desk.slack.stop()
    for number in range(MESSAGES):
        await owe(desk, number)
        for _ in range(10):
            await desk.dispatcher.deliver_due()
            await desk.clock.advance(60.0)
    attempts = sum(row.attempts for row in await desk.rows())
    assert 20 < attempts < 70  # it was probed, not stormed
    await desk.slack.start()
    await desk.deliver(seconds=90)
    assert heard(desk) == ALL


async def test_a_disk_that_is_full_for_a_while_loses_and_doubles_nothing(
    database: Database, clock: ManualClock
) -> None:
    async with open_desk(database, clock) as desk:
        await owe(desk, *range(MESSAGES))
        disk = Disk(database)
        async with desk.running():
            await desk.slack.wait_for(lambda: len(desk.slack.messages) == 1)
            disk.full = True  # SQLite says SQLITE_FULL at the next page it needs
            for _ in range(40):
                await clock.advance(0.5)
                await asyncio.sleep(0.01)
            assert disk.refused > 0
            assert len(desk.slack.messages) <= 2
            disk.full = False
            for _ in range(400):
                if len(desk.slack.messages) == MESSAGES and not await desk.owed():
                    break
                await clock.advance(0.5)
                await asyncio.sleep(0.01)
        assert heard(desk) == ALL
        assert {state for _, state in await desk.states()} == {State.SENT}


class Disk:
    """Lets the database's writes fail as a full disk does: when they are to be made durable."""

    def __init__(self, database: Database) -> None:
        self.full = False
        self.refused = 0
        event.listen(database.engine.sync_engine, "before_cursor_execute", self._execute)

    def _execute(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if self.full and statement.lstrip().startswith(("UPDATE", "INSERT", "DELETE")):
            self.refused += 1
            raise OperationalError(statement, {}, sqlite3.OperationalError("database or disk is full"))


async def test_a_database_that_is_away_for_a_minute_while_slack_answers_doubles_nothing(
    postgres_url: str, clock: ManualClock
) -> None:
    """The worst moment: the provider has the message and nobody can write that down."""
    database = Database(postgres_url)
    await database.create_all()
    async with open_desk(database, clock) as desk:
        await owe(desk, *range(MESSAGES))
        original = desk.workspace.call
        away: list[Callable[[], Awaitable[None]]] = []

        async def call(answer: Any) -> Any:
            made = await original(answer)
            if not away:
                away.append(await cut(postgres_url))
            return made

        desk.workspace.call = call  # type: ignore[method-assign]
        async with desk.running():
            await desk.slack.wait_for(lambda: bool(away))
            for _ in range(60):
                await clock.advance(1.0)
                await asyncio.sleep(0.01)
            assert len(desk.slack.messages) == 1
            await away[0]()
            for _ in range(300):
                if len(desk.slack.messages) == MESSAGES:
                    break
                await clock.advance(0.5)
                await asyncio.sleep(0.02)
        assert heard(desk) == ALL
        assert not desk.slack.calls_of("conversations.history")  # it was remembered, not looked for
    await database.dispose()


async def cut(url: str) -> Callable[[], Awaitable[None]]:
    """Cut all connections to a database and refuse new ones; gives what lets them in again."""
    where = Database(url).url
    server = create_async_engine(where.set(database="postgres"), isolation_level="AUTOCOMMIT")

    async def allow(allowed: bool) -> None:
        async with server.connect() as connection:
            await connection.execute(text(f"ALTER DATABASE {where.database} ALLOW_CONNECTIONS {allowed}"))
            if not allowed:
                ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
                await connection.execute(text(ended), {"name": where.database})

    async def back() -> None:
        await allow(True)
        await server.dispose()

    await allow(False)
    return back


@pytest.mark.parametrize("hours", [-11, -1, 1, 7])
async def test_a_clock_that_jumps_in_the_middle_loses_reorders_and_doubles_nothing(
    desk: Desk, hours: int
) -> None:
    await owe(desk, 0, 1, 2)
    desk.slack.fail("chat.postMessage", Fault("reset", accepted=True), Fault("http", number=503))
    await desk.deliver(seconds=1)
    desk.clock.jump(timedelta(hours=hours))
    await owe(desk, 3, 4, 5)
    await desk.deliver(seconds=120)
    assert heard(desk) == ALL


@asynccontextmanager
async def replicas(desk: Desk, number: int) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Several dispatchers on one outbox, each with a pace and a name of its own."""
    tasks = []
    for _ in range(number):
        desk.restart()
        tasks.append(asyncio.create_task(desk.dispatcher.run()))
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("number", [2, 4])
async def test_replicas_on_postgresql_share_the_outbox_and_double_nothing(
    postgres_url: str, clock: ManualClock, number: int
) -> None:
    database = Database(postgres_url)
    await database.create_all()
    channels = [f"c{n}" for n in range(8)]
    async with open_desk(database, clock, channels=channels) as desk:
        for channel in channels:
            await owe(desk, *range(MESSAGES), channel=channel)
        async with replicas(desk, number):
            for _ in range(400):
                if len(desk.slack.messages) == len(channels) * MESSAGES:
                    break
                await clock.advance(0.25)
                await asyncio.sleep(0.02)
        assert {channel: heard(desk, channel) for channel in channels} == dict.fromkeys(channels, ALL)
    await database.dispose()
