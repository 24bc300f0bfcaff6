"""Messages of their own: written to channels and people, changed where they stand, taken back before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cards.card import Card
from notifiers.owing import PRIORITY, URGENT, is_open, lane_of, new_nonce, new_row, values_of, write_rows
from notifiers.tables import WAITING, Kind, OutboxRow, State

LONGEST_KEY = 300


@dataclass(frozen=True)
class Message:
    """What one channel or person (`@ana/sms`) is to be told; `notify` says what each field means."""

    channel: str
    card: Card
    key: str
    event: str | None = None
    subject: str | None = None
    urgent: bool = False
    in_thread: bool = False
    held_until: datetime | None = None
    not_after: datetime | None = None
    issued: datetime | None = None
    revision_id: int | None = None
    routes: tuple[str, ...] = ()


async def notify(
    session: AsyncSession,
    card: Card,
    channels: Sequence[str],
    *,
    key: str,
    now: datetime,
    event: str | None = None,
    subject: str | None = None,
    urgent: bool = False,
    in_thread: bool = False,
    held_until: datetime | None = None,
    not_after: datetime | None = None,
    issued: datetime | None = None,
) -> tuple[str, ...]:
    """Owe configured channels and people (`@ana/sms`) a message; gives those that were not owed it before.

    In the caller's transaction; ring `BELL` after it. The same `key` is told to a channel once, ever: say in
    it what makes the message this one (`page|12|step 2`). Messages of one `event` to one channel keep their
    order. `subject` (`page:12`) is what the message belongs to, for `withdraw` and `receipts.told`.

    `urgent` is a page: it goes before everything else and waits for no card of its event. `in_thread` says it
    in the thread of the event's card where the channel has one. `held_until` keeps it until then; after
    `not_after` it is not sent any more, and the desk is told so. `issued` is when the notice was issued it
    tells of, for the desk's figures. Raises ValueError for a key of more than LONGEST_KEY characters.
    """
    return await notify_many(
        session,
        [
            Message(
                channel, card, key, event, subject, urgent, in_thread, held_until, not_after, issued=issued
            )
            for channel in dict.fromkeys(channels)
        ],
        now=now,
    )


async def notify_many(
    session: AsyncSession, messages: Iterable[Message], *, now: datetime
) -> tuple[str, ...]:
    """Owe many messages at once, each reader's in their own language; gives the channels that had it not.

    Two thousand take a fraction of a second. Cards that are one object are put into JSON once.
    """
    dumped: dict[int, dict[str, Any]] = {}
    rows = []
    for message in messages:
        if len(message.key) > LONGEST_KEY:
            raise ValueError(f"a message's key has {LONGEST_KEY} characters at most: {message.key[:60]!r}…")
        content = dumped.setdefault(id(message.card), {})
        if not content:
            content.update(message.card.to_dict())
        rows.append(_values(message, content, now))
    new = await write_rows(session, rows)
    return tuple(dict.fromkeys(row["channel"] for row in rows if row["key"] in new))


async def notify_desk(
    session: AsyncSession, card: Card, channels: Sequence[str], *, key: str, now: datetime
) -> tuple[str, ...]:
    """Owe each channel a warning about the desk itself, once for each `key`.

    Gives the channels that were not owed it before. When a warning cannot be delivered, nobody is warned.
    """
    content = card.to_dict()
    rows = [
        {**values_of(Kind.NOTE, f"{channel}|desk|{key}", channel, None, now), "card": content}
        for channel in dict.fromkeys(channels)
    ]
    new = await write_rows(session, rows)
    return tuple(row["channel"] for row in rows if row["key"] in new)


async def amend(session: AsyncSession, channel: str, card: Card, *, key: str, now: datetime) -> bool:
    """Let a message that `notify` wrote under this key show other words; False where nobody will read them.

    A message that was never tried goes out with the new words; one that stands is edited, and edits that wait
    are merged. Channels that cannot change what they said (SMS, voice) leave it as it is.
    """
    row = await session.scalar(select(OutboxRow).where(OutboxRow.key == _key(channel, key)).with_for_update())
    if row is None or row.state in (State.DEAD.value, State.EXPIRED.value, State.SUPERSEDED.value):
        return False
    row.card = card.to_dict()
    if row.state != State.PENDING.value or row.attempts > 0:
        await owe_edit(session, row, now)
    return True


async def owe_edit(session: AsyncSession, row: OutboxRow, now: datetime) -> OutboxRow:
    """Owe a message of its own, that is locked here, the edit that shows its newest words and pictures."""
    await session.execute(
        update(OutboxRow)
        .where(OutboxRow.lane == row.lane, OutboxRow.amends == row.id, is_open())
        .where(OutboxRow.state.in_(WAITING), OutboxRow.kind == Kind.EDIT.value)
        .values(state=State.SUPERSEDED.value)
    )
    edit = new_row(Kind.EDIT, f"{row.key[:370]}|{new_nonce()}", row.channel, row.event, now)
    edit.lane, edit.subject, edit.amends, edit.card = row.lane, row.subject, row.id, row.card
    session.add(edit)
    return edit


async def attach(
    session: AsyncSession, channel: str, picture: str, blob: str, *, key: str, now: datetime
) -> bool:
    """Owe a message that `notify` wrote under this key one of its card's pictures; False where it has it.

    `blob` is the hash of the picture's stored bytes. It is uploaded once the message stands, and shown by an
    edit. A message that nobody will read gets none.
    """
    row = await session.scalar(select(OutboxRow).where(OutboxRow.key == _key(channel, key)).with_for_update())
    if row is None or row.state in (State.DEAD.value, State.EXPIRED.value, State.SUPERSEDED.value):
        return False
    values = values_of(Kind.PICTURE, f"{row.key[:300]}|{picture[:60]}|{blob[:16]}", channel, row.event, now)
    owed = {
        "lane": row.lane, "subject": row.subject, "amends": row.id, "card": row.card, "picture": picture,
        "blob": blob,
    }  # fmt: skip
    return bool(await write_rows(session, [values | owed]))


async def withdraw(session: AsyncSession, subject: str) -> int:
    """Take back what belongs to a subject and still waits here, but for edits; says how many.

    What is being sent at this moment is not stopped. `receipts.told` gives those who may have read it.
    """
    taken = await session.scalars(
        update(OutboxRow)
        .where(OutboxRow.subject == subject, OutboxRow.kind != Kind.EDIT.value, OutboxRow.state.in_(WAITING))
        .values(state=State.SUPERSEDED.value)
        .returning(OutboxRow.id)
    )
    return len(taken.all())


def _values(message: Message, card: dict[str, Any], now: datetime) -> dict[str, Any]:
    kind = Kind.REPLY if message.in_thread and message.event else Kind.MESSAGE
    values = values_of(kind, _key(message.channel, message.key), message.channel, message.event, now)
    lane = lane_of(message.channel, message.event)
    return values | {
        # A page waits for nothing that was said of the event before; what is said of pages stays in order.
        "lane": f"{lane}|page" if message.urgent else lane,
        "priority": URGENT if message.urgent else PRIORITY[kind],
        "card": card,
        "subject": message.subject,
        "held_until": message.held_until,
        "not_after": message.not_after,
        "issued": message.issued,
        "revision_id": message.revision_id,
        "routes": list(message.routes),
    }


def _key(channel: str, key: str) -> str:
    return f"{channel}|message|{key}"
