"""The outbox: every message the desk owes somebody, and the one card per event and channel."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.claims import Claimable
from store.database import Base, BigId


class Kind(StrEnum):
    """What a message does. A post and an edit bring the card up to date with what is known then."""

    POST = "post"
    EDIT = "edit"
    REPLY = "reply"
    NOTE = "note"  # of its own: about the desk, not about an event
    PICTURE = "picture"  # uploaded, then shown by an edit


class State(StrEnum):
    """How far a message has come. `sending` is committed before the provider is called."""

    PENDING = "pending"
    SENDING = "sending"
    RETRY = "retry"
    SENT = "sent"
    DEAD = "dead"
    SUPERSEDED = "superseded"


WAITING = (State.PENDING.value, State.RETRY.value)
OPEN = (*WAITING, State.SENDING.value)


class OutboxRow(Claimable, Base):
    """One message to one channel.

    `key` says what the message is for and is unique: the same decision taken twice writes one message.
    `nonce` travels with the message, so that it can be found again at the provider. `lane` orders: of one
    lane, one message is under way at a time, oldest first. `uncertain` is set from before the call until its
    answer: the provider may have the message, so it is looked for before it is sent again.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_channel_state_not_before", "channel", "state", "not_before"),
        Index("ix_outbox_lane_id", "lane", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(400), unique=True)
    nonce: Mapped[str] = mapped_column(String(24))
    channel: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(10))
    lane: Mapped[str] = mapped_column(String(300))
    event: Mapped[str | None] = mapped_column(String(200), index=True)  # MISSION:ID
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
    error: Mapped[str | None] = mapped_column(Text)
    place: Mapped[str | None] = mapped_column(String(120))  # the provider's id of the channel
    message: Mapped[str | None] = mapped_column(String(120))  # the provider's id of the message
    created: Mapped[datetime]
    sent: Mapped[datetime | None]


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
