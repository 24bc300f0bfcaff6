"""Deciding who is told of an event: one card per event and channel, kept true, changes in its thread."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cards.card import Card
from cards.change_note import change_note
from cards.event_card import event_card
from cards.reader import Reader
from events.changes import difference, is_material
from events.state import EventState, RevisionState
from notifiers.channels.base import ChannelConfig
from notifiers.outbox import add_edit, add_post, add_reply, is_unread, open_thread, renew, thread_of
from notifiers.routes import Route, Tell, matching
from notifiers.tables import OutboxRow, ThreadRow


class Words(Protocol):
    """Who writes the cards, for one reader at a time."""

    def card(self, state: EventState, now: datetime, reader: Reader) -> Card: ...

    def change(self, before: RevisionState, after: RevisionState, reader: Reader) -> Card | None: ...


class PlainWords:
    """The cards of `cards/`, with nothing of the desk's own (people on shift, buttons) added."""

    def card(self, state: EventState, now: datetime, reader: Reader) -> Card:
        return event_card(state, now, reader)

    def change(self, before: RevisionState, after: RevisionState, reader: Reader) -> Card | None:
        return change_note(before, after, reader)


async def decide(
    session: AsyncSession,
    state: EventState,
    before: RevisionState | None,
    routes: Sequence[Route],
    channels: Mapping[str, ChannelConfig],
    now: datetime,
    *,
    words: Words | None = None,
) -> tuple[OutboxRow, ...]:
    """Write what is owed after something new is known of an event; in the caller's transaction.

    A channel gets a card when a route wants the event told there. From then on it is kept true whatever the
    rules say later: new facts edit the card, a new revision is told in its thread, and so is a retraction.
    What a channel was told of last decides what is new to it (`before` stands in where that revision is not
    among the event's), so a notice that arrives late and was overtaken changes no words, and the
    same decision taken twice writes nothing the second time.
    """
    words = words or PlainWords()
    wanting = matching(routes, state, now)
    told = await session.scalars(select(ThreadRow.channel).where(ThreadRow.event == state.event))
    names = dict.fromkeys([*(name for route in wanting for name in route.channels), *told])
    rows: list[OutboxRow | None] = []
    for name in names:
        if name not in channels:
            continue  # a channel that is no longer configured
        asking = [route.name for route in wanting if name in route.channels]
        leading = [route for route in routes if name in route.channels]
        channel = channels[name]
        thread, made = await _thread(session, state, channel, words, now)
        if made:
            rows.append(await add_post(session, thread, asking, now, issued=state.newest.notice.issued))
        else:
            rows += await _later(session, thread, state, before, channel, leading, words, now)
    await session.flush()
    return tuple(row for row in rows if row is not None)


def fingerprint(state: EventState) -> str:
    """Of all that a card tells of an event: equal where nothing new is known."""
    facts = (
        state.newest.id,
        state.retracted,
        state.name,
        state.aliases,
        sorted(state.tags),
        state.associations,
        [
            (r.id, r.statistics, r.observability, r.analysis_error, r.combined, r.combined_observability)
            for r in state.revisions
        ],
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()


async def _thread(
    session: AsyncSession, state: EventState, channel: ChannelConfig, words: Words, now: datetime
) -> tuple[ThreadRow, bool]:
    """The event's card in a channel, and whether it was made just now."""
    thread = await thread_of(session, channel.name, state.event)
    if thread is not None:
        return thread, False
    card = words.card(state, now, channel.reader)
    return await open_thread(
        session, channel.name, state.event, card, fingerprint(state), state.newest.id, now
    )


async def _later(
    session: AsyncSession,
    thread: ThreadRow,
    state: EventState,
    before: RevisionState | None,
    channel: ChannelConfig,
    routes: Sequence[Route],
    words: Words,
    now: datetime,
) -> list[OutboxRow | None]:
    known = fingerprint(state)
    told = next((r for r in state.revisions if r.id == thread.revision_id), before)
    if thread.known == known or told is None:
        return []  # nothing new; or what was told is newer than this state
    renew(thread, words.card(state, now, channel.reader), now)
    thread.known = known
    again = await add_post(session, thread, [route.name for route in routes], now)
    if again is not None or await is_unread(session, thread):
        # Nobody read the old words, and the post that waits shows the new ones: there is nothing to add.
        thread.revision_id = state.newest.id
        return [again]
    rows = [await add_edit(session, thread, now)]
    if told.number < state.newest.number and _worth_telling(told, state.newest, routes):
        note = words.change(told, state.newest, channel.reader)
        if note is not None:
            rows.append(await add_reply(session, thread, note, state.newest.id, now))
            # Only now: small changes that were not worth telling add up until they are.
            thread.revision_id = state.newest.id
    return rows


def _worth_telling(told: RevisionState, newest: RevisionState, routes: Sequence[Route]) -> bool:
    """Whether a channel with these routes hears of a new revision; of a retraction every channel does."""
    if newest.notice.retraction:
        return True
    tells = {route.tell for route in routes} or {Tell.EVERY}
    if Tell.EVERY in tells:
        return True
    return Tell.MATERIAL in tells and is_material(difference(told, newest))
