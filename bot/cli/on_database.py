"""Commands that work on the configured database: opened, its schema made sure of, closed again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from store.clock import Clock
    from store.database import Database

T = TypeVar("T")


def on_database(
    config: Path | None, action: Callable[[Database, Clock], Awaitable[T]], *, new: bool = False
) -> T:
    """What `action` gives. Only what brings something in is `new`: it may make the database."""

    async def run() -> T:
        from bot import schema
        from bot.cli.opening import opened
        from bot.settings import load_settings
        from store.clock import SystemClock

        async with opened(load_settings(config), new=new) as database:
            await schema.ensure(database)
            return await action(database, SystemClock())

    return asyncio.run(run())
