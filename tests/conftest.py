"""What every test may ask for: real data beside the checkout, a database, a clock that moves when told."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
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
from tests.coarse_mocks import make_mocks_coarse
from tests.patience import PATIENCE
from tests.standins.postgres import PostgresUnavailable, postgres_server

# Time is not what these tests are about, and what fails for one change in CI must fail for all.
in_ci = "CI" in os.environ
hypothesis.settings.register_profile("nightdesk", deadline=None, database=None, derandomize=in_ci)
hypothesis.settings.load_profile("nightdesk")

HURRIED = (("bot.slack_front", "SUBMIT_TIME"), ("bot.discord_front", "COMPLETION_PATIENCE"))
"""What the desk cuts off by the machine's clock, as a chat would: on a busy machine that says nothing."""

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, shared out among the workers: none of them is left to the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session", autouse=True)
def unhurried() -> Iterator[None]:
    """Desks that a busy machine does not hurry, and whose own mock events are quickly made."""
    with pytest.MonkeyPatch.context() as patch:
        make_mocks_coarse(patch)
        for module, name in HURRIED:
            if module in sys.modules:
                patch.setattr(sys.modules[module], name, PATIENCE)
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real notices, sky maps and telescopes beside the checkout."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real data is not beside this checkout (looked for {SHARED_DATA})")
    return SHARED_DATA


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 20, 3, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and no rows: copying it takes a hundredth of making the tables anew."""
    path = tmp_path_factory.mktemp("schema") / "empty.sqlite"
    asyncio.run(_make_tables(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
async def database(tmp_path: Path, empty_sqlite: Path) -> AsyncIterator[Database]:
    """An empty SQLite database with every table."""
    shutil.copyfile(empty_sqlite, tmp_path / "nightdesk.sqlite")
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'nightdesk.sqlite'}")
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


@pytest.fixture(scope="session")
def empty_postgres(postgres_server_url: str) -> str:
    """Name of a PostgreSQL database with every table and no rows, to be copied."""
    name = f"schema_{uuid4().hex}"
    asyncio.run(_on_server(postgres_server_url, f"CREATE DATABASE {name}"))
    asyncio.run(_make_tables(postgres_server_url.format(name)))
    return name


async def _make_tables(url: str) -> None:
    import bot.schema  # noqa: F401 (every room's tables)

    database = Database(url)
    await database.create_all()
    await database.dispose()


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


@pytest.fixture(params=["sqlite", "postgresql"])
def filled_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database with every table and no rows, SQLite once and PostgreSQL once."""
    if request.param == "sqlite":
        path = tmp_path / "nightdesk.sqlite"
        shutil.copyfile(request.getfixturevalue("empty_sqlite"), path)
        yield f"sqlite+aiosqlite:///{path}"
        return
    server: str = request.getfixturevalue("postgres_server_url")
    schema, name = request.getfixturevalue("empty_postgres"), f"test_{uuid4().hex}"
    asyncio.run(_on_server(server, f"CREATE DATABASE {name} TEMPLATE {schema}"))
    yield server.format(name)
    asyncio.run(_on_server(server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def any_database(filled_url: str) -> AsyncIterator[Database]:
    """An empty database with every table, SQLite once and PostgreSQL once."""
    database = Database(filled_url)
    yield database
    await database.dispose()
