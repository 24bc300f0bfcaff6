"""A desk at which only duty happens: a roster, people, one clock, and everything that anybody is told."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from cards.card import Card
from cards.reader import Reader
from cards.text import render_text
from notifiers.duty_digest import MoreOpen
from notifiers.roster_news import RosterNews, Settings
from notifiers.tables import OutboxRow
from shifts.changes import RosterChanges
from shifts.cover_watch import CoverWatch
from shifts.duty_plan import Dusk, DutyPlanner
from shifts.handoff_notes import HandoffNotes
from shifts.people import PeopleService
from shifts.people_file import parse_people
from shifts.reminders import Reminders
from shifts.service import RosterService
from shifts.swaps import SwapService
from store.clock import ManualClock
from store.database import Database
from store.wakeup import Bell

PEOPLE = """
- {name: ana, timezone: Europe/Paris, slack: U0ANA, quiet: {from: "23:00", to: "07:00"}}
- {name: bo, timezone: America/Santiago, slack: U0BOB, locale: en}
- {name: chidi, timezone: Africa/Lagos, email: chidi@example.org, verified: true}
- {name: dee, timezone: Asia/Tokyo, phone: "+81312345678", verified: true, locale: fr}
- {name: eli, timezone: UTC, slack: U0ELI, permissions: [roster_manager]}
"""


class DutyDesk:
    """Promises nothing of its own: it moves the clock and lets the real parts work at each stop."""

    def __init__(
        self,
        database: Database,
        clock: ManualClock,
        *,
        dusk: Dusk | None = None,
        more_open: MoreOpen | None = None,
    ) -> None:
        self.database, self.clock = database, clock
        self.rosters = RosterService(database, clock)
        self.people = PeopleService(database, clock)
        self.changes = RosterChanges(database, clock)
        self.swaps = SwapService(database, clock)
        self.notes = HandoffNotes(database, clock)
        self.reminders = Reminders(database)
        self.planner = DutyPlanner(database, clock, dusk)
        self.cover = CoverWatch(database, clock)
        self.settings = Settings({"desk": Reader()}, more_open)
        self.news = RosterNews(database, clock, self.settings, bell=Bell(clock), owner="here")
        self._seen = 0

    async def open(self, roster: str, people: str = PEOPLE) -> None:
        await self.people.put(parse_people(people), by="eli")
        await self.rosters.publish(roster, by="eli")
        await self.work()
        await self.told()

    async def work(self) -> datetime | None:
        """What the hub's loops do when they wake; when they have to wake next."""
        await self.swaps.expire()
        await self.planner.plan()
        return await self.news.step()

    async def until(self, instant: datetime) -> None:
        """Let time pass; the loops wake whenever something is due, and once a day."""
        due = await self.work()
        while self.clock.now() < instant:
            stop = min(instant, due or instant, self.clock.now() + timedelta(days=1))
            await self.clock.advance((stop - self.clock.now()).total_seconds())
            due = await self.work()

    async def told(self) -> list[tuple[str, str]]:
        """Channel and title of what was owed since the last look."""
        return [(row.channel, words.splitlines()[0]) for row, words in await self.cards()]

    async def cards(self) -> list[tuple[OutboxRow, str]]:
        """What was owed since the last look, as plain text in each reader's language, times of Paris."""
        async with self.database.read() as session:
            rows = select(OutboxRow).where(OutboxRow.id > self._seen).order_by(OutboxRow.id)
            found = list(await session.scalars(rows))
        self._seen = max([self._seen, *(row.id for row in found)])
        people = (await self.people.everybody()).by_name()
        locales = {f"@{name}": person.locale for name, person in people.items()}
        return [
            (row, render_text(Card.from_dict(row.card or {}), Reader(locale, "Europe/Paris")))
            for row in found
            for locale in [locales.get(row.channel.partition("/")[0], "en")]
        ]
