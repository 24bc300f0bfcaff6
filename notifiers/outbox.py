"""Writing to the outbox: what the desk owes somebody, in the transaction that decided it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cards.card import Card
from notifiers.messages import Message, amend, attach, notify, notify_desk, notify_many, withdraw
from notifiers.owing import URGENT, is_open, lane_of, new_nonce, new_row, post_key
from notifiers.tables import OPEN, WAITING, Kind, OutboxRow, State, ThreadRow
from store.upsert import insert

BELL = "outbox"
"""The bell to ring once the transaction that wrote here has been committed."""

__all__ = [
    "BELL",
    "Depth",
    "Message",
    "add_edit",
    "add_post",
    "add_reply",
    "amend",
    "attach",
    "attach_picture",
    "depth",
    "described_pictures",
    "is_unread",
    "notify",
    "notify_desk",
    "notify_many",
    "open_thread",
    "renew",
    "requeue_dead",
    "thread_of",
    "withdraw",
]


@dataclass(frozen=True)
class Depth:
    """How much of one channel is in one state, and since when."""

    channel: str
    state: State
    rows: int
    oldest: datetime


async def thread_of(session: AsyncSession, channel: str, event: str) -> ThreadRow | None:
    """The event's card in a channel, locked until the transaction ends; None where there is none."""
    wanted = select(ThreadRow).where(ThreadRow.channel == channel, ThreadRow.event == event)
    locked = wanted.with_for_update().execution_options(populate_existing=True)
    row: ThreadRow | None = await session.scalar(locked)
    return row


async def open_thread(
    session: AsyncSession, channel: str, event: str, card: Card, known: str, revision_id: int, now: datetime
) -> tuple[ThreadRow, bool]:
    """The event's card in a channel, and whether it was made just now. Two replicas make one."""
    values = {
        "channel": channel,
        "event": event,
        "nonce": new_nonce(),
        "card": card.to_dict(),
        "known": known,
        "revision_id": revision_id,
        "version": 0,
        "parts": [],
        "pictures": {},
        "created": now,
        "changed": now,
    }
    wish = insert(session, ThreadRow).values(values).on_conflict_do_nothing().returning(ThreadRow.id)
    made = await session.scalar(wish) is not None
    thread = await thread_of(session, channel, event)
    assert thread is not None, "a card that was just written is there"
    return thread, made


async def add_post(
    session: AsyncSession,
    thread: ThreadRow,
    routes: Iterable[str],
    now: datetime,
    *,
    issued: datetime | None = None,
) -> OutboxRow | None:
    """Owe the first notice of a card, or owe it again where the last try was given up.

    `issued` is when the notice was issued that it tells of, for the desk's figures.
    """
    key = _post_key(thread)
    row = await session.scalar(select(OutboxRow).where(OutboxRow.key == key).with_for_update())
    if row is not None:
        if row.state != State.DEAD.value or thread.message is not None:
            return None
        row.state, row.attempts, row.not_before, row.error = State.PENDING.value, 0, now, None
        row.revision_id = thread.revision_id
        return row
    row = new_row(Kind.POST, key, thread.channel, thread.event, now)
    row.nonce, row.card, row.revision_id = thread.nonce, thread.card, thread.revision_id
    row.routes, row.issued = list(routes), issued
    session.add(row)
    return row


async def is_unread(session: AsyncSession, thread: ThreadRow) -> bool:
    """Whether the card's first notice waits and was never tried: certainly nobody has read it."""
    waiting = (OutboxRow.key == _post_key(thread), OutboxRow.state == State.PENDING.value)
    return await session.scalar(select(OutboxRow.id).where(*waiting, OutboxRow.attempts == 0)) is not None


def renew(thread: ThreadRow, card: Card, now: datetime) -> None:
    """Let the thread's card show other words, and no picture any more that they no longer describe."""
    before, after = described_pictures(thread.card), described_pictures(card.to_dict())
    thread.pictures = {
        key: shown for key, shown in thread.pictures.items() if before.get(key) == after.get(key)
    }
    thread.card, thread.changed = card.to_dict(), now


def described_pictures(card: Mapping[str, Any]) -> dict[str, str]:
    """What each picture of a stored card shows, without the event's name; a new map has other words."""
    blocks = [block for block in card.get("blocks", ()) if block.get("kind") == "picture"]
    # "Sky map of GRB 261120A: 50 % …": an event that got a better name keeps its picture.
    return {block["key"]: block["alt"].split(":", 1)[-1].strip() for block in blocks}


async def add_edit(session: AsyncSession, thread: ThreadRow, now: datetime) -> OutboxRow | None:
    """Owe the card its newest words.

    They merge with whatever has not been sent yet: a post that waits will show them, and edits that wait
    are superseded, so a burst of changes becomes one edit.
    """
    lane = lane_of(thread.channel, thread.event)
    waiting = (OutboxRow.key == _post_key(thread), OutboxRow.state.in_(WAITING))
    if await session.scalar(select(OutboxRow.id).where(*waiting)) is not None:
        return None
    await session.execute(
        update(OutboxRow)
        .where(OutboxRow.lane == lane, OutboxRow.kind == Kind.EDIT.value, OutboxRow.amends.is_(None))
        .where(is_open(), OutboxRow.state.in_(WAITING))
        .values(state=State.SUPERSEDED.value)
    )
    thread.version += 1
    row = new_row(Kind.EDIT, f"{lane}|edit|{thread.version}", thread.channel, thread.event, now)
    row.nonce, row.card, row.revision_id = thread.nonce, thread.card, thread.revision_id
    session.add(row)
    return row


async def add_reply(
    session: AsyncSession, thread: ThreadRow, card: Card, revision_id: int, now: datetime
) -> OutboxRow | None:
    """Owe the card's thread what a revision changed; once for each revision."""
    key = f"{lane_of(thread.channel, thread.event)}|reply|{revision_id}"
    if await session.scalar(select(OutboxRow.id).where(OutboxRow.key == key)) is not None:
        return None
    row = new_row(Kind.REPLY, key, thread.channel, thread.event, now)
    row.card, row.revision_id = card.to_dict(), revision_id
    session.add(row)
    return row


async def attach_picture(
    session: AsyncSession, event: str, channel: str, key: str, blob: str, now: datetime
) -> OutboxRow | None:
    """Owe a card its picture: `key` is the picture's in the card, `blob` the hash of its stored bytes.

    None where the channel has no card of this event, or has this very picture already.
    """
    thread = await thread_of(session, channel, event)
    if thread is None:
        return None
    lane = lane_of(channel, event)
    unique = f"{lane}|picture|{key}|{blob[:16]}"
    row = await session.scalar(select(OutboxRow).where(OutboxRow.key == unique).with_for_update())
    if row is not None and (row.state in OPEN or thread.pictures.get(key, "") == row.message):
        return None
    await session.execute(
        update(OutboxRow)
        .where(OutboxRow.lane == lane, OutboxRow.picture == key, is_open(), OutboxRow.state.in_(WAITING))
        .values(state=State.SUPERSEDED.value)
    )
    if row is None:
        row = new_row(Kind.PICTURE, unique, channel, event, now)
        session.add(row)
    row.picture, row.blob, row.card, row.revision_id = key, blob, thread.card, thread.revision_id
    row.state, row.attempts, row.not_before, row.created = State.PENDING.value, 0, now, now
    return row


async def requeue_dead(session: AsyncSession, now: datetime, *, since: datetime) -> int:
    """Owe once more what was given up and is no older than `since`; says how many.

    Not what was said of the desk itself: that the stream was silent is news for a minute. Nor pages that do
    not say for how long they are of use: nobody is woken for what was urgent hours ago.
    """
    stale = or_(OutboxRow.priority > URGENT, OutboxRow.not_after.is_not(None))
    done = await session.scalars(
        update(OutboxRow)
        .where(OutboxRow.state == State.DEAD.value, OutboxRow.created >= since)
        .where(OutboxRow.kind != Kind.NOTE.value, stale)
        .values(state=State.RETRY.value, not_before=now, attempts=0)
        .returning(OutboxRow.id)
    )
    return len(list(done))


async def depth(session: AsyncSession) -> tuple[Depth, ...]:
    """How much is owed and how much was given up, by channel and state."""
    counted = (
        select(OutboxRow.channel, OutboxRow.state, func.count(), func.min(OutboxRow.created))
        .where(OutboxRow.state.in_((*OPEN, State.DEAD.value)))
        .group_by(OutboxRow.channel, OutboxRow.state)
        .order_by(OutboxRow.channel, OutboxRow.state)
    )
    found = await session.execute(counted)
    return tuple(Depth(channel, State(state), rows, oldest) for channel, state, rows, oldest in found)


def _post_key(thread: ThreadRow) -> str:
    return post_key(thread.channel, thread.event)
