"""Answers as they were given: each counts once, however often it is pressed or delivered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notifiers.paging.answers import Answer
from notifiers.paging.tables import PageAnswerRow, PageRow
from store.upsert import insert


async def is_new(
    session: AsyncSession,
    row: PageRow,
    answer: Answer,
    person: str,
    via: str,
    seen: int | None,
    once: str | None,
    now: datetime,
) -> bool:
    """Note the answer; False where the same was given to the same turn, or the same message came before."""
    values = {
        "page_id": row.id,
        "person": person,
        "answer": answer.value,
        "turn": row.turn if seen is None else seen,
        "via": via,
        "at": now,
        "acted": False,
        "once": once,
    }
    wish = insert(session, PageAnswerRow).values(values).on_conflict_do_nothing().returning(PageAnswerRow.id)
    return await session.scalar(wish) is not None


async def mark(
    session: AsyncSession, row: PageRow, answer: Answer, person: str, turn: int, acted: bool
) -> None:
    given = await session.scalar(
        select(PageAnswerRow).where(
            PageAnswerRow.page_id == row.id,
            PageAnswerRow.person == person,
            PageAnswerRow.answer == answer.value,
            PageAnswerRow.turn == turn,
        )
    )
    if given is not None:
        given.acted = acted
