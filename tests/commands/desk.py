"""A desk to ask: people, events and telescopes in an empty database, answers as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cards.text import render_text
from commands.declared import book
from commands.desk import Call, Desk, Press
from commands.request import Account, Front, Place, Reply
from commands.rooms import DeskFacts, Rooms
from events.service import EventService
from facilities.registry import load_registry
from notifiers.paging.service import PageService
from notifiers.subscriptions import SubscriptionService
from platforms.jobs import JobService
from shifts.changes import RosterChanges
from shifts.feeds import FeedService
from shifts.handoff_notes import HandoffNotes
from shifts.people import PeopleService
from shifts.people_file import parse_people
from shifts.service import RosterService
from shifts.swaps import SwapService
from store.clock import ManualClock
from store.database import Database
from store.wakeup import Bell

PEOPLE = """
people:
  - {name: ana, timezone: Europe/Paris, slack: U0ANA, permissions: [shifter, "trigger:ZTF"]}
  - {name: bo, timezone: Asia/Tokyo, discord: "123456789012345678", permissions: [administrator]}
  - {name: chidi, timezone: Africa/Lagos, slack: U0CHIDI, permissions: [viewer]}
  - {name: dora, timezone: Europe/Paris, locale: fr, slack: U0DORA, permissions: [roster_manager]}
"""
REGISTRY = load_registry()
ANA = Account("slack", "U0ANA")
BO = Account("discord", "123456789012345678")
CHIDI = Account("slack", "U0CHIDI")
DORA = Account("slack", "U0DORA")
STRANGER = Account("slack", "U0NOBODY", locale="en", timezone="Europe/Paris")


@dataclass
class Asked:
    """All that was answered to one call."""

    replies: list[Reply] = field(default_factory=list)
    desk: Desk | None = None
    reader: object = None
    words: str = ""

    @property
    def last(self) -> Reply:
        return self.replies[-1]

    def button(self, label: str) -> tuple[str, str]:
        """The action and value of the button that says this."""
        for block in self.last.card.blocks:
            if block.kind == "buttons":
                for button in block.buttons:
                    if label in button.label:
                        return button.action, button.value
        raise AssertionError(f"no button says {label!r}: {self.words}")


class AskedDesk:
    """The desk in a test's words: `await desk.ask("event latest", ANA)`."""

    def __init__(self, database: Database, clock: ManualClock, facts: DeskFacts | None = None) -> None:
        self.clock = clock
        registry = REGISTRY
        self.rooms = Rooms(
            database=database,
            clock=clock,
            bell=Bell(clock),
            events=EventService(),
            people=PeopleService(database, clock),
            rosters=RosterService(database, clock),
            swaps=SwapService(database, clock),
            changes=RosterChanges(database, clock),
            notes=HandoffNotes(database, clock),
            feeds=FeedService(database, clock),
            subscriptions=SubscriptionService(database, clock),
            pages=PageService(database, clock),
            registry=registry,
            facilities=registry.all(),
            jobs=JobService(database, clock, Bell(clock)),
            facts=facts or DeskFacts(administrators=("bo",)),
        )
        self.desk = Desk(book(), self.rooms)

    async def begin(self) -> None:
        await self.rooms.people.put(parse_people(PEOPLE), by="test")

    async def ask(
        self, line: str, account: Account = ANA, *, place: Place | None = None, delivery: str | None = None
    ) -> Asked:
        call = Call(account, place or _place(account), line=line, delivery=delivery)
        return await self._gather([reply async for reply in self.desk.run(call)], account)

    async def fill(self, path: str, given: Mapping[str, str], account: Account = ANA) -> Asked:
        call = Call(account, _place(account), path=path, given=given)
        return await self._gather([reply async for reply in self.desk.run(call)], account)

    async def press(
        self, button: tuple[str, str], account: Account = ANA, delivery: str | None = None
    ) -> Asked:
        press = Press(account, _place(account), *button, delivery=delivery)
        return await self._gather([reply async for reply in self.desk.press(press)], account)

    async def _gather(self, replies: list[Reply], account: Account) -> Asked:
        reader = (await self.desk.caller(account)).reader
        words = "\n".join(render_text(reply.card, reader) for reply in replies[-1:])
        return Asked(replies, self.desk, reader, words)


def _place(account: Account) -> Place:
    return Place(Front(account.kind), "C1")
