"""Which stored event a notice belongs to, and the names an event comes to bear."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from events.identity import LONGEST_KEY, event_key, event_name, folded, identities, own_key
from events.tables import EventNameRow, EventRow, RevisionRow
from gcn.notice import Notice
from store.upsert import insert


async def event_of(
    session: AsyncSession, notice: Notice, arrived: datetime, content_hash: str
) -> tuple[EventRow, bool]:
    """The event of a notice, locked until the transaction ends, and whether it is new.

    In this order: the event whose key the notice states; the one that bears this key as a further identity,
    or whose key the notice gives as one; for a notice that names no event, the eldest that bears one of its
    aliases; an event that stood under no id of its own and bears one of the notice's names (it then takes
    the notice's key); else a new one. Two events that have ids are never made one.
    """
    key = event_key(notice)
    known = await _known(session, notice, key, content_hash)
    if known is not None:
        return known, False
    if key is not None:
        provisional = await _provisional(session, notice, key)
        if provisional is not None:
            provisional.key, provisional.mission = key, notice.mission[:60]
            await session.flush()
            return provisional, False
    return await _insert(session, notice, key or own_key(notice, content_hash), arrived)


async def revision_with(session: AsyncSession, content_hash: str) -> RevisionRow | None:
    """The revision that was made of this very content, or None."""
    query = select(RevisionRow).where(RevisionRow.content_hash == content_hash).limit(1)
    return (await session.execute(query)).scalar_one_or_none()


async def add_names(session: AsyncSession, event: EventRow, notice: Notice) -> None:
    """Let the event be found by its key, by its bare id, and by every name the notice has for it."""
    names = {event.key: False, event.key.partition(":")[2]: False}
    own = event_key(notice)
    if own is not None:
        names.setdefault(own, True)
        names.setdefault(own.partition(":")[2], False)
    for alias in notice.aliases:
        if alias and len(alias) <= LONGEST_KEY and alias.isprintable():
            names.setdefault(alias, True)
    rows = [
        {"event_id": event.id, "name": name, "folded": folded(name)[:LONGEST_KEY], "is_alias": is_alias}
        for name, is_alias in names.items()
    ]
    await session.execute(insert(session, EventNameRow).values(rows).on_conflict_do_nothing())


async def _known(
    session: AsyncSession, notice: Notice, key: str | None, content_hash: str
) -> EventRow | None:
    if key is None:
        same = await revision_with(session, content_hash)
        known = same.event_id if same is not None else await _bearing(session, notice.aliases)
        return None if known is None else await _locked(session, known)
    by_key = select(EventRow).where(EventRow.key == key).with_for_update()
    known_by_key = (await session.execute(by_key)).scalar_one_or_none()
    if known_by_key is not None:
        return known_by_key
    known = await _identified(session, key, identities(notice))
    return None if known is None else await _locked(session, known)


async def _locked(session: AsyncSession, event_id: int) -> EventRow:
    return await session.get_one(EventRow, event_id, with_for_update=True)


async def _bearing(session: AsyncSession, aliases: tuple[str, ...]) -> int | None:
    """The eldest event that bears one of these names, letter case and spaces aside."""
    wanted = [folded(alias) for alias in aliases]
    if not wanted:
        return None
    query = select(EventNameRow.event_id).where(EventNameRow.folded.in_(wanted))
    return await session.scalar(query.order_by(EventNameRow.event_id).limit(1))


async def _identified(session: AsyncSession, key: str, further: tuple[str, ...]) -> int | None:
    """The eldest event with this key among its identities, or with one of the further ones as its key.

    One further identity in common is not enough: a GBM burst number (`bn240112345`) is good to 86 s only.
    """
    bears_it = select(EventNameRow.event_id).where(EventNameRow.name == key)
    eldest = await session.scalar(bears_it.order_by(EventNameRow.event_id).limit(1))
    if eldest is not None and not await _is_provisional(session, eldest):
        return eldest
    if not further:
        return None
    is_it = select(EventRow.id).where(EventRow.key.in_(further))
    return await session.scalar(is_it.order_by(EventRow.id).limit(1))


async def _provisional(session: AsyncSession, notice: Notice, key: str) -> EventRow | None:
    """An event without an id of its own that bears one of the notice's names: a circular came first."""
    event_id = await _bearing(session, (key, *notice.aliases))
    if event_id is None or not await _is_provisional(session, event_id):
        return None
    return await _locked(session, event_id)


async def _is_provisional(session: AsyncSession, event_id: int) -> bool:
    """Whether the event is known by the hash of a content alone (`own_key`)."""
    key = await session.scalar(select(EventRow.key).where(EventRow.id == event_id)) or ""
    hashes = await session.scalars(select(RevisionRow.content_hash).where(RevisionRow.event_id == event_id))
    return any(key.endswith(f":{content_hash[:12]}") for content_hash in hashes)


async def _insert(
    session: AsyncSession, notice: Notice, key: str, arrived: datetime
) -> tuple[EventRow, bool]:
    row = {
        "key": key,
        "name": event_name(key, notice.aliases),
        "mission": notice.mission[:60],
        "role": notice.role.value,
        "retracted": False,
        "trigger_time": notice.trigger_time,
        "created": arrived,
        "changed": arrived,
    }
    # Waits for another replica that is inserting the same key, then finds its event.
    wish = insert(session, EventRow).values(row)
    created = await session.scalar(
        wish.on_conflict_do_nothing(index_elements=[EventRow.key]).returning(EventRow.id)
    )
    by_key = select(EventRow).where(EventRow.key == key).with_for_update()
    return (await session.execute(by_key)).scalar_one(), created is not None
