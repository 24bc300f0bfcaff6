"""What people ask to be told and do not want to hear; what is held for their morning; what was told."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.database import Base, BigId


class SubscriptionRow(Base):
    """A person's own route: `number` counts the person's, so that it can be said aloud."""

    __tablename__ = "subscriptions"
    __table_args__ = (UniqueConstraint("person", "number"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person: Mapped[str] = mapped_column(String(60), index=True)
    number: Mapped[int]
    rule: Mapped[str] = mapped_column(Text)
    tell: Mapped[str] = mapped_column(String(10))
    urgency: Mapped[str] = mapped_column(String(8))
    wakes: Mapped[bool] = mapped_column(default=False)
    way: Mapped[str | None] = mapped_column(String(10))  # None: as the person's contact rules say
    at_most: Mapped[int | None]  # first notices an hour
    paused: Mapped[bool] = mapped_column(default=False)
    made: Mapped[datetime]
    changed: Mapped[datetime]


class PreferenceRow(Base):
    """What a person said once for all routes. `woken`: by what may wake people, on shift or not."""

    __tablename__ = "preferences"

    person: Mapped[str] = mapped_column(String(60), primary_key=True)
    woken: Mapped[bool] = mapped_column(default=False)
    changed: Mapped[datetime]


class MuteRow(Base):
    """What a person does not want to hear of until an instant: an `event`, a `mission`, or `all`."""

    __tablename__ = "mutes"
    __table_args__ = (UniqueConstraint("person", "scope", "subject"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person: Mapped[str] = mapped_column(String(60))
    scope: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(String(200), default="")
    until: Mapped[datetime]
    made: Mapped[datetime]


class Why(StrEnum):
    """Why something waits instead of being told."""

    QUIET = "quiet"
    LEAVE = "leave"
    DIGEST = "digest"
    MANY = "many"  # more than the route tells in an hour, or of one family
    BACKLOG = "backlog"  # stale: from before an outage ended


class HeldState(StrEnum):
    WAITING = "waiting"
    TOLD = "told"  # a digest with it is in the outbox
    DROPPED = "dropped"  # muted meanwhile, or nobody is left to tell


class HeldRow(Base):
    """What a reader is to be told of an event with others, at `due`.

    `reader` is a configured channel, or `@person`: the way is chosen when it goes out. `revision_id` is the
    newest revision that was held; `first` says that the reader was told nothing of the event before.
    `batch` tells nights apart: an event waits once for a reader at a time.
    """

    __tablename__ = "held"
    __table_args__ = (
        UniqueConstraint("reader", "event", "batch"),
        Index(
            "ix_held_due",
            "due",
            "reader",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reader: Mapped[str] = mapped_column(String(80))
    event: Mapped[str] = mapped_column(String(200), index=True)  # MISSION:ID
    event_id: Mapped[int] = mapped_column(BigId)
    batch: Mapped[int] = mapped_column(default=0)
    revision_id: Mapped[int] = mapped_column(BigId)
    first: Mapped[bool]
    routes: Mapped[list[Any]] = mapped_column(default=list)
    why: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(8), default=HeldState.WAITING.value)
    since: Mapped[datetime]
    due: Mapped[datetime]
    told: Mapped[datetime | None]


class TellingRow(Base):
    """That a reader was told first of an event, where the number of such counts: of a route with a limit.

    `family` is what is counted together.
    """

    __tablename__ = "tellings"
    __table_args__ = (Index("ix_tellings_family_at", "family", "at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reader: Mapped[str] = mapped_column(String(80))
    family: Mapped[str] = mapped_column(String(300))
    event: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
