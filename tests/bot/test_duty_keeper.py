"""The loops of duty in the hub: one replica plans, alarm clocks only wake, dusks come from the registry."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bot.duty_keeper import TERM, DutyKeeper
from bot.telescope_nights import TelescopeNights
from bot.wakeups import Wakeups
from facilities.nights import nights
from facilities.registry import load_registry
from notifiers.roster_news import BELL
from shifts.service import RosterService
from store.clock import ManualClock, SystemClock
from store.database import Database
from store.wakeup import Bell
from tests.patience import PATIENCE

ROSTER = """
roster: gw
timezone: Europe/Paris
layers:
  - {name: days, role: advocate, members: [ana, bo], starts: 2026-11-16, handoff: "09:00", turn: {days: 1}}
"""


async def test_the_keeper_says_when_to_wake_and_rings_what_is_due(
    database: Database, clock: ManualClock
) -> None:
    woken: list[datetime | None] = []
    bell = Bell(clock)
    keeper = DutyKeeper(database, clock, owner="here", bell=bell, wake=woken.append)
    assert await keeper.step() and woken == [None]
    await RosterService(database, clock).publish(ROSTER, by="ana")
    assert await keeper.step()
    assert await bell.wait(BELL, 0.0)  # what the publication changed is due at once
    assert woken == [None]


async def test_one_replica_keeps_duty_and_another_takes_over_when_it_is_gone(
    database: Database, clock: ManualClock
) -> None:
    first, second = (DutyKeeper(database, clock, owner=name, bell=Bell(clock)) for name in ("a", "b"))
    assert await first.step()
    assert not await second.step()
    await clock.advance(TERM + 1)
    assert await second.step()


async def test_an_alarm_clock_rings_its_bell_also_when_its_instant_has_passed() -> None:
    clock = SystemClock()
    bell = Bell(clock)
    wakeups = Wakeups(bell)
    wakeups.set("duty", clock.now())  # before it is started it does nothing
    wakeups.start()
    wakeups.set("duty", clock.now() + timedelta(days=1))
    wakeups.set("duty", clock.now() - timedelta(seconds=5))  # the last that was set counts
    assert await asyncio.wait_for(bell.wait("duty", 60.0), PATIENCE)
    wakeups.set("duty", clock.now() + timedelta(days=1))
    wakeups.set("duty", None)
    wakeups.set("duty", None)
    wakeups.stop()


def test_the_next_dusk_is_that_of_the_facilitys_nights() -> None:
    registry = load_registry()
    telescope = TelescopeNights(registry)
    at = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    dusk = telescope.dusk("DECam", at)
    assert dusk in {begin for begin, _ in nights(registry.get("DECam"), at.date(), 2)}
    assert dusk is not None and at < dusk < at + timedelta(days=1)
    night = telescope.night("DECam", dusk + timedelta(hours=1))
    assert night is not None and night[0] == dusk
    assert telescope.dusk("no such telescope", at) is None
    assert telescope.dusk("Swift-XRT", at) is None
