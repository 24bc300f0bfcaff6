"""The wish for a map that a notice promises behind a link."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from events.tables import FetchState, MapFetchRow
from gcn.notice import MapSource, Notice
from store.upsert import insert

_LONGEST_URL = 500


async def want_map(
    session: AsyncSession, event_id: int, revision_id: int, notice: Notice, now: datetime
) -> None:
    """Remember that a notice promises its map behind a link; once an event and link."""
    skymap = notice.skymap
    if skymap is None or skymap.source is not MapSource.URL or not skymap.url or skymap.content is not None:
        return
    if len(skymap.url) > _LONGEST_URL:
        return
    row = {
        "event_id": event_id,
        "revision_id": revision_id,
        "url": skymap.url,
        "state": FetchState.WANTED.value,
        "wanted": now,
        "due": now,
        "attempts": 0,
    }
    await session.execute(insert(session, MapFetchRow).values(row).on_conflict_do_nothing())
