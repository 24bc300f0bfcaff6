"""The outbox: every message the desk owes somebody, and the one card per event and channel."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.claims import Claimable
from store.database import Base, BigId


class Kind(StrEnum):
    """What a message does. A post and an edit bring the card up to date with what is known then."""

    POST = "post"
    EDIT = "edit"
    REPLY = "reply"
    MESSAGE = "message"  # of its own: a page, a reminder, an answer; changed by edits that name it
    NOTE = "note"  # about the desk itself: a warning, of which nobody is warned
    PICTURE = "picture"  # uploaded, then shown by an edit


class State(StrEnum):
    """How far a message has come. `sending` is committed before the provider is called.

    `dead` was given up, `expired` was still not out when it was of no use any more, `superseded` was taken
    back or overtaken by newer words.
    """

    PENDING = "pending"
    SENDING = "sending"
    RETRY = "retry"
    SENT = "sent"
    DEAD = "dead"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


WAITING = (State.PENDING.value, State.RETRY.value)
OPEN = (*WAITING, State.SENDING.value)
IS_OPEN = "state IN ('pending', 'retry', 'sending')"
"""What the partial indexes cover: SQLite uses them only for a query that says it in these very words."""


class OutboxRow(Claimable, Base):
    """One message to one channel.

    `key` says what the message is for and is unique: the same decision taken twice writes one message.
    `nonce` travels with the message, so that it can be found again at the provider. `lane` orders: of one
    lane, one message is under way at a time, oldest first. `uncertain` is set from before the call until its
    answer: the provider may have the message, so it is looked for before it is sent again.

    `channel` is the name of a configured channel, or `@person/way`: the person's own address, asked for when
    the message is sent. `subject` is what a message belongs to (`page:12`), so that what belongs together
    can be changed, taken back and accounted for. `amends` is the message whose words an edit replaces, where
    they are not an event's card. `held_until` is an instant of the wall clock before which the message stays
    here; after `not_after` it is of no use any more.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        # The queues: what is done with is in neither, so that they stay as short as what is owed.
        Index(
            "ix_outbox_queue",
            "channel",
            "priority",
            "id",
            sqlite_where=text(IS_OPEN),
            postgresql_where=text(IS_OPEN),
        ),
        Index("ix_outbox_lane", "lane", "id", sqlite_where=text(IS_OPEN), postgresql_where=text(IS_OPEN)),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(400), unique=True)
    nonce: Mapped[str] = mapped_column(String(24))
    channel: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(10))
    lane: Mapped[str] = mapped_column(String(300))
    event: Mapped[str | None] = mapped_column(String(200), index=True)  # MISSION:ID
    subject: Mapped[str | None] = mapped_column(String(80), index=True)
    amends: Mapped[int | None] = mapped_column(BigId)
    revision_id: Mapped[int | None] = mapped_column(BigId)
    routes: Mapped[list[Any]] = mapped_column(default=list)  # names of the routes that asked for it
    card: Mapped[dict[str, Any] | None]  # the words; of a post or edit, those last sent
    picture: Mapped[str | None] = mapped_column(String(80))  # the card's key of the picture
    blob: Mapped[str | None] = mapped_column(String(64))  # sha-256 of its bytes

    state: Mapped[str] = mapped_column(String(12), default=State.PENDING.value, index=True)
    priority: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    uncertain: Mapped[bool] = mapped_column(default=False)
    not_before: Mapped[datetime]
    held_until: Mapped[datetime | None]
    not_after: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    place: Mapped[str | None] = mapped_column(String(120))  # the provider's id of the channel
    message: Mapped[str | None] = mapped_column(String(120))  # the provider's id of the message
    provider: Mapped[str | None] = mapped_column(String(20))  # whose id that is
    pictures: Mapped[dict[str, Any] | None]  # of a message of its own: the provider's references, by key
    parts: Mapped[list[Any] | None]  # of a message of its own: the messages that hold what did not fit
    issued: Mapped[datetime | None]  # when the notice was issued that this tells of
    created: Mapped[datetime]
    sent: Mapped[datetime | None]


class ReceiptRow(Base):
    """How far a provider says one of our messages has come, under the provider's id of it.

    Kept apart from the outbox: a provider may call back before its answer to our call has been written down.
    """

    __tablename__ = "receipts"
    __table_args__ = (UniqueConstraint("provider", "provider_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    provider_id: Mapped[str] = mapped_column(String(120))
    status: Mapped[str] = mapped_column(String(12))
    sequence: Mapped[int | None]
    changed: Mapped[datetime]


class ThreadRow(Base):
    """The one card of an event in a channel: what it should show, and where it is.

    `card` is what the card should show now, `known` the fingerprint of the facts it tells, `revision_id` the
    revision its readers were told of last. `place` and `message` are the provider's ids once it is posted;
    `parts` the messages in its thread that hold what did not fit; `pictures` the provider's reference of
    each uploaded picture by the card's key. `version` counts its edits.
    """

    __tablename__ = "threads"
    __table_args__ = (UniqueConstraint("channel", "event"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel: Mapped[str] = mapped_column(String(80))
    event: Mapped[str] = mapped_column(String(200), index=True)
    nonce: Mapped[str] = mapped_column(String(24))
    card: Mapped[dict[str, Any]]
    known: Mapped[str] = mapped_column(String(64))
    revision_id: Mapped[int] = mapped_column(BigId)
    version: Mapped[int] = mapped_column(default=0)
    place: Mapped[str | None] = mapped_column(String(120))
    message: Mapped[str | None] = mapped_column(String(120))
    parts: Mapped[list[Any]] = mapped_column(default=list)
    pictures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created: Mapped[datetime]
    changed: Mapped[datetime]


class DrawingState(StrEnum):
    """How far the pictures of a revision's map have come."""

    WANTED = "wanted"
    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class DrawingRow(Claimable, Base):
    """The pictures of one revision's map: wanted when its card is decided, drawn by the illustrator."""

    __tablename__ = "drawings"
    __table_args__ = (
        UniqueConstraint("event_id", "revision_id"),
        Index("ix_drawings_state_wanted", "state", "wanted"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(BigId)
    revision_id: Mapped[int] = mapped_column(BigId)
    state: Mapped[str] = mapped_column(String(12))
    wanted: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
