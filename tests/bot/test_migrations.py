"""Migrations: up and down on both databases, with rows in every table, and in agreement with the models."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from bot import schema
from store.database import Base, Database, UtcDateTime


@pytest.fixture
async def empty(database_url: str) -> AsyncIterator[Database]:
    """A database without any table: SQLite once, PostgreSQL once."""
    database = Database(database_url)
    yield database
    await database.dispose()


async def _tables(database: Database) -> set[str]:
    async with database.engine.connect() as connection:
        names = await connection.run_sync(lambda c: sa.inspect(c).get_table_names())
    return set(names) - {"alembic_version"}


def _value(column: sa.Column[Any]) -> object:
    """Something that fits the column; what refers to another table refers to its one row."""
    match column.type:
        case UtcDateTime():
            return datetime(2026, 11, 20, tzinfo=UTC)
        case sa.Boolean():
            return False
        case sa.Integer():
            return 1
        case sa.Float():
            return 0.5
        case sa.JSON():
            return {"a": [1, None]}
        case sa.LargeBinary():
            return b"\x00"
        case sa.Date():
            return datetime(2026, 11, 20, tzinfo=UTC).date()
        case sa.Time():
            return datetime(2026, 11, 20, tzinfo=UTC).time()
        case sa.String():
            return "a"
    raise AssertionError(f"what fits {column.type!r}?")


async def _fill(database: Database) -> None:
    async with database.write() as session:
        for table in Base.metadata.sorted_tables:
            await session.execute(table.insert().values({c.name: _value(c) for c in table.columns}))


async def test_what_the_migrations_make_is_what_the_models_say(empty: Database) -> None:
    await schema.upgrade(empty)
    assert await schema.check(empty) == []
    assert await schema.current(empty) == schema.newest()
    assert await _tables(empty) == set(Base.metadata.tables)


async def test_down_and_up_again_with_rows_in_every_table(empty: Database) -> None:
    await schema.upgrade(empty)
    await _fill(empty)
    await schema.downgrade(empty, "base")
    assert await _tables(empty) == set()
    assert await schema.current(empty) is None
    await schema.upgrade(empty)
    await _fill(empty)
    assert await schema.check(empty) == []


async def test_each_step_back_and_forth_keeps_the_rows_of_the_tables_that_stay(empty: Database) -> None:
    await schema.upgrade(empty)
    await _fill(empty)
    stays = await _tables(empty)
    while await schema.current(empty) is not None:
        await schema.downgrade(empty, "-1")
        stays &= await _tables(empty)
        async with empty.read() as session:
            for name in stays:
                rows = await session.scalar(
                    sa.select(sa.func.count()).select_from(Base.metadata.tables[name])
                )
                assert rows == 1, name
    assert stays == set()


async def test_a_database_that_was_changed_by_hand_is_told_apart(empty: Database) -> None:
    await schema.upgrade(empty)
    async with empty.engine.begin() as connection:
        await connection.execute(sa.text("DROP TABLE leases"))
    (difference,) = [d for d in await schema.check(empty) if "add_table" in d]
    assert "leases" in difference


async def test_an_empty_database_is_told_to_upgrade(empty: Database) -> None:
    (words,) = await schema.check(empty)
    assert "nightdesk db upgrade" in words


async def test_an_upgrade_that_fails_half_way_leaves_nothing_behind(empty: Database) -> None:
    async with empty.engine.begin() as connection:
        await connection.execute(sa.text("CREATE TABLE threads (id INTEGER)"))  # in the way of ours
    with pytest.raises(sa.exc.DBAPIError):
        await schema.upgrade(empty)
    assert await _tables(empty) == {"threads"}
