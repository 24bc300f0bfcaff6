"""The outbox against the length of its queue: what a claim costs among ten messages and among 100,000.

On SQLite and on PostgreSQL, where one can be started here, in three shapes: many people with a few messages
each, one channel whose messages are all of one lane, and one channel with an event a message. Beside a claim
among 100,000 stands the same claim among 10: it is the figure to keep to.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.timing import Measurement
from bot import schema
from cards.event_card import event_card
from cards.reader import Reader
from notifiers.ledger import claim_one
from notifiers.messages import Message, notify_many
from notifiers.pacing import SPEAKING
from notifiers.queue import next_of, waiting
from store.database import Database
from tests.notifiers.stories import nsbh
from tests.standins.postgres import PostgresUnavailable, postgres_server

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
FEW, MANY, PEOPLE = 10, 100_000, 2000
CLAIMS = 30
SHAPES = ("people", "lane", "events")


def run() -> list[Measurement]:
    """Claims by queue length and shape, and two thousand messages written at once."""
    found = asyncio.run(_measure("SQLite", None))
    try:
        with postgres_server() as url:
            found += asyncio.run(_measure("PostgreSQL", url))
    except PostgresUnavailable as reason:
        print(f"no PostgreSQL here: {reason}")
    return found


async def _measure(name: str, server: str | None) -> list[Measurement]:
    found = []
    for shape in SHAPES:
        few = await _claims(server, shape, FEW)
        many = await _claims(server, shape, MANY)
        note = f"{name}, {_WORDS[shape]}; peer: the same among {FEW}"
        found.append(Measurement(f"looking who waits among {MANY:,}", many[0], few[0], "ms", "", note))
        found.append(Measurement(f"a claim among {MANY:,}", many[1], few[1], "ms", "≤ 2 × among 10", note))
    note = f"{name}, a real card, one transaction"
    seconds = await _writing(server)
    found.append(Measurement(f"{PEOPLE:,} people owed a page", seconds, None, "s", "< 1 s", note))
    return found


_WORDS = {
    "people": f"{PEOPLE:,} people",
    "lane": "one channel, one lane",
    "events": "one channel, an event a message",
}


async def _claims(server: str | None, shape: str, length: int) -> tuple[float, float]:
    """In ms: finding out who waits; finding and claiming one message and committing that."""
    async with _database(server) as database:
        await _fill(database, shape, length)
        looks, claims = [], []
        now = NOW + timedelta(seconds=1)
        for number in range(min(CLAIMS, length)):
            with _timed(looks):
                async with database.read() as session:
                    line = await waiting(session, now)
            channel = line[number % len(line)].channel if shape == "people" else "gw"
            with _timed(claims):
                async with database.read() as session:
                    heads = await next_of(session, channel, SPEAKING, now)
                async with database.write() as session:
                    item = await claim_one(
                        session, channel, SPEAKING, heads, owner="b", now=now, lease=timedelta(seconds=13)
                    )
            assert item is not None
            async with database.write() as session:
                await session.execute(
                    text("UPDATE outbox SET state = 'sent', claimed_until = NULL WHERE id = :id"),
                    {"id": item.id},
                )
        return _usual(looks), _usual(claims)


async def _fill(database: Database, shape: str, length: int) -> None:
    card = event_card(nsbh(), NOW, Reader())
    for start in range(0, length, 10_000):
        async with database.write() as session:
            await notify_many(
                session,
                [_message(shape, number, card) for number in range(start, min(length, start + 10_000))],
                now=NOW,
            )
    if not database.is_sqlite:  # PostgreSQL does it by itself, a little later; SQLite never does
        async with database.write() as session:
            await session.execute(text("ANALYZE"))


def _message(shape: str, number: int, card: object) -> Message:
    channel = f"@person{number % PEOPLE}/sms" if shape == "people" else "gw"
    event = f"LVK:S{number}" if shape == "events" else None
    return Message(channel, card, f"m{number}", event)  # type: ignore[arg-type]


async def _writing(server: str | None) -> float:
    card = event_card(nsbh(), NOW, Reader())
    times = []
    async with _database(server) as database:
        for number in range(5):
            messages = [Message(f"@p{n}/sms", card, f"page|{number}", urgent=True) for n in range(PEOPLE)]
            with _timed(times):
                async with database.write() as session:
                    await notify_many(session, messages, now=NOW)
    return _usual(times) / 1000.0


def _usual(times: list[float]) -> float:
    """The tenth percentile: what it takes by itself, were other work on the machine in between."""
    return sorted(times)[len(times) // 10]


@contextmanager
def _timed(into: list[float]) -> Iterator[None]:
    began = time.perf_counter()
    yield
    into.append((time.perf_counter() - began) * 1000.0)


@asynccontextmanager
async def _database(server: str | None) -> AsyncIterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'nightdesk.sqlite'}"
        if server is not None:
            name = f"bench_{uuid4().hex}"
            engine = create_async_engine(server.format("postgres"), isolation_level="AUTOCOMMIT")
            async with engine.connect() as connection:
                await connection.execute(text(f"CREATE DATABASE {name}"))
            await engine.dispose()
            url = server.format(name)
        database = Database(url)
        await schema.upgrade(database)
        try:
            yield database
        finally:
            await database.dispose()
