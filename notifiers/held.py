"""What waits for a digest: one row for each reader and event at a time, brought up to date while it waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from events.state import EventState
from notifiers.subscription_tables import HeldRow, HeldState, Why
from store.upsert import insert


@dataclass(frozen=True)
class Hold:
    """That a reader (a channel, or `@person`) hears of an event at `due`, with whatever else is due then."""

    reader: str
    first: bool
    routes: tuple[str, ...]
    why: Why
    due: datetime


@dataclass
class HeldBook:
    """What is and was held of one event, by reader, locked until the transaction ends.

    Promises: of an event one row waits for a reader at a time, whatever is decided how often; a row that was
    told stays as the proof that it was.
    """

    state: EventState
    now: datetime
    rows: defaultdict[str, list[HeldRow]] = field(default_factory=lambda: defaultdict(list))
    added: dict[str, dict[str, Any]] = field(default_factory=dict)

    def waiting(self, reader: str) -> HeldRow | None:
        """What waits for a reader."""
        return next((row for row in self.rows[reader] if row.state == HeldState.WAITING.value), None)

    def told(self, reader: str) -> HeldRow | None:
        """What a digest last told a reader."""
        told = [row for row in self.rows[reader] if row.state == HeldState.TOLD.value]
        return max(told, key=lambda row: row.batch, default=None)

    def hold(self, wish: Hold) -> None:
        """Let a reader wait, or bring up to date what waits already: the earlier instant counts."""
        row = self.waiting(wish.reader)
        if row is not None:
            row.revision_id = self.state.newest.id
            row.due = min(row.due, wish.due)
            row.routes = sorted({*row.routes, *wish.routes})
            return
        self.added[wish.reader] = {
            "reader": wish.reader,
            "event": self.state.event,
            "event_id": self.state.id,
            "batch": len(self.rows[wish.reader]),
            "revision_id": self.state.newest.id,
            "first": wish.first,
            "routes": list(wish.routes),
            "why": wish.why.value,
            "state": HeldState.WAITING.value,
            "since": self.now,
            "due": wish.due,
        }

    def touch(self, reader: str) -> None:
        """Let what waits tell of the newest revision, whether or not a route would ask for that one."""
        if (row := self.waiting(reader)) is not None:
            row.revision_id = self.state.newest.id

    def let_go(self, reader: str) -> None:
        """What waited is told at once after all, or not at all."""
        if (row := self.waiting(reader)) is not None:
            row.state = HeldState.DROPPED.value

    async def write(self, session: AsyncSession) -> tuple[str, ...]:
        """Write what is new; gives the readers for whom something waits that did not before."""
        readers = tuple(self.added)
        if self.added:
            # Another replica may have let the same wait meanwhile: then its row stands.
            values = list(self.added.values())
            await session.execute(insert(session, HeldRow).on_conflict_do_nothing(), values)
            self.added.clear()
        return readers


async def held_of(session: AsyncSession, state: EventState, now: datetime) -> HeldBook:
    """Everything that is and was held of an event."""
    of_event = select(HeldRow).where(HeldRow.event == state.event)
    # First wait for a digest that is being written, then look: it may have told what was waiting.
    waiting = of_event.where(HeldRow.state == HeldState.WAITING.value).order_by(HeldRow.id).with_for_update()
    await session.execute(waiting)
    rows = await session.scalars(of_event.execution_options(populate_existing=True))
    return book_of(state, rows.all(), now)


def book_of(state: EventState, rows: Sequence[HeldRow], now: datetime) -> HeldBook:
    """The book of rows that were read."""
    book = HeldBook(state, now)
    for row in rows:
        book.rows[row.reader].append(row)
    return book
