"""The hub keeps the rosters in its store ahead of time, and one replica does it for all."""

from __future__ import annotations

from datetime import timedelta

from bot.roster_keeper import TERM, RosterKeeper
from shifts.service import RosterService
from store.clock import ManualClock
from store.database import Database

ROSTER = """
roster: gw
timezone: Europe/Paris
horizon: {weeks: 2}
people: [ana, bo]
roles:
  advocate: {minimum: 1}
layers:
  - {name: days, role: advocate, members: [ana, bo], starts: 2026-11-16, handoff: "09:00", turn: {days: 1}}
"""


async def test_shifts_stay_two_weeks_ahead_and_what_has_passed_is_history(
    database: Database, clock: ManualClock
) -> None:
    service = RosterService(database, clock)
    await service.publish(ROSTER, by="ana")
    keeper = RosterKeeper(database, clock, "here")
    assert await keeper.step()
    far = clock.now() + timedelta(days=20)
    assert await service.shifts_at(far) == []
    await clock.advance(10 * 86_400)
    assert await keeper.step()
    assert len(await service.shifts_at(far)) == 1
    assert len(await service.history("gw")) >= 9


async def test_another_replica_takes_over_only_when_the_first_is_gone(
    database: Database, clock: ManualClock
) -> None:
    first, second = (RosterKeeper(database, clock, name) for name in ("first", "second"))
    assert await first.step()
    assert not await second.step()
    await clock.advance(TERM + 1)
    assert await second.step()
    assert not await first.step()
