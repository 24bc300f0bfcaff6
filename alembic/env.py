"""Runs the migrations on the database that nightdesk was told of."""

from __future__ import annotations

import asyncio
from typing import Literal

from alembic import context
from sqlalchemy.engine import Connection

import bot.schema  # imports every room's tables
from store.database import Base, Database, UtcDateTime


def _plain_types(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Migrations name SQLAlchemy's types, not ours: ours may change, what a migration did may not."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        transactional_ddl=True,  # SQLite too: `Database` begins its transactions itself
        render_item=_plain_types,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _connect(url: str) -> None:
    database = Database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(_migrate)
    await database.dispose()


if (connection := context.config.attributes.get("connection")) is not None:
    _migrate(connection)
else:
    asyncio.run(_connect(context.config.get_main_option("sqlalchemy.url") or bot.schema.DEFAULT_URL))
