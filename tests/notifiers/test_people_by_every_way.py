"""A person is paged by SMS, call and e-mail through the outbox; an answer that was lost doubles nothing.

What the outbox promises of e-mail is at least once: the second one carries the Message-ID of the first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from random import Random

import pytest

import store.audit  # noqa: F401 - tables
from cards.card import Button, Buttons, Card, Text, Tone
from notifiers.channels.mail_relay import MailRelay, RelayAddress
from notifiers.channels.registry import Connections, open_channel
from notifiers.channels.twilio_account import TwilioAccount
from notifiers.desk_lookups import DeskLookups
from notifiers.dispatcher import Dispatcher
from notifiers.outbox import notify
from notifiers.receipts import Reached, record_status, told
from notifiers.switchboard import Switchboard
from shifts.people import PeopleService
from shifts.people_file import parse_people
from store.clock import ManualClock
from store.database import Database
from tests.standins.smtp import MailStandIn
from tests.standins.twilio import Fault, TwilioStandIn

WAYS = ("email", "sms", "voice", "whatsapp")
PAGE = Card(
    (Text("Page 7 · NSBH candidate S230518h"),),
    Tone.REAL,
    (Buttons((Button("page.acknowledge", "I have it", "7.1"),)),),
    "Page 7 · NSBH candidate S230518h",
    "NSBH S230518h 86% real. Reply 7 = mine, 0 = not me",
    "A possible merger of a neutron star and a black hole.",
)


@dataclass
class Night:
    """Ana, who can be reached by every way but chat, and what has reached her."""

    database: Database
    clock: ManualClock
    twilio: TwilioStandIn
    mail: MailStandIn
    people: PeopleService
    connections: Connections
    dispatcher: Dispatcher = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """The process died and is there again: nothing is left but the database."""
        ways = self.connections.ways
        assert ways == WAYS
        switchboard = Switchboard({}, partial(open_channel, connections=self.connections), ways)
        self.dispatcher = Dispatcher(self.database, self.clock, switchboard, rng=Random(1))

    async def owe(self, way: str, key: str = "page 7") -> None:
        async with self.database.write() as session:
            now = self.clock.now()
            await notify(session, PAGE, [f"@ana/{way}"], key=key, now=now, subject="page:7", urgent=True)

    async def pass_time(self, seconds: float = 120.0) -> None:
        for _ in range(int(seconds // 4)):
            await self.dispatcher.deliver_due()
            await self.clock.advance(4.0)

    def arrived(self, way: str) -> int:
        return {
            "email": len(self.mail.mails),
            "voice": len(self.twilio.calls),
        }.get(way, len(self.twilio.messages))

    async def reached(self) -> list[Reached]:
        async with self.database.read() as session:
            return [each.reached for each in await told(session, subject="page:7")]


@pytest.fixture
async def night(database: Database, clock: ManualClock) -> AsyncIterator[Night]:
    async with TwilioStandIn() as twilio, MailStandIn() as mail:
        twilio.now = clock.now
        account, lookups = TwilioAccount(twilio.identity()), DeskLookups(database, clock)
        people = PeopleService(database, clock)
        reached = "email: ana@example.org, phone: '+33698765432', verified: [email, phone]"
        await people.put(parse_people(f"- {{name: ana, timezone: Europe/Paris, {reached}}}"), by="test")
        relay = MailRelay(RelayAddress.read(mail.url), "desk@nights.example")
        connections = Connections(
            clock=clock, email=relay, twilio=account, known_calls=lookups.sent, stopped=lookups.stopped
        )
        yield Night(database, clock, twilio, mail, people, connections)
        await account.close()


@pytest.mark.parametrize("way", WAYS)
async def test_a_page_reaches_ana_once_by_each_way(night: Night, way: str) -> None:
    await night.owe(way)
    await night.pass_time(8)
    assert night.arrived(way) == 1
    assert await night.reached() == [Reached.SENT]


@pytest.mark.parametrize("way", WAYS)
async def test_an_answer_that_was_lost_doubles_nothing(night: Night, way: str) -> None:
    night.twilio.fail(Fault(reset=True, accepted=True))
    night.mail.fail("lost answer")
    await night.owe(way)
    await night.dispatcher.deliver_due()
    night.restart()
    await night.pass_time()
    assert await night.reached() == [Reached.SENT]
    if way == "email":
        assert len({mail.message["Message-ID"] for mail in night.mail.mails}) == 1
        assert night.arrived(way) == 2  # docs/delivery.md: at least once
    else:
        assert night.arrived(way) == 1


@pytest.mark.parametrize("way", ["sms", "voice", "whatsapp"])
async def test_two_pages_whose_answers_were_lost_are_two_and_never_one(night: Night, way: str) -> None:
    night.twilio.fail(Fault(reset=True, accepted=True))
    await night.owe(way, "page 7")
    await night.dispatcher.deliver_due()
    await night.owe(way, "page 8")
    night.restart()
    await night.pass_time(300)
    assert await night.reached() == [Reached.SENT, Reached.SENT]
    assert night.arrived(way) >= 2


@pytest.mark.parametrize("way", WAYS)
async def test_a_provider_that_is_down_for_minutes_loses_nothing(night: Night, way: str) -> None:
    night.twilio.fail(*(Fault(status) for status in (503, 500, 429)))
    for where in ("mail", "rcpt", "data"):
        night.mail.fail(where, "451 4.3.0 try again")
    await night.owe(way)
    await night.pass_time(240)
    assert night.arrived(way) == 1
    assert await night.reached() == [Reached.SENT]


async def test_stop_is_honoured_between_the_decision_and_the_message(night: Night) -> None:
    await night.owe("sms")
    await night.people.stop("phone", "+33698765432")
    await night.pass_time(8)
    assert night.twilio.messages == []
    assert await night.reached() == [Reached.FAILED]


async def test_what_twilio_reports_of_an_sms_is_what_the_receipt_says(night: Night) -> None:
    await night.owe("sms")
    await night.pass_time(8)
    (message,) = night.twilio.messages
    async with night.database.write() as session:
        await record_status(session, "twilio", message.sid, "delivered", at=night.clock.now())
    assert await night.reached() == [Reached.DELIVERED]
