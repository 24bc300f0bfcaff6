"""Finding events: by any of their names, by time, by what they are."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from events.identity import folded
from events.tables import EventNameRow, EventRow, TagOrigin, TagRow
from gcn.notice import Role

_NEWEST_NAMES = 3000  # among these a near miss is looked for; older events are rarely mistyped at night


@dataclass(frozen=True)
class Ambiguous:
    """A name that several events bear. `events` are their keys, newest first."""

    text: str
    events: tuple[str, ...]


@dataclass(frozen=True)
class NotFound:
    """A name that no event bears. `suggestions` are names that look like it."""

    text: str
    suggestions: tuple[str, ...]


@dataclass(frozen=True)
class EventFilter:
    """Which events are meant. None asks nothing; `since` and `until` bound the trigger time."""

    mission: str | None = None
    tags: frozenset[str] = frozenset()  # all of them
    roles: frozenset[Role] | None = None
    retracted: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 20


async def named(session: AsyncSession, text: str) -> int | Ambiguous | NotFound:
    """The event a person means: by key, id or alias, exactly (letter case and spaces aside), or by date.

    A date and time is a trigger time to the second, as in SkyPortal's `dateobs`. An exact name wins
    over a likeness: S240422e never is S240422ed.
    """
    ids = await _by_name(session, text) or await _by_instant(session, text)
    if len(ids) == 1:
        return ids[0]
    if ids:
        keys = select(EventRow.key).where(EventRow.id.in_(ids)).order_by(EventRow.id.desc())
        return Ambiguous(text, tuple((await session.execute(keys)).scalars()))
    return NotFound(text, await _look_alikes(session, text))


async def filtered(session: AsyncSession, which: EventFilter) -> list[int]:
    """Ids of the events that match, the latest trigger first (its arrival where it has no time)."""
    query = select(EventRow.id)
    if which.mission is not None:
        query = query.where(func.lower(EventRow.mission) == which.mission.lower())
    if which.roles is not None:
        query = query.where(EventRow.role.in_([role.value for role in which.roles]))
    if which.retracted is not None:
        query = query.where(EventRow.retracted.is_(which.retracted))
    when = func.coalesce(EventRow.trigger_time, EventRow.created)
    if which.since is not None:
        query = query.where(when >= which.since)
    if which.until is not None:
        query = query.where(when <= which.until)
    for tag in which.tags:
        query = _bearing(query, tag)
    rows = await session.execute(query.order_by(when.desc(), EventRow.id.desc()).limit(which.limit))
    return list(rows.scalars())


def _bearing(query: Select[int], tag: str) -> Select[int]:
    put, taken = aliased(TagRow), aliased(TagRow)
    return query.where(
        exists().where(put.event_id == EventRow.id, put.tag == tag, put.removed.is_(False)),
        ~exists().where(
            and_(
                taken.event_id == EventRow.id,
                taken.tag == tag,
                taken.origin == TagOrigin.PERSON.value,
                taken.removed.is_(True),
            )
        ),
    )


async def _by_name(session: AsyncSession, text: str) -> list[int]:
    rows = await session.execute(
        select(EventNameRow.event_id)
        .where(EventNameRow.folded == folded(text))
        .group_by(EventNameRow.event_id)
        .order_by(EventNameRow.event_id.desc())
    )
    return list(rows.scalars())


async def _by_instant(session: AsyncSession, text: str) -> list[int]:
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        return []
    if len(text.strip()) < len("2024-01-12T03:04"):
        return []  # a date alone names a night, not an event
    instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
    second = timedelta(seconds=1)
    rows = await session.execute(
        select(EventRow.id)
        .where(EventRow.trigger_time > instant - second, EventRow.trigger_time < instant + second)
        .order_by(EventRow.id.desc())
    )
    return list(rows.scalars())


async def _look_alikes(session: AsyncSession, text: str) -> tuple[str, ...]:
    rows = await session.execute(
        select(EventNameRow.name, EventNameRow.folded)
        .where(or_(EventNameRow.is_alias, ~EventNameRow.name.contains(":")))
        .order_by(EventNameRow.id.desc())
        .limit(_NEWEST_NAMES)
    )
    name_of = {fold: name for name, fold in rows}
    near = difflib.get_close_matches(folded(text), name_of, n=3, cutoff=0.7)
    return tuple(name_of[fold] for fold in near)
