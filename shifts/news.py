"""What somebody has to be told about duty: written in the transaction that made it news, told later, once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shifts.duty_tables import DutyNewsRow
from shifts.personal import personal_changes
from shifts.shift import Resolution
from store.upsert import insert

MOST_CHANGES = 200
"""Changes of one person that one piece of news keeps; a card shows the first few and says how many."""


class News(StrEnum):
    """What a piece of news is about."""

    CHANGED = "changed"  # shifts of a person came, went or moved
    SWAP = "swap"  # an offer, or what became of one
    REMINDER = "reminder"  # a shift begins soon
    DUSK = "dusk"  # so many hours to the dusk of the telescope
    COMES_ON = "comes on"  # a shift begins: with notes and what is open
    GOES_OFF = "goes off"  # a shift has ended
    NOTE = "note"  # a hand-off note that came after the handover
    COVER = "cover"  # holes in a roster, to those who manage it
    EDITED = "edited"  # a roster was edited, to those who manage it


async def owe(
    session: AsyncSession,
    kind: News,
    key: str,
    *,
    roster: str,
    person: str | None,
    due: datetime,
    document: dict[str, Any],
) -> None:
    """Owe a piece of news from `due` on, once for each `key`. In the transaction that made it so."""
    values = {
        "key": f"{kind.value}|{key}",
        "kind": kind.value,
        "roster": roster,
        "person": person,
        "document": document,
        "due": due,
    }
    await session.execute(insert(session, DutyNewsRow).values(values).on_conflict_do_nothing())


async def owe_changes(
    session: AsyncSession,
    roster: str,
    before: Resolution | None,
    after: Resolution,
    *,
    key: str,
    by: str | None,
    now: datetime,
    but: frozenset[str] = frozenset(),
) -> tuple[str, ...]:
    """Owe each person whose shifts differ what changed for them; `by` None: nobody edited it.

    `but` are people who are told in other words (both sides of a swap). Gives whom it is owed to.
    """
    touched = personal_changes(before, after)
    for person, changes in touched.items():
        if person in but:
            continue
        document = {
            "by": by,
            "first": before is None,
            "count": len(changes),
            "changes": [change.to_dict() for change in changes[:MOST_CHANGES]],
        }
        await owe(
            session,
            News.CHANGED,
            f"{roster}|{key}|{person}",
            roster=roster,
            person=person,
            due=now,
            document=document,
        )
    return tuple(touched)


async def undone(session: AsyncSession, roster: str, kind: News) -> list[DutyNewsRow]:
    """The news of a kind that a roster still owes."""
    rows = select(DutyNewsRow).where(
        DutyNewsRow.roster == roster, DutyNewsRow.kind == kind.value, DutyNewsRow.done.is_(None)
    )
    return list(await session.scalars(rows.order_by(DutyNewsRow.due, DutyNewsRow.id)))
