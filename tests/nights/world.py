"""The world of a night: the real desk in one process, people with telephones, and the clock that moves all.

    async with open_world(folder, people=…, rosters=…, escalations=…) as world:
        await world.alert(superevent("S261120a"))
        sms = world.ana.gets_sms("S261120a")
        await sms.replies("ack 1")
        await world.pass_(minutes=5)

The parts are the hub's own (reading, events, decision, outbox, dispatcher, paging, rosters, web); providers
are stand-ins on loopback that speak their protocols. Whatever one was told and no line of the night asked
for fails the night when it ends.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import select

from bot.hub import Hub, HubOptions, Role
from bot.settings import Settings
from gcn.reading import read_message
from notifiers.dispatcher import Dispatcher
from notifiers.paging.answers import Answer, PageView, Settled
from notifiers.paging.engine import PagingEngine
from notifiers.paging.tables import PageContactRow, PageRow
from notifiers.tables import OPEN, OutboxRow, State
from shifts.people import PeopleService
from shifts.people_file import Person, parse_people
from store.clock import ManualClock
from store.database import Database
from store.owners import release_claims_of_the_gone
from tests.nights import alerts
from tests.nights.alerts import superevent
from tests.standins.slack import SlackStandIn
from tests.standins.slack_world import Message
from tests.standins.smtp import Mail, MailStandIn
from tests.standins.twilio import FROM, SID, TOKEN, TwilioStandIn, says
from tests.standins.twilio import Resource as Twiml

PUBLIC = "https://desk.example.org"
EVENING = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # 04:00 in Paris

PEOPLE = """
people:
  - {name: ana, slack: U0000000ANA, email: ana@example.org, phone: "+33612345601", timezone: Europe/Paris,
     verified: true, quiet: {from: "23:00", to: "07:00"},
     contact: [{after: 0, by: slack}, {after: 0, by: sms}, {after: 3, by: voice}]}
  - {name: bo, slack: U00000000BO, email: bo@example.org, phone: "+14155550102", verified: true,
     timezone: America/Los_Angeles, quiet: {from: "23:00", to: "07:00"}, contact: [{after: 0, by: sms}]}
  - {name: chidi, email: chidi@example.org, phone: "+2348031234503", timezone: Africa/Lagos, verified: true,
     quiet: {from: "22:00", to: "06:00"}, contact: [{after: 0, by: email}, {after: 0, by: sms}]}
  - {name: dana, slack: U0000000DAN, timezone: UTC, permissions: [administrator],
     contact: [{after: 0, by: slack}]}
"""

ROSTER = """
roster: gw
timezone: UTC
people: [ana, bo, chidi]
roles: {advocate: {fallback: chidi}}
layers:
  - {name: one, role: advocate, members: [ana], starts: 2026-11-01, handoff: "12:00", turn: {weeks: 1}}
"""

ON_CALL: dict[str, Any] = {
    "name": "on-call",
    "steps": [{"who": "role:gw/advocate", "wait": 5}, {"who": "person:bo", "wait": 5}],
    "fallback": "person:chidi",
}


@dataclass
class Sms:
    """A text message on somebody's telephone."""

    world: World
    number: str
    body: str

    async def replies(self, text: str, sid: str | None = None) -> str:
        """Its reader writes back; what they are answered."""
        return await self.world.hears_sms(self.number, text, sid)


@dataclass
class Ringing:
    """A telephone that rings."""

    world: World
    call: Twiml

    async def presses(self, key: str) -> str:
        """Its owner presses a key while the page is read out; what they hear then."""
        answer = await self.world.twilio.press(self.call, key)
        await self.world.settle()
        return says(answer)


@dataclass
class Letter:
    """A mail somebody got."""

    world: World
    mail: Mail

    @property
    def link(self) -> str:
        """The address at which it can be answered."""
        words = self.mail.text.split()
        return next(word.strip("()<>.") for word in words if "/ack/" in word)

    async def opens(self) -> str:
        """Its reader, or a scanner of their provider, opens the link: what the page shows."""
        return await self.world.http("GET", self.link)

    async def answers(self, answer: str = "acknowledge") -> str:
        """Its reader presses a button of that page."""
        return await self.world.http("POST", self.link, {"answer": answer})

    async def replies(self, text: str) -> str:
        """Its reader writes back."""
        address = self.mail.recipients[0]
        answered = await self.world.hub.inbound.answer_text("email", address, text, "email")
        await self.world.settle()
        return answered.text


@dataclass
class Card:
    """A message in Slack, as it stands now."""

    world: World
    message: Message

    @property
    def words(self) -> str:
        return self.message.words

    def button(self, label: str) -> dict[str, str]:
        """The button of this label as it stands now: its action and value."""
        for block in self.message.blocks:
            for element in block.get("elements", ()):
                if element.get("type") == "button" and element["text"]["text"] == label:
                    return {
                        "action": element["action_id"].partition("#")[0],
                        "value": element.get("value", ""),
                    }
        raise AssertionError(f"there is no button {label!r} on {self.words!r}")

    async def clicks(self, label: str, by: Somebody) -> Settled:
        return await by.presses(self.button(label))


@dataclass
class Somebody:
    """A person of the night, and what they got."""

    world: World
    person: Person

    def gets_sms(self, *says: str) -> Sms:
        """A text message that no line has asked for yet."""
        found = self.world.take(self.world.twilio.messages, self.person.phone, says, "SMS")
        return Sms(self.world, found.to, found.body)

    def is_called(self, *says: str) -> Ringing:
        """A call that no line has asked for yet."""
        return Ringing(self.world, self.world.take(self.world.twilio.calls, self.person.phone, says, "call"))

    def gets_mail(self, *says: str) -> Letter:
        """A mail that no line has asked for yet."""
        for mail in self.world.mail.mails:
            text = f"{mail.message['Subject']}\n{mail.text}"
            if id(mail) in self.world.expected or self.person.email not in mail.recipients:
                continue
            if all(each in text for each in says):
                self.world.expected.add(id(mail))
                return Letter(self.world, mail)
        raise AssertionError(f"{self.person.name} got no mail that says {says}; {self.world.said()}")

    def sees(self, *says: str) -> Card:
        """A direct message in Slack that says this: the first that no line has asked for, or else any."""
        assert self.person.slack is not None
        messages = self.world.slack.channel(self.person.slack).messages
        for message in sorted(messages, key=lambda each: each.expected):
            if all(each in message.words for each in says):
                message.expected = True
                return Card(self.world, message)
        raise AssertionError(f"{self.person.name} sees nothing that says {says}; {self.world.said()}")

    async def clicks(self, label: str) -> Settled:
        """Press a button of the newest card of a page in their direct messages."""
        assert self.person.slack is not None
        cards = [m for m in self.world.slack.channel(self.person.slack).messages if m.blocks]
        return await self.presses(Card(self.world, cards[-1]).button(label))

    async def presses(self, button: Mapping[str, str]) -> Settled:
        """Press a button as it was seen: also one of a card that has changed since."""
        settled = await self.world.hub.pages.press(
            button["action"], button["value"], person=self.person.name, via="slack"
        )
        await self.world.settle()
        return settled

    async def answers(self, page: int, answer: Answer, minutes: float | None = None) -> Settled:
        """Answer at the terminal."""
        settled = await self.world.hub.pages.answer(
            page, answer, person=self.person.name, via="terminal", minutes=minutes
        )
        await self.world.settle()
        return settled


@dataclass
class World:
    """See the module."""

    hub: Hub
    clock: ManualClock
    slack: SlackStandIn
    twilio: TwilioStandIn
    mail: MailStandIn
    people: dict[str, Somebody] = field(default_factory=dict)
    expected: set[int] = field(default_factory=set)
    engines: list[PagingEngine] = field(default_factory=list)
    dispatchers: list[Dispatcher] = field(default_factory=list)
    web_at: str = ""
    serving: asyncio.Task[None] | None = None

    def __getattr__(self, name: str) -> Somebody:
        try:
            return self.__dict__["people"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(name) from None

    # --- what happens

    async def alert(self, content: bytes, topic: str = "igwn.gwalert") -> None:
        """GCN sends a notice: read, attached to its event, decided; what is due at once is sent."""
        await self._attach(content, topic)

    async def reads(self) -> None:
        """The desk reads what lies in its inbox, as its intake does."""
        for message in await self.hub.inbox.claim_new(10, "the night"):
            async with self.hub.database.write() as session:
                assert await self.hub.inbox.mark_parsed(session, message.id, "the night")
            await self._attach(message.content, message.topic)

    async def restarts(self) -> None:
        """The process ends with all it knew by heart; another begins from what is written down."""
        await self.closes()
        old = self.hub
        hub = self.hub = Hub(old.settings, self.clock, old.options)
        await release_claims_of_the_gone(hub.database)
        await hub.interrupted.tell(starting=True)
        self.engines[:] = [hub.engine]
        self.dispatchers[:] = [hub._dispatcher()]
        await self.serves()

    async def serves(self) -> None:
        """The desk's web comes up."""
        self.serving = asyncio.create_task(self.hub.web.run())
        self.web_at = self.twilio.desk_at = await _served(self.hub)

    async def closes(self) -> None:
        """Nothing of the desk's process is left."""
        if self.serving is not None:
            self.serving.cancel()
            await asyncio.gather(self.serving, return_exceptions=True)
        await self.hub.planners.close()
        await self.hub.platforms.close()
        await self.hub.tools.close()
        await self.hub.database.dispose()

    async def standing_still(self) -> str | None:
        """What of the desk does not move."""
        return await self.hub._standing_still()

    async def _attach(self, content: bytes, topic: str) -> None:
        notice = read_message(content, topic)
        assert not isinstance(notice, str), notice
        async with self.hub.database.write() as session:
            attached = await self.hub.events.attach(
                session,
                notice,
                message_id=None,
                arrived=self.clock.now(),
                content_hash=hashlib.sha256(content).hexdigest(),
            )
        async with self.hub.database.write() as session:
            await self.hub.landing.landed(session, attached.event_id, attached.revision_id)
        await self.settle()

    async def pass_(self, minutes: float = 0.0, hours: float = 0.0) -> None:
        """Let time pass, from one thing that is due to the next."""
        until = self.clock.now() + timedelta(minutes=minutes, hours=hours)
        await self.settle()
        while (now := self.clock.now()) < until:
            due = [at for at in await self._ahead() if at > now]
            await self.clock.advance(max(0.001, (min([until, *due]) - now).total_seconds()))
            await self._work()

    async def settle(self) -> None:
        """Let the desk do what is due now, and the few seconds pass that its providers' pace wants."""
        await self._work()
        for _ in range(30):
            if not await self._owed():
                return
            await self.clock.advance(1.0)
            await self._work()

    async def _work(self) -> None:
        for engine in self.engines:
            await engine.settle()
        for dispatcher in self.dispatchers:
            await dispatcher.deliver_due()

    async def _owed(self) -> bool:
        """Whether something waits for the pace of its destination only."""
        now = self.clock.now()
        async with self.hub.database.read() as session:
            rows = await session.scalars(select(OutboxRow).where(OutboxRow.state == State.PENDING.value))
            return any(row.held_until is None or row.held_until <= now for row in rows)

    async def _ahead(self) -> list[datetime]:
        """The instants at which something becomes due."""
        wanted = (
            select(PageRow.next_due).where(PageRow.next_due.is_not(None)),
            select(PageContactRow.due).where(PageContactRow.done.is_(None)),
            select(OutboxRow.held_until).where(OutboxRow.held_until.is_not(None), OutboxRow.state.in_(OPEN)),
            select(OutboxRow.not_before).where(OutboxRow.state == State.RETRY.value),
        )
        async with self.hub.database.read() as session:
            found = [at for each in wanted for at in await session.scalars(each) if at is not None]
        if await self._owed():
            found.append(self.clock.now() + timedelta(seconds=1))
        return found

    async def hears_sms(self, number: str, text: str, sid: str | None = None) -> str:
        """Somebody writes to the desk's number; what they are answered."""
        answer = await self.twilio.text(number, text, sid=sid)
        await self.settle()
        return answer

    async def http(self, method: str, url: str, form: Mapping[str, str] | None = None) -> str:
        """A browser at the desk's public address; the text of the page."""
        where = url.replace(PUBLIC, self.web_at)
        async with aiohttp.ClientSession() as client, client.request(method, where, data=form) as answer:
            text = await answer.text()
        await self.settle()
        return text

    # --- what is looked at

    def channel(self, name: str, *says: str) -> Card:
        """A message in a channel that says this, asked for before or not."""
        for message in self.slack.channel(name).said:
            if not message.deleted and all(each in message.words for each in says):
                message.expected = True
                return Card(self, message)
        raise AssertionError(f"nothing in {name} says {says}; {self.said()}")

    async def page(self, number: int = 1) -> PageView:
        return await self.hub.pages.page(number)

    def take(self, kept: Sequence[Twiml], number: str | None, says: Sequence[str], what: str) -> Twiml:
        for each in kept:
            text = each.body if what == "SMS" else each.says
            if each.sid not in self._taken and each.to == number and all(word in text for word in says):
                self._taken.add(each.sid)
                return each
        raise AssertionError(f"no {what} to {number} says {says}; {self.said()}")

    def hears_nothing_more(self) -> None:
        """Nobody was told anything that no line has asked for."""
        left = [f"slack: {m.words}" for m in self.slack.messages if not m.expected]
        left += [f"sms to {m.to}: {m.body}" for m in self.twilio.messages if m.sid not in self._taken]
        left += [f"call to {m.to}: {m.says}" for m in self.twilio.calls if m.sid not in self._taken]
        left += [
            f"mail to {m.recipients}: {m.message['Subject']}"
            for m in self.mail.mails
            if id(m) not in self.expected
        ]
        assert left == [], f"nobody asked for {left}"
        assert self.slack.violations == []
        assert self.twilio.violations == []

    def said(self) -> str:
        """Everything the stand-ins were told, for the failure's text."""
        slack = {m.channel: m.words for m in self.slack.messages}
        sms = [(m.to, m.body) for m in self.twilio.messages]
        calls = [(m.to, m.says) for m in self.twilio.calls]
        mails = [(m.recipients, m.message["Subject"]) for m in self.mail.mails]
        return f"said was: slack {slack}, sms {sms}, calls {calls}, mails {mails}"

    @property
    def _taken(self) -> set[str]:
        taken: set[str] = self.__dict__.setdefault("taken", set())
        return taken


def settings_of(
    database: str,
    slack: SlackStandIn,
    twilio: TwilioStandIn,
    mail: MailStandIn,
    *,
    escalations: Sequence[Mapping[str, Any]],
    rule: str = "significant",
    channels: Sequence[Mapping[str, Any]] = (),
    told: Sequence[str] = ("gw",),
    more: Mapping[str, Any] | None = None,
) -> Settings:
    """The desk of these nights: a channel for events, one for the desk itself, and a route that pages.

    `told` are the channels of the route; the sections of `more` add to these.
    """
    sections: dict[str, dict[str, Any]] = {
        "database": {"url": database},
        "desk": {"warnings": ["desk"]},
        "slack": {"bot_token": slack.token, "api_url": slack.url},
        "twilio": {
            "account_sid": SID,
            "auth_token": TOKEN,
            "from_number": FROM,
            "api_url": twilio.url,
        },
        "email": {"smtp_url": mail.url, "sender": "nightdesk@example.org"},
        "web": {"port": 0, "public_url": PUBLIC},
        "facilities": {"names": ["DECam"]},
    }
    lists = {name: section for name, section in (more or {}).items() if not isinstance(section, Mapping)}
    for name, section in (more or {}).items():
        if name not in lists:
            sections[name] = {**sections.get(name, {}), **section}
    return Settings.model_validate(
        {
            **sections,
            "channels": [
                {"name": "gw", "kind": "slack", "address": "gw"},
                {"name": "desk", "kind": "slack", "address": "desk"},
                *channels,
            ],
            "routes": [
                {"name": "near", "when": rule, "channels": list(told), "page": escalations[0]["name"]}
            ],
            "escalations": [dict(each) for each in escalations],
            **lists,
        }
    )


@functools.cache
def _empty_database() -> Path:
    """An SQLite file with every table, made once: most of a night's time would go into making it."""
    path = Path(tempfile.mkdtemp(prefix="nights")) / "empty.sqlite"

    async def make() -> None:
        database = Database(f"sqlite+aiosqlite:///{path}")
        await database.create_all()
        await database.dispose()

    thread = threading.Thread(target=lambda: asyncio.run(make()))
    thread.start()
    thread.join()
    return path


def candidate(name: str, kind: str = "PRELIMINARY", *, minute: float = 0.0, **event: Any) -> bytes:
    """A candidate that merged a minute before the night begins, told so many minutes after that."""
    merged = EVENING - timedelta(minutes=1)
    event = {"time": f"{merged:%Y-%m-%dT%H:%M:%S}.000Z", "skymap": None, **event}
    return superevent(name, kind, minute=(EVENING - alerts.EVENING).total_seconds() / 60 + minute, **event)


def retracted(name: str, minute: float) -> bytes:
    """It is taken back, so many minutes into the night."""
    return alerts.retraction(name, minute=(EVENING - alerts.EVENING).total_seconds() / 60 + minute)


async def _served(hub: Hub) -> str:
    """The address at which the desk's web answers, once it does."""
    for _ in range(2000):
        if hub.web.bound_port:
            return f"http://127.0.0.1:{hub.web.bound_port}"
        await asyncio.sleep(0.005)
    raise AssertionError("the desk's web does not come up")


@asynccontextmanager
async def open_world(
    folder: Path | str,
    *,
    people: str = PEOPLE,
    rosters: Sequence[str] = (ROSTER,),
    escalations: Sequence[Mapping[str, Any]] = (ON_CALL,),
    starts: datetime = EVENING,
    replicas: int = 1,
    rule: str = "significant",
    strict: bool = True,
    channels: Sequence[Mapping[str, Any]] = (),
    told: Sequence[str] = ("gw",),
    more: Mapping[str, Any] | None = None,
    slack: SlackStandIn | None = None,
    clock: ManualClock | None = None,
) -> AsyncIterator[World]:
    """A night from its first minute to its last; when it ends, nothing was said that nobody asked for.

    `folder` holds the SQLite database, or is the URL of another one. `replicas` desks share it. `slack` is
    the workspace where it must be another than one that is only written to, and `clock` what it goes by.
    """
    clock = clock or ManualClock(starts)
    if isinstance(folder, Path):
        shutil.copy(_empty_database(), folder / "nightdesk.sqlite")
    url = folder if isinstance(folder, str) else f"sqlite:///{folder / 'nightdesk.sqlite'}"
    async with AsyncExitStack() as stack:
        slack = slack or SlackStandIn(clock=lambda: clock.now().timestamp())
        await stack.enter_async_context(slack)
        twilio = await stack.enter_async_context(TwilioStandIn())
        twilio.now = clock.now
        mail = await stack.enter_async_context(MailStandIn())
        known = parse_people(people)
        for name in ("gw", "desk", *(each["address"] for each in channels if each["kind"] == "slack")):
            slack.add_channel(name)
        for person in known.people:
            if person.slack is not None:
                slack.add_person(person.slack)
        settings = settings_of(
            url,
            slack,
            twilio,
            mail,
            escalations=escalations,
            rule=rule,
            channels=channels,
            told=told,
            more=more,
        )
        pictures = Path() if isinstance(folder, str) else folder
        hub = Hub(settings, clock, HubOptions(frozenset(Role) - {Role.INGEST}, pictures=pictures))
        world = World(hub, clock, slack, twilio, mail)
        await PeopleService(hub.database, clock).put(known, by="the night")
        for roster in rosters:
            await hub.rosters.publish(roster, by="the night")
        world.people.update({person.name: Somebody(world, person) for person in known.people})
        for number in range(replicas):
            replica = hub if number == 0 else Hub(settings, clock)
            if number:
                stack.push_async_callback(replica.database.dispose)
                stack.push_async_callback(replica.tools.close)
            world.engines.append(replica.engine)
            world.dispatchers.append(replica._dispatcher())
        try:
            await world.serves()
            yield world
            if strict:
                await world.settle()
                world.hears_nothing_more()
        finally:
            await world.closes()
