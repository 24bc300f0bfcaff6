"""What came in from the stream: every message raw, once, and how far the stream has been stored."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.claims import Claimable
from store.database import Base, BigId


class MessageState(StrEnum):
    """What has become of a message."""

    NEW = "new"
    PARSED = "parsed"
    FAILED = "failed"  # kept with its error, shown by `nightdesk notice`
    IGNORED = "ignored"  # nothing in it to parse


class MessageSource(StrEnum):
    """How a message came in."""

    KAFKA = "kafka"
    REPLAY = "replay"


class Message(Claimable, Base):
    """One message as it was sent; its bytes are the blob `sha256`.

    A message is its content on its topic. Broker coordinates do not identify it: they say where it was read,
    and begin again at 0 when a topic is made anew.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("topic", "sha256"),
        Index("ix_messages_state_attempts_id", "state", "attempts", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source: Mapped[str] = mapped_column(String(16))
    topic: Mapped[str] = mapped_column(String(249))
    partition: Mapped[int | None]
    offset: Mapped[int | None] = mapped_column(BigInteger)
    produced: Mapped[datetime | None]  # by the broker's clock
    arrived: Mapped[datetime]
    sha256: Mapped[str] = mapped_column(ForeignKey("blobs.sha256"))
    size: Mapped[int]
    repeats: Mapped[int] = mapped_column(default=0)  # how often it came again
    state: Mapped[str] = mapped_column(String(16), default=MessageState.NEW)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    settled: Mapped[datetime | None]  # when it was parsed, failed or ignored


class StreamOffset(Base):
    """Everything below `next_offset` is stored. Written in the transaction that stores the messages."""

    __tablename__ = "stream_offsets"

    cluster: Mapped[str] = mapped_column(String(200), primary_key=True)
    group_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    topic: Mapped[str] = mapped_column(String(249), primary_key=True)
    partition: Mapped[int] = mapped_column(primary_key=True)
    next_offset: Mapped[int] = mapped_column(BigInteger)
