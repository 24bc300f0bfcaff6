"""Maps that are published later: looked for with patience, attached as a revision when they are there."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from events.analyst import ANALYSIS_WANTED
from events.download import NotPublished, Refused
from events.notice_storage import notice_from_row, with_map
from events.service import EventService
from events.tables import FetchState, MapFetchRow, RevisionRow
from store.claims import claim, hold, release
from store.clock import Clock
from store.database import Database
from store.wakeup import Bell

PATIENCE = timedelta(hours=12)
"""Fermi GBM's maps appear after minutes, IceCube's and IPN's after hours."""

_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(minutes=15)
_CLAIM = timedelta(minutes=5)
_LOOK_AGAIN_SECONDS = 15.0

Download = Callable[[str], Awaitable[bytes]]
"""Brings what is behind a link; raises NotPublished or Refused (`events.download.download`)."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Errand:
    fetch_id: int
    event_id: int
    revision_id: int
    url: str
    attempt: int
    until: datetime


def wait_before(attempt: int) -> timedelta:
    """How long to wait after so many attempts: 30 s, doubled each time, a quarter of an hour at most."""
    doublings = min(attempt, 10) - 1
    return min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)


class MapFetcher:
    """Promises: a promised map is attached once, as a revision of its event, if it appears within PATIENCE.

    No card waits for it: the notice's own position stands until then.
    """

    def __init__(
        self, database: Database, clock: Clock, download: Download, *, owner: str, bell: Bell
    ) -> None:
        self._database = database
        self._clock = clock
        self._download = download
        self._owner = owner
        self._bell = bell
        self._service = EventService()

    async def run(self) -> None:
        """Fetch for ever, one map at a time."""
        while True:
            if not await self.fetch_next():
                await self._clock.sleep(_LOOK_AGAIN_SECONDS)

    async def fetch_next(self) -> bool:
        """One step: look for the map that is due the longest. False where none is due."""
        errand = await self._claim()
        if errand is None:
            return False
        try:
            content = await self._download(errand.url)
        except NotPublished as reason:
            await self._later(errand, str(reason))
        except Refused as reason:
            await self._give_up(errand, str(reason))
        else:
            await self._attach(errand, content)
        return True

    async def _claim(self) -> _Errand | None:
        now = self._clock.now()
        async with self._database.write() as session:
            rows = await claim(
                session,
                MapFetchRow,
                where=(MapFetchRow.state == FetchState.WANTED.value) & (MapFetchRow.due <= now),
                order_by=(MapFetchRow.due,),
                limit=1,
                owner=self._owner,
                now=now,
                until=now + _CLAIM,
            )
            if not rows:
                return None
            row = rows[0]
            row.attempts += 1
            return _Errand(
                row.id, row.event_id, row.revision_id, row.url, row.attempts, row.wanted + PATIENCE
            )

    async def _attach(self, errand: _Errand, content: bytes) -> None:
        now = self._clock.now()
        async with self._database.write() as session:
            row = await hold(session, MapFetchRow, errand.fetch_id, self._owner)
            if row is None:
                return
            revision = await session.get_one(RevisionRow, errand.revision_id)
            promised = notice_from_row(revision.notice)
            # What is attached was said now, and after its notice, whatever the sender's clock and ours show.
            said = max(now, (promised.issued or now) + timedelta(milliseconds=1))
            notice = replace(with_map(promised, content), issued=said, event=await self._key(session, errand))
            await self._service.attach(
                session,
                notice,
                message_id=revision.message_id,
                arrived=now,
                content_hash=hashlib.sha256(content).hexdigest(),
            )
            row.state, row.error = FetchState.DONE.value, None
            release(row)
        self._bell.ring(ANALYSIS_WANTED)

    async def _key(self, session: AsyncSession, errand: _Errand) -> str:
        return (await self._service.state(session, errand.event_id)).event

    async def _later(self, errand: _Errand, reason: str) -> None:
        due = self._clock.now() + wait_before(errand.attempt)
        if due > errand.until:
            hours = PATIENCE.total_seconds() / 3600
            await self._give_up(errand, f"not published within {hours:.0f} h ({reason})")
            return
        async with self._database.write() as session:
            row = await hold(session, MapFetchRow, errand.fetch_id, self._owner)
            if row is not None:
                row.due, row.error = due, reason
                release(row)

    async def _give_up(self, errand: _Errand, reason: str) -> None:
        log.warning("sky map of revision %d: %s", errand.revision_id, reason)
        async with self._database.write() as session:
            row = await hold(session, MapFetchRow, errand.fetch_id, self._owner)
            if row is not None:
                row.state, row.error = FetchState.FAILED.value, reason
                release(row)


async def looked_for_until(session: AsyncSession, event_id: int) -> datetime | None:
    """Until when the desk goes on looking for a map of this event; None where none is outstanding."""
    wanted = await session.scalar(
        select(MapFetchRow.wanted)
        .where(MapFetchRow.event_id == event_id, MapFetchRow.state == FetchState.WANTED.value)
        .order_by(MapFetchRow.wanted.desc())
        .limit(1)
    )
    return None if wanted is None else wanted + PATIENCE
