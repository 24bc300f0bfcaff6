"""What every channel does, whatever it speaks: one test for all of them.

A new kind of channel adds itself to `CHANNELS` and passes, or says in `CANNOT` what it does not promise.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable
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
from notifiers.channels.registry import KINDS, Connections, open_channel
from notifiers.channels.slack import SlackChannel
from notifiers.channels.slack_workspace import SlackWorkspace
from notifiers.channels.terminal import TerminalChannel
from tests.standins.discord import DiscordStandIn
from tests.standins.slack import SlackStandIn

LONG_AGO = datetime(2000, 1, 1).astimezone()
TOKEN = "xoxb-stand-in-0123456789"


@dataclass
class Place:
    """A channel and what its readers see: the words of its messages, and of those in threads."""

    channel: Channel
    messages: Callable[[], list[str]]
    replies: Callable[[], list[str]]
    shows_picture: Callable[[bytes], bool]
    reconnect: Callable[[], Awaitable[Channel]]


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


CHANNELS: dict[str, Callable[[Path], AbstractAsyncContextManager[Place]]] = {
    "discord": discord,
    "slack": slack,
    "terminal": terminal,
}
CANNOT = {"terminal": {"search"}}


@pytest.fixture(params=sorted(CHANNELS))
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with CHANNELS[request.param](tmp_path) as made:
        yield made


def card(words: str, *, pictures: tuple[str, ...] = ()) -> Card:
    blocks = (
        Lines(((Text(words),), (Text("<b>5 < 6 & *not bold* @channel"),))),
        *(Picture(key, f"what {key} shows") for key in pictures),
    )
    return Card((strong("S261120h"),), Tone.REAL, blocks, words)


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
    receipt = await place.channel.post(card("nearby"), "nonce-1", {})
    edited = await place.channel.edit(receipt, card("far away"), "nonce-1", {})
    (message,) = place.messages()
    assert "far away" in message
    assert "nearby" not in message
    assert (edited.place, edited.message) == (receipt.place, receipt.message)


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
    receipt = await place.channel.post(card("nearby", pictures=("sky_map",)), "nonce-1", {})
    reference = await place.channel.picture(PictureFile("S261120h-sky_map.png", b"\x89PNG 1", "the sky"))
    assert not place.shows_picture(b"\x89PNG 1")
    shown = await place.channel.edit(
        receipt, card("nearby", pictures=("sky_map",)), "nonce-1", {"sky_map": reference}
    )
    assert place.shows_picture(b"\x89PNG 1")
    assert shown.unshown == frozenset()


async def test_what_was_said_is_found_by_its_nonce(place: Place) -> None:
    posted = await place.channel.post(card("nearby"), "nonce-1", {})
    replied = await place.channel.reply(posted, card("area halved"), "nonce-2")
    assert await place.channel.find("nonce-1", LONG_AGO, None) == posted
    found = await place.channel.find("nonce-2", LONG_AGO, posted)
    assert found is not None
    assert found.message == replied.message


async def test_what_was_never_said_is_not_found(place: Place) -> None:
    posted = await place.channel.post(card("nearby"), "nonce-1", {})
    assert await place.channel.find("nonce-9", LONG_AGO, None) is None
    assert await place.channel.find("nonce-9", LONG_AGO, posted) is None


async def test_another_process_finds_what_was_said(place: Place) -> None:
    if "search" in CANNOT.get(place.channel.config.kind, ()):
        pytest.skip("a screen cannot be read back; the channel promises at least once")
    posted = await place.channel.post(card("nearby"), "nonce-1", {})
    assert await (await place.reconnect()).find("nonce-1", LONG_AGO, None) == posted


async def test_words_from_outside_never_become_markup(place: Place) -> None:
    await place.channel.post(card("nearby"), "nonce-1", {})
    (message,) = place.messages()
    assert "<!channel>" not in message
    assert "*not bold*" not in message.replace("\\*", "") or place.channel.config.kind == "terminal"


async def test_a_long_card_is_told_completely(place: Place) -> None:
    lines = tuple((Text(f"line {number}: " + "long words " * 40),) for number in range(60))
    long = Card((strong("S261120h"),), Tone.REAL, (Lines(lines),), "long")
    await place.channel.post(long, "nonce-1", {})
    everything = "\n".join([*place.messages(), *place.replies()])
    assert all(f"line {number}:" in everything for number in range(60))


async def test_a_channel_says_where_it_leads(place: Place) -> None:
    assert await place.channel.check()


async def test_no_channel_shows_a_secret_when_it_is_printed(place: Place) -> None:
    assert TOKEN not in repr(place.channel) + str(vars(place.channel))
    assert place.channel.config.address is None or place.channel.config.address not in repr(
        place.channel.config
    )


async def test_paces_are_sane(place: Place) -> None:
    for pace in (place.channel.speaking, place.channel.changing):
        assert pace.every >= 0.0
        assert pace.burst >= 1
        assert timedelta(seconds=pace.every) < timedelta(minutes=2)


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(ChannelError, match="'pigeon'; known are: discord, slack, terminal"):
        open_channel(ChannelConfig("roof", "pigeon"), Connections())


def test_slack_without_a_token_says_which_key_to_set() -> None:
    with pytest.raises(ChannelError, match=r"slack\.bot_token"):
        open_channel(ChannelConfig("gw", "slack", "C0000000001"), Connections())


def test_slack_without_an_address_says_so() -> None:
    with pytest.raises(ChannelError, match="needs an address"):
        open_channel(ChannelConfig("gw", "slack"), Connections(slack=SlackWorkspace(TOKEN)))
