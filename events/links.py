"""Pages that an event has elsewhere, at platforms the desk works with."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from events.tables import EventLinkRow

LONGEST = 500  # characters


async def put_link(session: AsyncSession, event_id: int, name: str, url: str, at: datetime) -> bool:
    """Let an event have this page under a name; whether that is new. In the caller's transaction."""
    if len(url) > LONGEST:
        return False
    row = await session.get(EventLinkRow, (event_id, name), with_for_update=True, populate_existing=True)
    if row is not None and row.url == url:
        return False
    if row is None:
        session.add(EventLinkRow(event_id=event_id, name=name, url=url, at=at))
    else:
        row.url, row.at = url, at
    await session.flush()
    return True
