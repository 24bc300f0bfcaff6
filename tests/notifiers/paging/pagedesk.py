"""Pages without providers: people and rosters in words, an engine, an outbox of which all arrives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from cards.card import Card
from cards.reader import Reader
from events.state import EventState
from notifiers.channels.base import ChannelConfig
from notifiers.destinations import person_and_way
from notifiers.paging.answers import Answer, Settled
from notifiers.paging.engine import PagingEngine
from notifiers.paging.opening import open_page
from notifiers.paging.parts import Parts
from notifiers.paging.plan import Escalation, parse_escalation
from notifiers.paging.service import PageService
from notifiers.paging.tables import PageContactRow, PageRow
from notifiers.tables import OPEN, Kind, OutboxRow, State
from shifts.people import PeopleService
from shifts.people_file import parse_people
from shifts.service import RosterService
from store.clock import ManualClock
from store.database import Database

PEOPLE = """
people:
  - {name: ana, slack: U0000000ANA, email: ana@example.org, phone: "+33612345601", timezone: Europe/Paris,
     locale: fr, verified: true, quiet: {from: "23:00", to: "07:00"},
     contact: [{after: 0, by: slack}, {after: 0, by: sms}, {after: 3, by: voice}]}
  - {name: bo, slack: U00000000BO, email: bo@example.org, phone: "+14155550102",
     timezone: America/Los_Angeles, verified: true,
     contact: [{after: 0, by: slack}, {after: 2, by: sms, when: awake}]}
  - {name: chidi, slack: U000000CHID, phone: "+2348012345603", timezone: Africa/Lagos, verified: true,
     quiet: {from: "22:00", to: "06:00"}}
  - {name: dana, slack: U0000000DAN, email: dana@example.org, timezone: UTC, verified: true,
     permissions: [administrator], contact: [{after: 0, by: slack}]}
"""

ROSTER = """
roster: gw
timezone: UTC
people: [ana, bo, chidi]
roles: {advocate: {fallback: chidi}, deputy: {minimum: 0}}
layers:
  - {name: one, role: advocate, members: [ana], starts: 2026-11-01, handoff: "12:00", turn: {weeks: 1}}
  - {name: two, role: deputy, members: [bo], starts: 2026-11-01, handoff: "12:00", turn: {weeks: 1}}
"""

STEPS: dict[str, Any] = {
    "name": "on-call",
    "steps": [{"who": "role:gw/advocate", "wait": 5}, {"who": "role:gw/deputy", "wait": 5}],
    "fallback": "person:chidi",
}


class Stories:
    """Events as the tests tell them, instead of the store's."""

    def __init__(self) -> None:
        self.states: dict[int, EventState] = {}

    async def state(self, _session: object, event_id: int) -> EventState:
        return self.states[event_id]


@dataclass
class PageDesk:
    """What the tests move."""

    database: Database
    clock: ManualClock
    stories: Stories = field(default_factory=Stories)
    ways: frozenset[str] | None = None
    configs: Mapping[str, ChannelConfig] = field(
        default_factory=lambda: {"desk": ChannelConfig("desk", "terminal", None, Reader())}
    )

    @property
    def parts(self) -> Parts:
        return Parts(self.configs, {}, ("desk",), "https://desk.example.org", self.stories, ways=self.ways)  # type: ignore[arg-type]

    @property
    def engine(self) -> PagingEngine:
        return PagingEngine(self.database, self.clock, self.parts, owner="test")

    @property
    def pages(self) -> PageService:
        return PageService(self.database, self.clock, self.parts)

    async def page(self, escalation: Escalation | Mapping[str, Any] = STEPS, **options: Any) -> int:
        if not isinstance(escalation, Escalation):
            escalation = parse_escalation(escalation)
        options.setdefault("subject", "Come and look")
        options.setdefault("key", f"test {options.get('subject')}")
        async with self.database.write() as session:
            page, _ = await open_page(session, escalation, self.clock.now(), **options)
        return page

    async def told(self) -> list[str]:
        """Whom the outbox tells now and by which way, in order: `ana/sms`; all of it arrives."""
        return [f"{row.channel.removeprefix('@')}" for row in await self.deliver() if row.kind != Kind.EDIT]

    async def deliver(self) -> list[OutboxRow]:
        """What is owed now arrives; what is held back waits."""
        async with self.database.write() as session:
            rows = await session.scalars(
                select(OutboxRow).where(OutboxRow.state.in_(OPEN)).order_by(OutboxRow.id)
            )
            due = [row for row in rows if row.held_until is None or row.held_until <= self.clock.now()]
            for row in due:
                row.state, row.sent = State.SENT.value, self.clock.now()
                row.provider, row.message, row.place = "test", f"m{row.id}", row.channel
        return due

    async def pass_(self, minutes: float = 0.0) -> list[str]:
        """Let time pass, from one thing that is due to the next; says whom the outbox told meanwhile."""
        said: list[str] = []
        until = self.clock.now() + timedelta(minutes=minutes)
        while True:
            await self.engine.settle()
            said += await self.told()
            now = self.clock.now()
            if now >= until:
                return said
            due = [at for at in await self._ahead() if at > now]
            await self.clock.advance((min([until, *due]) - now).total_seconds())

    async def _ahead(self) -> list[datetime]:
        """The instants at which something of a page or a message that is held back becomes due."""
        wanted = (
            select(PageRow.next_due).where(PageRow.next_due.is_not(None)),
            select(PageContactRow.due).where(PageContactRow.done.is_(None)),
            select(OutboxRow.held_until).where(OutboxRow.held_until.is_not(None), OutboxRow.state.in_(OPEN)),
        )
        async with self.database.read() as session:
            return [at for each in wanted for at in await session.scalars(each) if at is not None]

    async def answer(self, page: int, answer: Answer, person: str, **options: Any) -> Settled:
        return await self.pages.answer(page, answer, person=person, via="slack", **options)

    async def cards(self, channel: str) -> list[Card]:
        """The cards that a channel or person shows, oldest first, edited as they are."""
        async with self.database.read() as session:
            rows = (
                await session.scalars(
                    select(OutboxRow).where(OutboxRow.channel == channel).order_by(OutboxRow.id)
                )
            ).all()
        shown: dict[int, Card] = {}
        for row in rows:
            if row.state == State.SENT.value and row.card is not None:
                shown[row.amends or row.id] = Card.from_dict(row.card)
        return list(shown.values())


def names(told: list[str]) -> set[str]:
    return {each.partition("/")[0] for each in told}


@asynccontextmanager
async def open_page_desk(
    database: Database, clock: ManualClock, *, people: str = PEOPLE, rosters: tuple[str, ...] = (ROSTER,)
) -> AsyncIterator[PageDesk]:
    await PeopleService(database, clock).put(parse_people(people), by="test")
    for roster in rosters:
        await RosterService(database, clock).publish(roster, by="test")
    desk = PageDesk(database, clock)
    assert person_and_way("@ana/sms") == ("ana", "sms")
    yield desk
