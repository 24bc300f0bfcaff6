"""What every test may ask for: real data beside the checkout, a database, a clock that moves when told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.clock import ManualClock
from store.database import Database

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
