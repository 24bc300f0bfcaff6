"""The night on which Ana hands over to Bo in the hour that comes twice, and Chidi has swapped in for Bo.

In Paris the clocks go back at 01:00 UTC on 25 October 2026. The handoff is at 02:30: what starts then starts
at the first 02:30 (00:30 UTC), what ends then ends at the second (01:30 UTC). At each moment the right person
has the reminder, the hand-off note and the page.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from cards.reader import Reader
from notifiers.channels.base import ChannelConfig
from notifiers.paging.engine import PagingEngine
from notifiers.paging.opening import open_page
from notifiers.paging.parts import Parts
from notifiers.paging.plan import parse_escalation
from shifts.actor import Actor
from store.clock import ManualClock
from store.database import Database
from tests.notifiers.duty_desk import DutyDesk
from tests.shifts.rosters import at

ROSTER = """
roster: desk
timezone: Europe/Paris
people: [ana, bo, chidi, dana]
roles: {advocate: {fallback: dana}}
layers:
  - {name: nights, role: advocate, members: [ana, bo], starts: 2026-10-24, handoff: "02:30", turn: {days: 1}}
"""
PEOPLE = """
- {name: ana, timezone: Europe/Paris, slack: U0ANA, contact: [{after: 0, by: slack}]}
- {name: bo, timezone: America/Santiago, slack: U0BOB, contact: [{after: 0, by: slack}]}
- {name: chidi, timezone: Africa/Lagos, locale: fr, slack: U0CHI, contact: [{after: 0, by: slack}]}
- {name: dana, timezone: UTC, slack: U0DAN, permissions: [roster_manager], contact: [{after: 0, by: slack}]}
"""
ON_CALL = parse_escalation({"name": "on-call", "steps": [{"who": "role:desk/advocate", "wait": 600}]})


class Night(DutyDesk):
    """The duty of a desk, and its pages, under one clock."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        super().__init__(database, clock)
        parts = Parts(
            {"desk": ChannelConfig("desk", "terminal", None, Reader())},
            {"on-call": ON_CALL},
            ("desk",),
            on_duty=self.rosters.on_duty,
        )
        self.engine = PagingEngine(database, clock, parts, owner="here")

    async def page(self, subject: str) -> list[str]:
        """Page whoever is on; the channels that ring."""
        await self.told()
        async with self.database.write() as session:
            await open_page(session, ON_CALL, self.clock.now(), key=subject, subject=subject)
        await self.engine.settle()
        return sorted(channel for channel, _ in await self.told() if channel.startswith("@"))

    async def passes(self, instant: datetime) -> list[tuple[str, str]]:
        """What is told to whom until an instant."""
        await self.until(instant)
        return await self.told()


@pytest.fixture
async def night(database: Database) -> Night:
    night = Night(database, ManualClock(at("2026-10-24T12:00")))
    await night.open(ROSTER, PEOPLE)
    return night


async def test_the_right_person_has_the_reminder_the_note_and_the_page_at_each_moment(night: Night) -> None:
    ana, bo, chidi = Actor("ana"), Actor("bo"), Actor("chidi")

    # Bo cannot: he offers tonight's shift to everybody, and Chidi takes it, once.
    offer = await night.swaps.offer(bo, "desk/nights/1/bo", note="my flight is late")
    asked = [channel for channel, _ in await night.passes(at("2026-10-24T12:01"))]
    assert asked == ["@ana/slack", "@chidi/slack", "@dana/slack"]
    await night.swaps.accept(chidi, offer.id)
    assert await night.passes(at("2026-10-24T12:02")) == [
        ("@bo/slack", "chidi has your shift"),
        ("@chidi/slack", "La garde de bo est à vous"),
        ("@dana/slack", "chidi has bo's shift"),
    ]

    # An hour before the first 02:30 the reminder goes to Chidi, in French, and not to Bo.
    await night.notes.write(ana, "desk", "advocate", "S261024a: MeerLICHT is still taking tiles.")
    assert await night.passes(at("2026-10-25T00:00")) == [
        ("@chidi/slack", "Vous êtes de garde (advocate) dans 1 h"),
    ]
    assert await night.page("before the handover") == ["@ana/slack"]

    # 02:30 for the first time: Chidi comes on with Ana's note; for an hour both are on, and both are paged.
    await night.until(at("2026-10-25T00:30"))
    ((row, words),) = await night.cards()
    assert row.channel == "@chidi/slack"
    assert "Vous prenez la suite de ana." in words
    assert "S261024a: MeerLICHT is still taking tiles." in words
    assert await night.passes(at("2026-10-25T01:00")) == []  # 02:00 again
    assert await night.page("in the hour that comes twice") == ["@ana/slack", "@chidi/slack"]

    # 02:30 for the second time: Ana is off, and told who has it; from now on only Chidi is paged.
    await night.until(at("2026-10-25T01:30"))
    told_ana = [words for row, words in await night.cards() if row.channel == "@ana/slack"]
    (off,) = [words for words in told_ana if words.startswith("You are off duty as advocate")]
    assert "chidi took over at" in off
    assert await night.page("after the handover") == ["@chidi/slack"]

    # The next night is Ana's again: she is reminded, Chidi hands over, history says who it really was.
    told = await night.passes(at("2026-10-26T01:31"))
    assert ("@ana/slack", "You are on as advocate in 1 h") in told
    assert [channel for channel, title in told if "until" in title] == ["@ana/slack"]
    assert {title for channel, title in told if channel == "@bo/slack"} == {"You are on as advocate in 1 day"}
    await night.rosters.materialise()
    assert [(s.person, s.source) for s in await night.rosters.history("desk")][:2] == [
        ("ana", "rotation"),
        ("chidi", "swap"),
    ]


async def test_a_desk_that_was_down_over_the_handover_tells_it_once_it_is_back(night: Night) -> None:
    await night.notes.write(Actor("ana"), "desk", "advocate", "Ask Dana about DECam.")
    await night.clock.advance(14 * 3600)  # from 12:00 to 02:00 UTC, past both 02:30s
    back = Night(night.database, night.clock)
    await back.told()
    await back.work()
    told = [each for each in await back.cards() if "until" in each[1].splitlines()[0]]
    assert [row.channel for row, _ in told] == ["@bo/slack"]
    assert "Ask Dana about DECam." in told[0][1]
    assert await back.page("after it is back") == ["@bo/slack"]
