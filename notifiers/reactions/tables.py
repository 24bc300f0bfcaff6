"""What reactions asked and started, for what event, and which jobs came of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.database import Base, BigId


class ReactionState(StrEnum):
    """How a reaction stands. Only from `asked` does it go anywhere."""

    ASKED = "asked"
    STARTED = "started"
    DECLINED = "declined"
    EXPIRED = "expired"  # nobody answered in time
    OVERTAKEN = "overtaken"  # a newer map asks anew
    STOPPED = "stopped"  # the event was retracted before anybody answered


class ReactionRow(Base):
    """One time a reaction came for an event.

    `key` says for what and is unique: the same decision taken twice writes one. What is started is frozen
    here, so that a go starts what was read, whatever is configured by then. `map` is the sky map (sha-256)
    it came for. `answered_by` said go or no; for what nobody was asked about it is `rule NAME`.
    """

    __tablename__ = "reactions"
    __table_args__ = (Index("ix_reactions_state_expires", "state", "expires"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(400), unique=True)
    name: Mapped[str] = mapped_column(String(120), index=True)
    start: Mapped[str] = mapped_column(String(40))
    parameters: Mapped[dict[str, Any]]
    facilities: Mapped[list[Any]] = mapped_column(default=list)
    cancel_on_retraction: Mapped[bool] = mapped_column(default=False)
    rule: Mapped[str] = mapped_column(Text)
    event: Mapped[str] = mapped_column(String(200), index=True)  # MISSION:ID
    event_id: Mapped[int] = mapped_column(BigId)
    revision_id: Mapped[int] = mapped_column(BigId)
    map: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12))
    created: Mapped[datetime] = mapped_column(index=True)
    expires: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(String(120))
    via: Mapped[str | None] = mapped_column(String(20))
    answered: Mapped[datetime | None]


class ReactionJobRow(Base):
    """What a reaction started, one row for each telescope (`facility` is empty for what is for none).

    `job_id` is the job's (`already`: it was there before); where it could not be started, `problem` says why.
    """

    __tablename__ = "reaction_jobs"
    __table_args__ = (UniqueConstraint("reaction_id", "facility"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reaction_id: Mapped[int] = mapped_column(BigId, ForeignKey("reactions.id"))
    facility: Mapped[str] = mapped_column(String(80), default="")
    job_id: Mapped[int | None] = mapped_column(BigId, index=True)
    problem: Mapped[str | None] = mapped_column(Text)
    already: Mapped[bool] = mapped_column(default=False)
