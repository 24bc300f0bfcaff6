"""Jobs as they are written down, what was asked for lately, and people's own tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from store.claims import Claimable
from store.database import Base, BigId

IS_OPEN = "ended IS NULL"
"""What the queue's partial index covers: SQLite uses it only for a query that says it in these very words."""


class JobRow(Claimable, Base):
    """One job; `platforms.job.Job` says what its fields mean.

    `fingerprint` is the same for the same request. `due` is when the platform is asked next; `looks` counts
    the looks since it last moved, `failures` the calls since the platform last answered. `attempted` is set
    before the platform is called the first time: from then on it may have the job. `cancelled_by` asked for
    it to be taken back. `tell_at` is when its card is to be brought up to date, None when it is; `told` when
    that was done last.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_queue", "platform", "due", sqlite_where=text(IS_OPEN), postgresql_where=text(IS_OPEN)),
        Index("ix_jobs_fingerprint_created", "fingerprint", "created"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    mark: Mapped[str] = mapped_column(String(40), unique=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(60))
    platform: Mapped[str] = mapped_column(String(60))
    requester: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(12))
    parameters: Mapped[dict[str, Any]]
    event: Mapped[str | None] = mapped_column(String(200), index=True)
    facility: Mapped[str | None] = mapped_column(String(120))
    source: Mapped[str | None] = mapped_column(String(200))
    place: Mapped[dict[str, Any] | None]

    remote: Mapped[dict[str, Any]]
    progress: Mapped[float | None]
    said: Mapped[str] = mapped_column(Text)
    results: Mapped[dict[str, Any]]
    pictures: Mapped[dict[str, Any]]
    failure: Mapped[str | None] = mapped_column(Text)
    advice: Mapped[str | None] = mapped_column(Text)

    created: Mapped[datetime] = mapped_column(index=True)
    deadline: Mapped[datetime]
    patience: Mapped[float | None]  # s; None until the work says it
    started: Mapped[datetime | None]
    ended: Mapped[datetime | None]
    due: Mapped[datetime]
    looks: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    attempted: Mapped[bool] = mapped_column(default=False)
    cancelled_by: Mapped[str | None] = mapped_column(String(120))
    tell_at: Mapped[datetime | None] = mapped_column(index=True)
    told: Mapped[datetime | None]


class JobEventRow(Base):
    """An event that a job may be about which names none; `platforms.about` says which those are."""

    __tablename__ = "job_events"

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    event: Mapped[str] = mapped_column(String(200), primary_key=True, index=True)


class JobWishRow(Base):
    """What was asked for, once for each fingerprint: who asks the same waits here for who asked first."""

    __tablename__ = "job_wishes"

    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    job_id: Mapped[int | None] = mapped_column(BigId)
