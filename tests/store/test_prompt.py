"""The kept connection: what was committed before a question is in its answer, whatever became of the last."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from shifts.tables import RosterRow
from store.database import Database, UtcDateTime
from store.prompt import instant
from tests.shifts.rosters import at

SETTLED_BEFORE = (
    select(RosterRow.name, RosterRow.settled)
    .where(RosterRow.settled < bindparam("at", type_=UtcDateTime()))
    .order_by(RosterRow.name)
)
NOON = at("2026-11-03T12:00")


async def put(database: Database, name: str, settled: datetime) -> None:
    async with database.write() as session:
        session.add(RosterRow(name=name, version=1, settled=settled, materialised_until=settled))


async def names(database: Database, until: datetime) -> list[str]:
    return [row[0] for row in await database.prompt.ask(SETTLED_BEFORE, {"at": until})]


async def test_an_answer_holds_what_was_committed_before_and_compares_instants(
    any_database: Database,
) -> None:
    assert await names(any_database, NOON) == []
    await put(any_database, "a", NOON - timedelta(microseconds=1))
    await put(any_database, "b", NOON)
    assert await names(any_database, NOON) == ["a"]
    assert await names(any_database, NOON + timedelta(microseconds=1)) == ["a", "b"]
    (row,) = await any_database.prompt.ask(SETTLED_BEFORE, {"at": NOON})
    assert instant(row[1]) == NOON - timedelta(microseconds=1)


async def test_many_who_ask_at_once_are_all_answered(any_database: Database) -> None:
    await put(any_database, "a", NOON - timedelta(hours=1))
    answers = await asyncio.gather(*(names(any_database, NOON) for _ in range(40)))
    assert answers == [["a"]] * 40


async def test_a_connection_that_was_dropped_is_opened_anew(any_database: Database) -> None:
    await put(any_database, "a", NOON - timedelta(hours=1))
    assert await names(any_database, NOON) == ["a"]
    await any_database.prompt._driver.close()  # as a database does that restarts
    assert await names(any_database, NOON) == ["a"]
