"""A desk that can be asked."""

from __future__ import annotations

import pytest

from store.clock import ManualClock
from store.database import Database
from tests.commands.desk import AskedDesk


@pytest.fixture
async def desk(database: Database, clock: ManualClock) -> AskedDesk:
    made = AskedDesk(database, clock)
    await made.begin()
    return made
