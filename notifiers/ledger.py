"""The outbox's book-keeping around one delivery: claimed and marked before the call, recorded after it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notifiers.channels.base import DeliveryError, Gone, Never, Receipt, TooLate, TryLater
from notifiers.messages import owe_edit
from notifiers.outbox import add_edit, described_pictures, thread_of
from notifiers.owing import URGENT, is_open
from notifiers.queue import LONGEST_WAIT, may_go
from notifiers.tables import WAITING, Kind, OutboxRow, State, ThreadRow
from store import blobs
from store.claims import claim, hold, is_free, release

FIRST_BACKOFF = 2.0  # s
LONGEST_BACKOFF = 60.0  # s, so that what waited for a provider goes out within a minute of its return
PATIENCE = {Kind.PICTURE: timedelta(hours=1)}
USUAL_PATIENCE = timedelta(hours=12)
FEWEST_ATTEMPTS = 5  # so that what lay here through an outage of our own is not given up at the first hiccup
PICTURE_DELAY = 3.0  # s between two attempts to show a picture that the provider still works on
PICTURE_ATTEMPTS = 10


@dataclass(frozen=True)
class Item:
    """One claimed message, as it was when it was marked `sending`.

    `uncertain`: an earlier attempt may have reached the provider. `shown` is where the event's card is (or
    the message that is amended), and `card_nonce` what it carries; None while it is nowhere. `late`: it is of
    no use any more, unless it arrived before.
    """

    id: int
    owner: str
    channel: str
    kind: Kind
    nonce: str
    card: Mapping[str, object]
    created: datetime
    attempts: int
    uncertain: bool
    event: str | None
    shown: Receipt | None
    card_nonce: str | None
    card_since: datetime | None
    amends: bool = False
    late: bool = False
    urgent: bool = False
    issued: datetime | None = None
    pictures: Mapping[str, str] = field(default_factory=dict)
    picture: str | None = None
    blob: bytes | None = field(default=None, repr=False)


async def claim_one(
    session: AsyncSession,
    channel: str,
    kinds: Collection[Kind],
    candidates: Collection[int],
    *,
    owner: str,
    now: datetime,
    lease: timedelta,
) -> Item | None:
    """Take the first of these messages of a channel and mark it `sending`; None where others took them.

    The candidates are what `queue.next_of` found. Of a lane only the oldest open message is taken, so the
    order of an event's messages in a channel is that of its decisions. A message whose claim ran out while it
    was being sent is taken over.
    """
    rows = await claim(
        session,
        OutboxRow,
        where=OutboxRow.id.in_(candidates) & may_go(channel, kinds, now),
        order_by=(OutboxRow.priority, OutboxRow.id),
        limit=1,
        owner=owner,
        now=now,
        until=now + lease,
    )
    return await _begin(session, rows[0], owner, now) if rows else None


async def expire(session: AsyncSession, channel: str, now: datetime) -> int:
    """End what waits for a channel, is of no use any more and certainly arrived nowhere; says how much."""
    ended = await session.scalars(
        update(OutboxRow)
        .where(is_open(), OutboxRow.channel == channel, OutboxRow.not_after < now)
        .where(OutboxRow.state.in_(WAITING), ~OutboxRow.uncertain, is_free(OutboxRow, now))
        .values(state=State.EXPIRED.value)
        .returning(OutboxRow.id)
    )
    return len(ended.all())


async def record_sent(
    session: AsyncSession, item: Item, receipt: Receipt, now: datetime, provider: str
) -> None:
    """Write down that a message arrived. Nothing happens where somebody else has taken it over."""
    row = await _settle(session, item, State.SENT)
    if row is None:
        return
    row.sent, row.place, row.message, row.error = now, receipt.place, receipt.message, None
    row.provider = provider
    if row.amends is not None or item.kind is Kind.MESSAGE:
        await _keep_parts(session, row, item, receipt, now)
    thread = await _thread(session, item)
    if thread is None or item.kind not in (Kind.POST, Kind.EDIT):
        return
    thread.place, thread.message, thread.parts = receipt.place, receipt.message, list(receipt.parts)
    if receipt.unshown and item.attempts < PICTURE_ATTEMPTS:
        again = await add_edit(session, thread, now + timedelta(seconds=PICTURE_DELAY))
        if again is not None:
            again.attempts, again.state = item.attempts, State.RETRY.value


async def record_picture(session: AsyncSession, item: Item, reference: str, now: datetime) -> None:
    """Write down an uploaded picture, and owe its card the edit that shows it."""
    row = await _settle(session, item, State.SENT)
    if row is not None and row.amends is not None and item.picture is not None:
        row.sent, row.message, row.error = now, reference, None
        amended = await session.get(OutboxRow, row.amends, with_for_update=True, populate_existing=True)
        if amended is not None:
            amended.pictures = {**(amended.pictures or {}), item.picture: reference}
            await owe_edit(session, amended, now)
        return
    thread = await _thread(session, item)
    if row is None or thread is None or item.picture is None:
        return
    row.sent, row.message, row.error = now, reference, None
    drawn, wanted = described_pictures(item.card), described_pictures(thread.card)
    if drawn.get(item.picture) != wanted.get(item.picture):
        return  # the event has a newer map by now, whose picture is on its way
    thread.pictures = {**thread.pictures, item.picture: reference}
    await add_edit(session, thread, now)


async def record_failure(
    session: AsyncSession, item: Item, error: DeliveryError, now: datetime, *, rng: Random
) -> State | None:
    """Write down that a message did not arrive, and what becomes of it; None where it is no longer ours."""
    state, wait = _fate(item, error, now, rng)
    row = await _settle(session, item, state)
    if row is None:
        return None
    row.error = str(error)
    row.uncertain = error.uncertain
    row.not_before = now + timedelta(seconds=wait)
    if isinstance(error, TryLater):
        row.attempts -= 1  # it was not the message's fault
    if isinstance(error, Gone):
        await _without_card(session, item)
    return state


async def _begin(session: AsyncSession, row: OutboxRow, owner: str, now: datetime) -> Item:
    if row.amends is not None:
        return await _begin_amending(session, row, owner)
    thread = await _peek(session, row)
    if thread is not None and row.kind in (Kind.POST.value, Kind.EDIT.value):
        row.card, row.revision_id = thread.card, thread.revision_id
    item = Item(
        id=row.id,
        owner=owner,
        channel=row.channel,
        kind=Kind(row.kind),
        nonce=row.nonce,
        card=row.card or {},
        created=row.created,
        attempts=row.attempts + 1,
        uncertain=row.uncertain,
        event=row.event,
        shown=_receipt(thread),
        card_nonce=thread.nonce if thread else None,
        card_since=thread.created if thread else None,
        late=row.not_after is not None and row.not_after < now,
        urgent=row.priority == URGENT,
        issued=row.issued,
        pictures=dict(thread.pictures) if thread else {},
        picture=row.picture,
        blob=await _content(session, row.blob),
    )
    return _begun(row, item)


async def _begin_amending(session: AsyncSession, row: OutboxRow, owner: str) -> Item:
    amended = await session.get(OutboxRow, row.amends)
    where = None
    if amended is not None and amended.place is not None and amended.message is not None:
        where = Receipt(amended.place, amended.message, tuple(amended.parts or ()))
    item = Item(
        id=row.id,
        owner=owner,
        channel=row.channel,
        kind=Kind(row.kind),
        nonce=row.nonce,
        card=row.card or {},
        created=row.created,
        attempts=row.attempts + 1,
        uncertain=row.uncertain,
        event=row.event,
        shown=where,
        card_nonce=amended.nonce if amended is not None else None,
        card_since=amended.created if amended is not None else None,
        amends=True,
        pictures=dict(amended.pictures or {}) if amended is not None else {},
        picture=row.picture,
        blob=await _content(session, row.blob),
    )
    return _begun(row, item)


def _begun(row: OutboxRow, item: Item) -> Item:
    row.state, row.uncertain, row.attempts = State.SENDING.value, True, item.attempts
    return item


async def _keep_parts(
    session: AsyncSession, row: OutboxRow, item: Item, receipt: Receipt, now: datetime
) -> None:
    """Remember what belongs to a message of its own, and show later what its provider still works on."""
    message = row
    if row.amends is not None:
        amended = await session.get(OutboxRow, row.amends, with_for_update=True, populate_existing=True)
        if amended is None:
            return
        message = amended
    if list(receipt.parts) != list(message.parts or ()):
        message.parts = list(receipt.parts)
    if receipt.unshown and item.attempts < PICTURE_ATTEMPTS:
        again = await owe_edit(session, message, now + timedelta(seconds=PICTURE_DELAY))
        again.attempts, again.state = item.attempts, State.RETRY.value


async def _content(session: AsyncSession, blob: str | None) -> bytes | None:
    try:
        return await blobs.get(session, blob) if blob else None
    except blobs.BlobMissing:
        return None  # the delivery will say so, and end this message only


async def _settle(session: AsyncSession, item: Item, state: State) -> OutboxRow | None:
    row = await hold(session, OutboxRow, item.id, item.owner)
    if row is None or row.state != State.SENDING.value:
        return None
    row.state, row.uncertain = state.value, False
    release(row)
    return row


def _fate(item: Item, error: DeliveryError, now: datetime, rng: Random) -> tuple[State, float]:
    """Whether a message is tried again, and in how many seconds."""
    if isinstance(error, TooLate):
        return State.EXPIRED, 0.0
    if isinstance(error, Gone) and item.amends:
        return State.SUPERSEDED, 0.0  # nobody reads any more what it would have changed
    if isinstance(error, Gone) and item.kind in (Kind.EDIT, Kind.REPLY):
        return State.RETRY, 0.0  # it will stand on its own
    if isinstance(error, Never):
        return State.DEAD, 0.0
    if isinstance(error, TryLater):
        return State.RETRY, min(error.retry_after, LONGEST_WAIT)
    patience = PATIENCE.get(item.kind, USUAL_PATIENCE)
    if item.attempts >= FEWEST_ATTEMPTS and now - item.created > patience:
        return State.DEAD, 0.0
    backoff = min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** min(item.attempts - 1, 10))
    return State.RETRY, backoff * rng.uniform(0.5, 1.0)


async def _without_card(session: AsyncSession, item: Item) -> None:
    """Forget a card that somebody deleted: the next words are posted anew."""
    thread = await _thread(session, item)
    if thread is not None and item.shown is not None and thread.message == item.shown.message:
        thread.place, thread.message, thread.parts = None, None, []


async def _thread(session: AsyncSession, item: Item) -> ThreadRow | None:
    return await thread_of(session, item.channel, item.event) if item.event and not item.amends else None


async def _peek(session: AsyncSession, row: OutboxRow) -> ThreadRow | None:
    # Without a lock: whoever decides holds the thread and then looks for rows, the other way round.
    wanted = select(ThreadRow).where(ThreadRow.channel == row.channel, ThreadRow.event == row.event)
    thread: ThreadRow | None = await session.scalar(wanted.execution_options(populate_existing=True))
    return thread


def _receipt(thread: ThreadRow | None) -> Receipt | None:
    if thread is None or thread.place is None or thread.message is None:
        return None
    return Receipt(thread.place, thread.message, tuple(thread.parts))
