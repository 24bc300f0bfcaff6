"""What Twilio posts to the desk: signed, understood once, in any order; over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

import notifiers.paging.tables  # noqa: F401 - tables
import store.audit  # noqa: F401 - tables
from bot.web import Readiness, WebServer
from bot.web_twilio import TwilioHooks, is_signed
from cards.card import Button, Buttons, Card, Text, Tone
from cards.reader import Reader
from notifiers.channels.base import ChannelConfig
from notifiers.channels.registry import Connections, open_channel
from notifiers.channels.twilio_account import TwilioAccount
from notifiers.outbox import notify
from notifiers.paging.inbound import Answered
from notifiers.receipts import Reached, told
from notifiers.tables import OutboxRow, ReceiptRow, State
from shifts.people import PeopleService
from shifts.people_file import parse_people
from store.clock import ManualClock
from store.database import Database
from store.wakeup import Bell
from tests.patience import PATIENCE
from tests.standins.twilio import FROM, SID, TOKEN, TwilioStandIn, says, signature

PUBLIC = "https://desk.example.org"
ANA = "+33698765432"
PAGE = Card(
    (Text("Page 7"),),
    Tone.REAL,
    (Buttons((Button("page.acknowledge", "I have it", "7.2"),)),),
    "Page 7 NSBH S230518h",
    "NSBH S230518h 86% real. Reply 7 = mine, 0 = not me",
    "A possible merger.",
)


@dataclass
class Paging:
    """What paging is asked, and answers."""

    heard: list[tuple[Any, ...]] = field(default_factory=list)
    answer: Answered = field(default_factory=lambda: Answered("Page 7: you have it."))

    async def answer_text(self, *said: Any, page: int | None = None, once: str | None = None) -> Answered:
        self.heard.append((*said, page, once))
        return self.answer


@dataclass
class Desk:
    twilio: TwilioStandIn
    account: TwilioAccount
    paging: Paging
    people: PeopleService
    database: Database
    clock: ManualClock
    url: str

    def open(self, kind: str, locale: str = "en") -> Any:
        config = ChannelConfig("ana", kind, ANA, Reader(locale, "Europe/Paris"))
        return open_channel(config, Connections(twilio=self.account))

    async def owe(self, provider_id: str, channel: str = "@ana/sms") -> OutboxRow:
        """A message that was sent, as the outbox keeps it."""
        async with self.database.write() as session:
            await notify(session, PAGE, [channel], key=provider_id, now=self.clock.now(), subject="page:7")
            row = await session.scalar(select(OutboxRow).order_by(OutboxRow.id.desc()).limit(1))
            assert row is not None
            row.state, row.provider, row.message = State.SENT.value, "twilio", provider_id
            row.sent = self.clock.now()
        return row

    async def status(self, sid: str) -> str | None:
        async with self.database.read() as session:
            found: str | None = await session.scalar(
                select(ReceiptRow.status).where(ReceiptRow.provider_id == sid)
            )
            return found


@pytest.fixture
async def desk(database: Database, clock: ManualClock) -> AsyncIterator[Desk]:
    async with TwilioStandIn() as twilio:
        account = TwilioAccount(twilio.identity(PUBLIC))
        people, paging = PeopleService(database, clock), Paging()
        await people.put(
            parse_people(
                f"people: [{{name: ana, phone: '{ANA}', timezone: Europe/Paris, verified: [phone]}}]"
            ),
            by="test",
        )
        hooks = TwilioHooks(account.identity, database, clock, paging, people, Bell(clock))  # type: ignore[arg-type]
        server = WebServer("127.0.0.1", 0, _ready, _measured, hooks.routes())
        task = asyncio.create_task(server.run())
        async with asyncio.timeout(PATIENCE):
            while not server.bound_port:  # noqa: ASYNC110 - it tells nobody but whoever looks
                await asyncio.sleep(0.01)
        url = f"http://127.0.0.1:{server.bound_port}"
        twilio.desk_at = url
        yield Desk(twilio, account, paging, people, database, clock, url)
        task.cancel()
        await account.close()


async def _ready() -> Readiness:
    return Readiness({})


async def _measured() -> bytes:
    return b""


async def test_a_reply_by_sms_is_asked_of_paging_and_answered(desk: Desk) -> None:
    assert await desk.twilio.text(ANA, "7", sid="SM" + "a" * 32) == "Page 7: you have it."
    assert desk.paging.heard == [("phone", ANA, "7", "sms", None, "SM" + "a" * 32)]


async def test_a_reply_by_whatsapp_is_known_by_its_number(desk: Desk) -> None:
    await desk.twilio.text(f"whatsapp:{ANA}", "ack 7")
    assert desk.paging.heard[0][:4] == ("phone", ANA, "ack 7", "whatsapp")


async def test_an_answer_in_another_script_keeps_its_letters(desk: Desk) -> None:
    desk.paging.answer = Answered("7番を担当します")
    assert await desk.twilio.text(ANA, "7") == "7番を担当します"


async def test_a_stranger_gets_no_word(desk: Desk) -> None:
    desk.paging.answer = Answered("Nobody here has this number.", known=False)
    assert await desk.twilio.text("+4915112345678", "hello") == ""


@pytest.mark.parametrize("word", ["STOP", " stop ", "Unsubscribe", "ARRET"])
async def test_stop_ends_sms_and_start_begins_them_again(desk: Desk, word: str) -> None:
    assert "sms" in await desk.people.usable("ana")
    for _ in range(2):
        assert await desk.twilio.text(ANA, word) == ""
    assert "sms" not in await desk.people.usable("ana")
    await desk.twilio.text(ANA, "START")
    assert "sms" in await desk.people.usable("ana")
    assert desk.paging.heard == []


async def test_pressing_4_in_a_call_answers_the_page_of_that_call(desk: Desk) -> None:
    await desk.open("voice").post(PAGE, "nonce-1", {})
    (call,) = desk.twilio.calls
    assert "Press 4 if you have it" in call.says
    answer = await desk.twilio.press(call, "4")
    assert says(answer) == "Page 7: you have it."
    assert "Hangup" in answer
    assert desk.paging.heard == [("phone", ANA, "4", "voice", 7, f"{call.sid}:4")]


async def test_pressing_9_reads_it_again_in_the_persons_language(desk: Desk) -> None:
    row = await desk.owe("CA" + "1" * 32, "@ana/voice")
    await desk.open("voice", "fr").post(PAGE, row.nonce, {})
    (call,) = desk.twilio.calls
    again = await desk.twilio.press(call, "9")
    assert "A possible merger." in says(again)
    assert "Appuyez sur 4" in says(again)
    assert 'language="fr-FR"' in again
    assert desk.paging.heard == []
    answer = await desk.twilio.press(call, "4", again)
    assert says(answer) == "Page 7: you have it."


async def test_a_key_that_means_nothing_is_answered_by_reading_it_again(desk: Desk) -> None:
    row = await desk.owe("CA" + "1" * 32, "@ana/voice")
    await desk.open("voice").post(PAGE, row.nonce, {})
    desk.paging.answer = Answered("4 is mine", understood=False)
    assert "A possible merger." in says(await desk.twilio.press(desk.twilio.calls[0], "8"))


async def test_statuses_move_only_forward_in_whatever_order_they_come(desk: Desk) -> None:
    channel = desk.open("sms")
    receipt = await channel.post(PAGE, "nonce-1", {})
    await desk.owe(receipt.message)
    (message,) = desk.twilio.messages
    for status in ("delivered", "sent", "queued", "sending"):
        assert await desk.twilio.report(message, status) == 204
    assert await desk.status(message.sid) == "delivered"
    async with desk.database.read() as session:
        (row,) = await told(session, subject="page:7")
    assert (row.person, row.way, row.reached) == ("ana", "sms", Reached.DELIVERED)


async def test_a_status_may_come_before_the_outbox_knows_the_message(desk: Desk) -> None:
    await desk.open("sms").post(PAGE, "nonce-1", {})
    (message,) = desk.twilio.messages
    await desk.twilio.report(message, "undelivered", error=30003)
    await desk.owe(message.sid)
    async with desk.database.read() as session:
        (row,) = await told(session, subject="page:7")
    assert row.reached is Reached.FAILED


async def test_the_statuses_of_a_call_go_by_their_sequence(desk: Desk) -> None:
    await desk.open("voice").post(PAGE, "nonce-1", {})
    (call,) = desk.twilio.calls
    await desk.twilio.report(call, "ringing", number=1)
    await desk.twilio.report(call, "no-answer", number=3)
    await desk.twilio.report(call, "in-progress", number=2)
    assert await desk.status(call.sid) == "undelivered"


@pytest.mark.parametrize("path", ["/hooks/twilio/sms", "/hooks/twilio/voice", "/hooks/twilio/status"])
async def test_what_twilio_did_not_sign_is_refused(desk: Desk, path: str) -> None:
    fields = {
        "AccountSid": SID, "MessageSid": "SM" + "b" * 32, "CallSid": "", "From": ANA, "To": FROM, "Body": "7",
        "MessageStatus": "delivered",
    }  # fmt: skip
    for wrong in (
        {},
        {"X-Twilio-Signature": ""},
        {"X-Twilio-Signature": signature("another token", f"{PUBLIC}{path}", fields)},
        {"X-Twilio-Signature": signature(TOKEN, f"{desk.url}{path}", fields)},
        {"X-Twilio-Signature": signature(TOKEN, f"{PUBLIC}{path}", {**fields, "Body": "0"})},
    ):
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{desk.url}{path}", data=fields, headers=wrong) as answer,
        ):
            assert (answer.status, await answer.text()) == (403, "")
    assert desk.paging.heard == []
    assert await desk.status("SM" + "b" * 32) is None


async def test_a_page_in_the_address_of_a_call_cannot_be_exchanged(desk: Desk) -> None:
    fields = {"AccountSid": SID, "CallSid": "CA" + "b" * 32, "To": ANA, "From": FROM, "Digits": "4"}
    signed = signature(TOKEN, f"{PUBLIC}/hooks/twilio/voice?page=7", fields)
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{desk.url}/hooks/twilio/voice?page=8", data=fields, headers={"X-Twilio-Signature": signed}
        ) as answer,
    ):
        assert answer.status == 403


async def test_what_is_no_message_of_twilios_is_refused_though_signed(desk: Desk) -> None:
    for fields in (
        {"AccountSid": SID, "MessageSid": "x", "From": ANA, "Body": "7"},
        {"AccountSid": SID, "MessageSid": "SM" + "b" * 32, "From": "Amazon", "Body": "7"},
    ):
        status, _ = await desk.twilio.call_back(f"{PUBLIC}/hooks/twilio/sms", fields)
        assert status == 400
    status, _ = await desk.twilio.call_back(
        f"{PUBLIC}/hooks/twilio/sms", {"AccountSid": "AC" + "9" * 32, "MessageSid": "SM" + "b" * 32}
    )
    assert status == 403


@pytest.mark.parametrize("told_to_twilio", ["https://d.example:443/x", "https://d.example/x"])
@pytest.mark.parametrize("signs", ["https://d.example:443/x", "https://d.example/x"])
def test_a_port_more_or_less_in_the_signed_address_does_not_matter(told_to_twilio: str, signs: str) -> None:
    assert is_signed(TOKEN, told_to_twilio, {"A": "1"}, signature(TOKEN, signs, {"A": "1"}))
    assert not is_signed(
        TOKEN, told_to_twilio, {"A": "1"}, signature(TOKEN, "https://e.example/x", {"A": "1"})
    )


def test_without_a_public_address_there_are_no_hooks(database: Database, clock: ManualClock) -> None:
    hooks = TwilioHooks(
        TwilioStandIn().identity(),
        database,
        clock,
        Paging(),  # type: ignore[arg-type]
        PeopleService(database, clock),
        Bell(clock),
    )
    assert hooks.routes() == []


def test_twilios_own_example_of_a_signature_holds() -> None:
    fields = {
        "CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234", "From": "+14158675309",
        "To": "+18005551212",
    }  # fmt: skip
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert is_signed("12345", url, fields, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")


async def test_an_hour_later_a_link_of_a_call_still_knows_what_to_say(desk: Desk) -> None:
    row = await desk.owe("CA" + "1" * 32, "@ana/voice")
    await desk.open("voice").post(PAGE, row.nonce, {})
    await desk.clock.advance(timedelta(hours=1).total_seconds())
    assert "A possible merger." in says(await desk.twilio.press(desk.twilio.calls[0], "9"))
