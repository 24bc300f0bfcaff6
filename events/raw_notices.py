"""The message a notice was read from, byte by byte, for whoever passes it on."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from events.tables import RevisionRow
from gcn.tables import Message
from store import blobs


async def raw_notice(session: AsyncSession, revision_id: int) -> bytes | None:
    """The message of a revision as it was sent; None for one that came without (the demo, a test)."""
    sha256 = await session.scalar(
        select(Message.sha256)
        .join(RevisionRow, RevisionRow.message_id == Message.id)
        .where(RevisionRow.id == revision_id)
    )
    return None if sha256 is None else await blobs.get(session, sha256)
