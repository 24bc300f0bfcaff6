"""How many pages each person received: what fairness counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifiers.paging.tables import PagePersonRow, PageRow


async def pages_received(session: AsyncSession, start: datetime, end: datetime) -> dict[str, int]:
    """Pages that were opened in [start, end), by person; drills count too, for they wake people as well."""
    counted = (
        select(PagePersonRow.person, func.count())
        .join(PageRow, PageRow.id == PagePersonRow.page_id)
        .where(PageRow.opened >= start, PageRow.opened < end, PageRow.silent.is_(False))
        .group_by(PagePersonRow.person)
    )
    return {row[0]: row[1] for row in await session.execute(counted)}
