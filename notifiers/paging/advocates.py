"""The event's advocate: who has it in hand. Whoever said "I have it" is, until it is handed over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifiers.paging.tables import AdvocateRow
from store.upsert import insert


@dataclass(frozen=True)
class Advocate:
    """Who has an event in hand, and since when."""

    event: str
    person: str
    since: datetime


async def advocate_of(session: AsyncSession, event: str) -> Advocate | None:
    """Who has the event in hand now."""
    row = await session.scalar(_present(event))
    return None if row is None else Advocate(row.event, row.person, row.since)


async def advocates(session: AsyncSession, event: str) -> tuple[Advocate, ...]:
    """Everybody who has had the event in hand, in order."""
    rows = await session.scalars(
        select(AdvocateRow).where(AdvocateRow.event == event).order_by(AdvocateRow.id)
    )
    return tuple(Advocate(row.event, row.person, row.since) for row in rows)


async def present_advocates(session: AsyncSession, since: datetime) -> tuple[Advocate, ...]:
    """Who has which event in hand now, of those handed over since then."""
    rows = await session.scalars(
        select(AdvocateRow)
        .where(AdvocateRow.until.is_(None), AdvocateRow.since >= since)
        .order_by(AdvocateRow.id)
    )
    return tuple(Advocate(row.event, row.person, row.since) for row in rows)


async def hand_to(
    session: AsyncSession, event: str, person: str, now: datetime, *, via: str, page_id: int | None = None
) -> bool:
    """Let `person` have the event in hand from now on; False where they have it already."""
    present = await session.scalar(_present(event).with_for_update())
    if present is None:
        first = insert(session, AdvocateRow).values(
            event=event, person=person, page_id=page_id, via=via, since=now
        )
        if await session.scalar(first.on_conflict_do_nothing().returning(AdvocateRow.id)) is not None:
            return True
        present = await session.scalar(_present(event).with_for_update())
    if present is None or present.person == person:
        return False
    present.until = now
    await session.flush()
    session.add(AdvocateRow(event=event, person=person, page_id=page_id, via=via, since=now))
    await session.flush()
    return True


def _present(event: str) -> Select[AdvocateRow]:
    return (
        select(AdvocateRow)
        .where(AdvocateRow.event == event, AdvocateRow.until.is_(None))
        .execution_options(populate_existing=True)
    )
