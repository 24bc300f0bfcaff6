"""What the desk answers on a small made-up night, word for word, as a shifter reads it at 04:00."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from commands.request import Account
from gcn.notice import AlertType, Position
from shifts.people_file import parse_people
from tests.cards.goldens import assert_golden
from tests.commands.desk import ANA, AskedDesk
from tests.events.story import attach, burst, superevent

GOLDEN = Path(__file__).parent / "golden"
EMIL = Account("slack", "U0EMIL")
"""May what ana may, and reads French."""
NEW = """
- {name: emil, timezone: Europe/Paris, locale: fr, slack: U0EMIL, permissions: [shifter, "trigger:ZTF"]}
"""
ROSTER = """
roster: desk
timezone: Europe/Paris
horizon: {weeks: 3}
people: [ana, bo, emil]
layers:
  - {name: night, role: advocate, members: [emil, ana, bo], starts: 2026-11-16,
     handoff: "08:00", turn: {days: 1}}
"""
ASKED = {
    "help": "help",
    "help-close": "help facility close",
    "event-list": "event list",
    "event-show": "event show S261120a",
    "event-diff": "event diff S261120a",
    "duty": "duty",
    "page-list": "page list",
    "shift-mine": "shift mine",
    "shift-offers": "shift offers",
    "status": "status",
    "subscriptions": "subscriptions",
    "who": "who S261120a",
    "facility-status": "facility status ZTF",
    "unknown-event": "event show S261120aa",
    "no-time": "facility close ZTF snow until:whenever",
}


@pytest.fixture
async def night(desk: AskedDesk) -> AskedDesk:
    """03:20 UTC: a merger told twice, a burst, a roster whose next shift is offered, a closed telescope."""
    await desk.rooms.people.put(parse_people(NEW), by="test")
    await desk.rooms.rosters.publish(ROSTER, by="test")
    async with desk.rooms.database.write() as session:
        await attach(session, superevent("S261120a"))
        await attach(session, superevent("S261120a", AlertType.INITIAL, issued=900, far=1e-12))
        await attach(session, burst(position=Position(ra=197.45, dec=-23.38, radius=2.0, containment=0.9)))
    desk.clock.jump(timedelta(minutes=20))
    return desk


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_each_answer_reads_as_somebody_found_it_good(night: AskedDesk, language: str) -> None:
    for name, line in ASKED.items():
        asked = await night.ask(line, EMIL if language == "fr" else ANA)
        assert_golden(f"{name}.{language}.txt", asked.words, GOLDEN)
