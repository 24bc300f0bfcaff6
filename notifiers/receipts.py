"""Receipts: who was told what, when, by which way, and whether it arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifiers.destinations import person_and_way
from notifiers.tables import Kind, OutboxRow, ReceiptRow, State
from store.upsert import insert

RECEIPTS = "receipts"
"""The bell to ring once a status has been committed."""


class Status(StrEnum):
    """How far a provider says a message has come. Only forward: what comes later here is never undone."""

    QUEUED = "queued"
    SENT = "sent"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    DELIVERED = "delivered"
    READ = "read"


FAILURES = (Status.UNDELIVERED, Status.FAILED)
_RANK = {status: rank for rank, status in enumerate(Status)} | {Status.FAILED: 2, Status.UNDELIVERED: 2}


class Reached(StrEnum):
    """Whether a person or channel has read, or may have read, a message."""

    WAITING = "waiting"  # not sent yet
    PERHAPS = "perhaps"  # the provider may have it: its answer never came
    SENT = "sent"  # the provider took it and says no more
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"  # given up, or the provider could not deliver it
    EXPIRED = "expired"  # not sent, for it had become of no use


TOLD = (Reached.PERHAPS, Reached.SENT, Reached.DELIVERED, Reached.READ)


@dataclass(frozen=True)
class Told:
    """One message and how far it came. `person` and `way` are None for a configured channel.

    `at` is when it was sent, or written where it was not; `settled` when the provider last said anything.
    """

    channel: str
    person: str | None
    way: str | None
    kind: Kind
    key: str
    event: str | None
    subject: str | None
    at: datetime
    reached: Reached
    settled: datetime | None
    reason: str | None

    @property
    def was_told(self) -> bool:
        """Whether the message was read or may have been."""
        return self.reached in TOLD


async def record_status(
    session: AsyncSession,
    provider: str,
    provider_id: str,
    status: str,
    *,
    sequence: int | None = None,
    at: datetime,
) -> bool:
    """Note what a provider says of a message, in `Status`'s words; False where that is no news.

    It only moves forward, in whatever order the callbacks come: `sequence` is the provider's own count of
    them, and an older one changes nothing. A message nobody here knows (yet) is noted all the same, for a
    callback may overtake the answer to the call. Raises ValueError for a status that is none.
    """
    said = Status(status)
    values = {"provider": provider, "provider_id": provider_id, "status": said.value}
    made = await session.scalar(
        insert(session, ReceiptRow)
        .values(**values, sequence=sequence, changed=at)
        .on_conflict_do_nothing()
        .returning(ReceiptRow.id)
    )
    if made is not None:
        return True
    row = await session.scalar(
        select(ReceiptRow)
        .where(ReceiptRow.provider == provider, ReceiptRow.provider_id == provider_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None or not _is_news(row, said, sequence):
        return False
    row.status, row.changed = said.value, at
    row.sequence = row.sequence if sequence is None else sequence
    return True


async def told(
    session: AsyncSession, event: str | None = None, *, subject: str | None = None
) -> tuple[Told, ...]:
    """All messages about an event, or of a subject (`page:12`), oldest first: who, when, which way, how far.

    What was overtaken before anybody could read it is not among them. `was_told` picks those who may know.
    """
    wanted = OutboxRow.event == event if subject is None else OutboxRow.subject == subject
    return await _told(session, and_(wanted, OutboxRow.kind.in_([kind.value for kind in _SPEAKING])))


async def told_of(session: AsyncSession, provider: str, provider_id: str) -> Told | None:
    """The message that a provider knows under this id."""
    found = await _told(session, and_(OutboxRow.provider == provider, OutboxRow.message == provider_id))
    return found[0] if found else None


_SPEAKING = (Kind.POST, Kind.REPLY, Kind.MESSAGE, Kind.NOTE)


def _is_news(row: ReceiptRow, said: Status, sequence: int | None) -> bool:
    if sequence is not None and row.sequence is not None and sequence <= row.sequence:
        return False
    return _RANK[said] > _RANK[Status(row.status)]


async def _told(session: AsyncSession, where: ColumnElement[bool]) -> tuple[Told, ...]:
    receipt = and_(ReceiptRow.provider == OutboxRow.provider, ReceiptRow.provider_id == OutboxRow.message)
    found = await session.execute(
        select(OutboxRow, ReceiptRow).outerjoin(ReceiptRow, receipt).where(where).order_by(OutboxRow.id)
    )
    rows = [(row, said) for row, said in found if row.state != State.SUPERSEDED.value or row.uncertain]
    return tuple(_made(row, said) for row, said in rows)


def _made(row: OutboxRow, said: ReceiptRow | None) -> Told:
    person, way = person_and_way(row.channel) or (None, None)
    reason = row.error
    if said is not None and Status(said.status) in FAILURES:
        reason = f"the provider says: {said.status}"
    return Told(
        channel=row.channel,
        person=person,
        way=way,
        kind=Kind(row.kind),
        key=row.key.removeprefix(f"{row.channel}|").removeprefix("message|"),
        event=row.event,
        subject=row.subject,
        at=row.sent or row.created,
        reached=_reached(row, said),
        settled=said.changed if said is not None else None,
        reason=reason,
    )


def _reached(row: OutboxRow, said: ReceiptRow | None) -> Reached:
    if row.state == State.SENT.value:
        status = Status(said.status) if said is not None else Status.SENT
        if status in FAILURES:
            return Reached.FAILED
        return Reached(status.value) if status in (Status.DELIVERED, Status.READ) else Reached.SENT
    if row.uncertain:
        return Reached.PERHAPS
    if row.state == State.EXPIRED.value:
        return Reached.EXPIRED
    return Reached.FAILED if row.state == State.DEAD.value else Reached.WAITING
