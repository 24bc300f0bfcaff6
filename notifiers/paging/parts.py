"""What paging needs of the desk, and the small reads that all of it shares."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cards.reader import Reader, ReaderError
from events.service import EventService
from events.state import EventState
from notifiers.channels.base import ChannelConfig
from notifiers.paging.answers import PageView
from notifiers.paging.plan import Escalation
from notifiers.paging.tables import PageLogRow, PagePersonRow, PageRow
from shifts.contact import Way
from shifts.people_file import Person
from shifts.service import OnDuty

BELL = "pages"
"""The bell to ring once a transaction that opened or changed a page has been committed."""


async def _nobody(_at: datetime) -> Sequence[OnDuty]:
    return ()


@dataclass(frozen=True)
class Parts:
    """The desk around the pages.

    `warnings` are the channels that hear of the desk itself, `on_duty` tells who is on at an instant,
    `ways` are those for which this desk has a provider (None: all).
    """

    configs: Mapping[str, ChannelConfig] = field(default_factory=dict)
    escalations: Mapping[str, Escalation] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    public_url: str | None = None
    events: EventService = field(default_factory=EventService)
    on_duty: Callable[[datetime], Awaitable[Sequence[OnDuty]]] = _nobody
    ways: frozenset[str] | None = None

    def ways_to(self, person: Person) -> frozenset[Way]:
        """The ways by which this desk can reach a person now."""
        usable = person.usable()
        return usable if self.ways is None else frozenset(way for way in usable if way in self.ways)

    def warned(self) -> list[tuple[str, Reader]]:
        """The channels that are warned, with who reads there."""
        return [(name, self.configs[name].reader) for name in self.warnings if name in self.configs]


async def page_row(session: AsyncSession, page_id: int) -> PageRow | None:
    """The page, locked until the transaction ends."""
    row: PageRow | None = await session.get(PageRow, page_id, with_for_update=True, populate_existing=True)
    return row


def apply(row: PageRow, page: PageView) -> None:
    """Let the row say what the value says."""
    row.state, row.turn, row.step, row.next_due = page.state.value, page.turn, page.step, page.next_due
    row.holder, row.acknowledged_by = page.holder, list(page.acknowledged_by)
    row.acknowledged, row.acted, row.closed = page.acknowledged, page.acted, page.closed


async def note(
    session: AsyncSession, row: PageRow, what: str, now: datetime, person: str | None = None, **details: Any
) -> None:
    """Write down what happened to a page."""
    session.add(PageLogRow(page_id=row.id, at=now, what=what, person=person, details=details))
    await session.flush()


async def event_of(session: AsyncSession, row: PageRow, parts: Parts) -> EventState | None:
    """What is known of the page's event now; None for a page about none."""
    return None if row.event_id is None else await parts.events.state(session, row.event_id)


async def asked_people(session: AsyncSession, page_id: int) -> list[PagePersonRow]:
    """Everybody a page has asked, in the order in which they were."""
    rows = select(PagePersonRow).where(PagePersonRow.page_id == page_id).order_by(PagePersonRow.id)
    return list(await session.scalars(rows))


async def log_of(session: AsyncSession, page_id: int, *what: str) -> list[PageLogRow]:
    """What happened to a page, oldest first; only of these kinds if any are named."""
    rows = select(PageLogRow).where(PageLogRow.page_id == page_id).order_by(PageLogRow.id)
    return list(await session.scalars(rows.where(PageLogRow.what.in_(what)) if what else rows))


def reader_of(person: Person) -> Reader:
    """In whose language and zone a person reads."""
    try:
        return Reader(person.locale, person.timezone)
    except ReaderError:
        return Reader("en", person.timezone)


def subject_of(row: PageRow) -> str:
    """The name under which the outbox keeps the messages that ask people."""
    return f"page:{row.id}"


def news_of(row: PageRow) -> str:
    """The name under which the outbox keeps what is said of the page afterwards."""
    return f"page:{row.id}:news"
