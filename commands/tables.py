"""Calls that wait behind a button or for a confirmation, and those that were done already."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from store.database import Base


class WaitingCallRow(Base):
    """A command with its options behind a button: too long for a button's value; it outlives a restart."""

    __tablename__ = "waiting_calls"

    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    path: Mapped[str] = mapped_column(String(80))
    given: Mapped[dict[str, Any]]
    form: Mapped[dict[str, Any] | None]  # the fields that ask for more, where a button opens them
    created: Mapped[datetime]
    expires: Mapped[datetime] = mapped_column(index=True)


class ConfirmationRow(Base):
    """A dangerous command that waits for a yes, of a second person where `second`; `confirmed_by` said it.

    `state`: open, done, declined. It is settled once, whoever answers first; past `expires` nobody can.
    """

    __tablename__ = "confirmations"

    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    path: Mapped[str] = mapped_column(String(80))
    given: Mapped[dict[str, Any]]
    asked_by: Mapped[str] = mapped_column(String(120))
    front: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str] = mapped_column(String(120))
    second: Mapped[bool]
    state: Mapped[str] = mapped_column(String(10))
    confirmed_by: Mapped[str | None] = mapped_column(String(120))
    message: Mapped[str | None] = mapped_column(String(40))  # the front end's id of the one that asks
    created: Mapped[datetime]
    expires: Mapped[datetime] = mapped_column(index=True)


class SeenCallRow(Base):
    """A delivery of a front end that was acted on: chats deliver twice, a command is done once.

    `call` is what was asked and where, without secrets, and `owner` the process that does it; `done` is when
    its answers had been given, or its caller told that they never will be.
    """

    __tablename__ = "seen_calls"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    call: Mapped[dict[str, Any] | None]
    owner: Mapped[str | None] = mapped_column(String(80))
    done: Mapped[datetime | None]
