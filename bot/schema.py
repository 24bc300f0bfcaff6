"""The database's schema: every room's tables, and the migrations that make them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

import bot.discord_tables
import commands.tables
import events.tables
import gcn.tables
import notifiers.paging.tables
import notifiers.reactions.tables
import notifiers.subscription_tables
import notifiers.tables
import platforms.credentials
import platforms.fit_answers
import platforms.tables
import shifts.duty_tables
import shifts.tables
import store.audit
import store.blobs
import store.leases
import store.secrets
from store.database import Base, Database

DEFAULT_URL = "sqlite:///nightdesk.sqlite"
FOLDER = Path(__file__).resolve().parent.parent / "alembic"
ROOMS = (
    bot.discord_tables,
    commands.tables,
    store.audit,
    store.blobs,
    store.leases,
    store.secrets,
    gcn.tables,
    events.tables,
    shifts.tables,
    shifts.duty_tables,
    notifiers.tables,
    notifiers.paging.tables,
    notifiers.reactions.tables,
    notifiers.subscription_tables,
    platforms.tables,
    platforms.credentials,
    platforms.fit_answers,
)
"""Every module with tables: importing it is what puts them into `Base.metadata`."""

T = TypeVar("T")


class SchemaError(RuntimeError):
    """The database's schema is not the one this program needs."""


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config


async def _run(database: Database, action: Callable[[Connection], T]) -> T:
    async with database.engine.begin() as connection:
        return await connection.run_sync(action)


async def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema up to `revision`, in one transaction where the database allows it."""
    await _run(database, lambda c: command.upgrade(_config(c), revision))


async def downgrade(database: Database, revision: str) -> None:
    """Take the schema back to `revision` (`base` for nothing at all; `-1` for one step)."""
    await _run(database, lambda c: command.downgrade(_config(c), revision))


def newest() -> str:
    """The newest revision that this program carries."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return ScriptDirectory.from_config(config).get_current_head() or "base"


async def current(database: Database) -> str | None:
    """The revision the database is at, None for an empty one."""
    return await _run(database, lambda c: MigrationContext.configure(c).get_current_revision())


async def check(database: Database) -> list[str]:
    """What differs between the database and the tables of this program, in words; empty when nothing does."""
    at = await current(database)
    if at != newest():
        return [
            f"the database is at {at or 'none'}, this program needs {newest()}: run `nightdesk db upgrade`"
        ]
    differences = await _run(
        database,
        lambda c: compare_metadata(MigrationContext.configure(c, opts={"compare_type": True}), Base.metadata),
    )
    return [str(difference) for difference in differences]


async def ensure(database: Database) -> None:
    """Have the schema this program needs: an embedded SQLite file is upgraded, a server is only checked.

    Replicas that start together must not race each other's migrations, so on PostgreSQL the migration
    is a step of its own (`nightdesk db upgrade`). Raises `SchemaError` saying so.
    """
    if database.is_sqlite:
        await upgrade(database)
        return
    for _ in range(60):
        if await current(database) == newest():
            return
        await asyncio.sleep(1)
    raise SchemaError(
        f"the database is at revision {await current(database) or 'none'}, this program needs {newest()}: "
        "run `nightdesk db upgrade` first"
    )
