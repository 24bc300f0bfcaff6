"""Notes that people leave for whoever comes on next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shifts.actor import Actor
from shifts.duty_tables import HandoffNoteRow
from shifts.errors import Nearest, RosterError, worded
from shifts.news import News, owe
from shifts.roster_file import rules_of
from shifts.service import text_in
from shifts.tables import RosterRow, ShiftRow
from store.clock import Clock
from store.database import Database

LONGEST_NOTE = 4000


@dataclass(frozen=True)
class HandoffNote:
    """What somebody wrote for the next."""

    author: str
    written: datetime
    text: str


class HandoffNotes:
    """Notes are delivered at the next handover of their role, once, to everybody who comes on then.

    Who writes one after the handover, when others are on already, reaches them at once.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def write(self, actor: Actor, roster: str, role: str, text: str) -> None:
        """Leave a note. Raises `RosterError` for a role that the roster has not, or words that are none."""
        words = text.strip()
        if not words or len(words) > LONGEST_NOTE:
            raise RosterError(
                worded("a note has 1 to {most} characters, this one has {count}"),
                most=LONGEST_NOTE,
                count=len(words),
            )
        async with self._database.write() as session:
            rules = rules_of((await text_in(session, roster))[0])
            if role not in rules.role_rules:
                raise RosterError(
                    worded("“{role}” is not a role of {roster}; {hint}"),
                    role=role[:60],
                    roster=roster,
                    hint=Nearest(role, tuple(rules.role_rules)),
                )
            now = self._clock.now()
            row = HandoffNoteRow(roster=roster, role=role, author=actor.name, text=words, written=now)
            session.add(row)
            await session.flush()
            on = await _on_now(session, roster, role, now)
            if on and actor.name not in on:
                row.delivered = now
                document = {"author": actor.name, "role": role, "text": words}
                for person in on:
                    key = f"{row.id}|{person}"
                    await owe(
                        session, News.NOTE, key, roster=roster, person=person, due=now, document=document
                    )


async def _on_now(session: AsyncSession, roster: str, role: str, now: datetime) -> list[str]:
    rows = (
        select(ShiftRow.person)
        .join(RosterRow, RosterRow.id == ShiftRow.roster_id)
        .where(RosterRow.name == roster, ShiftRow.role == role, ShiftRow.starts <= now, ShiftRow.ends > now)
    )
    return sorted(set(await session.scalars(rows)))


async def notes_for(
    session: AsyncSession, roster: str, role: str, *, handover: datetime, now: datetime
) -> tuple[HandoffNote, ...]:
    """The notes for who comes on at `handover`: those not delivered yet, and those delivered there already.

    In the caller's transaction, which delivers them.
    """
    rows = select(HandoffNoteRow).where(
        HandoffNoteRow.roster == roster,
        HandoffNoteRow.role == role,
        HandoffNoteRow.written <= now,
        HandoffNoteRow.delivered.is_(None) | (HandoffNoteRow.delivered == handover),
    )
    found = list(await session.scalars(rows.order_by(HandoffNoteRow.id)))
    for row in found:
        row.delivered = handover
    return tuple(HandoffNote(row.author, row.written, row.text) for row in found)
