"""What people answer to a page, and what comes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from notifiers.paging.tables import LIVE, PageRow, PageState


class PageError(ValueError):
    """A page or an answer that cannot be: what was asked for, and which there are."""


class Answer(StrEnum):
    """What a person can do with a page. The names are those of the buttons: `page.acknowledge`, …"""

    ACKNOWLEDGE = "acknowledge"  # I have it
    TAKE_OVER = "take_over"  # from whoever has it
    DECLINE = "decline"  # not for me
    ESCALATE = "escalate"  # the next step, now
    SNOOZE = "snooze"  # nobody else for some minutes, then go on
    RESOLVE = "resolve"  # it is done


class Why(StrEnum):
    """Why an answer did or changed nothing; `DONE` where it did."""

    DONE = "done"
    REPEATED = "repeated"  # the same answer again
    ALREADY = "already"  # somebody else was first
    OUTDATED = "outdated"  # the page has moved on since the reader saw it
    CLOSED = "closed"  # the page is over
    WAITING = "waiting"  # counted; more acknowledgements are needed


@dataclass(frozen=True)
class PageView:
    """A page as it stands now. `turn` is to be given back with answers to what was shown."""

    id: int
    state: PageState
    event: str | None
    subject: str
    route: str | None
    escalation: str
    drill: bool
    step: int
    turn: int
    holder: str | None
    acknowledged_by: tuple[str, ...]
    acknowledgements: int  # needed
    opened: datetime
    next_due: datetime | None
    acknowledged: datetime | None
    acted: datetime | None
    closed: datetime | None

    @property
    def live(self) -> bool:
        """Whether answers still change something."""
        return self.state.value in LIVE


@dataclass(frozen=True)
class Settled:
    """What came of an answer: the page as it stands after it, and whether the answer `acted`."""

    page: PageView
    answer: Answer
    person: str
    why: Why

    @property
    def acted(self) -> bool:
        return self.why in (Why.DONE, Why.WAITING)


def view_of(row: PageRow) -> PageView:
    """The row as a value."""
    return PageView(
        id=row.id,
        state=PageState(row.state),
        event=row.event,
        subject=row.subject,
        route=row.route,
        escalation=row.escalation,
        drill=row.drill,
        step=row.step,
        turn=row.turn,
        holder=row.holder,
        acknowledged_by=tuple(row.acknowledged_by),
        acknowledgements=int(row.plan["acknowledgements"]),
        opened=row.opened,
        next_due=row.next_due,
        acknowledged=row.acknowledged,
        acted=row.acted,
        closed=row.closed,
    )


_NUMBER = re.compile(r"\d{1,9}")  # more is more than a database's integers hold


def read_value(value: str) -> tuple[int, int | None]:
    """Page and turn of a button's value, `12.3` or `12`. Raises `PageError`."""
    page, _, turn = value.strip().partition(".")
    if not _NUMBER.fullmatch(page) or (turn and not _NUMBER.fullmatch(turn)):
        raise PageError(f"{value!r} names no page; expected its number, as 12")
    return int(page), int(turn) if turn else None
