"""Notes that people leave on an event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from events.tables import NoteRow


@dataclass(frozen=True)
class EventNote:
    """What somebody wrote, and when."""

    text: str
    by: str
    at: datetime


async def add_note(session: AsyncSession, event_id: int, text: str, *, by: str, at: datetime) -> None:
    """Leave a note, in the caller's transaction. Notes are never changed."""
    session.add(NoteRow(event_id=event_id, text=text, by=by[:120], at=at))
    await session.flush()


async def notes_of(session: AsyncSession, event_id: int) -> tuple[EventNote, ...]:
    """The notes of an event, oldest first."""
    rows = await session.scalars(
        select(NoteRow).where(NoteRow.event_id == event_id).order_by(NoteRow.at, NoteRow.id)
    )
    return tuple(EventNote(row.text, row.by, row.at) for row in rows)
