"""What is open at a handover, and what came in during the shift before: pages, events, circulars."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cards.card import Block, Instant, InstantForm, Line, Lines, Link, Span, Text, strong
from cards.cleaning import shorten
from cards.reader import Reader
from events.tables import EventRow, RevisionRow
from notifiers.paging.tables import LIVE, PageRow

SHOWN = 6

MoreOpen = Callable[[AsyncSession, str, datetime, Reader], Awaitable[Sequence[Block]]]
"""What other rooms have open for a roster at an instant: jobs, plans that run, the next nights."""


async def digest_blocks(
    session: AsyncSession, since: datetime, until: datetime, now: datetime, reader: Reader
) -> list[Block]:
    """What is open `now`, then what came in from `since` to `until`; nothing where there was nothing."""
    blocks = [
        await _pages(session, reader),
        await _events(session, since, until, reader),
        await _circulars(session, since, until, reader),
    ]
    return [block for block in blocks if block is not None]


async def _pages(session: AsyncSession, reader: Reader) -> Block | None:
    live = (PageRow.state.in_(LIVE), PageRow.drill.is_(False))
    rows = list(await session.scalars(select(PageRow).where(*live).order_by(PageRow.opened.desc())))
    lines = []
    for row in rows[:SHOWN]:
        what = row.subject or (row.event or "").partition(":")[2]
        opened = Instant(row.opened, InstantForm.TIME, utc=True)
        if row.holder is not None:
            lines.append(
                reader.line(
                    "{what}: {person} has it, since {time}", what=what, person=row.holder, time=opened
                )
            )
        else:
            lines.append(reader.line("{what}: nobody has it, since {time}", what=strong(what), time=opened))
    return _listed(reader.say("Open pages"), lines, len(rows), reader)


async def _events(session: AsyncSession, since: datetime, until: datetime, reader: Reader) -> Block | None:
    notices = (
        select(RevisionRow.event_id, func.count().label("count"))
        .where(RevisionRow.arrived >= since, RevisionRow.arrived < until)
        .where(RevisionRow.notice["format"].as_string() != "circular")
        .group_by(RevisionRow.event_id)
        .subquery()
    )
    rows = (
        await session.execute(
            select(EventRow.name, EventRow.retracted, EventRow.trigger_time, notices.c.count)
            .join(notices, notices.c.event_id == EventRow.id)
            .where(EventRow.role == "observation")
            .order_by(EventRow.changed.desc())
        )
    ).all()
    lines = [_event_line(name, retracted, trigger, count, reader) for name, retracted, trigger, count in rows]
    return _listed(reader.say("Events of the shift before"), lines[:SHOWN], len(rows), reader)


def _event_line(name: str, retracted: bool, trigger: datetime | None, notices: int, reader: Reader) -> Line:
    line: tuple[Span, ...] = (strong(name),)
    if retracted:
        line = (*line, Text(" · "), Text(reader.say("retracted")))
    if trigger is not None:
        line = (*line, Text(" · "), Instant(trigger, InstantForm.DATE_TIME, utc=True))
    count = reader.say_many("{count} notice", "{count} notices", notices)
    return (*line, Text(f" · {count}"))


async def _circulars(session: AsyncSession, since: datetime, until: datetime, reader: Reader) -> Block | None:
    circulars = (
        select(RevisionRow)
        .where(RevisionRow.arrived >= since, RevisionRow.arrived < until)
        .where(RevisionRow.notice["format"].as_string() == "circular")
        .order_by(RevisionRow.said.desc(), RevisionRow.id.desc())
    )
    rows = list(await session.scalars(circulars))
    lines: list[Line] = []
    for row in rows[:SHOWN]:
        subject = shorten(str(row.notice.get("properties", {}).get("subject") or "GCN Circular"), 120)
        url = row.notice.get("links", {}).get("circular")
        lines.append((Link(subject, url),) if isinstance(url, str) else (Text(subject),))
    return _listed(reader.say("Circulars of the shift before"), lines, len(rows), reader)


def _listed(title: str, lines: Sequence[Line], count: int, reader: Reader) -> Block | None:
    if not lines:
        return None
    shown: list[Line] = [(strong(title),), *lines]
    if count > len(lines):
        shown.append((Text(reader.say_many("and {count} more", "and {count} more", count - len(lines))),))
    return Lines(tuple(shown))
