"""What an e-mail looks like on the wire, and what the mail server's answers come to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from cards.card import Button, Buttons, ButtonStyle, Card, Lines, Picture, Text, Tone, strong
from cards.reader import Reader
from notifiers.channels.base import ChannelConfig, ChannelError, DeliveryError, Never, PictureFile, TryAgain
from notifiers.channels.base import TryLater as Later
from notifiers.channels.email import EmailChannel
from notifiers.channels.kept_pictures import KeptPictures
from notifiers.channels.mail_relay import MailRelay, RelayAddress
from store.clock import ManualClock
from tests.standins.smtp import MailStandIn

LINK = "https://desk.example.org/unsubscribe/abc"
CARD = Card(
    (strong("NSBH candidate S230518h"),),
    Tone.REAL,
    (
        Lines(((Text("276 ± 79 Mpc <b>& more</b>"),),)),
        Buttons(
            (
                Button(
                    "page.acknowledge", "I have it", "7", ButtonStyle.PRIMARY, "https://d.example/ack/t0k"
                ),
                Button("page.decline", "Not for me", "7"),
            )
        ),
    ),
    "NSBH candidate S230518h · 276 ± 79 Mpc · 1002 deg²",
)
WITH_PICTURE = replace(
    CARD, blocks=(*CARD.blocks, Picture("sky_map", "Sky map: 50 % in 266 deg²", "Sky map"))
)
PNG = b"\x89PNG and so on"


@dataclass
class Setup:
    mail: MailStandIn
    channel: EmailChannel


def channel_of(mail: MailStandIn, clock: ManualClock, address: str = "Ana <ana@example.org>") -> EmailChannel:
    async def unsubscribe(address: str) -> str | None:
        return LINK

    relay = MailRelay(RelayAddress.read(mail.url), "Night desk <desk@nights.example>")
    return EmailChannel(
        ChannelConfig("ana", "email", address, Reader()), relay, KeptPictures(), clock, unsubscribe
    )


@pytest.fixture
async def setup(clock: ManualClock) -> AsyncIterator[Setup]:
    async with MailStandIn() as mail:
        yield Setup(mail, channel_of(mail, clock))


async def test_a_mail_says_who_what_and_how_to_stop_it(setup: Setup) -> None:
    await setup.channel.post(CARD, "n1", {})
    (mail,) = setup.mail.mails
    headers = mail.message
    assert (mail.sender, mail.recipients) == ("desk@nights.example", ["ana@example.org"])
    assert headers["From"] == "Night desk <desk@nights.example>"
    assert headers["To"] == "Ana <ana@example.org>"
    assert headers["Subject"] == "NSBH candidate S230518h · 276 ± 79 Mpc · 1002 deg²"
    assert headers["Message-ID"] == "<nd.n1@nights.example>"
    assert headers["Date"] == "Fri, 20 Nov 2026 03:00:00 +0000"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["List-Unsubscribe"] == f"<{LINK}>, <mailto:desk@nights.example?subject=unsubscribe>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["In-Reply-To"] is None
    assert headers.get_content_type() == "multipart/alternative"


async def test_words_are_in_the_text_and_in_the_html_and_are_no_markup(setup: Setup) -> None:
    await setup.channel.post(CARD, "n1", {})
    (mail,) = setup.mail.mails
    assert "276 ± 79 Mpc <b>& more</b>" in mail.text
    assert "276 ± 79 Mpc &lt;b&gt;&amp; more&lt;/b&gt;" in mail.html
    assert "<script" not in mail.html
    assert "http" not in mail.html.replace("https://d.example/ack/t0k", "").replace(LINK, "")


async def test_a_button_that_leads_somewhere_is_a_link_and_another_is_left_out(setup: Setup) -> None:
    await setup.channel.post(CARD, "n1", {})
    (mail,) = setup.mail.mails
    assert "I have it: https://d.example/ack/t0k" in mail.text
    assert 'href="https://d.example/ack/t0k"' in mail.html
    assert "Not for me" not in mail.text + mail.html


async def test_what_changed_is_an_answer_in_the_thread_of_the_card(setup: Setup) -> None:
    posted = await setup.channel.post(CARD, "n1", {})
    note = Card((strong("Initial: a human has looked."),), Tone.INFO, (), "Initial: a human has looked.")
    await setup.channel.reply(posted, note, "n2")
    _, answer = setup.mail.mails
    assert answer.message["In-Reply-To"] == answer.message["References"] == "<nd.n1@nights.example>"
    assert answer.message["Subject"] == "Re: NSBH candidate S230518h · 276 ± 79 Mpc · 1002 deg²"
    assert answer.message["Message-ID"] == "<nd.n2@nights.example>"


async def test_the_pictures_follow_once_in_one_mail_and_again_for_a_new_map(setup: Setup) -> None:
    channel = setup.channel
    shown = await channel.post(WITH_PICTURE, "n1", {})
    assert await channel.edit(shown, WITH_PICTURE, "n1", {}) == shown
    first = await channel.picture(PictureFile("S230518h-sky_map.png", PNG, "the sky"))
    shown = await channel.edit(shown, WITH_PICTURE, "n1", {"sky_map": first})
    assert await channel.edit(shown, WITH_PICTURE, "n1", {"sky_map": first}) == shown
    second = await channel.picture(PictureFile("S230518h-sky_map.png", PNG + b"2", "the sky"))
    shown = await channel.edit(shown, WITH_PICTURE, "n1", {"sky_map": second})
    _, one, two = setup.mail.mails
    for mail, content in ((one, PNG), (two, PNG + b"2")):
        assert mail.message["In-Reply-To"] == "<nd.n1@nights.example>"
        assert list(mail.pictures.values()) == [content]
        (cid,) = mail.pictures
        assert f'src="cid:{cid}" alt="Sky map: 50 % in 266 deg²"' in mail.html
    assert one.message["Message-ID"] != two.message["Message-ID"]
    assert shown.message == "<nd.n1@nights.example>"


async def test_after_a_crash_the_same_mail_carries_the_same_message_id(
    setup: Setup, clock: ManualClock
) -> None:
    setup.mail.fail("lost answer")
    with pytest.raises(TryAgain) as caught:
        await setup.channel.post(CARD, "n1", {})
    assert caught.value.uncertain
    await channel_of(setup.mail, clock).post(CARD, "n1", {})
    assert {mail.message["Message-ID"] for mail in setup.mail.mails} == {"<nd.n1@nights.example>"}
    assert len(setup.mail.mails) == 2  # docs/delivery.md: at least once


@pytest.mark.parametrize(
    ("where", "answer", "kind", "words"),
    [
        ("rcpt", "550 5.1.1 <ana@example.org> unknown", Never, "does not take mail for this address"),
        ("rcpt", "450 4.2.0 greylisted", TryAgain, "puts the mail off"),
        ("mail", "421 4.7.0 closing", TryAgain, "puts the mail off"),
        ("rcpt", "451 4.7.1 too many messages, slow down", Later, "asks for a pause"),
        ("data", "554 5.7.1 rejected as spam", Never, "refused the mail"),
        ("data", "452 4.3.1 no space", TryAgain, "puts the mail off"),
    ],
)
async def test_what_the_server_says_decides_whether_it_is_tried_again(
    setup: Setup, where: str, answer: str, kind: type[DeliveryError], words: str
) -> None:
    setup.mail.fail(where, answer)
    with pytest.raises(kind, match=words) as caught:
        await setup.channel.post(CARD, "n1", {})
    assert not caught.value.uncertain
    assert "ana@example.org" not in str(caught.value)
    assert setup.mail.mails == []


async def test_a_server_that_is_away_certainly_took_nothing(setup: Setup) -> None:
    await setup.mail.stop()
    with pytest.raises(TryAgain, match="cannot be reached") as caught:
        await setup.channel.post(CARD, "n1", {})
    assert not caught.value.uncertain


async def test_the_doctor_logs_in_and_sends_nothing(clock: ManualClock) -> None:
    async with MailStandIn(login=True) as mail:
        assert "answers as nightdesk (no TLS)" in await channel_of(mail, clock).check()
        assert mail.mails == []
        assert "MAIL" not in mail.commands
        assert (await channel_of(mail, clock).answer()).endswith("answers")


async def test_a_wrong_password_is_told_without_showing_it(clock: ManualClock) -> None:
    async with MailStandIn(login=True) as mail:
        address = replace(RelayAddress.read(mail.url), password="wr0ng")
        relay = MailRelay(address, "desk@nights.example")
        channel = EmailChannel(ChannelConfig("ana", "email", "ana@example.org"), relay, KeptPictures(), clock)
        with pytest.raises(Never, match="refused the login") as caught:
            await channel.post(CARD, "n1", {})
        assert "wr0ng" not in str(caught.value) + repr(relay.address)


async def test_a_password_is_given_to_no_server_without_tls() -> None:
    async with MailStandIn(login=True) as mail:
        address = RelayAddress.read(mail.url)
        assert address.start_tls is None  # on this machine nobody listens
        elsewhere = replace(address, host="mail.example.org")
        assert elsewhere.start_tls is True


async def test_whoever_has_unsubscribed_gets_no_mail(setup: Setup, clock: ManualClock) -> None:
    async def stopped(address: str) -> bool:
        return address == "ana@example.org"

    relay = MailRelay(RelayAddress.read(setup.mail.url), "desk@nights.example")
    config = ChannelConfig("ana", "email", "ana@example.org")
    channel = EmailChannel(config, relay, KeptPictures(), clock, None, stopped)
    with pytest.raises(Never, match="unsubscribed"):
        await channel.post(CARD, "n1", {})
    assert setup.mail.mails == []


async def test_forty_mails_at_once_each_arrive_once(setup: Setup) -> None:
    await asyncio.gather(*(setup.channel.post(CARD, f"n{number}", {}) for number in range(40)))
    assert len({mail.message["Message-ID"] for mail in setup.mail.mails}) == len(setup.mail.mails) == 40


@pytest.mark.parametrize(
    "url", ["http://mail.example.org", "smtps:/mail", "mail.example.org:587", "smtp://h:x"]
)
def test_an_address_that_is_no_mail_server_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ChannelError, match="expected smtp://") as caught:
        RelayAddress.read(url)
    assert url not in str(caught.value)


@pytest.mark.parametrize("address", ["", "ana", "@", "ana@example.org\r\nBcc: all@example.org"])
def test_a_channel_needs_one_address(address: str, clock: ManualClock) -> None:
    with pytest.raises(ChannelError, match="needs an address"):
        channel_of(MailStandIn(), clock, address)
