"""Digests: what was held for a reader goes out in one message when it is due."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cards.digest_card import Kept, Reason, digest_card
from cards.reader import Reader
from events.loading import load_states
from events.state import EventState, RevisionState
from notifiers.audience import Audience, Member, audience
from notifiers.channels.base import ChannelConfig
from notifiers.destinations import direct
from notifiers.limits import forget_tellings
from notifiers.mornings import awake_from
from notifiers.outbox import BELL, Message, notify_many
from notifiers.subscription_tables import HeldRow, HeldState
from notifiers.tables import ThreadRow
from store.clock import Clock
from store.database import DATABASE_AWAY, Database
from store.wakeup import Bell

log = logging.getLogger(__name__)

POLL = 10.0  # s
READERS_AT_ONCE = 200


class Digester:
    """Tells what was held, when it is due.

    Promises: what a digest tells is marked so in the transaction that puts the digest into the outbox, so
    that a crash loses nothing and doubles nothing; two replicas never tell a reader the same. Nobody is told
    in quiet hours or on leave, also where these began after the message was held.
    """

    def __init__(
        self, database: Database, clock: Clock, channels: Mapping[str, ChannelConfig], *, bell: Bell
    ) -> None:
        self._database = database
        self._clock = clock
        self._channels = channels
        self._bell = bell

    async def run(self) -> None:
        """Tell what becomes due, until cancelled."""
        while True:
            try:
                busy = await self.tell_due()
            except DATABASE_AWAY as error:
                log.warning("digests wait, the database is away: %s", type(error).__name__)
                busy = 0
            if busy == 0:
                await self._clock.sleep(POLL)

    async def tell_due(self) -> int:
        """Tell up to READERS_AT_ONCE readers what is due for them now; says how many were looked at."""
        async with self._database.read() as session:
            if not await _due_readers(session, self._clock.now()):
                return 0
        async with self._database.write() as session:
            readers = await _due_readers(session, self._clock.now())
            told = await self._tell(session, readers, self._clock.now())
            await forget_tellings(session, self._clock.now())
        if told:
            self._bell.ring(BELL)
        return len(readers)

    async def _tell(self, session: AsyncSession, readers: Sequence[str], now: datetime) -> int:
        by_reader = await _due_rows(session, readers, now)
        rows = [row for own in by_reader.values() for row in own]
        ids = list(dict.fromkeys(row.event_id for row in rows))
        states = {state.id: state for state in await load_states(session, ids)}
        direct_readers = any(reader.startswith("@") for reader in by_reader)
        people = await audience(session, now) if direct_readers else Audience()
        before = await _told_before(session, rows)
        messages = []
        for reader, own in by_reader.items():
            place = self._place(reader, own, people, now)
            if place is None:
                continue
            channel, language, member = place
            kept = [row for row in own if row.event_id in states and not _muted(row, states, member)]
            _settle(own, kept, states, now)
            if not kept:
                continue
            content = [Kept(states[row.event_id], before.get(row.id)) for row in kept]
            card = digest_card(content, _reason(kept), now, language)
            messages.append(Message(channel, card, f"digest|{kept[0].id}"))
            await _mark_threads(session, reader, kept)
        return len(await notify_many(session, messages, now=now))

    def _place(
        self, reader: str, rows: Sequence[HeldRow], people: Audience, now: datetime
    ) -> tuple[str, Reader, Member | None] | None:
        """Where a reader's digest goes and in which language; None where it goes nowhere, or not yet."""
        if not reader.startswith("@"):
            config = self._channels.get(reader)
            if config is not None:
                return reader, config.reader, None
            log.warning("%d events held for %s are dropped: no such channel any more", len(rows), reader)
            _drop(rows)
            return None
        name = reader[1:]
        member = people.members.get(name)
        if member is None:
            log.warning("%d events held for %s are dropped: nobody is called so any more", len(rows), name)
            _drop(rows)
            return None
        standing = member.standing
        away = people.duties.absences.get(name, ()) if standing.on_leave and not standing.on_shift else ()
        awake = awake_from(member.person, now, away)
        if awake > now:
            for row in rows:
                row.due = awake
            return None
        way = member.way()
        if way is None:
            log.warning("%d events held for %s are dropped: no way to tell them", len(rows), name)
            _drop(rows)
            return None
        return direct(name, way), member.reader, member


async def _due_readers(session: AsyncSession, now: datetime) -> list[str]:
    due = (
        select(HeldRow.reader)
        .where(HeldRow.state == HeldState.WAITING.value, HeldRow.due <= now)
        .group_by(HeldRow.reader)
        .order_by(func.min(HeldRow.due), HeldRow.reader)
        .limit(READERS_AT_ONCE)
    )
    return list(await session.scalars(due))


async def _due_rows(session: AsyncSession, readers: Sequence[str], now: datetime) -> dict[str, list[HeldRow]]:
    """What is due for these readers, locked: a replica that looks for the same waits, and finds it told."""
    due = (
        select(HeldRow)
        .where(HeldRow.reader.in_(readers), HeldRow.state == HeldState.WAITING.value, HeldRow.due <= now)
        .order_by(HeldRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found: defaultdict[str, list[HeldRow]] = defaultdict(list)
    for row in await session.scalars(due):
        found[row.reader].append(row)
    return found


async def _told_before(session: AsyncSession, rows: Sequence[HeldRow]) -> dict[int, RevisionState]:
    """By held row: the revision that its reader was told of last, where that was one."""
    later = [row for row in rows if not row.first]
    if not later:
        return {}
    events = list({row.event for row in later})
    threads = await session.execute(
        select(ThreadRow.channel, ThreadRow.event, ThreadRow.revision_id).where(ThreadRow.event.in_(events))
    )
    told: dict[tuple[str, str], int] = {}
    for channel, event, revision_id in threads:
        told[channel.partition("/")[0], event] = revision_id
    digests = await session.execute(
        select(HeldRow.reader, HeldRow.event, HeldRow.revision_id)
        .where(HeldRow.event.in_(events), HeldRow.state == HeldState.TOLD.value)
        .order_by(HeldRow.batch)
    )
    for reader, event, revision_id in digests:
        told.setdefault((reader, event), revision_id)
    states = {state.id: state for state in await load_states(session, [row.event_id for row in later])}
    found = {}
    for row in later:
        known = told.get((row.reader, row.event))
        revisions = states[row.event_id].revisions if row.event_id in states else ()
        revision = next((each for each in revisions if each.id == known), None)
        if revision is not None:
            found[row.id] = revision
    return found


async def _mark_threads(session: AsyncSession, reader: str, rows: Sequence[HeldRow]) -> None:
    """The reader's cards of these events: their readers know the newest now."""
    direct_ones = ThreadRow.channel.startswith(f"{reader}/", autoescape=True)
    mine = direct_ones if reader.startswith("@") else ThreadRow.channel == reader
    for row in rows:
        if not row.first:
            await session.execute(
                update(ThreadRow)
                .where(mine, ThreadRow.event == row.event)
                .values(revision_id=row.revision_id)
                .execution_options(synchronize_session=False)
            )


def _muted(row: HeldRow, states: Mapping[int, EventState], member: Member | None) -> bool:
    state = states[row.event_id]
    if member is None or not member.has_muted(state):
        return False
    return row.first or not state.retracted


def _settle(
    rows: Sequence[HeldRow], kept: Sequence[HeldRow], states: Mapping[int, EventState], now: datetime
) -> None:
    _drop(rows)
    for row in kept:
        row.state, row.told = HeldState.TOLD.value, now
        row.revision_id = states[row.event_id].newest.id


def _drop(rows: Sequence[HeldRow]) -> None:
    for row in rows:
        row.state = HeldState.DROPPED.value


def _reason(rows: Sequence[HeldRow]) -> Reason:
    """Why most of them waited."""
    return Reason(Counter(row.why for row in rows).most_common(1)[0][0])
