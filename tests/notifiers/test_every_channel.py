"""What every channel does, whatever it speaks: one test for all of them.

A new kind of channel adds itself to `CHANNELS` and passes, or says in `CANNOT` what it does not promise: then
the test holds it to what it promises instead.
"""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from cards.card import Card, Lines, Picture, Text, Tone, strong
from cards.reader import Reader
from notifiers.channels.base import Channel, ChannelConfig, ChannelError, PictureFile
from notifiers.channels.discord import DiscordChannel
from notifiers.channels.discord_server import DiscordServer
from notifiers.channels.mail_relay import MailRelay, RelayAddress
from notifiers.channels.registry import KINDS, Connections, open_channel
from notifiers.channels.slack import SlackChannel
from notifiers.channels.slack_workspace import SlackWorkspace
from notifiers.channels.terminal import TerminalChannel
from notifiers.channels.twilio_account import TwilioAccount
from tests.standins.discord import DiscordStandIn
from tests.standins.receiver import ReceiverStandIn
from tests.standins.slack import SlackStandIn
from tests.standins.smtp import MailStandIn
from tests.standins.twilio import TOKEN as TWILIO_TOKEN
from tests.standins.twilio import TwilioStandIn

LONG_AGO = datetime(2000, 1, 1).astimezone()
TOKEN = "xoxb-stand-in-0123456789"
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"a webhook's secret").decode()
SECRETS = (TOKEN, TWILIO_TOKEN, WEBHOOK_SECRET, "s3cret-in-the-address", "a webhook's secret")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass
class Place:
    """A channel and what its readers see: the words of its messages, and of those in threads."""

    channel: Channel
    messages: Callable[[], list[str]]
    replies: Callable[[], list[str]]
    shows_picture: Callable[[bytes], bool]
    reconnect: Callable[[], Awaitable[Channel]]
    recorded: Callable[[str], None] = lambda message: None  # the outbox has written down that it was sent


@asynccontextmanager
async def discord(tmp_path: Path) -> AsyncIterator[Place]:
    async with DiscordStandIn() as stand_in:
        place = stand_in.add_channel("gw")
        server = DiscordServer(TOKEN, stand_in.url)
        stand_in.token = TOKEN
        config = ChannelConfig("gw", "discord", place.id, Reader())

        async def reconnect() -> Channel:
            return DiscordChannel(config, server)

        yield Place(
            DiscordChannel(config, server),
            lambda: [m.words for m in place.messages],
            lambda: [reply.words for m in place.messages for reply in stand_in.thread(m)],
            lambda content: any(content in m.pictures for m in place.messages),
            reconnect,
        )
        await server.close()
        assert stand_in.violations == []


@asynccontextmanager
async def slack(tmp_path: Path) -> AsyncIterator[Place]:
    async with SlackStandIn() as stand_in:
        place = stand_in.add_channel("gw")
        workspace = SlackWorkspace(stand_in.token, stand_in.url)
        config = ChannelConfig("gw", "slack", place.id, Reader())

        async def reconnect() -> Channel:
            return SlackChannel(config, workspace)

        yield Place(
            SlackChannel(config, workspace),
            lambda: [m.words for m in place.messages],
            lambda: [m.words for m in place.said if m.thread_ts is not None],
            lambda content: any(stand_in.files[p] == content for m in place.messages for p in m.pictures),
            reconnect,
        )
        await workspace.close()


@asynccontextmanager
async def terminal(tmp_path: Path) -> AsyncIterator[Place]:
    screen = io.StringIO()
    console = Console(file=screen, width=100, color_system=None)
    channel = TerminalChannel(ChannelConfig("gw", "terminal"), console, tmp_path / "pictures")

    def printed(mark: str | None) -> list[str]:
        pieces = screen.getvalue().split("── gw")[1:]
        return [piece for piece in pieces if ("in its thread" in piece.splitlines()[0]) == (mark == "reply")]

    async def reconnect() -> Channel:
        return channel  # a screen cannot be read back: only this process finds what it printed

    yield Place(
        channel,
        # an edited card is printed again: what counts is the last
        lambda: printed(None)[-1:],
        lambda: printed("reply"),
        lambda content: any(
            str(path) in screen.getvalue().replace("\n", "") and path.read_bytes() == content
            for path in (tmp_path / "pictures").glob("*")
        ),
        reconnect,
    )


@asynccontextmanager
async def email(tmp_path: Path) -> AsyncIterator[Place]:
    async with MailStandIn(login=True) as mail:
        relay = MailRelay(RelayAddress.read(mail.url), "Night desk <nightdesk@example.org>")
        config = ChannelConfig("gw", "email", "ana@example.org", Reader())
        channel = open_channel(config, Connections(email=relay))

        async def reconnect() -> Channel:
            return open_channel(config, Connections(email=relay))

        yield Place(
            channel,
            lambda: [m.text for m in mail.mails if m.message["In-Reply-To"] is None],
            lambda: [m.text for m in mail.mails if m.message["In-Reply-To"] is not None],
            lambda content: any(content in m.pictures.values() for m in mail.mails),
            reconnect,
        )


def twilio(kind: str) -> Callable[[Path], AbstractAsyncContextManager[Place]]:
    """SMS, WhatsApp or voice. None of them has threads: what is said first counts as the message."""

    @asynccontextmanager
    async def place(tmp_path: Path) -> AsyncIterator[Place]:
        async with TwilioStandIn(spec=TWILIO_SPEC) as stand_in:
            account = TwilioAccount(stand_in.identity())
            config = ChannelConfig("gw", kind, "+33 6 00 00 00 01", Reader())
            known: set[str] = set()

            async def known_calls(ids: Collection[str]) -> frozenset[str]:
                return frozenset(known & set(ids))

            connections = Connections(twilio=account, known_calls=known_calls)

            async def reconnect() -> Channel:
                return open_channel(config, connections)

            def said() -> list[str]:
                if kind == "voice":
                    return [call.says for call in stand_in.calls]
                return [message.body for message in stand_in.messages]

            yield Place(
                open_channel(config, connections),
                lambda: said()[:1],
                lambda: said()[1:],
                lambda content: False,
                reconnect,
                known.add,
            )
            await account.close()
            assert stand_in.violations == []

    return place


@asynccontextmanager
async def webhook(tmp_path: Path) -> AsyncIterator[Place]:
    async with ReceiverStandIn() as receiver:
        config = ChannelConfig("gw", "webhook", receiver.url, Reader(), WEBHOOK_SECRET)

        def shown(thread: bool) -> dict[str, str]:
            """As a receiver keeps them: the last words of each message."""
            posts = [post.json["data"] for post in receiver.posts]
            return {post["message"]: post["text"] for post in posts if (post["thread"] is not None) == thread}

        async def reconnect() -> Channel:
            return open_channel(config, Connections())

        yield Place(
            open_channel(config, Connections()),
            lambda: list(shown(False).values()),
            lambda: list(shown(True).values()),
            lambda content: any(
                base64.b64decode(picture["base64"]) == content
                for post in receiver.posts
                for picture in post.json["data"]["pictures"].values()
            ),
            reconnect,
        )


@asynccontextmanager
async def apprise(tmp_path: Path) -> AsyncIterator[Place]:
    async with ReceiverStandIn() as receiver:
        address = f"json://desk:s3cret-in-the-address@127.0.0.1:{receiver.port}/"
        config = ChannelConfig("gw", "apprise", address, Reader())

        async def reconnect() -> Channel:
            return open_channel(config, Connections())

        def said() -> list[str]:
            return [f"{post.json['title']}\n{post.json['message']}" for post in receiver.posts]

        yield Place(
            open_channel(config, Connections()),
            lambda: said()[:1],
            lambda: said()[1:],
            lambda content: any(
                base64.b64decode(attached["base64"]) == content
                for post in receiver.posts
                for attached in post.json["attachments"]
            ),
            reconnect,
        )


TWILIO_SPEC = Path(__file__).resolve().parents[3] / "shared" / "specs" / "twilio-2010.openapi.json"

CHANNELS: dict[str, Callable[[Path], AbstractAsyncContextManager[Place]]] = {
    "apprise": apprise,
    "discord": discord,
    "email": email,
    "slack": slack,
    "sms": twilio("sms"),
    "terminal": terminal,
    "voice": twilio("voice"),
    "webhook": webhook,
    "whatsapp": twilio("whatsapp"),
}
CANNOT = {
    "apprise": {"edit", "find", "search"},
    "email": {"edit", "find", "search"},
    "sms": {"edit", "pictures", "length"},
    "terminal": {"search"},
    "voice": {"edit", "pictures", "length"},
    "webhook": {"find", "search"},
    "whatsapp": {"edit", "pictures", "length"},
}
"""`edit`: what was said stays as it is. `find`: nobody can ask what arrived; what is sent again can be told
from the first (docs/delivery.md). `search`: only the process that said it finds it. `length`: what is too
long is cut after what matters."""


def cannot(place: Place, what: str) -> bool:
    return what in CANNOT.get(place.channel.config.kind, ())


@pytest.fixture(params=sorted(CHANNELS))
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with CHANNELS[request.param](tmp_path) as made:
        yield made


def card(words: str, *, pictures: tuple[str, ...] = ()) -> Card:
    blocks = (
        Lines(((Text(words),), (Text("<b>5 < 6 & *not bold* @channel"),))),
        *(Picture(key, f"what {key} shows") for key in pictures),
    )
    return Card((strong("S261120h"),), Tone.REAL, blocks, f"S261120h: {words}")


def test_every_kind_of_the_registry_is_tested() -> None:
    assert set(KINDS) == set(CHANNELS)


async def test_a_posted_card_is_there_once(place: Place) -> None:
    receipt = await place.channel.post(card("nearby"), "nonce-1", {})
    (message,) = place.messages()
    assert "nearby" in message
    assert "S261120h" in message
    assert receipt.place
    assert receipt.message


async def test_an_edited_card_shows_the_new_words_instead_of_the_old(place: Place) -> None:
    if cannot(place, "edit"):
        pytest.skip("what was said stays as it is; see the next test")
    receipt = await place.channel.post(card("nearby"), "nonce-1", {})
    edited = await place.channel.edit(receipt, card("far away"), "nonce-1", {})
    (message,) = place.messages()
    assert "far away" in message
    assert "nearby" not in message
    assert (edited.place, edited.message) == (receipt.place, receipt.message)


async def test_what_cannot_be_edited_is_left_as_it_is(place: Place) -> None:
    if not cannot(place, "edit"):
        pytest.skip("it can be edited; see the test before")
    receipt = await place.channel.post(card("nearby"), "nonce-1", {})
    assert await place.channel.edit(receipt, card("far away"), "nonce-1", {}) == receipt
    (message,) = place.messages()
    assert "nearby" in message
    assert place.replies() == []


async def test_editing_twice_does_no_more_than_once(place: Place) -> None:
    receipt = await place.channel.post(card("nearby"), "nonce-1", {})
    for _ in range(2):
        receipt = await place.channel.edit(receipt, card("far away"), "nonce-1", {})
    assert len(place.messages()) == 1


async def test_a_reply_stands_in_the_thread_of_its_card(place: Place) -> None:
    receipt = await place.channel.post(card("nearby"), "nonce-1", {})
    await place.channel.reply(receipt, card("area halved"), "nonce-2")
    (reply,) = place.replies()
    assert "area halved" in reply
    assert len(place.messages()) == 1


async def test_a_picture_is_shown_by_an_edit_and_not_before(place: Place) -> None:
    if cannot(place, "pictures"):
        pytest.skip("it shows no pictures; see the next test")
    receipt = await place.channel.post(card("nearby", pictures=("sky_map",)), "nonce-1", {})
    reference = await place.channel.picture(PictureFile("S261120h-sky_map.png", PNG, "the sky"))
    assert not place.shows_picture(PNG)
    shown = await place.channel.edit(
        receipt, card("nearby", pictures=("sky_map",)), "nonce-1", {"sky_map": reference}
    )
    assert place.shows_picture(PNG)
    assert shown.unshown == frozenset()
    said = len(place.messages()) + len(place.replies())
    again = await place.channel.edit(
        shown, card("nearby", pictures=("sky_map",)), "nonce-1", {"sky_map": reference}
    )
    assert again == shown
    assert len(place.messages()) + len(place.replies()) == said


async def test_a_picture_that_cannot_be_shown_is_no_failure(place: Place) -> None:
    receipt = await place.channel.post(card("nearby", pictures=("sky_map",)), "nonce-1", {})
    reference = await place.channel.picture(PictureFile("S261120h-sky_map.png", PNG, "the sky"))
    assert reference
    await place.channel.edit(
        receipt, card("nearby", pictures=("sky_map",)), "nonce-1", {"sky_map": "never heard of"}
    ) if cannot(place, "pictures") else None
    assert len(place.messages()) == 1


async def test_what_was_said_is_found_by_its_nonce(place: Place) -> None:
    if cannot(place, "find"):
        pytest.skip("nobody can ask what arrived: at least once")
    posted = await place.channel.post(card("nearby"), "nonce-1", {})
    assert await place.channel.find("nonce-1", LONG_AGO, None) == posted
    place.recorded(posted.message)
    replied = await place.channel.reply(posted, card("area halved"), "nonce-2")
    found = await place.channel.find("nonce-2", LONG_AGO, posted)
    assert found is not None
    assert found.message == replied.message


async def test_what_was_never_said_is_not_found(place: Place) -> None:
    posted = await place.channel.post(card("nearby"), "nonce-1", {})
    place.recorded(posted.message)
    assert await place.channel.find("nonce-9", LONG_AGO, None) is None
    assert await place.channel.find("nonce-9", LONG_AGO, posted) is None


async def test_another_process_finds_what_was_said(place: Place) -> None:
    if cannot(place, "search"):
        pytest.skip("it cannot be read back; the channel promises at least once")
    posted = await place.channel.post(card("nearby"), "nonce-1", {})
    assert await (await place.reconnect()).find("nonce-1", LONG_AGO, None) == posted


async def test_words_from_outside_never_become_markup(place: Place) -> None:
    await place.channel.post(card("nearby"), "nonce-1", {})
    (message,) = place.messages()
    assert "<!channel>" not in message
    plain_text = place.channel.config.kind in ("terminal", "email", "webhook")
    assert "*not bold*" not in message.replace("\\*", "") or plain_text


async def test_a_long_card_is_told_completely(place: Place) -> None:
    lines = tuple((Text(f"line {number}: " + "long words " * 40),) for number in range(60))
    long = Card((strong("S261120h"),), Tone.REAL, (Lines(lines),), "long")
    await place.channel.post(long, "nonce-1", {})
    if cannot(place, "length"):
        assert any(words in place.messages()[0] for words in ("long", "line 0:"))
        return
    everything = "\n".join([*place.messages(), *place.replies()])
    assert all(f"line {number}:" in everything for number in range(60))


async def test_a_channel_says_where_it_leads(place: Place) -> None:
    assert await place.channel.check()


async def test_no_channel_shows_a_secret_when_it_is_printed(place: Place) -> None:
    printed = repr(place.channel) + str(vars(place.channel)) + str(await place.channel.check())
    assert not [secret for secret in SECRETS if secret in printed]
    assert place.channel.config.address is None or place.channel.config.address not in repr(
        place.channel.config
    )


async def test_paces_are_sane(place: Place) -> None:
    for pace in (place.channel.speaking, place.channel.changing):
        assert pace.every >= 0.0
        assert pace.burst >= 1
        assert timedelta(seconds=pace.every) < timedelta(minutes=2)


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(ChannelError, match="'pigeon'; known are: apprise, discord, email, slack"):
        open_channel(ChannelConfig("roof", "pigeon"), Connections())


def test_slack_without_a_token_says_which_key_to_set() -> None:
    with pytest.raises(ChannelError, match=r"slack\.bot_token"):
        open_channel(ChannelConfig("gw", "slack", "C0000000001"), Connections())


def test_slack_without_an_address_says_so() -> None:
    with pytest.raises(ChannelError, match="needs an address"):
        open_channel(ChannelConfig("gw", "slack"), Connections(slack=SlackWorkspace(TOKEN)))
