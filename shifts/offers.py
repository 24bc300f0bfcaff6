"""Offers of shifts as they are stored: their states, who was asked, and the news of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shifts.duty_tables import SwapAnswerRow, SwapRow
from shifts.errors import RosterError, worded
from shifts.intervals import Interval, clip
from shifts.news import News, owe
from shifts.rows import shift_of
from shifts.service import text_in
from shifts.shift import Shift
from shifts.tables import ShiftRow


class SwapState(StrEnum):
    """How far an offer is. Only an open one can go anywhere, and where it goes it stays."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    VOID = "void"  # the shift is not there any more, or not its owner's


class Answer(StrEnum):
    ASKED = "asked"
    DECLINED = "declined"
    COUNTERED = "countered"
    ACCEPTED = "accepted"


class SwapEvent(StrEnum):
    """What happened to an offer, as people are told."""

    OFFERED = "offered"
    COUNTERED = "countered"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    VOID = "void"
    ACCEPTED = "accepted"
    TAKEN = "taken"
    IMPOSED = "imposed"


@dataclass(frozen=True)
class Offer:
    """An offer as it stands: `span` is where the shift, or its part, lies by now."""

    id: int
    roster: str
    role: str
    shift: str
    person: str
    span: Interval
    part: bool
    returns: str | None
    note: str
    expires: datetime
    state: SwapState
    to_all: bool
    answers: tuple[SwapAnswerRow, ...]
    taken_by: str | None
    stands: bool

    def concerns(self, person: str) -> bool:
        """Whether it is this person's, or made to them."""
        return self.to_all or person == self.person or any(each.person == person for each in self.answers)


async def offer_of(session: AsyncSession, row: SwapRow) -> Offer:
    """The offer of a row."""
    shift = await session.get(ShiftRow, row.shift)
    stands = shift is not None and shift.person == row.person
    span = (row.starts, row.ends)
    part = (row.part_from, row.part_to) if row.part_from and row.part_to else None
    if row.state == SwapState.OPEN.value:
        whole = (shift.starts, shift.ends) if shift is not None and stands else span
        cut = clip([part], *whole) if part else [whole]
        span, stands = (cut[0], stands) if cut else (span, False)
    return Offer(
        id=row.id,
        roster=row.roster,
        role=row.role,
        shift=row.shift,
        person=row.person,
        span=span,
        part=part is not None,
        returns=row.returns,
        note=row.note,
        expires=row.expires,
        state=SwapState(row.state),
        to_all=row.to_all,
        answers=tuple(await answers_of(session, row.id)),
        taken_by=row.taken_by,
        stands=stands,
    )


async def answers_of(session: AsyncSession, swap: int) -> list[SwapAnswerRow]:
    """Whom an offer was made to, with their answers."""
    rows = select(SwapAnswerRow).where(SwapAnswerRow.swap_id == swap).order_by(SwapAnswerRow.id)
    return list(await session.scalars(rows))


async def open_offer(session: AsyncSession, swap: int, now: datetime) -> SwapRow:
    """The row of an offer that is still open, locked. Raises `RosterError` saying what became of it."""
    found = await session.get(SwapRow, swap, with_for_update=True, populate_existing=True)
    if found is None:
        raise RosterError(worded("there is no offer {number}"), number=swap)
    if found.state == SwapState.ACCEPTED.value:
        raise RosterError(
            worded("offer {number} is taken: {taker} has {person}'s shift"),
            number=swap,
            taker=found.taken_by,
            person=found.person,
        )
    if found.state != SwapState.OPEN.value:
        raise RosterError(
            worded("offer {number} is {state}: nothing can be done with it any more"),
            number=swap,
            state=found.state,
        )
    if found.expires <= now:
        raise RosterError(
            worded("offer {number} ended at {instant}"),
            number=swap,
            instant=f"{found.expires:%Y-%m-%dT%H:%MZ}",
        )
    await text_in(session, found.roster)  # locked: what is read of the shift below stays so
    shift = await session.get(ShiftRow, found.shift, populate_existing=True)
    if shift is None or shift.person != found.person:
        raise RosterError(
            worded("offer {number}: the roster was edited, {person} has that shift no more"),
            number=swap,
            person=found.person,
        )
    return found


async def read_shift(session: AsyncSession, shift: str) -> Shift:
    """A shift that is on or ahead. Raises `RosterError`."""
    row = await session.get(ShiftRow, shift)
    if row is None:
        raise RosterError(
            worded("no shift ahead is called “{shift}”; “roster show” lists them"), shift=shift[:80]
        )
    return shift_of(row)


def part_of_shift(shift: Shift, part: Interval | None, now: datetime) -> Interval:
    """What of a shift is still to come, cut to `part`. Raises `RosterError` where nothing is left."""
    whole = (max(shift.start, now.replace(second=0, microsecond=0)), shift.end)
    if whole[1] <= now:
        raise RosterError(
            worded("{shift} is over since {instant}"), shift=shift.id, instant=f"{shift.end:%Y-%m-%dT%H:%MZ}"
        )
    if part is None:
        return whole
    if part[1] <= part[0]:
        raise RosterError(
            worded("the part ends at {end}, not after its start {start}"),
            end=f"{part[1]:%Y-%m-%dT%H:%MZ}",
            start=f"{part[0]:%Y-%m-%dT%H:%MZ}",
        )
    cut = clip([part], *whole)
    if not cut:
        raise RosterError(
            worded("{start} to {end} is no part of {shift}, which lasts from {begins} to {ends}"),
            start=f"{part[0]:%Y-%m-%dT%H:%MZ}",
            end=f"{part[1]:%Y-%m-%dT%H:%MZ}",
            shift=shift.id,
            begins=f"{shift.start:%Y-%m-%dT%H:%MZ}",
            ends=f"{shift.end:%Y-%m-%dT%H:%MZ}",
        )
    return cut[0]


async def tell(
    session: AsyncSession,
    offer: Offer,
    event: SwapEvent,
    people: Iterable[str],
    *,
    by: str | None,
    now: datetime,
    managers: bool,
) -> None:
    """Owe the people (and those who manage the roster) the news of what happened to an offer."""
    back = await session.get(ShiftRow, offer.returns) if offer.returns is not None else None
    counters = [each for each in offer.answers if each.person == by and each.returns is not None]
    if event is SwapEvent.COUNTERED and counters:
        back = await session.get(ShiftRow, counters[0].returns)
    document: dict[str, Any] = {
        "event": event.value,
        "swap": offer.id,
        "role": offer.role,
        "owner": offer.person,
        "taken_by": offer.taken_by,
        "by": by,
        "span": [at.isoformat() for at in offer.span],
        "part": offer.part,
        "returns": [back.starts.isoformat(), back.ends.isoformat()] if back is not None else None,
        "note": offer.note,
        "expires": offer.expires.isoformat(),
    }
    for person in [*dict.fromkeys(people), *([None] if managers else [])]:
        key = f"{offer.id}|{event.value}|{by}|{person or '*'}|{now.isoformat()}"
        await owe(session, News.SWAP, key, roster=offer.roster, person=person, due=now, document=document)
