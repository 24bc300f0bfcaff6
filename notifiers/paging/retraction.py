"""A retraction stops the event's pages, and says so to exactly those who were told, as they were told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from events.state import EventState
from notifiers.paging.parts import asked_people, note
from notifiers.paging.tables import PageRow, PageState
from notifiers.paging.telling import cancel, show, tell


async def stop_pages(session: AsyncSession, state: EventState, now: datetime) -> tuple[int, ...]:
    """Stop every page of a retracted event, also those that were answered; gives those stopped just now.

    Nothing more is tried, and what waits in the outbox is taken back. Whom a page has reached (the receipts
    say so, not the plan) is told by the same ways: cards in chats show it, e-mail follows, what rings comes
    at once to those who are awake, who have the page, or whom we rang in the last half hour; the others sleep
    on and read it when their quiet hours end. Nobody is telephoned. Nobody else hears of it from the page.
    """
    if not state.retracted:
        return ()
    rows = await session.scalars(
        select(PageRow)
        .where(PageRow.event_id == state.id, PageRow.state != PageState.STOPPED.value)
        .order_by(PageRow.id)
        .with_for_update()
    )
    stopped = []
    for row in rows.all():
        row.state, row.next_due, row.closed = PageState.STOPPED.value, None, now
        row.turn += 1
        await cancel(session, row, now)
        await note(session, row, "stopped", now)
        await show(session, row, state, now)
        await tell(session, row, state, await asked_people(session, row.id), now, chats_too=True)
        stopped.append(row.id)
    return tuple(stopped)
