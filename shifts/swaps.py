"""Swaps: shifts that people offer each other, from the offer to the day it is settled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shifts.actor import Actor
from shifts.duty_tables import SwapAnswerRow, SwapRow
from shifts.errors import RosterError, worded
from shifts.handing_over import Handover, handed_over
from shifts.intervals import Interval
from shifts.offers import (
    Answer,
    Offer,
    SwapEvent,
    SwapState,
    answers_of,
    offer_of,
    open_offer,
    part_of_shift,
    read_shift,
    tell,
)
from shifts.resolver import absence_intervals
from shifts.roster_file import parse_roster
from shifts.service import Published, publish_in, text_in
from shifts.shift import Shift
from shifts.swap_rows import (
    answer_row,
    check_people,
    handover_of,
    in_return,
    new_row,
    open_offers_of,
    people_of,
    record,
    roster_of,
)
from store.clock import Clock
from store.database import Database


class SwapService:
    """The one way by which shifts change hands.

    Promises: of several who accept one offer exactly one gets it, and the roster's new version, the offer's
    end, the audit and the news to both sides and to those who manage the roster are written together or not
    at all. Offers are bound to a shift's id: they move with an edited roster, and end when the shift goes.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def offer(
        self,
        actor: Actor,
        shift: str,
        *,
        to: Sequence[str] = (),
        part: Interval | None = None,
        returns: str | None = None,
        expires: datetime | None = None,
        note: str = "",
    ) -> Offer:
        """Offer a shift by its id to people, or to everybody in the roster (`to` empty).

        `part` is the part of it that is offered, `returns` the id of a shift taken over in return. The offer
        ends at `expires`; unless said, when what is offered begins (or ends, where it has begun). Raises
        `RosterError`.
        """
        now = self._clock.now()
        async with self._database.write() as session:
            theirs = await read_shift(session, shift)
            actor.must_be(theirs.person, f"offer {shift}")
            text, _ = await text_in(session, roster_of(shift))
            rules = parse_roster(text)
            span = part_of_shift(theirs, part, now)
            check_people(rules, to, theirs.person)
            if returns is not None:
                back = await read_shift(session, returns)
                if roster_of(returns) != rules.name or tuple(to) != (back.person,):
                    raise RosterError(
                        worded("{shift} is of {person}: offer it to {person} alone"),
                        shift=returns,
                        person=back.person,
                    )
            for other in await open_offers_of(session, shift):
                if other.span[0] < span[1] and span[0] < other.span[1]:
                    raise RosterError(
                        worded("{shift} is offered already (offer {number}): withdraw that first"),
                        shift=shift,
                        number=other.id,
                    )
            ends = expires or (span[0] if span[0] > now else span[1])
            if ends <= now:
                raise RosterError(f"the offer would end at {ends:%Y-%m-%dT%H:%MZ}, which has passed")
            row = new_row(theirs, part, actor, now, to_all=not to, ends=min(ends, span[1]))
            row.returns, row.note = returns, note.strip()
            session.add(row)
            await session.flush()
            session.add_all(
                SwapAnswerRow(swap_id=row.id, person=person, answer=Answer.ASKED.value)
                for person in dict.fromkeys(to)
            )
            await session.flush()
            offer = await offer_of(session, row)
            await record(session, actor, offer, "offer", now)
            asked = list(to) or sorted(people_of(rules) - {theirs.person})
            await tell(session, offer, SwapEvent.OFFERED, asked, by=actor.name, now=now, managers=False)
            return offer

    async def accept(self, actor: Actor, swap: int) -> Published:
        """Take an offered shift over. Raises `RosterError` where it is taken, over or not theirs to take."""
        now = self._clock.now()
        async with self._database.write() as session:
            row = await open_offer(session, swap, now)
            answer = await answer_row(session, row, actor.name)
            handovers = [await handover_of(session, row, actor.name, now)]
            if row.returns is not None:
                handovers.append(await in_return(session, row.returns, actor.name, row.person, now))
            answer.answer, answer.answered = Answer.ACCEPTED.value, now
            return await self._settle(session, actor, row, handovers, SwapEvent.ACCEPTED, now)

    async def decline(self, actor: Actor, swap: int) -> Offer:
        """Say no. An offer that everybody it was made to has declined is over, and its owner is told."""
        now = self._clock.now()
        async with self._database.write() as session:
            row = await open_offer(session, swap, now)
            answer = await answer_row(session, row, actor.name)
            answer.answer, answer.answered = Answer.DECLINED.value, now
            await session.flush()
            answers = await answers_of(session, row.id)
            if not row.to_all and all(each.answer == Answer.DECLINED.value for each in answers):
                row.state, row.settled = SwapState.DECLINED.value, now
            offer = await offer_of(session, row)
            await record(session, actor, offer, "decline", now)
            if not row.to_all:  # of an offer to all, who stays silent and who declines is the same
                about = (row.person,)
                await tell(session, offer, SwapEvent.DECLINED, about, by=actor.name, now=now, managers=False)
            return offer

    async def counter(
        self, actor: Actor, swap: int, *, returns: str | None = None, part: Interval | None = None
    ) -> Offer:
        """Answer with another offer: a shift of one's own in return, or only a part of what is offered."""
        now = self._clock.now()
        async with self._database.write() as session:
            row = await open_offer(session, swap, now)
            answer = await answer_row(session, row, actor.name)
            if returns is None and part is None:
                raise RosterError(
                    worded("a counter-offer names a shift in return, or the part that is taken")
                )
            if returns is not None:
                back = await read_shift(session, returns)
                if back.person != actor.name or roster_of(returns) != row.roster:
                    raise RosterError(
                        worded("{shift} is not a shift of {person} in {roster}"),
                        shift=returns,
                        person=actor.name,
                        roster=row.roster,
                    )
            if part is not None:
                part_of_shift(await read_shift(session, row.shift), part, now)
            answer.answer, answer.answered, answer.returns = Answer.COUNTERED.value, now, returns
            answer.part_from, answer.part_to = part or (None, None)
            await session.flush()
            offer = await offer_of(session, row)
            await record(session, actor, offer, "counter", now)
            about = (row.person,)
            await tell(session, offer, SwapEvent.COUNTERED, about, by=actor.name, now=now, managers=False)
            return offer

    async def agree(self, actor: Actor, swap: int, person: str) -> Published:
        """The owner of an offer takes a counter-offer. Raises `RosterError` where there is none."""
        now = self._clock.now()
        async with self._database.write() as session:
            row = await open_offer(session, swap, now)
            actor.must_be(row.person, "agree to a counter-offer")
            answers = {each.person: each for each in await answers_of(session, row.id)}
            answer = answers.get(person)
            if answer is None or answer.answer != Answer.COUNTERED.value:
                raise RosterError(
                    worded("{person} has made no counter-offer to offer {number}"), person=person, number=swap
                )
            if answer.part_from is not None or answer.part_to is not None:
                row.part_from, row.part_to = answer.part_from, answer.part_to
            handovers = [await handover_of(session, row, person, now)]
            if answer.returns is not None:
                handovers.append(await in_return(session, answer.returns, person, row.person, now))
                row.returns = answer.returns
            return await self._settle(session, actor, row, handovers, SwapEvent.ACCEPTED, now)

    async def withdraw(self, actor: Actor, swap: int) -> Offer:
        """Take an offer back; whoever was asked by name is told."""
        now = self._clock.now()
        async with self._database.write() as session:
            row = await open_offer(session, swap, now)
            actor.must_be(row.person, "withdraw the offer")
            row.state, row.settled = SwapState.WITHDRAWN.value, now
            offer = await offer_of(session, row)
            await record(session, actor, offer, "withdraw", now)
            asked = [each.person for each in offer.answers]
            await tell(session, offer, SwapEvent.WITHDRAWN, asked, by=actor.name, now=now, managers=False)
            return offer

    async def take_now(self, actor: Actor, shift: str) -> Published:
        """Take a shift that is running over, from now on: nobody has to agree to being relieved."""
        now = self._clock.now()
        async with self._database.write() as session:
            theirs = await read_shift(session, shift)
            if not theirs.start <= now < theirs.end:
                raise RosterError(
                    worded("{shift} is not on now: offer or ask for a shift that is still to come"),
                    shift=shift,
                )
            return await self._at_once(session, actor, theirs, actor.name, None, SwapEvent.TAKEN, now)

    async def cover_until(
        self, actor: Actor, until: datetime, *, shift: str, to: Sequence[str] = (), note: str = ""
    ) -> Offer:
        """Ask to be covered: an offer of the shift's part from now (or its start) until `until`."""
        theirs = await self._read(shift)
        now = self._clock.now()
        return await self.offer(actor, shift, to=to, part=(max(theirs.start, now), until), note=note)

    async def impose(
        self, actor: Actor, shift: str, person: str, *, part: Interval | None = None
    ) -> Published:
        """A roster manager gives a shift, or a part, to `person`, without asking. Both are told."""
        now = self._clock.now()
        actor.must_manage("hand a shift over for others")
        async with self._database.write() as session:
            theirs = await read_shift(session, shift)
            return await self._at_once(session, actor, theirs, person, part, SwapEvent.IMPOSED, now)

    async def offers(self, *, person: str | None = None, all_states: bool = False) -> list[Offer]:
        """The offers that are open (or all), newest first; those that concern `person`."""
        async with self._database.read() as session:
            rows = select(SwapRow).order_by(SwapRow.id.desc())
            if not all_states:
                rows = rows.where(SwapRow.state == SwapState.OPEN.value)
            found = [await offer_of(session, row) for row in await session.scalars(rows)]
            return [offer for offer in found if person is None or offer.concerns(person)]

    async def expire(self) -> int:
        """End the offers whose time is over or whose shift is gone, and tell their owners; how many."""
        now = self._clock.now()
        ended = 0
        async with self._database.write() as session:
            rows = select(SwapRow).where(SwapRow.state == SwapState.OPEN.value).with_for_update()
            for row in await session.scalars(rows.order_by(SwapRow.id)):
                offer = await offer_of(session, row)
                if row.expires > now and offer.stands:
                    continue
                row.state = (SwapState.EXPIRED if offer.stands else SwapState.VOID).value
                row.settled = now
                event = SwapEvent.EXPIRED if offer.stands else SwapEvent.VOID
                await tell(session, offer, event, (row.person,), by=None, now=now, managers=offer.stands)
                ended += 1
        return ended

    async def _read(self, shift: str) -> Shift:
        async with self._database.read() as session:
            return await read_shift(session, shift)

    async def _at_once(
        self,
        session: AsyncSession,
        actor: Actor,
        theirs: Shift,
        person: str,
        part: Interval | None,
        event: SwapEvent,
        now: datetime,
    ) -> Published:
        if person == theirs.person:
            raise RosterError(worded("{person} has {shift} already"), person=person, shift=theirs.id)
        row = new_row(theirs, part, actor, now, to_all=False, ends=theirs.end)
        session.add(row)
        await session.flush()
        text, _ = await text_in(session, row.roster)
        check_people(parse_roster(text), [person], theirs.person)
        handover = Handover(theirs, person, part_of_shift(theirs, part, now))
        return await self._settle(session, actor, row, [handover], event, now)

    async def _settle(
        self,
        session: AsyncSession,
        actor: Actor,
        row: SwapRow,
        handovers: Sequence[Handover],
        event: SwapEvent,
        now: datetime,
    ) -> Published:
        """Write the new roster and the end of the offer, in the caller's transaction."""
        text, version = await text_in(session, row.roster)
        away = absence_intervals(parse_roster(text))
        for each in handovers:
            if any(a < each.span[1] and each.span[0] < b for a, b in away.get(each.person, ())):
                raise RosterError(
                    worded("{person} is away for part of that time, says {roster}"),
                    person=each.person,
                    roster=row.roster,
                )
            text = handed_over(text, each)
        sides = frozenset({row.person, handovers[0].person})
        published = await publish_in(
            session, text, by=actor.name, now=now, expected_version=version, told_otherwise=sides
        )
        row.state, row.settled = SwapState.ACCEPTED.value, now
        row.taken_by, row.version = handovers[0].person, published.version
        row.starts, row.ends = handovers[0].span
        offer = await offer_of(session, row)
        await record(session, actor, offer, event.value, now)
        await tell(session, offer, event, sorted(sides), by=actor.name, now=now, managers=True)
        return published
