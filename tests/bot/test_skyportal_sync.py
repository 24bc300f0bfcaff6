"""SkyPortal's shifts and a roster here: what changes on one side comes to the other, nothing comes twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from bot.skyportal_sync import Agreement, SkyPortalSync
from cards.reader import Reader
from platforms.skyportal.client import BURST, SkyPortal
from platforms.skyportal_shifts import SkyPortalError, SkyPortalShifts
from shifts.actor import Actor
from shifts.remote_shifts import Conflict, Link, LocalTurn, RemoteShift, merge
from store.clock import ManualClock
from store.database import Database
from tests.notifiers.duty_desk import DutyDesk
from tests.shifts.rosters import at
from tests.standins.skyportal_shifts import SkyPortalShiftsStandIn

ROSTER = """
roster: gw
timezone: UTC
people: [ana, bo, chidi]
roles: {observer: {fallback: chidi}}
layers:
  - {name: main, role: observer, members: [ana, bo], starts: 2026-11-16, handoff: "09:00", turn: {weeks: 1}}
"""
PEOPLE = """
- {name: ana, timezone: UTC, slack: U0ANA, email: ana@example.org, verified: true}
- {name: bo, timezone: UTC, slack: U0BOB, email: bo@example.org, verified: true}
- {name: chidi, timezone: UTC, slack: U0CHI, email: chidi@example.org, verified: true}
"""
START = at("2026-11-14T12:00")


class HurriedClock(ManualClock):
    """Its sleepers do not wait: the pace of requests is noted, not kept."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self.slept = 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self._elapsed += seconds


@pytest.fixture
async def portal() -> AsyncIterator[SkyPortalShiftsStandIn]:
    async with SkyPortalShiftsStandIn() as stand_in:
        yield stand_in


class Both:
    def __init__(self, database: Database, portal: SkyPortalShiftsStandIn) -> None:
        self.clock = HurriedClock(START)
        self.desk = DutyDesk(database, self.clock)
        self.portal = portal
        self.client = SkyPortal("SkyPortal", portal.url, portal.token, self.clock)
        self.sync = SkyPortalSync(
            database, self.clock, SkyPortalShifts(self.client), Agreement(8, "gw", "observer"), owner="here",
            warnings={"desk": Reader()},
        )  # fmt: skip

    def there(self) -> list[tuple[str, str, list[int]]]:
        found = sorted(self.portal.shifts.values(), key=lambda shift: str(shift["start_date"]))
        return [(s["name"], s["start_date"][5:13], s["shift_users_ids"]) for s in found]

    async def on(self, text: str) -> list[str]:
        return [shift.person for shift in await self.desk.rosters.shifts_at(at(text))]


@pytest.fixture
async def both(database: Database, portal: SkyPortalShiftsStandIn) -> AsyncIterator[Both]:
    both = Both(database, portal)
    await both.desk.open(ROSTER, PEOPLE)
    await both.sync.step()
    yield both
    await both.client.close()


async def test_our_turns_are_made_there_with_their_people_once(both: Both) -> None:
    expected = [
        ("observer · gw/main/0", "11-16T09", [3]),
        ("observer · gw/main/1", "11-23T09", [4]),
        ("observer · gw/main/2", "11-30T09", [3]),
        ("observer · gw/main/3", "12-07T09", [4]),
    ]
    assert both.there() == expected
    calls = len(both.portal.calls)
    assert await both.sync.step() == []
    assert both.there() == expected and len(both.portal.calls) == calls + 2
    assert both.clock.slept > 0.19 * (calls - BURST)  # a burst, then five requests a second


async def test_a_swap_here_and_moved_times_go_there(both: Both) -> None:
    await both.desk.swaps.impose(Actor("eli", manages=True), "gw/main/1/bo", "chidi")
    await both.sync.step()
    assert both.there()[1] == ("observer · gw/main/1", "11-23T09", [5])
    text, _ = await both.desk.rosters.text("gw")
    await both.desk.rosters.publish(text.replace("09:00", "15:00"), by="eli")
    await both.sync.step()
    assert [start for _, start, _ in both.there()] == ["11-16T15", "11-23T15", "11-30T15", "12-07T15"]
    assert both.there()[1][2] == [5]


async def test_who_stands_in_there_has_the_shift_here_and_is_told(both: Both) -> None:
    await both.desk.told()
    both.portal.shifts[2]["shift_users_ids"] = [5]
    await both.sync.step()
    assert await both.on("2026-11-24T12:00") == ["chidi"]
    await both.desk.work()
    assert {channel for channel, _ in await both.desk.told()} >= {"@bo/slack", "@chidi/slack"}
    assert await both.sync.step() == []


async def test_a_shift_made_there_comes_in_and_goes_with_it(both: Both) -> None:
    extra = both.portal.add("Extra eyes", "2026-11-18T18:00:00", "2026-11-19T06:00:00", 5)
    await both.sync.step()
    assert sorted(await both.on("2026-11-18T20:00")) == ["ana", "chidi"]
    assert await both.sync.step() == []
    del both.portal.shifts[extra]
    await both.sync.step()
    assert await both.on("2026-11-18T20:00") == ["ana"]


async def test_a_turn_whose_making_was_not_answered_is_not_made_twice(
    database: Database, portal: SkyPortalShiftsStandIn
) -> None:
    both = Both(database, portal)
    await both.desk.open(ROSTER, PEOPLE)
    portal.mute_after = "POST /api/shifts"
    with pytest.raises(SkyPortalError, match=r"broke off .* when asked to make the shift"):
        await both.sync.step()
    await both.sync.step()
    assert [people for _, _, people in both.there()] == [[3], [4], [3], [4]]
    await both.client.close()


async def test_what_is_refused_for_a_moment_is_asked_again_and_a_wrong_token_is_said(both: Both) -> None:
    both.portal.busy = 2
    assert await both.sync.step() == []
    both.portal.token = "another"
    with pytest.raises(SkyPortalError, match=r"does not know the token .* refused to list its users"):
        await both.sync.step()


async def test_one_refusal_there_keeps_nothing_else_from_being_done_and_is_told_once(both: Both) -> None:
    """A shift that is full there: the next ones are made all the same."""
    await both.desk.told()
    both.portal.full = {1}
    for turn, stands_in in (("gw/main/0/ana", "chidi"), ("gw/main/1/bo", "chidi")):
        await both.desk.swaps.impose(Actor("eli", manages=True), turn, stands_in)
    await both.sync.step()
    assert [people for _, _, people in both.there()][:2] == [[3], [5]]
    await both.sync.step()
    told = [words for row, words in await both.desk.cards() if row.channel == "desk"]
    assert len(told) == 1 and "maximum number of users" in told[0]


async def test_who_may_not_be_taken_off_there_is_not_believed_to_be_off(both: Both) -> None:
    """Not on it and not allowed are refused in the same words."""
    await both.desk.told()
    both.portal.keeps_people = True
    await both.desk.swaps.impose(Actor("eli", manages=True), "gw/main/1/bo", "chidi")
    await both.sync.step()
    assert both.there()[1][2] == [4, 5]
    assert any("take bo off gw/main/1" in words for _, words in await both.desk.cards())
    both.portal.keeps_people = False
    await both.sync.step()
    assert both.there()[1][2] == [5]


async def test_a_skyportal_that_is_away_for_half_an_hour_is_told_once_a_day(both: Both) -> None:
    await both.desk.told()
    both.portal.token = "another"
    for _ in range(2):
        await both.sync.round()
    assert await both.desk.told() == []
    for _ in range(4):
        await both.sync.round()
    ((row, words),) = await both.desk.cards()
    assert row.channel == "desk" and "does not know the token" in words


async def test_an_end_before_the_start_there_is_told_and_not_taken_in(both: Both) -> None:
    both.portal.add("Backwards", "2026-11-28T06:00:00", "2026-11-27T06:00:00", 5)
    await both.desk.told()
    await both.sync.step()
    await both.sync.step()
    assert [channel for channel, _ in await both.desk.told()] == ["desk"]


def test_what_both_sides_changed_stays_as_it_is_here() -> None:
    span = (at("2026-11-16T09:00"), at("2026-11-23T09:00"))
    link = Link("gw/main/0", 1, True, span, frozenset({"ana"}))
    ours = LocalTurn("gw/main/0", "observer", span, frozenset({"bo"}))
    theirs = RemoteShift(1, "x", span, frozenset({"chidi"}))
    (action,) = merge([ours], [theirs], [link], START)
    assert (action.add, action.remove) == ({"bo"}, {"chidi"})  # type: ignore[union-attr]


def test_people_that_only_came_or_only_went_there_are_for_a_person_to_decide() -> None:
    span = (at("2026-11-16T09:00"), at("2026-11-23T09:00"))
    link = Link("gw/main/0", 1, True, span, frozenset({"ana"}))
    ours = LocalTurn("gw/main/0", "observer", span, frozenset({"ana"}))
    for people in (frozenset(), frozenset({"ana", "bo"})):
        (action,) = merge([ours], [RemoteShift(1, "x", span, people)], [link], START)
        assert isinstance(action, Conflict)
    assert merge([ours], [], [link], span[1] + timedelta(hours=1)) == []
