"""The life of a published roster: news owed to people, swaps, reminders, notes, and what follows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.claims import Claimable
from store.database import Base, BigId


class DutyNewsRow(Claimable, Base):
    """Something a person, or everybody who manages a roster, has to be told about duty, once, from `due` on.

    `key` says what it is about and is unique: planned twice it is one row. `person` is None for those who
    manage the roster. `document` holds what its kind says (`shifts/news.py`). `done` once it is in the
    outbox; `dropped` says in a word why it was not worth telling any more.
    """

    __tablename__ = "duty_news"
    __table_args__ = (Index("ix_duty_news_done_due", "done", "due"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(500), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    roster: Mapped[str] = mapped_column(String(60), index=True)
    person: Mapped[str | None] = mapped_column(String(60))
    document: Mapped[dict[str, Any]]
    due: Mapped[datetime]
    done: Mapped[datetime | None]
    dropped: Mapped[str | None] = mapped_column(String(40))


class DutyWatchRow(Base):
    """How far a roster's handovers have been planned: what began before `planned` is nobody's news."""

    __tablename__ = "duty_watch"

    roster: Mapped[str] = mapped_column(String(60), primary_key=True)
    planned: Mapped[datetime]


class SwapRow(Base):
    """An offer to hand over a shift, or a part of it, and what became of it.

    `shift` is the shift's id: the offer moves with an edited roster, `starts` and `ends` only say where it
    was when it was offered. `part_from` and `part_to` are set where only a part is offered. `returns` is
    the shift that the offerer would take over from whoever accepts.
    """

    __tablename__ = "swaps"
    __table_args__ = (Index("ix_swaps_state_expires", "state", "expires"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    roster: Mapped[str] = mapped_column(String(60), index=True)
    role: Mapped[str] = mapped_column(String(60))
    shift: Mapped[str] = mapped_column(String(400), index=True)
    person: Mapped[str] = mapped_column(String(60))
    starts: Mapped[datetime]
    ends: Mapped[datetime]
    part_from: Mapped[datetime | None]
    part_to: Mapped[datetime | None]
    returns: Mapped[str | None] = mapped_column(String(400))
    note: Mapped[str] = mapped_column(Text)
    to_all: Mapped[bool]
    offered_by: Mapped[str] = mapped_column(String(120))
    offered: Mapped[datetime]
    expires: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12))
    taken_by: Mapped[str | None] = mapped_column(String(60))
    settled: Mapped[datetime | None]
    version: Mapped[int | None]


class SwapAnswerRow(Base):
    """Whom an offer was made to, and what each answered; `returns` is the shift of a counter-offer."""

    __tablename__ = "swap_answers"
    __table_args__ = (UniqueConstraint("swap_id", "person"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    swap_id: Mapped[int] = mapped_column(BigId, ForeignKey("swaps.id"))
    person: Mapped[str] = mapped_column(String(60), index=True)
    answer: Mapped[str] = mapped_column(String(12))
    returns: Mapped[str | None] = mapped_column(String(400))
    part_from: Mapped[datetime | None]
    part_to: Mapped[datetime | None]
    answered: Mapped[datetime | None]


class ReminderRow(Base):
    """A reminder a person wants `minutes` before each shift, by `way` (None: the usual one).

    `roster` empty: of every roster. A person without any row gets those of `reminders.USUAL`; a row of -1
    minutes wants none.
    """

    __tablename__ = "shift_reminders"
    __table_args__ = (UniqueConstraint("person", "roster", "minutes"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person: Mapped[str] = mapped_column(String(60), index=True)
    roster: Mapped[str] = mapped_column(String(60), default="")
    minutes: Mapped[int]
    way: Mapped[str | None] = mapped_column(String(10))


class HandoffNoteRow(Base):
    """A note by a person for whoever comes on next in a role; `delivered` at the handover."""

    __tablename__ = "handoff_notes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    roster: Mapped[str] = mapped_column(String(60), index=True)
    role: Mapped[str] = mapped_column(String(60))
    author: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text)
    written: Mapped[datetime]
    delivered: Mapped[datetime | None]


class CoverWarningRow(Base):
    """A warning that was given: each hole in a roster is told once for each time ahead."""

    __tablename__ = "cover_warnings"

    key: Mapped[str] = mapped_column(String(400), primary_key=True)
    roster: Mapped[str] = mapped_column(String(60), index=True)
    given: Mapped[datetime]


class DutyGroupRow(Claimable, Base):
    """Something in a chat that follows who is on: what it should show, and what it was last made to show.

    `name` is the target's in the configuration. `wanted` and `shown` are what its adapter compares; `problem`
    is what keeps them apart, told once (`problem_told`).
    """

    __tablename__ = "duty_groups"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    wanted: Mapped[list[Any]]
    shown: Mapped[list[Any] | None]
    changed: Mapped[datetime]
    shown_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    problem: Mapped[str | None] = mapped_column(Text)
    problem_told: Mapped[bool] = mapped_column(default=False)


class SkyPortalShiftRow(Base):
    """A shift at SkyPortal that is one of ours, or one of theirs that came in, as it was last seen.

    `remote` is the id there, None until it exists; `origin` says whose it is (`here` or `there`). `seen`
    holds start, end, name and people there at the last look: what changed since, changed on that side.
    """

    __tablename__ = "skyportal_shifts"
    __table_args__ = (UniqueConstraint("roster", "turn"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    roster: Mapped[str] = mapped_column(String(60))
    turn: Mapped[str] = mapped_column(String(400))
    remote: Mapped[int | None] = mapped_column(unique=True)
    origin: Mapped[str] = mapped_column(String(8))
    seen: Mapped[dict[str, Any]]
    changed: Mapped[datetime]
    problem: Mapped[str | None] = mapped_column(Text)
