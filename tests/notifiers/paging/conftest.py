"""A desk that pages, with four people and a roster."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from store.clock import ManualClock
from store.database import Database
from tests.notifiers.paging.pagedesk import PageDesk, open_page_desk


@pytest.fixture
async def pages(database: Database, clock: ManualClock) -> AsyncIterator[PageDesk]:
    async with open_page_desk(database, clock) as desk:
        yield desk


@pytest.fixture
async def any_pages(any_database: Database, clock: ManualClock) -> AsyncIterator[PageDesk]:
    """On SQLite once and on PostgreSQL once."""
    async with open_page_desk(any_database, clock) as desk:
        yield desk
