"""The events' door to the store: attach a notice, read a state, find an event, tag it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from events import search
from events.attribution import add_names, event_of, revision_with
from events.identity import event_name, said_at
from events.loading import load_states
from events.map_wish import want_map
from events.notice_storage import notice_to_row
from events.rules import derived_tags
from events.search import Ambiguous, EventFilter, NotFound
from events.state import EventState
from events.tables import (
    AnalysisKind,
    AnalysisRow,
    AnalysisState,
    EventRow,
    RevisionRow,
    TagOrigin,
    TagRow,
)
from gcn.notice import AlertType, Notice, Role
from store import blobs
from store.upsert import insert

_WORTH_A_THREAD = 64 * 1024  # bytes; compressing more would be felt by the event loop


@dataclass(frozen=True)
class Attached:
    """What became of a notice. `retracts` tells that it took back an event that had stood until now."""

    event_id: int
    revision_id: int
    created_event: bool
    duplicate: bool
    retracts: bool = False


class EventService:
    """One story per event, whatever the order and number of times its notices arrive.

    Promises: identity is exact and namespaced; the same content attached again changes nothing; two
    replicas may attach to one event at once (the second waits for the first's transaction). Every
    method works inside the caller's transaction.
    """

    async def attach(
        self,
        session: AsyncSession,
        notice: Notice,
        *,
        message_id: int | None,
        arrived: datetime,
        content_hash: str,
    ) -> Attached:
        """Make a notice a revision of its event, with "analysis wanted" beside it.

        Which event that is, `events.attribution.event_of` says. `message_id` is gcn's stored message;
        `content_hash` the SHA-256 of the raw message.
        """
        event, created = await event_of(session, notice, arrived, content_hash)
        known = await revision_with(session, content_hash)
        if known is not None:
            return Attached(known.event_id, known.id, created_event=False, duplicate=True)
        stood = not event.retracted
        revision = await _add_revision(session, event.id, notice, message_id, arrived, content_hash)
        for kind in _wanted(revision):
            session.add(
                AnalysisRow(
                    revision_id=revision.id,
                    kind=kind.value,
                    state=AnalysisState.WANTED.value,
                    wanted=arrived,
                )
            )
        if created or notice.aliases or notice.event != event.key:
            await add_names(session, event, notice)
        await want_map(session, event.id, revision.id, notice, arrived)
        await self._refresh(session, event, arrived)
        return Attached(event.id, revision.id, created, duplicate=False, retracts=stood and event.retracted)

    async def refresh(self, session: AsyncSession, event_id: int, at: datetime) -> None:
        """Bring the event's own row and its rule tags up to date with its revisions and their numbers."""
        event = await session.get_one(EventRow, event_id, with_for_update=True, populate_existing=True)
        await self._refresh(session, event, at)

    async def _refresh(self, session: AsyncSession, event: EventRow, at: datetime) -> None:
        state = await self.state(session, event.id)
        event.retracted = is_retracted(state)
        event.role = state.described.notice.role.value
        event.trigger_time = next(
            (r.notice.trigger_time for r in reversed(state.revisions) if r.notice.trigger_time), None
        )
        event.name = event_name(event.key, state.aliases)
        event.changed = max(event.changed, at)
        settled = replace(
            state, retracted=event.retracted, role=Role(event.role), trigger_time=event.trigger_time
        )
        await _write_rule_tags(session, event.id, derived_tags(settled), at)

    async def state(self, session: AsyncSession, event_id: int) -> EventState:
        """The newest state of an event. Raises LookupError where there is no event of this id."""
        states = await load_states(session, [event_id])
        if not states:
            raise LookupError(f"there is no event with id {event_id}")
        return states[0]

    async def resolve(self, session: AsyncSession, text: str) -> EventState | Ambiguous | NotFound:
        """The event a person means by a name, id, alias or trigger time (`events.search.named`)."""
        found = await search.named(session, text)
        return await self.state(session, found) if isinstance(found, int) else found

    async def latest(
        self,
        session: AsyncSession,
        which: EventFilter = EventFilter(),  # noqa: B008 - frozen
    ) -> EventState | None:
        """The matching event with the latest trigger, or None."""
        states = await self.list(session, EventFilter(**{**vars(which), "limit": 1}))
        return states[0] if states else None

    async def list(
        self,
        session: AsyncSession,
        which: EventFilter = EventFilter(),  # noqa: B008 - frozen
    ) -> tuple[EventState, ...]:
        """The matching events, the latest trigger first."""
        return tuple(await load_states(session, await search.filtered(session, which)))

    async def tag(
        self, session: AsyncSession, event_id: int, tag: str, *, by: str, at: datetime, removed: bool = False
    ) -> EventState:
        """A person puts a tag on an event, or takes one away (also one that a rule gives)."""
        row = {
            "event_id": event_id,
            "tag": tag[:80],
            "origin": TagOrigin.PERSON.value,
            "removed": removed,
            "by": by,
            "at": at,
        }
        wish = insert(session, TagRow).values(row)
        await session.execute(
            wish.on_conflict_do_update(
                index_elements=[TagRow.event_id, TagRow.tag, TagRow.origin],
                set_={"removed": removed, "by": by, "at": at},
            )
        )
        return await self.state(session, event_id)


def is_retracted(state: EventState) -> bool:
    """Whether the event stands retracted: the last notice that judges it takes it back.

    Notices that judge nothing (`other`: circulars, light curves) neither retract nor revive.
    """
    verdicts = [r.notice.alert_type for r in state.revisions if r.notice.alert_type is not AlertType.OTHER]
    return bool(verdicts) and verdicts[-1] is AlertType.RETRACTION


async def _add_revision(
    session: AsyncSession,
    event_id: int,
    notice: Notice,
    message_id: int | None,
    arrived: datetime,
    content_hash: str,
) -> RevisionRow:
    stored = notice_to_row(notice)
    revision = RevisionRow(
        event_id=event_id,
        message_id=message_id,
        content_hash=content_hash,
        alert_type=notice.alert_type.value,
        issued=notice.issued,
        arrived=arrived,
        said=said_at(notice, arrived),
        notice=stored.row,
        skymap_blob=await _put(session, stored.skymap),
        combined_blob=await _put(session, stored.combined_skymap),
    )
    session.add(revision)
    await session.flush()
    return revision


def _wanted(revision: RevisionRow) -> tuple[AnalysisKind, ...]:
    if revision.combined_blob is None:
        return (AnalysisKind.SKYMAP,)
    return AnalysisKind.SKYMAP, AnalysisKind.COMBINED


async def _put(session: AsyncSession, content: bytes | None) -> str | None:
    if content is None:
        return None
    if len(content) < _WORTH_A_THREAD:
        return await blobs.put(session, content)
    return await blobs.put(session, await asyncio.to_thread(blobs.pack, content))


async def _write_rule_tags(
    session: AsyncSession, event_id: int, wanted: frozenset[str], at: datetime
) -> None:
    mine = (TagRow.event_id == event_id, TagRow.origin == TagOrigin.RULE.value)
    standing = set((await session.execute(select(TagRow.tag).where(*mine))).scalars())
    if standing - wanted:
        await session.execute(delete(TagRow).where(*mine, TagRow.tag.in_(standing - wanted)))
    for tag in sorted(wanted - standing):
        session.add(
            TagRow(event_id=event_id, tag=tag, origin=TagOrigin.RULE.value, removed=False, by=None, at=at)
        )
    await session.flush()
