"""Tokens for platforms: a person's own where they gave one, else the desk's; kept encrypted."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from platforms.job import PlatformError
from store.clock import Clock
from store.database import Base, Database
from store.secrets import secret
from store.upsert import insert

KEY_NAME = "credentials"
LONGEST_TOKEN = 4000


class CredentialError(ValueError):
    """A token that cannot be kept, or a key that is none: one sentence without the token."""


class CredentialRow(Base):
    """A person's token for one instance of a platform, encrypted."""

    __tablename__ = "credentials"

    person: Mapped[str] = mapped_column(String(120), primary_key=True)
    instance: Mapped[str] = mapped_column(String(60), primary_key=True)
    token: Mapped[bytes] = mapped_column(LargeBinary)
    given: Mapped[datetime]


@dataclass(frozen=True)
class Token:
    """What authorises a call. `own`: the requester's own; else the desk's, and the record names them."""

    value: str = field(repr=False)
    own: bool


@dataclass(frozen=True)
class Given:
    """That a person gave a token for an instance, and when."""

    instance: str
    at: datetime


class Credentials:
    """People's own tokens.

    Promises: a token is nowhere but encrypted in its row and in what `token` returns; it is never shown
    again. `keys` are Fernet keys of the configuration, newest first, of which all are read; without one the
    key is made on first use and kept in the database, which then protects against less.
    """

    def __init__(self, database: Database, clock: Clock, keys: Sequence[str] = ()) -> None:
        self._database = database
        self._clock = clock
        self._configured = tuple(fernet_of(key) for key in keys)
        self._all: MultiFernet | None = None

    async def give(self, person: str, instance: str, token: str) -> None:
        """Keep a person's token for an instance, in place of the one before. Raises CredentialError."""
        token = token.strip()
        if not token or len(token) > LONGEST_TOKEN or not token.isprintable() or " " in token:
            raise CredentialError(f"that is no token for {instance}: expected one word without spaces")
        encrypted = (await self._fernets()).encrypt(token.encode())
        async with self._database.write() as session:
            values = {"token": encrypted, "given": self._clock.now()}
            row = insert(session, CredentialRow).values(person=person, instance=instance, **values)
            keys = [CredentialRow.person, CredentialRow.instance]
            await session.execute(row.on_conflict_do_update(index_elements=keys, set_=values))

    async def forget(self, person: str, instance: str) -> bool:
        """Drop a person's token; whether there was one."""
        async with self._database.write() as session:
            mine = (CredentialRow.person == person, CredentialRow.instance == instance)
            gone = await session.scalars(delete(CredentialRow).where(*mine).returning(CredentialRow.instance))
            return gone.first() is not None

    async def given(self, person: str) -> tuple[Given, ...]:
        """For which instances a person gave a token."""
        async with self._database.read() as session:
            mine = select(CredentialRow).where(CredentialRow.person == person)
            rows = await session.scalars(mine.order_by(CredentialRow.instance))
            return tuple(Given(row.instance, row.given) for row in rows)

    async def own(self, person: str, instance: str) -> str | None:
        """A person's own token; None where they gave none.

        Raises PlatformError where it was encrypted with a key that this desk has no more.
        """
        async with self._database.read() as session:
            row = await session.get(CredentialRow, (person, instance))
        if row is None:
            return None
        try:
            return (await self._fernets()).decrypt(row.token).decode()
        except InvalidToken:
            raise PlatformError(
                f"the token of {person} for {instance} cannot be read any more: the desk's key has changed",
                advice=f"give it again with “me token {instance}”, or drop it with “me forget {instance}”",
            ) from None

    async def token(self, person: str, instance: str, desks: str | None) -> Token | None:
        """What to call an instance with for a person: their own token, else the desk's; None for neither."""
        own = await self.own(person, instance)
        if own is not None:
            return Token(own, True)
        return Token(desks, False) if desks is not None else None

    async def _fernets(self) -> MultiFernet:
        if self._all is None:
            async with self._database.write() as session:
                kept = await secret(session, KEY_NAME)
            self._all = MultiFernet([*self._configured, Fernet(base64.urlsafe_b64encode(kept))])
        return self._all


def fernet_of(key: str) -> Fernet:
    """A configured key, ready for use. Raises CredentialError, which does not repeat it."""
    try:
        return Fernet(key.strip())
    except ValueError:
        raise CredentialError(
            "credentials.key is no Fernet key: expected 32 bytes in base64, as `openssl rand -base64 32 | "
            "tr '+/' '-_'` makes them"
        ) from None
