"""Whether there is anything left to do: what replay and the demo wait for."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select

from events.tables import AnalysisRow, AnalysisState
from gcn.tables import Message, MessageState
from notifiers.tables import OPEN, DrawingRow, DrawingState, OutboxRow
from store.clock import Clock
from store.database import Database

_LOOK_AGAIN = 0.05  # s

_OPEN_WORK: tuple[tuple[type, ColumnElement[bool]], ...] = (
    (Message, Message.state == MessageState.NEW),
    (AnalysisRow, AnalysisRow.state.in_((AnalysisState.WANTED.value, AnalysisState.RUNNING.value))),
    (OutboxRow, OutboxRow.state.in_(OPEN)),
    (DrawingRow, DrawingRow.state == DrawingState.WANTED.value),
)


async def open_work(database: Database) -> int:
    """How many messages are unread, analyses and drawings unfinished, and messages owed."""
    async with database.read() as session:
        counts = [
            await session.scalar(select(func.count()).select_from(table).where(which))
            for table, which in _OPEN_WORK
        ]
    return sum(count or 0 for count in counts)


async def wait_until_quiet(database: Database, clock: Clock, patience: float) -> bool:
    """Wait until nothing is left to do; False when that took longer than `patience` seconds."""
    began = clock.monotonic()
    while await open_work(database):
        if clock.monotonic() - began > patience:
            return False
        await clock.sleep(_LOOK_AGAIN)
    return True
