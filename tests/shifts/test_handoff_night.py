"""A night at the desk: Ana hands over to Bo in the hour that comes twice, and Chidi swaps in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shifts.service import RosterService
from store.clock import ManualClock
from store.database import Database
from tests.shifts.rosters import at

ROSTER = """
roster: desk
timezone: Europe/Paris
roles: {advocate: {fallback: dana}}
layers:
  - {name: nights, role: advocate, members: [ana, bo], starts: 2026-10-24, handoff: "02:30", turn: {days: 1}}
"""
SWAP = "swaps: [{shift: desk/nights/1/bo, person: chidi}]\n"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(at("2026-10-24T12:00"))


async def test_the_right_people_are_on_at_each_moment_of_the_autumn_change(
    database: Database, clock: ManualClock
) -> None:
    rosters = RosterService(database, clock)
    await rosters.publish(ROSTER, by="dana")

    async def on() -> list[str]:
        return [shift.person for shift in await rosters.shifts_at(clock.now())]

    assert await on() == ["ana"]
    changes = await rosters.preview(ROSTER + SWAP)
    assert changes.touches == ("bo", "chidi")
    await rosters.publish(ROSTER + SWAP, by="bo", expected_version=1)

    told = {}
    while clock.now() < at("2026-10-25T03:00"):
        told[f"{clock.now():%H:%M}"] = await on()
        await clock.advance(timedelta(minutes=30).total_seconds())
        await rosters.materialise()
    assert told["00:00"] == ["ana"]  # 02:00 in Paris, summer time
    assert told["00:30"] == told["01:00"] == ["ana", "chidi"]  # 02:30 for the first time, 02:00 again
    assert told["01:30"] == told["02:00"] == ["chidi"]  # 02:30 for the second time

    await clock.advance(timedelta(days=1).total_seconds())
    await rosters.materialise()
    history = await rosters.history("desk")
    assert [(s.person, s.source, s.start, s.end) for s in history] == [
        ("ana", "rotation", at("2026-10-24T12:00"), at("2026-10-25T01:30")),
        ("chidi", "swap", at("2026-10-25T00:30"), at("2026-10-26T01:30")),
        ("ana", "rotation", at("2026-10-26T01:30"), clock.now()),
    ]
