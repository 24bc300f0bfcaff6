"""GCN circulars of the store: by their words, or by the event they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from events.identity import folded
from events.messenger import stated
from events.notice_storage import notice_from_row
from events.tables import EventNameRow, EventRow, RevisionRow
from gcn.notice import iso

_TEXTS = ("subject", "submitter", "body")
_LONGEST_SEARCH = 200


@dataclass(frozen=True)
class CircularFound:
    """One circular and the event (`MISSION:ID`) whose story it belongs to."""

    number: int | None
    subject: str
    submitter: str
    body: str
    issued: datetime | None
    event: str
    url: str | None

    def to_dict(self) -> dict[str, object]:
        return {**vars(self), "issued": iso(self.issued)}


async def find_circulars(session: AsyncSession, text: str, *, limit: int = 20) -> tuple[CircularFound, ...]:
    """The circulars of the event of this name, else those whose text holds every word; newest first.

    Letter case aside, as far as the database folds it (SQLite: ASCII letters).
    """
    query = (
        select(RevisionRow, EventRow.key)
        .join(EventRow, EventRow.id == RevisionRow.event_id)
        .where(RevisionRow.notice["format"].as_string() == "circular")
        .order_by(RevisionRow.said.desc(), RevisionRow.id.desc())
        .limit(limit)
    )
    named = select(EventNameRow.event_id).where(EventNameRow.folded == folded(text))
    rows = list(await session.execute(query.where(RevisionRow.event_id.in_(named))))
    if not rows:
        said: ColumnElement[str] = literal("")
        for name in _TEXTS:
            part = RevisionRow.notice[("properties", name)].as_string()
            said = said + " " + func.coalesce(part, "")
        for word in text[:_LONGEST_SEARCH].split():
            query = query.where(func.lower(said).contains(word.lower(), autoescape=True))
        rows = list(await session.execute(query)) if text.split() else []
    return tuple(_found(revision, key) for revision, key in rows)


def _found(row: RevisionRow, event: str) -> CircularFound:
    notice = notice_from_row(row.notice)
    number = stated(notice, "circularId")
    return CircularFound(
        number=int(number) if isinstance(number, int | float) else None,
        subject=str(stated(notice, "subject") or ""),
        submitter=str(stated(notice, "submitter") or ""),
        body=str(stated(notice, "body") or ""),
        issued=notice.issued,
        event=event,
        url=notice.links.get("circular"),
    )
