"""Secrets the desk makes for itself on first use and shares among its replicas: keys that sign links."""

from __future__ import annotations

import secrets

from sqlalchemy import LargeBinary, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from store.database import Base
from store.upsert import insert

LENGTH = 32  # bytes


class SecretRow(Base):
    """One secret by its name."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)


async def secret(session: AsyncSession, name: str) -> bytes:
    """The secret of this name, made now if there is none. Inside `Database.write`.

    Two replicas that ask for a new one at the same moment get the same.
    """
    wanted = select(SecretRow.value).where(SecretRow.name == name)
    known: bytes | None = await session.scalar(wanted)
    if known is not None:
        return known
    made = insert(session, SecretRow).values(name=name, value=secrets.token_bytes(LENGTH))
    await session.execute(made.on_conflict_do_nothing())
    stored: bytes | None = await session.scalar(wanted)
    assert stored is not None, "a secret that was just written is there"
    return stored
