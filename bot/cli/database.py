"""`nightdesk db`: migrations."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from bot import schema
from bot.cli.inputs import InputError
from bot.cli.options import Config
from bot.settings import load_settings
from store.database import Database

db = typer.Typer(
    help="Migrations: bring the database's tables to what this program needs, and back.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    app.add_typer(db, name="db")


def _with_database(config: Path | None, action: Callable[[Database], Awaitable[None]]) -> None:
    async def run() -> None:
        database = Database(load_settings(config).database.async_url)
        try:
            await action(database)
        except OSError as error:
            raise InputError(
                f"{database.url.render_as_string()}: the database does not answer: {error}"
            ) from None
        finally:
            await database.dispose()

    asyncio.run(run())


@db.command()
def upgrade(revision: str = "head", config: Config = None) -> None:
    """Bring the schema up, to the newest revision unless told otherwise."""

    async def act(database: Database) -> None:
        before = await schema.current(database)
        await schema.upgrade(database, revision)
        typer.echo(
            f"{database.url.render_as_string()}: {before or 'empty'} -> {await schema.current(database)}"
        )

    _with_database(config, act)


@db.command()
def downgrade(
    revision: Annotated[
        str, typer.Argument(help="A revision, -1 for one step back, or base for no tables at all.")
    ] = "-1",
    config: Config = None,
) -> None:
    """Take the schema back; what the older schema has no place for is lost."""

    async def act(database: Database) -> None:
        before = await schema.current(database)
        await schema.downgrade(database, revision)
        after = await schema.current(database)
        typer.echo(f"{database.url.render_as_string()}: {before or 'empty'} -> {after or 'empty'}")

    _with_database(config, act)


@db.command()
def check(config: Config = None) -> None:
    """Say whether the database's schema is the one this program needs."""

    async def act(database: Database) -> None:
        if differences := await schema.check(database):
            raise schema.SchemaError("\n".join(differences))
        typer.echo(f"{database.url.render_as_string()}: at {await schema.current(database)}, nothing to do")

    _with_database(config, act)
