"""What lies under a swap: the rows of offers and answers, and what of the roster they mean."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shifts.actor import Actor
from shifts.duty_tables import SwapAnswerRow, SwapRow
from shifts.errors import Nearest, RosterError, worded
from shifts.handing_over import Handover
from shifts.intervals import Interval
from shifts.offers import Answer, Offer, SwapState, answers_of, offer_of, part_of_shift, read_shift
from shifts.roster_file import Roster, parse_roster
from shifts.service import text_in
from shifts.shift import Shift
from store import audit


def new_row(
    theirs: Shift, part: Interval | None, actor: Actor, now: datetime, *, to_all: bool, ends: datetime
) -> SwapRow:
    """The row of an offer of a shift, or of the part of it, that `actor` makes."""
    return SwapRow(
        roster=roster_of(theirs.id),
        role=theirs.role,
        shift=theirs.id,
        person=theirs.person,
        starts=theirs.start,
        ends=theirs.end,
        part_from=part[0] if part else None,
        part_to=part[1] if part else None,
        note="",
        to_all=to_all,
        offered_by=actor.name,
        offered=now,
        expires=ends,
        state=SwapState.OPEN.value,
    )


async def handover_of(session: AsyncSession, row: SwapRow, person: str, now: datetime) -> Handover:
    """What `person` would take over by accepting an offer, as the roster stands now. Raises `RosterError`."""
    theirs = await read_shift(session, row.shift)
    part = (row.part_from, row.part_to) if row.part_from and row.part_to else None
    return Handover(theirs, person, part_of_shift(theirs, part, now))


async def in_return(session: AsyncSession, shift: str, giver: str, taker: str, now: datetime) -> Handover:
    """What the offerer would take over in return. Raises `RosterError` where it is not to be had."""
    back = await read_shift(session, shift)
    if back.person != giver:
        raise RosterError(
            worded("{shift}, which was to be given in return, is now of {person}"),
            shift=shift,
            person=back.person,
        )
    return Handover(back, taker, part_of_shift(back, None, now))


async def answer_row(session: AsyncSession, row: SwapRow, person: str) -> SwapAnswerRow:
    """The person's answer to an offer. Raises `RosterError` where it was not made to them."""
    if person == row.person:
        raise RosterError(worded("{person} cannot take the shift: it is their own"), person=person)
    answers = {each.person: each for each in await answers_of(session, row.id)}
    if person in answers:
        return answers[person]
    if not row.to_all:
        raise RosterError(
            worded("offer {number} was not made to {person} but to {others}"),
            number=row.id,
            person=person,
            others=", ".join(sorted(answers)),
        )
    rules = parse_roster((await text_in(session, row.roster))[0])
    check_people(rules, [person], row.person)
    answer = SwapAnswerRow(swap_id=row.id, person=person, answer=Answer.ASKED.value)
    session.add(answer)
    await session.flush()
    return answer


async def open_offers_of(session: AsyncSession, shift: str) -> list[Offer]:
    """The offers of a shift, or of parts of it, that are open."""
    rows = select(SwapRow).where(SwapRow.shift == shift, SwapRow.state == SwapState.OPEN.value)
    return [await offer_of(session, row) for row in await session.scalars(rows)]


async def record(session: AsyncSession, actor: Actor, offer: Offer, what: str, now: datetime) -> None:
    """Write what was done with an offer into the audit."""
    details = {"swap": offer.id, "person": offer.person, "role": offer.role, "taken_by": offer.taken_by}
    await audit.record(
        session, who=actor.name, where=actor.where, what=f"swap.{what}", subject=offer.shift,
        result=offer.state.value, details=details, at=now,
    )  # fmt: skip


def check_people(rules: Roster, names: Iterable[str], owner: str) -> None:
    """Raises `RosterError` for a name that the roster does not know, or the owner's own."""
    known = people_of(rules)
    for name in names:
        if name == owner:
            raise RosterError(worded("{person} has the shift: offer it to somebody else"), person=name)
        if name not in known:
            raise RosterError(
                worded("“{name}” stands nowhere in {roster}; {hint}"),
                name=name,
                roster=rules.name,
                hint=Nearest(name, tuple(known)),
            )


def people_of(rules: Roster) -> set[str]:
    """Everybody whom the rules of a roster name."""
    return set(rules.people) if rules.people is not None else {name for name, _ in rules.names_in_use()}


def roster_of(shift: str) -> str:
    """The name of the roster that a shift's id begins with."""
    return shift.partition("/")[0]
