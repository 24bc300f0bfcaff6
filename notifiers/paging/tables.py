"""Pages, whom they ask and when, what was answered, and who has an event in hand."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.claims import Claimable
from store.database import Base, BigId


class PageState(StrEnum):
    """How a page stands. While it is `open` it goes on from step to step."""

    OPEN = "open"
    SNOOZED = "snoozed"  # somebody looks in a few minutes; then it goes on
    ACKNOWLEDGED = "acknowledged"  # somebody has it
    RESOLVED = "resolved"
    STOPPED = "stopped"  # the event was retracted
    EXPIRED = "expired"  # a day has passed and nobody answered


LIVE = (PageState.OPEN.value, PageState.SNOOZED.value, PageState.ACKNOWLEDGED.value)


class Outcome(StrEnum):
    """What became of one try to reach a person."""

    OWED = "owed"  # a message was written to the outbox
    SKIPPED = "skipped"  # the rule was not for this hour
    UNUSABLE = "unusable"  # the person has no such way any more
    CANCELLED = "cancelled"  # the page was answered before
    SILENT = "silent"  # a drill that rings nowhere


class PageRow(Claimable, Base):
    """One page.

    `key` says what it is for and is unique: the same decision taken twice opens one page. `plan` is the
    escalation as it stood when the page was opened. `step` counts the steps that have begun, `turn` every
    change of how the page stands: answers carry the turn their reader saw. `next_due` is when the page has to
    be looked at again; None while it waits for a person only. `acted` is when a person last did something.
    """

    __tablename__ = "pages"
    __table_args__ = (Index("ix_pages_state_next_due", "state", "next_due"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(400), unique=True)
    event: Mapped[str | None] = mapped_column(String(200), index=True)  # MISSION:ID
    event_id: Mapped[int | None] = mapped_column(BigId)
    subject: Mapped[str] = mapped_column(
        Text, default=""
    )  # in the words of who paged, where no event is meant
    route: Mapped[str | None] = mapped_column(String(120))
    escalation: Mapped[str] = mapped_column(String(120))
    drill: Mapped[bool] = mapped_column(default=False)
    silent: Mapped[bool] = mapped_column(default=False)
    plan: Mapped[dict[str, Any]]
    opened: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(60), default="")

    state: Mapped[str] = mapped_column(String(14))
    turn: Mapped[int] = mapped_column(default=0)
    step: Mapped[int] = mapped_column(default=0)
    next_due: Mapped[datetime | None]
    holder: Mapped[str | None] = mapped_column(String(60))
    acknowledged_by: Mapped[list[Any]] = mapped_column(default=list)
    acknowledged: Mapped[datetime | None]  # the first time somebody had it
    acted: Mapped[datetime | None]
    closed: Mapped[datetime | None]


class PagePersonRow(Base):
    """Somebody a page has asked, or been decided to ask. `woken`: may be reached in quiet hours by it."""

    __tablename__ = "page_people"
    __table_args__ = (UniqueConstraint("page_id", "person"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    page_id: Mapped[int] = mapped_column(BigId, ForeignKey("pages.id"))
    person: Mapped[str] = mapped_column(String(60), index=True)
    because: Mapped[str] = mapped_column(String(200))  # the target that meant this person
    step: Mapped[int]  # the last step that asked
    on_shift: Mapped[bool] = mapped_column(default=False)
    woken: Mapped[bool] = mapped_column(default=False)
    declined: Mapped[datetime | None]


class PageContactRow(Base):
    """One try to reach a person by one way: due at an instant, done once.

    Written when its step begins. The message it owes is written in the transaction that sets `done`, so a
    crash loses none and doubles none. `outbox_key` is that of the message in the outbox.
    """

    __tablename__ = "page_contacts"
    __table_args__ = (
        UniqueConstraint("page_id", "step", "person", "way", "due"),
        Index("ix_page_contacts_done_due", "done", "due"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    page_id: Mapped[int] = mapped_column(BigId, ForeignKey("pages.id"), index=True)
    step: Mapped[int]
    person: Mapped[str] = mapped_column(String(60))
    way: Mapped[str] = mapped_column(String(10))
    when: Mapped[str] = mapped_column(String(10), default="any")
    forced: Mapped[bool] = mapped_column(default=False)
    due: Mapped[datetime]
    done: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(10))
    outbox_key: Mapped[str | None] = mapped_column(String(400))


class PageAnswerRow(Base):
    """What a person answered. The same answer to the same turn of a page counts once."""

    __tablename__ = "page_answers"
    __table_args__ = (
        UniqueConstraint("page_id", "person", "answer", "turn"),
        Index("ix_page_answers_once", "once", unique=True),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    page_id: Mapped[int] = mapped_column(BigId, ForeignKey("pages.id"))
    person: Mapped[str] = mapped_column(String(60))
    answer: Mapped[str] = mapped_column(String(12))
    turn: Mapped[int]  # what the reader saw
    via: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    acted: Mapped[bool]  # False where it came too late to change anything
    once: Mapped[str | None] = mapped_column(String(120))  # the provider's id of the message


class PageLogRow(Base):
    """What happened to a page, in order; nothing here is ever changed."""

    __tablename__ = "page_log"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    page_id: Mapped[int] = mapped_column(BigId, ForeignKey("pages.id"), index=True)
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(16))
    person: Mapped[str | None] = mapped_column(String(60))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class AdvocateRow(Base):
    """Who has an event in hand, from `since` until it was handed over; `until` is None for who has it now."""

    __tablename__ = "event_advocates"
    __table_args__ = (
        Index(
            "ix_event_advocates_now",
            "event",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event: Mapped[str] = mapped_column(String(200), index=True)
    person: Mapped[str] = mapped_column(String(60))
    page_id: Mapped[int | None] = mapped_column(BigId)
    via: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class DrillRow(Base):
    """A mock event of our own that goes the whole way: who asked for it, and which route it takes.

    `silent` rings nowhere and shows no card. `self_test`: the desk asked by itself.
    """

    __tablename__ = "drills"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event: Mapped[str] = mapped_column(String(200), unique=True)
    route: Mapped[str | None] = mapped_column(String(120))
    silent: Mapped[bool] = mapped_column(default=False)
    self_test: Mapped[bool] = mapped_column(default=False)
    asked_by: Mapped[str] = mapped_column(String(60), default="")
    asked: Mapped[datetime]
    decided: Mapped[datetime | None]


class SelfTestRow(Base):
    """One day of self-tests: how many mock events came through, and how long the slowest took."""

    __tablename__ = "self_tests"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)  # UTC
    events: Mapped[int] = mapped_column(default=0)
    slowest: Mapped[float] = mapped_column(default=0.0)  # s from arrival to the card
    last: Mapped[datetime]
