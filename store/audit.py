"""The audit: who asked for what, from where, and what came of it; written with the change itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from store.database import Base, BigId

LONGEST = {"who": 120, "place": 80, "what": 80, "subject": 300, "result": 300}
"""Characters; what is longer is cut, since an audit never keeps a change from being made."""


class AuditRow(Base):
    """One thing that was asked for. Rows are only ever added."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject_at", "subject", "at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(String(LONGEST["who"]))
    place: Mapped[str] = mapped_column(String(LONGEST["place"]))
    what: Mapped[str] = mapped_column(String(LONGEST["what"]))
    subject: Mapped[str] = mapped_column(String(LONGEST["subject"]))
    result: Mapped[str] = mapped_column(String(LONGEST["result"]))
    details: Mapped[dict[str, Any]]


@dataclass(frozen=True)
class AuditEntry:
    """One thing asked for: `who` from `where` (`slack`, `terminal`, …), `what` with which `subject`."""

    at: datetime
    who: str
    where: str
    what: str
    subject: str
    result: str
    details: Mapping[str, Any]


async def record(
    session: AsyncSession,
    *,
    who: str,
    where: str,
    what: str,
    subject: str,
    result: str,
    details: Mapping[str, Any] | None = None,
    at: datetime,
) -> None:
    """Add an entry to the transaction that makes the change. `details` is JSON-able and holds no secrets."""
    texts = {"who": who, "place": where, "what": what, "subject": subject, "result": result}
    cut = {column: _cut(text, LONGEST[column]) for column, text in texts.items()}
    session.add(AuditRow(at=at, details=dict(details or {}), **cut))
    await session.flush()


async def entries(
    session: AsyncSession,
    *,
    who: str | None = None,
    what: str | None = None,
    subject: str | None = None,
    since: datetime | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """The newest entries first; `what` may be the beginning of a name, as `person.`."""
    wanted = select(AuditRow).order_by(AuditRow.at.desc(), AuditRow.id.desc()).limit(limit)
    if who is not None:
        wanted = wanted.where(AuditRow.who == who)
    if what is not None:
        wanted = wanted.where(AuditRow.what.startswith(what, autoescape=True))
    if subject is not None:
        wanted = wanted.where(AuditRow.subject == subject)
    if since is not None:
        wanted = wanted.where(AuditRow.at >= since)
    return [
        AuditEntry(row.at, row.who, row.place, row.what, row.subject, row.result, row.details)
        for row in await session.scalars(wanted)
    ]


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
