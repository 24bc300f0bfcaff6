"""A question that is asked often and wants its answer at once: past session, transaction and pool."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.compiler import SQLCompiler

Row = Sequence[Any]
Value = datetime | str | int


class PromptConnection:
    """One connection that is kept for single SELECTs, each a statement of its own (autocommit).

    Promises: an answer holds everything that was committed before it was asked for. Questions queue; a
    connection that the database has dropped is opened anew, once a question. A session costs five round
    trips to the driver's thread or server (check out, begin, ask, fetch, roll back), this costs one.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._lock = asyncio.Lock()
        self._connection: AsyncConnection | None = None
        self._driver: Any = None
        self._compiled: dict[int, tuple[Executable, str, Sequence[str], Mapping[str, Value]]] = {}

    async def ask(self, question: Executable, values: Mapping[str, Value]) -> list[Row]:
        """The rows of a statement that is made once and kept; instants in them go through `instant`.

        Raises what the driver raises (see `store.database.DATABASE_AWAY`).
        """
        sql, order, fixed = self._prepared(question)
        given = [values[name] if name in values else fixed[name] for name in order]
        async with self._lock:
            kept = self._driver is not None
            try:
                return await self._fetch(sql, given)
            except Exception:
                await self._drop()
                if not kept:
                    raise
            return await self._fetch(sql, given)

    async def close(self) -> None:
        """Give the connection back; the next question opens another."""
        async with self._lock:
            await self._drop()

    def _prepared(self, question: Executable) -> tuple[str, Sequence[str], Mapping[str, Value]]:
        known = self._compiled.get(id(question))
        if known is None:
            compiled = question.compile(self._engine.sync_engine)  # type: ignore[attr-defined]
            assert isinstance(compiled, SQLCompiler)
            known = (question, compiled.string, compiled.positiontup or (), dict(compiled.params))
            self._compiled[id(question)] = known
        return known[1:]

    async def _fetch(self, sql: str, values: Sequence[Value]) -> list[Row]:
        if self._driver is None:
            self._connection = await self._engine.connect()
            self._driver = (await self._connection.get_raw_connection()).driver_connection
        if self._engine.dialect.name == "sqlite":
            return list(await self._driver.execute_fetchall(sql, [_written(value) for value in values]))
        return list(await self._driver.fetch(sql, *values))

    async def _drop(self) -> None:
        connection, self._connection, self._driver = self._connection, None, None
        if connection is None:
            return
        try:
            await connection.invalidate()
            await connection.close()
        except (DBAPIError, OSError):  # it is gone, which is what was wanted
            return


def instant(stored: datetime | str) -> datetime:
    """An instant as the driver gives it: SQLite has text, in UTC and without a zone."""
    if isinstance(stored, str):
        return datetime.fromisoformat(stored).replace(tzinfo=UTC)
    return stored.astimezone(UTC)


def _written(value: Value) -> str | int:
    """As SQLAlchemy writes instants into SQLite, where they are compared as text."""
    if not isinstance(value, datetime):
        return value
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
