"""Shifts that change hands: offered, countered, accepted once, withdrawn, expired; on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

import store.audit
from shifts.actor import Actor
from shifts.changes import RosterChanges, absence
from shifts.duty_tables import DutyNewsRow
from shifts.errors import RosterError
from shifts.offers import SwapState
from shifts.service import RosterService
from shifts.swaps import SwapService
from store.clock import ManualClock
from store.database import Database
from tests.shifts.rosters import at

ROSTER = """
roster: desk
timezone: Europe/Paris
horizon: {weeks: 6}
people: [ana, bo, chidi, dee, eli]
roles: {advocate: {fallback: eli}}
layers:
  - {name: main, role: advocate, members: [ana, bo], starts: 2026-10-19, handoff: "09:00", turn: {weeks: 1}}
"""
START = at("2026-10-21T12:00")
ANA, BO, CHIDI, DEE = (Actor(name) for name in ("ana", "bo", "chidi", "dee"))
ELI = Actor("eli", manages=True)
BOS, ANAS = "desk/main/1/bo", "desk/main/2/ana"


class Desk:
    """A roster with its swaps at one clock."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database, self.clock = database, clock
        self.rosters = RosterService(database, clock)
        self.swaps = SwapService(database, clock)
        self.changes = RosterChanges(database, clock)

    async def on(self, text: str) -> list[str]:
        return [shift.person for shift in await self.rosters.shifts_at(at(text))]

    async def news(self) -> list[tuple[str, str | None, str]]:
        """What is owed to whom since the last look: kind, person, event."""
        async with self.database.write() as session:
            rows = list(await session.scalars(select(DutyNewsRow).where(DutyNewsRow.done.is_(None))))
            for row in rows:
                row.done = self.clock.now()
            return [(row.kind, row.person, str(row.document.get("event", ""))) for row in rows]


async def opened(database: Database) -> Desk:
    desk = Desk(database, ManualClock(START))
    await desk.rosters.publish(ROSTER, by="eli")
    await desk.news()
    return desk


@pytest.fixture
async def desk(database: Database) -> Desk:
    return await opened(database)


async def test_an_offer_is_accepted_and_both_sides_and_the_managers_are_told(any_database: Database) -> None:
    desk = await opened(any_database)
    offer = await desk.swaps.offer(BO, BOS, to=["chidi", "dee"], note="my sister's wedding")
    assert await desk.news() == [("swap", "chidi", "offered"), ("swap", "dee", "offered")]
    published = await desk.swaps.accept(CHIDI, offer.id)
    assert published.version == 2
    assert await desk.on("2026-10-27T12:00") == ["chidi"]
    assert (await desk.rosters.text("desk"))[0] == ROSTER + (
        "swaps:\n  - {shift: desk/main/1/bo, person: chidi}\n"
    )
    told = [("swap", "bo", "accepted"), ("swap", "chidi", "accepted"), ("swap", None, "accepted")]
    assert await desk.news() == told
    async with any_database.read() as session:
        audited = [entry.what for entry in await store.audit.entries(session, what="swap.")]
    assert audited == ["swap.accepted", "swap.offer"]


async def test_of_racing_acceptances_one_wins_and_the_others_are_told_who(any_database: Database) -> None:
    desk = await opened(any_database)
    offer = await desk.swaps.offer(BO, BOS)
    racers = [Actor(name) for name in ("ana", "chidi", "dee", "eli")]
    results = await asyncio.gather(
        *(SwapService(any_database, desk.clock).accept(racer, offer.id) for racer in racers),
        return_exceptions=True,
    )
    lost = [str(result) for result in results if isinstance(result, RosterError)]
    assert len(lost) == 3 and not [
        r for r in results if isinstance(r, Exception) and type(r) is not RosterError
    ]
    (winner,) = await desk.on("2026-10-27T12:00")
    assert winner in {"ana", "chidi", "dee", "eli"}
    assert lost == [f"offer {offer.id} is taken: {winner} has bo's shift"] * 3
    assert (await desk.rosters.text("desk"))[1] == 2
    assert [event for _, _, event in await desk.news() if event == "accepted"] == ["accepted"] * 3


async def test_an_offer_moves_with_an_edited_shift(desk: Desk) -> None:
    offer = await desk.swaps.offer(BO, BOS, to=["chidi"])
    await desk.rosters.publish(ROSTER.replace("09:00", "15:00"), by="eli")
    (open_offer,) = await desk.swaps.offers(person="chidi")
    assert open_offer.span == (at("2026-10-26T14:00"), at("2026-11-02T14:00"))
    await desk.swaps.accept(CHIDI, offer.id)
    text, _ = await desk.rosters.text("desk")
    await desk.rosters.publish(text.replace("15:00", "12:00"), by="eli")
    assert await desk.on("2026-10-26T11:00") == ["chidi"]
    assert await desk.on("2026-10-26T10:59") == ["ana"]


async def test_an_offer_whose_shift_the_roster_has_no_more_is_over_and_its_owner_is_told(desk: Desk) -> None:
    offer = await desk.swaps.offer(BO, BOS, to=["chidi"])
    await desk.rosters.publish(ROSTER.replace("[ana, bo]", "[ana, dee]"), by="eli")
    with pytest.raises(RosterError, match="the roster was edited, bo has that shift no more"):
        await desk.swaps.accept(CHIDI, offer.id)
    await desk.news()
    assert await desk.swaps.expire() == 1
    assert await desk.news() == [("swap", "bo", "void")]
    assert await desk.swaps.offers() == []


async def test_a_counter_offer_exchanges_two_shifts_at_once(desk: Desk) -> None:
    offer = await desk.swaps.offer(BO, BOS, to=["ana"])
    await desk.news()
    await desk.swaps.counter(ANA, offer.id, returns=ANAS)
    assert await desk.news() == [("swap", "bo", "countered")]
    with pytest.raises(RosterError, match="chidi may not agree to a counter-offer"):
        await desk.swaps.agree(CHIDI, offer.id, "ana")
    await desk.swaps.agree(BO, offer.id, "ana")
    assert await desk.on("2026-10-27T12:00") == ["ana"]
    assert await desk.on("2026-11-03T12:00") == ["bo"]
    assert (await desk.rosters.text("desk"))[1] == 2


async def test_a_counter_offer_may_take_a_part_only(desk: Desk) -> None:
    offer = await desk.swaps.offer(BO, BOS, to=["chidi"])
    await desk.swaps.counter(CHIDI, offer.id, part=(at("2026-10-26T00:00"), at("2026-10-28T12:00")))
    await desk.swaps.agree(BO, offer.id, "chidi")
    assert await desk.on("2026-10-28T11:00") == ["chidi"]
    assert await desk.on("2026-10-28T13:00") == ["bo"]


async def test_a_shift_may_be_offered_for_one_of_somebody_elses(desk: Desk) -> None:
    with pytest.raises(RosterError, match="is of ana: offer it to ana alone"):
        await desk.swaps.offer(BO, BOS, to=["chidi"], returns=ANAS)
    offer = await desk.swaps.offer(BO, BOS, to=["ana"], returns=ANAS)
    await desk.swaps.accept(ANA, offer.id)
    assert await desk.on("2026-10-27T12:00") == ["ana"] and await desk.on("2026-11-03T12:00") == ["bo"]


async def test_a_declined_offer_is_over_when_all_have_declined(desk: Desk) -> None:
    offer = await desk.swaps.offer(BO, BOS, to=["chidi", "dee"])
    assert (await desk.swaps.decline(CHIDI, offer.id)).state is SwapState.OPEN
    assert (await desk.swaps.decline(DEE, offer.id)).state is SwapState.DECLINED
    with pytest.raises(RosterError, match=f"offer {offer.id} is declined"):
        await desk.swaps.accept(CHIDI, offer.id)


async def test_an_offer_is_withdrawn_by_its_owner_only(desk: Desk) -> None:
    offer = await desk.swaps.offer(BO, BOS, to=["chidi"])
    with pytest.raises(RosterError, match="chidi may not withdraw the offer: that is for bo or a roster man"):
        await desk.swaps.withdraw(CHIDI, offer.id)
    await desk.news()
    await desk.swaps.withdraw(BO, offer.id)
    assert await desk.news() == [("swap", "chidi", "withdrawn")]
    with pytest.raises(RosterError, match="is withdrawn"):
        await desk.swaps.accept(CHIDI, offer.id)


async def test_an_offer_that_nobody_takes_expires_when_the_shift_begins(desk: Desk) -> None:
    offer = await desk.swaps.offer(BO, BOS)
    await desk.news()
    await desk.clock.advance(timedelta(days=5).total_seconds())
    with pytest.raises(RosterError, match="ended at 2026-10-26T08:00Z"):
        await desk.swaps.accept(CHIDI, offer.id)
    assert await desk.swaps.expire() == 1
    assert await desk.swaps.expire() == 0
    assert await desk.news() == [("swap", "bo", "expired"), ("swap", None, "expired")]


async def test_take_it_now_relieves_who_is_on_from_this_minute(desk: Desk) -> None:
    await desk.swaps.take_now(CHIDI, "desk/main/0/ana")
    assert await desk.on("2026-10-21T12:00") == ["chidi"]
    assert await desk.on("2026-10-26T07:59") == ["chidi"]
    assert sorted(await desk.news(), key=str) == [
        ("swap", "ana", "taken"), ("swap", "chidi", "taken"), ("swap", None, "taken"),
    ]  # fmt: skip
    await desk.clock.advance(3600)
    await desk.rosters.materialise()
    history = [(s.person, s.start, s.end) for s in await desk.rosters.history("desk")]
    assert history == [("chidi", START, START + timedelta(hours=1))]
    with pytest.raises(RosterError, match="is not on now"):
        await desk.swaps.take_now(CHIDI, BOS)


async def test_cover_me_until_six_is_a_part_of_the_shift_and_then_it_comes_back(desk: Desk) -> None:
    offer = await desk.swaps.cover_until(ANA, at("2026-10-21T18:00"), shift="desk/main/0/ana", to=["dee"])
    assert offer.span == (START, at("2026-10-21T18:00"))
    await desk.clock.advance(1800)
    await desk.swaps.accept(DEE, offer.id)
    assert await desk.on("2026-10-21T12:15") == ["ana"]
    assert await desk.on("2026-10-21T12:30") == ["dee"]
    assert await desk.on("2026-10-21T17:59") == ["dee"]
    assert await desk.on("2026-10-21T18:00") == ["ana"]


async def test_a_swapped_shift_is_swapped_on_and_back(desk: Desk) -> None:
    await desk.swaps.impose(ELI, BOS, "chidi")
    await desk.swaps.impose(ELI, "desk/main/1/chidi", "dee")
    assert await desk.on("2026-10-27T12:00") == ["dee"]
    part = (at("2026-10-28T00:00"), at("2026-10-29T00:00"))
    await desk.swaps.impose(ELI, "desk/main/1/dee", "chidi", part=part)
    days = [(await desk.on(f"2026-10-{day}T12:00"))[0] for day in (27, 28, 29)]
    assert days == ["dee", "chidi", "dee"]
    shifts = await desk.rosters.shifts_at(at("2026-10-28T12:00"))
    await desk.swaps.impose(ELI, shifts[0].id, "bo")
    assert await desk.on("2026-10-28T12:00") == ["bo"]
    (shift,) = await desk.rosters.shifts_at(at("2026-10-28T12:00"))
    assert shift.source == "rotation"  # it is bo's own again


async def test_a_shift_that_stands_by_an_override_is_swapped_too(desk: Desk) -> None:
    extra = (
        "overrides:\n  - {role: advocate, person: chidi, replaces: bo, from: 2026-10-27, to: 2026-10-28}\n"
    )
    await desk.rosters.publish(ROSTER + extra, by="eli")
    (shift,) = await desk.rosters.shifts_at(at("2026-10-27T12:00"))
    await desk.swaps.impose(ELI, shift.id, "dee")
    assert await desk.on("2026-10-27T12:00") == ["dee"]
    assert await desk.on("2026-10-28T12:00") == ["bo"]


async def test_nobody_takes_a_shift_they_are_away_for(desk: Desk) -> None:
    await desk.changes.make(ELI, "desk", absence("chidi", "2026-10-30", "2026-11-05"))
    offer = await desk.swaps.offer(BO, BOS)
    with pytest.raises(RosterError, match="chidi is away for part of that time, says desk"):
        await desk.swaps.accept(CHIDI, offer.id)
    assert (await desk.swaps.offers())[0].state is SwapState.OPEN


async def test_nobody_fills_two_places_of_a_role_at_once(desk: Desk) -> None:
    pair = ROSTER.replace("{fallback: eli}", "{minimum: 2}").replace("[ana, bo]", "[[ana, bo], [chidi, dee]]")
    await desk.rosters.publish(pair, by="eli")
    with pytest.raises(RosterError, match="chidi is on as advocate already from"):
        await desk.swaps.impose(ELI, "desk/main/1/dee", "chidi")


async def test_only_the_owner_or_a_manager_disposes_of_a_shift(desk: Desk) -> None:
    with pytest.raises(RosterError, match="chidi may not offer desk/main/1/bo: that is for bo or a roster"):
        await desk.swaps.offer(CHIDI, BOS)
    with pytest.raises(RosterError, match="bo may not hand a shift over for others"):
        await desk.swaps.impose(BO, BOS, "chidi")
    offer = await desk.swaps.offer(BO, BOS, to=["dee"])
    with pytest.raises(RosterError, match=f"offer {offer.id} was not made to chidi but to dee"):
        await desk.swaps.accept(CHIDI, offer.id)
    with pytest.raises(RosterError, match="bo cannot take the shift: it is their own"):
        await desk.swaps.accept(BO, offer.id)


async def test_what_cannot_be_offered_is_said_in_a_sentence(desk: Desk) -> None:
    with pytest.raises(RosterError, match="no shift ahead is called “desk/main/77/bo”"):
        await desk.swaps.offer(BO, "desk/main/77/bo")
    with pytest.raises(RosterError, match="“chidy” stands nowhere in desk; did you mean chidi"):
        await desk.swaps.offer(BO, BOS, to=["chidy"])
    with pytest.raises(RosterError, match="is no part of desk/main/1/bo, which lasts from"):
        await desk.swaps.offer(BO, BOS, part=(at("2026-11-10T00:00"), at("2026-11-11T00:00")))
    await desk.swaps.offer(BO, BOS)
    with pytest.raises(RosterError, match="is offered already"):
        await desk.swaps.offer(BO, BOS)
