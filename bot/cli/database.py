"""`nightdesk db`: migrations."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.options import Config

if TYPE_CHECKING:
    from store.database import Database

db = typer.Typer(
    help="Migrations: bring the database's tables to what this program needs, and back.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    app.add_typer(db, name="db")


def _with_database(
    config: Path | None, action: Callable[[Database], Awaitable[str]], *, new: bool = False
) -> None:
    """Do `action` on the configured database and say what it has to say."""
    from bot.cli.opening import opened
    from bot.settings import load_settings

    settings = load_settings(config)

    async def run() -> None:
        async with opened(settings, new=new) as database:
            typer.echo(f"{database.url.render_as_string()}: {await action(database)}")

    asyncio.run(run())


@db.command()
def upgrade(
    revision: Annotated[str, typer.Argument(help="A revision; the newest unless told otherwise.")] = "head",
    config: Config = None,
) -> None:
    """Bring the schema up, to the newest revision unless told otherwise."""

    async def act(database: Database) -> str:
        from bot import schema

        before = await schema.current(database)
        await schema.upgrade(database, revision)
        return f"{before or 'empty'} -> {await schema.current(database) or 'empty'}"

    _with_database(config, act, new=True)


@db.command(context_settings={"ignore_unknown_options": True})  # -1 is a revision, not an option
def downgrade(
    revision: Annotated[
        str, typer.Argument(help="A revision, -1 for one step back, or base for no tables at all.")
    ] = "-1",
    config: Config = None,
) -> None:
    """Take the schema back; what the older schema has no place for is lost."""

    async def act(database: Database) -> str:
        from bot import schema

        before = await schema.current(database)
        await schema.downgrade(database, revision)
        return f"{before or 'empty'} -> {await schema.current(database) or 'empty'}"

    _with_database(config, act)


@db.command()
def check(config: Config = None) -> None:
    """Say whether the database's schema is the one this program needs."""

    async def act(database: Database) -> str:
        from bot import schema

        if differences := await schema.check(database):
            raise schema.SchemaError("\n".join(differences))
        return f"at {await schema.current(database)}, nothing to do"

    _with_database(config, act)
