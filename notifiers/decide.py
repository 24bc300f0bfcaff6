"""Deciding who is told of an event: one card per event and channel, kept true, changes in its thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from events.changes import difference, is_material
from events.state import EventState, RevisionState
from notifiers.channels.base import ChannelConfig
from notifiers.deciding import Deciding, Habits, Words, begin_deciding, fingerprint
from notifiers.held import Hold
from notifiers.limits import write_tellings
from notifiers.mornings import next_at
from notifiers.outbox import add_edit, add_post, add_reply, is_unread, open_thread, renew, thread_of
from notifiers.routes import Route, Tell
from notifiers.subscription_tables import Why
from notifiers.tables import OutboxRow, ThreadRow


async def decide(
    session: AsyncSession,
    state: EventState,
    before: RevisionState | None,
    routes: Sequence[Route],
    channels: Mapping[str, ChannelConfig],
    now: datetime,
    *,
    words: Words | None = None,
    habits: Habits | None = None,
) -> tuple[OutboxRow, ...]:
    """Write what channels are owed after something new is known of an event; in the caller's transaction.

    A channel gets a card when a route wants the event told there. From then on it is kept true whatever the
    rules say later: new facts edit the card, a new revision is told in its thread, and so is a retraction.
    What a channel was told of last decides what is new to it (`before` stands in where that revision is not
    among the event's), so a notice that arrives late and was overtaken changes no words, and the
    same decision taken twice writes nothing the second time. What a route gathers in a digest, what is more
    than it tells at once, and a backlog are held (`notifiers.digests` tells them).
    """
    deciding = await begin_deciding(session, state, before, routes, now, words, habits or Habits())
    told = await session.scalars(
        select(ThreadRow.channel).where(ThreadRow.event == state.event, ThreadRow.channel.not_like("@%"))
    )
    names = dict.fromkeys([*(name for route in routes for name in route.channels), *told])
    rows: list[OutboxRow | None] = []
    for name in names:
        if name not in channels:
            continue  # a channel that is no longer configured
        leading = [route for route in routes if name in route.channels]
        thread = await thread_of(session, name, state.event)
        if thread is not None:
            rows += await _later(deciding, thread, channels[name], leading)
        else:
            rows += await _first(deciding, channels[name], leading)
    await deciding.held.write(session)
    await write_tellings(session, deciding.tellings)
    await session.flush()
    return tuple(row for row in rows if row is not None)


async def _first(
    deciding: Deciding, channel: ChannelConfig, leading: Sequence[Route]
) -> list[OutboxRow | None]:
    """Tell a channel that has no card of the event, or let it wait."""
    state, now, held = deciding.state, deciding.now, deciding.held
    digest = held.told(channel.name)
    told = deciding.revision(digest.revision_id) if digest is not None else None
    if digest is not None and told is None:
        return []  # what the digest told is newer than this state
    if told is None:
        asking = [route for route in leading if deciding.verdicts.wants(route)]
    else:
        asking = [route for route in leading if after_digest(route, state, now, told)]
        if state.newest.notice.retraction and told.id != state.newest.id:
            asking = list(leading)
    at_once = [route for route in asking if route.tell is not Tell.DIGEST]
    names = tuple(route.name for route in asking)
    if not asking:
        if held.waiting(channel.name) is not None:
            held.touch(channel.name)
        return []
    if not at_once:
        due = next_at(channel.reader.zone, deciding.habits.digest_at, now)
        held.hold(Hold(channel.name, told is None, names, Why.DIGEST, due))
        return []
    limits = deciding.limits(at_once)
    wait = deciding.tellings.due(channel.name, limits)
    if wait is not None:
        held.hold(Hold(channel.name, told is None, names, wait[1], wait[0]))
        return []
    card = deciding.words.card(state, now, channel.reader)
    thread, made = await open_thread(
        deciding.session, channel.name, state.event, card, fingerprint(state), state.newest.id, now
    )
    if not made:
        return await _later(deciding, thread, channel, leading)
    held.let_go(channel.name)
    deciding.tellings.count(channel.name, limits, state.event)
    asked_by = [route.name for route in asking]
    return [await add_post(deciding.session, thread, asked_by, now, issued=state.newest.notice.issued)]


def after_digest(route: Route, state: EventState, now: datetime, told: RevisionState) -> bool:
    """Whether who was told by a digest hears more: not of every little thing, they chose the summary."""
    if not route.wants_more(state, now, told):
        return False
    return route.rule.about_changes or is_material(difference(told, state.newest))


async def _later(
    deciding: Deciding, thread: ThreadRow, channel: ChannelConfig, leading: Sequence[Route]
) -> list[OutboxRow | None]:
    state, now, session = deciding.state, deciding.now, deciding.session
    known = fingerprint(state)
    told = deciding.revision(thread.revision_id) or deciding.before
    if thread.known == known or told is None:
        return []  # nothing new; or what was told is newer than this state
    renew(thread, deciding.words.card(state, now, channel.reader), now)
    thread.known = known
    again = await add_post(session, thread, [route.name for route in leading], now)
    if again is not None or await is_unread(session, thread):
        # Nobody read the old words, and the post that waits shows the new ones: there is nothing to add.
        thread.revision_id = state.newest.id
        return [again]
    rows = [await add_edit(session, thread, now)]
    if told.number >= state.newest.number:
        return rows
    asking = [route for route in leading if route.wants_more(state, now, told)]
    if leading and not asking and not state.newest.notice.retraction:
        return rows
    if asking and all(route.tell is Tell.DIGEST for route in asking) and not state.newest.notice.retraction:
        due = next_at(channel.reader.zone, deciding.habits.digest_at, now)
        names = tuple(route.name for route in asking)
        deciding.held.hold(Hold(channel.name, False, names, Why.DIGEST, due))
        return rows
    note = deciding.words.change(told, state.newest, channel.reader)
    if note is not None:
        rows.append(await add_reply(session, thread, note, state.newest.id, now))
        # Only now: small changes that were not worth telling add up until they are.
        thread.revision_id = state.newest.id
    return rows
