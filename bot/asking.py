"""The desk that people ask, put together from the hub's parts; and asking it from a terminal."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.composition import Tools
from bot.settings import Settings
from bot.typed_lines import Complete
from cards.card import Card
from cards.reader import Reader
from commands.declared import book
from commands.desk import Call, Desk, Press
from commands.options import Choice
from commands.request import Account, Form, Front, Place, Reply
from commands.retraction.telling import RetractedJobs
from commands.rooms import Configured, ConfiguredChannel, DeskFacts, Rooms
from commands.typing_ahead import complete_line
from events.compute import Compute
from events.service import EventService
from facilities.registry import load_registry
from notifiers.paging.service import PageService
from notifiers.reactions.parts import ReactionParts
from notifiers.subscriptions import SubscriptionService
from platforms.instances import Platforms
from platforms.jobs import JobService
from shifts.changes import RosterChanges
from shifts.feeds import FeedService
from shifts.handoff_notes import HandoffNotes
from shifts.people import PeopleService
from shifts.service import RosterService
from shifts.swaps import SwapService
from store.clock import Clock
from store.database import Database
from store.wakeup import Bell

Parts = Callable[[], Awaitable[Mapping[str, tuple[bool, str]]]]


def desk_of(
    settings: Settings,
    tools: Tools,
    database: Database,
    clock: Clock,
    bell: Bell,
    events: EventService,
    compute: Compute,
    parts: Parts,
    pages: PageService,
    jobs: JobService,
    platforms: Platforms,
    reactions: ReactionParts,
    retracted: RetractedJobs,
) -> Desk:
    """The desk of a configuration."""
    facts = DeskFacts(
        name=settings.desk.name,
        public_url=settings.web.public_url,
        administrators=settings.desk.administrators,
        locale=settings.desk.locale,
        timezone=settings.desk.timezone,
        root=settings.commands.root,
        second_person=frozenset(settings.commands.second_person),
    )
    rooms = Rooms(
        database=database,
        clock=clock,
        bell=bell,
        events=events,
        people=PeopleService(database, clock),
        rosters=RosterService(database, clock),
        swaps=SwapService(database, clock),
        changes=RosterChanges(database, clock),
        notes=HandoffNotes(database, clock),
        feeds=FeedService(database, clock),
        subscriptions=SubscriptionService(database, clock),
        pages=pages,
        registry=load_registry(settings.facilities.files),
        facilities=tools.facilities,
        jobs=jobs,
        platforms=platforms,
        reactions=reactions,
        retracted=retracted,
        compute=compute,
        escalations=tools.escalations,
        facts=facts,
        configured=configured_of(settings, tools),
        parts=parts,
    )
    return Desk(book(), rooms)


def configured_of(settings: Settings, tools: Tools) -> Configured:
    """What `settings` shows of the configuration: names and kinds, never where to or with what token."""
    fronts = {
        "slack": settings.slack.bot_token is not None,
        "discord": settings.discord.token is not None,
        "terminal": settings.chat.socket is not None,
    }
    channels = tuple(
        ConfiguredChannel(each.name, each.kind, each.locale, each.timezone) for each in settings.channels
    )
    return Configured(channels, tools.routes, tuple(name for name, there in fronts.items() if there))


@dataclass(frozen=True)
class Answer:
    """A reply as a terminal shows it: in whose language and zone, its pictures, the form it asks for."""

    card: Card
    reader: Reader
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    form: Form | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "card": self.card.to_dict(),
            "locale": self.reader.locale,
            "timezone": self.reader.timezone,
            "pictures": {key: base64.b64encode(png).decode() for key, png in self.pictures.items()},
            "form": self.form.to_dict() if self.form else None,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Answer:
        form = values["form"]
        return cls(
            Card.from_dict(values["card"]),
            Reader(values["locale"], values["timezone"]),
            {key: base64.b64decode(png) for key, png in values["pictures"].items()},
            Form.from_dict(form) if form else None,
        )


class Asking(Protocol):
    """A desk as one terminal's person asks it, here or through the socket."""

    def say(self, line: str) -> AsyncIterator[Answer]: ...

    def fill(self, path: str, given: Mapping[str, str]) -> AsyncIterator[Answer]: ...

    def press(self, action: str, value: str) -> AsyncIterator[Answer]: ...

    async def complete(self, line: str) -> tuple[Choice, ...]: ...


class AskingHere:
    """Asks a desk of this process, as one account."""

    def __init__(self, desk: Desk, account: Account) -> None:
        self._desk = desk
        self._account = account
        self._place = Place(Front.TERMINAL, account.id, private=True)

    async def say(self, line: str) -> AsyncIterator[Answer]:
        async for answer in self._answers(self._desk.run(Call(self._account, self._place, line=line))):
            yield answer

    async def fill(self, path: str, given: Mapping[str, str]) -> AsyncIterator[Answer]:
        call = Call(self._account, self._place, path=path, given=given)
        async for answer in self._answers(self._desk.run(call)):
            yield answer

    async def press(self, action: str, value: str) -> AsyncIterator[Answer]:
        press = Press(self._account, self._place, action, value)
        async for answer in self._answers(self._desk.press(press)):
            yield answer

    async def complete(self, line: str) -> tuple[Choice, ...]:
        return await complete_line(self._desk, self._account, line)

    async def _answers(self, replies: AsyncIterator[Reply]) -> AsyncIterator[Answer]:
        reader = (await self._desk.caller(self._account)).reader
        async for reply in replies:
            yield Answer(reply.card, reader, reply.pictures, reply.form)


def completing(asking: Asking) -> Complete:
    """The completion of a typed line, as the terminal's editor wants it."""

    async def complete(line: str) -> list[tuple[str, str]]:
        return [(each.value, each.label) for each in await asking.complete(line)]

    return complete
