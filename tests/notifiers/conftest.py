"""A desk with one Slack channel that is told everything."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from store.clock import ManualClock
from store.database import Database
from tests.notifiers.desk import Desk, open_desk


@pytest.fixture
async def desk(database: Database, clock: ManualClock) -> AsyncIterator[Desk]:
    async with open_desk(database, clock) as made:
        yield made


@pytest.fixture
async def any_desk(any_database: Database, clock: ManualClock) -> AsyncIterator[Desk]:
    """On SQLite once and on PostgreSQL once."""
    async with open_desk(any_database, clock) as made:
        yield made
