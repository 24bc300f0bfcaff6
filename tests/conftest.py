"""What every test may ask for: real data beside the checkout, a database, a clock that moves when told."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import hypothesis
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from store.clock import ManualClock
from store.database import Database
from tests.standins.postgres import PostgresUnavailable, postgres_server

# Time is not what these tests are about, and what fails for one change in CI must fail for all.
in_ci = "CI" in os.environ
hypothesis.settings.register_profile("nightdesk", deadline=None, database=None, derandomize=in_ci)
hypothesis.settings.load_profile("nightdesk")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real notices, sky maps and telescopes beside the checkout."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real data is not beside this checkout (looked for {SHARED_DATA})")
    return SHARED_DATA


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 20, 3, 0, tzinfo=UTC))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty SQLite database with every imported table."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'nightdesk.sqlite'}")
    await database.create_all()
    yield database
    await database.dispose()


@pytest.fixture(scope="session")
def postgres_server_url() -> Iterator[str]:
    """URL of a PostgreSQL server with `{}` for the database: NIGHTDESK_TEST_POSTGRES, or one started here."""
    given = os.environ.get("NIGHTDESK_TEST_POSTGRES")
    if given is not None:
        yield given
        return
    try:
        with postgres_server() as url:
            yield url
    except PostgresUnavailable as reason:
        pytest.skip(f"no PostgreSQL here: {reason}")


@pytest.fixture
def postgres_url(postgres_server_url: str) -> Iterator[str]:
    """URL of a fresh, empty PostgreSQL database, dropped when the test ends."""
    name = f"test_{uuid4().hex}"
    asyncio.run(_on_server(postgres_server_url, f"CREATE DATABASE {name}"))
    yield postgres_server_url.format(name)
    asyncio.run(_on_server(postgres_server_url, f"DROP DATABASE {name} WITH (FORCE)"))


async def _on_server(server_url: str, statement: str) -> None:
    server = create_async_engine(server_url.format("postgres"), isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text(statement))
    await server.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database: the test runs once on SQLite, once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'nightdesk.sqlite'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def any_database(database_url: str) -> AsyncIterator[Database]:
    """An empty database with every imported table, SQLite once and PostgreSQL once."""
    database = Database(database_url)
    await database.create_all()
    yield database
    await database.dispose()
