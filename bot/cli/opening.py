"""The configured database, opened for a command; what keeps it from answering told in a line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from asyncpg import PostgresError  # type: ignore[import-untyped]
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.cli.inputs import InputError
from bot.settings import Settings
from store.database import Database


class NoDatabaseYet(InputError):
    """An SQLite file that nobody has made yet."""


@asynccontextmanager
async def opened(settings: Settings, *, new: bool = False) -> AsyncIterator[Database]:
    """The configured database, closed when the block ends. Raises `InputError` where it cannot be used.

    Only a command that makes one may be `new`: asking about an SQLite file must not create it.
    """
    if not new:
        _check_there(settings)
    with database_told(settings):
        database = Database(settings.database.async_url)
        try:
            yield database
        finally:
            await database.dispose()


def _check_there(settings: Settings) -> None:
    url = make_url(settings.database.async_url)
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return
    if not Path(str(url.database)).exists():
        raise NoDatabaseYet(f"{url.database}: there is no database yet; `nightdesk db upgrade` makes it")


@contextmanager
def database_told(settings: Settings) -> Iterator[None]:
    """Inside the block, what the database or its driver raises becomes an `InputError` that names it."""
    shown = make_url(settings.database.async_url).render_as_string()  # without its password
    try:
        yield
    except (SQLAlchemyError, PostgresError, OSError) as error:
        raise InputError(f"{shown}: {reason_of(error)}") from None


def reason_of(error: BaseException) -> str:
    """Why a database refused, in one line: the driver's own words, without statements and parameters."""
    words = " ".join(str(getattr(error, "orig", None) or error).split())
    if words.startswith("<class"):  # how asyncpg's errors come through SQLAlchemy
        words = words.partition(">: ")[2]
    return words or type(error).__name__
