"""People, contact methods, rosters and their versions, shifts ahead, and the history of duty."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.database import Base, BigId


class PersonRow(Base):
    """A person as the people file says."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    timezone: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]]
    changed: Mapped[datetime]


class ContactMethodRow(Base):
    """An address of a person, as `contact.same` writes it; it belongs to one person.

    `verified` when its owner has confirmed it or an administrator vouched; a changed address is a new row.
    """

    __tablename__ = "contact_methods"
    __table_args__ = (UniqueConstraint("kind", "address"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigId, ForeignKey("people.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(String(254))
    verified: Mapped[datetime | None]


class StoppedAddressRow(Base):
    """An address from which STOP came. It outlives the person's entry: only START from there ends it."""

    __tablename__ = "stopped_addresses"

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    address: Mapped[str] = mapped_column(String(254), primary_key=True)
    since: Mapped[datetime]


class ChallengeRow(Base):
    """A code that was given out, to be given back: for an address, or (kind `link`) from a chat account.

    Rows stay after they are settled: they are what limits how often codes are sent.
    """

    __tablename__ = "challenges"
    __table_args__ = (Index("ix_challenges_kind_address_created", "kind", "address", "created"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigId, ForeignKey("people.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(String(254))
    salt: Mapped[str] = mapped_column(String(32))
    code: Mapped[str] = mapped_column(String(64))
    created: Mapped[datetime]
    expires: Mapped[datetime]
    tries: Mapped[int]
    settled: Mapped[datetime | None]


class CalendarFeedRow(Base):
    """A secret address under which a calendar is read. Only the token's hash is kept; `revoked` ends it.

    `etag` and `modified` are of the text that was last read under it.
    """

    __tablename__ = "calendar_feeds"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(60))
    owner: Mapped[str] = mapped_column(String(120))
    reminders: Mapped[list[Any]]
    created: Mapped[datetime]
    etag: Mapped[str | None] = mapped_column(String(64))
    modified: Mapped[datetime | None]
    used: Mapped[datetime | None]
    revoked: Mapped[datetime | None]


class RosterRow(Base):
    """A roster's newest version. `settled` is the instant up to which its history of duty is written."""

    __tablename__ = "rosters"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    version: Mapped[int]
    settled: Mapped[datetime]
    materialised_until: Mapped[datetime]


class RosterVersionRow(Base):
    """Each version of a roster's file as it was written, by whom and when: nothing here is ever changed."""

    __tablename__ = "roster_versions"

    roster_id: Mapped[int] = mapped_column(BigId, ForeignKey("rosters.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    changed_by: Mapped[str] = mapped_column(String(120))
    changed: Mapped[datetime]


class ShiftRow(Base):
    """A shift that its roster gives, from `settled` to `materialised_until`.

    `long` ones last more than `service.LONG`: kept apart, so that who is on is found among the few that have
    begun within that time and the few that are long.
    """

    __tablename__ = "shifts"
    __table_args__ = (Index("ix_shifts_long_starts_ends", "long", "starts", "ends"),)

    id: Mapped[str] = mapped_column(String(400), primary_key=True)
    roster_id: Mapped[int] = mapped_column(BigId, ForeignKey("rosters.id"), index=True)
    role: Mapped[str] = mapped_column(String(60))
    person: Mapped[str] = mapped_column(String(60), index=True)
    starts: Mapped[datetime]
    ends: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(10))
    turn: Mapped[str] = mapped_column(String(400))
    timezone: Mapped[str] = mapped_column(String(64))
    long: Mapped[bool]


class DutyRow(Base):
    """Who really was on duty. `ends` grows while the shift runs; once it has ended the row never changes."""

    __tablename__ = "duty_history"
    __table_args__ = (
        UniqueConstraint("shift", "person", "starts"),
        Index("ix_duty_history_ends_starts", "ends", "starts"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    roster_id: Mapped[int] = mapped_column(BigId, ForeignKey("rosters.id"), index=True)
    shift: Mapped[str] = mapped_column(String(400))
    role: Mapped[str] = mapped_column(String(60))
    person: Mapped[str] = mapped_column(String(60), index=True)
    starts: Mapped[datetime]
    ends: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(10))
    turn: Mapped[str] = mapped_column(String(400))
    timezone: Mapped[str] = mapped_column(String(64))
