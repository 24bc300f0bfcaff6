"""The illustrator: draws the pictures of events that people have cards of, after the words have gone out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cards.drawing import DrawingWork, draw
from cards.facility_table import most_reaching
from cards.reader import Reader
from cards.text import line_text
from cards.verdict import verdict
from events.analysis import Desk, MapSource
from events.compute import Compute, ComputeError, Lane
from events.map_source import map_source
from events.service import EventService
from events.state import EventState, RevisionState
from events.tables import RevisionRow
from notifiers.channels.base import ChannelConfig
from notifiers.outbox import BELL, attach_picture
from notifiers.tables import DrawingRow, DrawingState, ThreadRow
from store import blobs
from store.claims import claim, hold, is_free, release
from store.clock import Clock
from store.database import Database
from store.upsert import insert
from store.wakeup import Bell

log = logging.getLogger(__name__)

PICTURES_WANTED = "pictures wanted"
"""The bell to ring when `want_pictures` has been committed."""

ATTEMPTS = 3
_DRAWING_TIME = 60.0  # s
_CLAIM = timedelta(seconds=240)
_LOOK_AGAIN = 2.0  # s


async def want_pictures(session: AsyncSession, state: EventState, now: datetime) -> None:
    """Have the event's newest map drawn, if anybody has a card of it, and drop older wishes."""
    revision = state.newest_with_map
    told = await session.scalar(select(ThreadRow.id).where(ThreadRow.event == state.event).limit(1))
    if revision is None or told is None or state.retracted:
        return
    await session.execute(
        update(DrawingRow)
        .where(DrawingRow.event_id == state.id, DrawingRow.state == DrawingState.WANTED.value)
        .where(DrawingRow.revision_id != revision.id)
        .values(state=DrawingState.SUPERSEDED.value)
    )
    wish = {
        "event_id": state.id,
        "revision_id": revision.id,
        "state": DrawingState.WANTED.value,
        "wanted": now,
    }
    await session.execute(insert(session, DrawingRow).values(wish).on_conflict_do_nothing())


@dataclass(frozen=True)
class _Task:
    drawing_id: int
    state: EventState
    revision: RevisionState
    source: MapSource
    readers: Mapping[Reader, tuple[str, ...]]  # the channels that read so


class Illustrator:
    """Draws what is wanted, the newest first.

    Promises: pictures never hold up words (they have a worker of their own); they are attached in one
    transaction with the note that they are drawn; a map that cannot be drawn is given up after three tries.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        compute: Compute,
        channels: Mapping[str, ChannelConfig],
        desk: Callable[[], Desk],
        *,
        owner: str,
        bell: Bell,
    ) -> None:
        self._database = database
        self._clock = clock
        self._compute = compute
        self._channels = channels
        self._desk = desk
        self._owner = owner
        self._bell = bell
        self._events = EventService()

    async def run(self) -> None:
        """Draw for ever."""
        while True:
            if not await self.draw_next():
                await self._bell.wait(PICTURES_WANTED, _LOOK_AGAIN)

    async def draw_next(self) -> bool:
        """Draw one event's pictures and owe them to its cards. False where nothing is wanted."""
        drawing_id = await self._claim()
        if drawing_id is None:
            return False
        task = await self._task(drawing_id)
        if task is None:
            await self._settle(drawing_id, DrawingState.SUPERSEDED)
            return True
        try:
            drawn = {reader: await self._drawn(task, reader) for reader in task.readers}
        except (ComputeError, ValueError) as error:
            log.warning("%s: its pictures could not be drawn: %s", task.state.event, error)
            await self._settle(drawing_id, DrawingState.FAILED, error=str(error))
            return True
        await self._settle(
            drawing_id, DrawingState.DONE, also=lambda session: self._attach(session, task, drawn)
        )
        self._bell.ring(BELL)
        return True

    async def _claim(self) -> int | None:
        now = self._clock.now()
        wanted = DrawingRow.state == DrawingState.WANTED.value
        async with self._database.write() as session:
            worn_out = update(DrawingRow).where(
                wanted, DrawingRow.attempts >= ATTEMPTS, is_free(DrawingRow, now)
            )
            await session.execute(
                worn_out.values(state=DrawingState.FAILED.value, error="nobody who drew it came back")
            )
            rows = await claim(
                session,
                DrawingRow,
                where=wanted & (DrawingRow.attempts < ATTEMPTS),
                order_by=(DrawingRow.wanted.desc(), DrawingRow.id.desc()),
                limit=1,
                owner=self._owner,
                now=now,
                until=now + _CLAIM,
            )
            if not rows:
                return None
            rows[0].attempts += 1
            return rows[0].id

    async def _task(self, drawing_id: int) -> _Task | None:
        async with self._database.read() as session:
            row = await session.get_one(DrawingRow, drawing_id)
            state = await self._events.state(session, row.event_id)
            revision = next((r for r in state.revisions if r.id == row.revision_id), None)
            stored = await session.get(RevisionRow, row.revision_id)
            if revision is None or stored is None or revision is not state.newest_with_map:
                return None
            source = await map_source(session, stored)
            told = await session.scalars(select(ThreadRow.channel).where(ThreadRow.event == state.event))
            readers: dict[Reader, tuple[str, ...]] = {}
            for name in told:
                if name in self._channels:
                    reader = self._channels[name].reader
                    readers[reader] = (*readers.get(reader, ()), name)
            return None if source is None else _Task(drawing_id, state, revision, source, readers)

    async def _drawn(self, task: _Task, reader: Reader) -> dict[str, str]:
        """The stored blob of each picture of this reader, by key."""
        seen = most_reaching(task.revision.observability or ())
        work = DrawingWork(
            source=task.source,
            title=line_text(verdict(task.state, reader).title, reader),
            reader=reader,
            at=task.revision.observability_at or self._clock.now(),
            event_time=task.state.trigger_time,
            desk=self._desk(),
            seen=tuple(row.name for row in seen),
        )
        drawn = await self._compute.run(draw, work, timeout=_DRAWING_TIME, lane=Lane.PICTURES)
        async with self._database.write() as session:
            return {
                key: await blobs.put(session, await asyncio.to_thread(blobs.pack, content))
                for key, content in drawn.items()
            }

    async def _attach(
        self, session: AsyncSession, task: _Task, drawn: Mapping[Reader, Mapping[str, str]]
    ) -> None:
        shown = (await self._events.state(session, task.state.id)).newest_with_map
        if shown is None or shown.id != task.revision.id:
            return  # a newer map landed while this one was drawn: cards show its numbers by now
        for reader, channels in task.readers.items():
            for channel in channels:
                for key, blob in drawn[reader].items():
                    await attach_picture(session, task.state.event, channel, key, blob, self._clock.now())

    async def _settle(
        self,
        drawing_id: int,
        state: DrawingState,
        *,
        error: str | None = None,
        also: Callable[[AsyncSession], Awaitable[None]] | None = None,
    ) -> None:
        async with self._database.write() as session:
            row = await hold(session, DrawingRow, drawing_id, self._owner)
            if row is None:
                return
            again = state is DrawingState.FAILED and row.attempts < ATTEMPTS
            row.state, row.error = (DrawingState.WANTED if again else state).value, error
            release(row)
            if also is not None:
                await also(session)
