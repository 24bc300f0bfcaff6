"""Opening pages, in the transaction of the decision that wants them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from events.state import EventState
from notifiers.paging.parts import note, page_row
from notifiers.paging.plan import Escalation, plan_of
from notifiers.paging.tables import PageRow, PageState
from notifiers.routes import Route
from notifiers.rule_names import event_time
from store.upsert import insert

STALE = timedelta(hours=12)
"""An event older than this wakes nobody (after an outage, say), unless its route says how old it may be."""


async def open_page(
    session: AsyncSession,
    escalation: Escalation,
    now: datetime,
    *,
    key: str,
    event: EventState | None = None,
    subject: str = "",
    route: str | None = None,
    drill: bool = False,
    silent: bool = False,
    by: str = "",
) -> tuple[int, bool]:
    """The page of this `key`, and whether it was opened just now; ring `parts.BELL` after the transaction.

    The plan is frozen here: what is configured later changes no page that is open.
    """
    values: dict[str, Any] = {
        "key": key,
        "event": None if event is None else event.event,
        "event_id": None if event is None else event.id,
        "subject": subject,
        "route": route,
        "escalation": escalation.name,
        "drill": drill,
        "silent": silent,
        "plan": plan_of(escalation).to_dict(),
        "opened": now,
        "opened_by": by,
        "state": PageState.OPEN.value,
        "turn": 0,
        "step": 0,
        "next_due": now,
        "acknowledged_by": [],
    }
    wish = insert(session, PageRow).values(values).on_conflict_do_nothing().returning(PageRow.id)
    made = await session.scalar(wish)
    if made is None:
        there = await session.scalar(select(PageRow.id).where(PageRow.key == key))
        assert there is not None, "a page that could not be written is there"
        return int(there), False
    row = await page_row(session, int(made))
    assert row is not None
    await note(session, row, "opened", now, by or None, route=route, escalation=escalation.name)
    return int(made), True


async def open_pages_for(
    session: AsyncSession,
    state: EventState,
    routes: Iterable[Route],
    now: datetime,
    escalations: Mapping[str, Escalation],
    *,
    drill: bool = False,
    silent: bool = False,
) -> tuple[int, ...]:
    """Open what these routes page, each escalation once for an event; gives the pages opened just now.

    `routes` are those that want the event told. A retracted event pages nobody.
    """
    opened = []
    for route in routes:
        escalation = escalations.get(route.page or "")
        stale = route.max_age is None and now - event_time(state) > STALE and not drill
        if escalation is None or state.retracted or stale:
            continue
        page, new = await open_page(
            session,
            escalation,
            now,
            key=f"event {state.id}|{escalation.name}",
            event=state,
            route=route.name,
            drill=drill,
            silent=silent,
        )
        if new:
            opened.append(page)
    return tuple(opened)
