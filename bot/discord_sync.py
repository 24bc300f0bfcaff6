"""Telling Discord the commands when they have changed, and not at each start: it takes 200 new ones a day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from bot.discord_tables import ToldCommandsRow
from bot.discord_tree import Json, digest
from store.clock import Clock
from store.database import Database
from store.upsert import insert

EVERYWHERE = "global"
Tell: TypeAlias = Callable[[str, list[Json]], Awaitable[Any]]
"""Sets all commands of a scope: `global`, or a server's id."""


async def sync_commands(
    database: Database,
    clock: Clock,
    application: str,
    tree: list[Json],
    servers: Sequence[str],
    tell: Tell,
    *,
    always: bool = False,
) -> list[str]:
    """Tell each scope whose commands are not those of `tree`; gives the scopes that were told.

    With `servers` the commands are theirs alone, and the global ones are taken away; else they are global.
    What was told is written down after Discord took it: a crash in between tells it once more.
    """
    wanted: dict[str, list[Json]] = {EVERYWHERE: [] if servers else tree} | dict.fromkeys(servers, tree)
    told = []
    for scope, commands in wanted.items():
        if not always and await _known(database, application, scope) == digest(commands):
            continue
        await tell(scope, commands)
        await _note(database, clock, application, scope, digest(commands))
        told.append(scope)
    return told


async def _known(database: Database, application: str, scope: str) -> str | None:
    async with database.read() as session:
        row = await session.get(ToldCommandsRow, (application, scope))
        return row.digest if row is not None else None


async def _note(database: Database, clock: Clock, application: str, scope: str, told: str) -> None:
    async with database.write() as session:
        wish = insert(session, ToldCommandsRow).values(
            application=application, scope=scope, digest=told, at=clock.now()
        )
        await session.execute(
            wish.on_conflict_do_update(
                index_elements=[ToldCommandsRow.application, ToldCommandsRow.scope],
                set_={"digest": wish.excluded.digest, "at": wish.excluded.at},
            )
        )
