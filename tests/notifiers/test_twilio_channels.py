"""SMS, WhatsApp and voice through Twilio: lengths, refusals, and what is found again after a crash."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cards.card import Button, Buttons, Card, Text, Tone
from cards.event_card import event_card
from cards.gsm import count
from cards.reader import Reader
from notifiers.channels.base import (
    Channel,
    ChannelConfig,
    ChannelError,
    DeliveryError,
    Never,
    TryAgain,
    TryLater,
)
from notifiers.channels.registry import Connections, open_channel
from notifiers.channels.twilio_account import TwilioAccount
from notifiers.channels.twilio_text import tag_of
from notifiers.channels.twiml import voice_language
from tests.cards import nights
from tests.standins.twilio import FROM, WHATSAPP, Fault, TwilioStandIn

SPEC = Path(__file__).resolve().parents[3] / "shared" / "specs" / "twilio-2010.openapi.json"
ANA = "+33698765432"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
NOTE = Card((Text("A note"),), Tone.INFO, (), "A note", "A note.", "A note.")


@dataclass
class Setup:
    twilio: TwilioStandIn
    account: TwilioAccount
    known: set[str]

    def open(self, kind: str, locale: str = "en", address: str = ANA) -> Channel:
        async def known(ids: Collection[str]) -> frozenset[str]:
            return frozenset(self.known & set(ids))

        config = ChannelConfig("ana", kind, address, Reader(locale, "Europe/Paris"))
        return open_channel(config, Connections(twilio=self.account, known_calls=known))


@pytest.fixture
async def setup() -> AsyncIterator[Setup]:
    async with TwilioStandIn(spec=SPEC, page_size=2) as twilio:
        account = TwilioAccount(twilio.identity("https://desk.example.org"))
        yield Setup(twilio, account, set())
        await account.close()
        assert twilio.violations == []


def test_the_specification_is_there_to_check_against() -> None:
    if not SPEC.is_file():
        pytest.skip("Twilio's description is not beside this checkout: requests were not checked against it")
    assert TwilioStandIn(spec=SPEC).violations == []


@pytest.mark.parametrize("locale", ["en", "fr", "de", "es", "it", "ja", "zh"])
@pytest.mark.parametrize("name", ["S230518H", "GRB", "MOCK", "S230518H_RETRACTED"])
async def test_an_event_is_one_sms_in_every_language(setup: Setup, locale: str, name: str) -> None:
    state = getattr(nights, name)
    card = event_card(state, state.newest.arrived, Reader(locale, "Europe/Paris"))
    await setup.open("sms", locale).post(card, "n1", {})
    (message,) = setup.twilio.messages
    length = count(message.body)
    assert message.body.endswith(f" {tag_of('n1')}")
    assert (length.encoding, length.parts) == (
        ("UCS-2", length.parts) if locale in ("ja", "zh") else ("GSM-7", 1)
    )
    assert length.parts <= 2


async def test_every_message_asks_to_be_told_what_becomes_of_it(setup: Setup) -> None:
    await setup.open("sms").post(NOTE, "n1", {})
    await setup.open("voice").post(NOTE, "n1", {})
    (message,), (call,) = setup.twilio.messages, setup.twilio.calls
    assert message.fields["StatusCallback"] == "https://desk.example.org/hooks/twilio/status"
    assert message.fields["From"] == call.fields["From"] == FROM
    events = [value for key, value in call.every if key == "StatusCallbackEvent"]
    assert events == ["initiated", "ringing", "answered", "completed"]


async def test_without_a_public_address_nothing_is_called_back_and_no_key_is_asked_for() -> None:
    async with TwilioStandIn(spec=SPEC) as twilio:
        account = TwilioAccount(twilio.identity())
        setup = Setup(twilio, account, set())
        await setup.open("sms").post(NOTE, "n1", {})
        await setup.open("voice").post(NOTE, "n1", {})
        await account.close()
    assert "StatusCallback" not in twilio.messages[0].fields
    assert "Press" not in twilio.calls[0].says
    assert twilio.violations == []


@pytest.mark.parametrize("kind", ["sms", "whatsapp"])
async def test_a_message_whose_answer_was_lost_is_found_among_many(setup: Setup, kind: str) -> None:
    channel = setup.open(kind)
    for number in range(3):
        await channel.post(NOTE, f"before {number}", {})
    setup.twilio.fail(Fault(reset=True, accepted=True))
    with pytest.raises(TryAgain) as caught:
        await channel.post(NOTE, "n1", {})
    assert caught.value.uncertain
    for number in range(3):
        await channel.post(NOTE, f"after {number}", {})
    found = await setup.open(kind).find("n1", LONG_AGO, None)
    assert found is not None
    assert found.message == setup.twilio.messages[3].sid


async def test_a_message_that_was_never_taken_is_not_found(setup: Setup) -> None:
    channel = setup.open("sms")
    setup.twilio.fail(Fault(status=503))
    with pytest.raises(TryAgain):
        await channel.post(NOTE, "n1", {})
    await channel.post(NOTE, "n2", {})
    assert await channel.find("n1", LONG_AGO, None) is None


async def test_what_was_said_before_is_not_looked_at(setup: Setup) -> None:
    channel = setup.open("sms")
    await channel.post(NOTE, "n1", {})
    assert await channel.find("n1", datetime.now(UTC) + timedelta(hours=1), None) is None


async def test_a_call_whose_answer_was_lost_is_the_one_nobody_else_knows(setup: Setup) -> None:
    channel = setup.open("voice")
    setup.known.add((await channel.post(NOTE, "before", {})).message)
    setup.twilio.fail(Fault(reset=True, accepted=True))
    with pytest.raises(TryAgain):
        await channel.post(NOTE, "n1", {})
    found = await setup.open("voice").find("n1", LONG_AGO, None)
    assert found is not None
    assert found.message == setup.twilio.calls[1].sid
    setup.known.add(found.message)
    assert await channel.find("n2", LONG_AGO, None) is None


@pytest.mark.parametrize(
    ("fault", "kind", "words", "uncertain"),
    [
        (Fault(429, {"code": 20429}, "7"), TryLater, "asks for a pause", False),
        (Fault(500), TryAgain, "trouble of its own", True),
        (Fault(reset=True), TryAgain, "broke before its answer", True),
        (Fault(400, {"code": 21610}), Never, "answered STOP", False),
        (Fault(400, {"code": 21211}), Never, "no telephone number", False),
        (Fault(400, {"code": 30005}), Never, "does not exist", False),
        (Fault(400, {"code": 30003}), TryAgain, "cannot be reached now", False),
        (Fault(401, {"code": 20003}), Never, "refused the credentials", False),
        (Fault(400, {"code": 63016}), Never, "only a template", False),
        (Fault(400, {"code": 99999}), Never, "error 99999", False),
        (Fault(400), Never, "HTTP 400", False),
    ],
)
async def test_what_twilio_says_decides_whether_it_is_tried_again(
    setup: Setup, fault: Fault, kind: type[DeliveryError], words: str, uncertain: bool
) -> None:
    setup.twilio.fail(fault)
    with pytest.raises(kind, match=words) as caught:
        await setup.open("sms").post(NOTE, "n1", {})
    assert caught.value.uncertain is uncertain
    assert ANA not in str(caught.value)
    if isinstance(caught.value, TryLater):
        assert caught.value.retry_after == 7.0


async def test_whoever_answered_stop_is_left_alone(setup: Setup) -> None:
    setup.twilio.stopped.add(ANA)
    with pytest.raises(Never, match="until they answer START"):
        await setup.open("sms").post(NOTE, "n1", {})


async def test_a_call_reads_the_event_in_the_persons_language_and_asks_for_a_key(setup: Setup) -> None:
    reader = Reader("fr", "Europe/Paris")
    button = Button("page.acknowledge", "Je m’en charge", "12.3")
    card = event_card(nights.S230518H, nights.NOTICE, reader, actions=(button,))
    await setup.open("voice", "fr").post(card, "n1", {})
    (call,) = setup.twilio.calls
    assert "fusion d’une étoile à neutrons et d’un trou noir" in call.says
    assert "280 mégaparsecs" in call.says
    assert "1000 degrés carrés" in call.says
    assert "Appuyez sur 4" in call.says
    assert 'language="fr-FR"' in call.fields["Twiml"]
    assert "page=12.3" in call.fields["Twiml"]
    assert len(call.fields["Twiml"]) <= 4000


async def test_a_card_that_is_no_page_asks_for_no_answer(setup: Setup) -> None:
    await setup.open("voice").post(NOTE, "n1", {})
    assert "Press 4" not in setup.twilio.calls[0].says
    assert "Press 9 to hear it again." in setup.twilio.calls[0].says


async def test_a_call_is_short_enough_whatever_it_reads_out(setup: Setup) -> None:
    await setup.open("voice").post(replace(NOTE, spoken="<&> étoile " * 2000), "n1", {})
    assert len(setup.twilio.calls[0].fields["Twiml"]) <= 4000


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("en", "en-US"), ("en-GB", "en-GB"), ("fr", "fr-FR"), ("fr-CA", "fr-CA"), ("de", "de-DE"),
        ("es", "es-ES"), ("it", "it-IT"), ("ja", "ja-JP"), ("zh", "cmn-CN"), ("sv", "en-US"),
    ],
)  # fmt: skip
def test_the_voice_reads_in_the_language_of_the_words(locale: str, language: str) -> None:
    assert voice_language(Reader(locale)) == language


async def test_whatsapp_is_addressed_with_its_colon_and_says_the_card_in_its_own_signs(setup: Setup) -> None:
    card = event_card(nights.S230518H, nights.NOTICE, Reader("en", "Europe/Paris"))
    await setup.open("whatsapp", address=f"whatsapp:{ANA}").post(card, "n1", {})
    (message,) = setup.twilio.messages
    assert (message.to, message.fields["From"]) == (f"whatsapp:{ANA}", f"whatsapp:{WHATSAPP}")
    assert message.body.startswith("*NSBH candidate S230518h · real · significant* — no human")
    assert message.body.endswith(f"\n{tag_of('n1')}")
    assert len(message.body) <= 1600


async def test_whatsapp_uses_the_template_where_there_is_one() -> None:
    async with TwilioStandIn(spec=SPEC) as twilio:
        account = TwilioAccount(twilio.identity(whatsapp_template="HX" + "1" * 32))
        channel = Setup(twilio, account, set()).open("whatsapp")
        posted = await channel.post(NOTE, "n1", {})
        (message,) = twilio.messages
        assert message.fields["ContentSid"] == "HX" + "1" * 32
        assert message.fields["ContentVariables"] == f'{{"1": "A note. {tag_of("n1")}"}}'
        assert "Body" not in message.fields
        assert posted.message == message.sid
        await account.close()
    assert twilio.violations == []


@pytest.mark.parametrize("address", ["0612345678", "+12", "ana", "", "+33 6 12 34 56 78 90 12 34"])
def test_a_number_without_its_country_is_refused(address: str) -> None:
    account = TwilioAccount(TwilioStandIn().identity())
    with pytest.raises(ChannelError, match=r"E\.164"):
        open_channel(ChannelConfig("ana", "sms", address), Connections(twilio=account))


async def test_the_doctor_asks_for_the_account_and_sends_nothing(setup: Setup) -> None:
    for kind in ("sms", "voice", "whatsapp"):
        assert "Night desk (active)" in await setup.open(kind).check()
    assert setup.twilio.messages == setup.twilio.calls == []
    broken = TwilioAccount(replace(setup.twilio.identity(), auth_token="wrong"))
    with pytest.raises(Never, match="refused the credentials"):
        await broken.account()
    await broken.close()


async def test_a_page_with_its_answer_is_never_cut(setup: Setup) -> None:
    page = replace(NOTE, short="x" * 120 + ". Reply 7 = mine, 0 = not me")
    buttons = Buttons((Button("page.acknowledge", "I have it", "7"),))
    await setup.open("sms").post(replace(page, blocks=(buttons,)), "n1", {})
    assert "Reply 7 = mine, 0 = not me" in setup.twilio.messages[0].body
