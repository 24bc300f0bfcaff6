"""Discord's own limits, errors and habits, against a server that has them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from cards.card import Button, Buttons, Card, Lines, Picture, Text, Tone, strong
from cards.reader import Reader
from notifiers.channels.base import (
    ChannelConfig,
    ChannelError,
    DeliveryError,
    Gone,
    Never,
    PictureFile,
    TryAgain,
    TryLater,
)
from notifiers.channels.discord import DiscordChannel
from notifiers.channels.discord_address import DiscordAddress, read_address
from notifiers.channels.discord_permissions import NEEDED, allowed
from notifiers.channels.discord_server import USER_AGENT, DiscordServer
from notifiers.channels.registry import Connections, open_channel
from notifiers.deciding import PlainWords
from store.clock import ManualClock
from tests.notifiers.stories import TRIGGER, initial, nsbh
from tests.standins.discord import DiscordStandIn, Fault, Place
from tests.standins.discord_world import FORUM

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
POST = "POST /channels/{channel_id}/messages"
PATCH = "PATCH /channels/{channel_id}/messages/{message_id}"
GET = "GET /channels/{channel_id}/messages/{message_id}"
PICTURES = (Picture("sky_map", "the sky"), Picture("observability", "the night"))


@dataclass
class Setup:
    discord: DiscordStandIn
    clock: ManualClock
    place: Place
    channel: DiscordChannel
    server: DiscordServer

    def again(self) -> DiscordChannel:
        """The channel as another process opens it, which remembers nothing."""
        server = DiscordServer(self.discord.token, self.discord.url, clock=self.clock)
        return DiscordChannel(self.channel.config, server)

    def of(self, address: str) -> DiscordChannel:
        return DiscordChannel(ChannelConfig("gw", "discord", address, Reader()), self.server)


@pytest.fixture
async def setup(clock: ManualClock) -> AsyncIterator[Setup]:
    async with DiscordStandIn(clock=lambda: clock.now().timestamp()) as discord:
        place = discord.add_channel("gw")
        server = DiscordServer(discord.token, discord.url, clock=clock)
        channel = DiscordChannel(ChannelConfig("gw", "discord", place.id, Reader()), server)
        yield Setup(discord, clock, place, channel, server)
        await server.close()


@pytest.fixture
def lawful(setup: Setup) -> Any:
    """The test ends with nothing said to Discord that its limits or its description refuse."""
    yield
    assert setup.discord.violations == []


def lines(count: int, words: str = "word ") -> Card:
    text = tuple((Text(f"line {number}: " + words * 60),) for number in range(count))
    return Card((strong("S261120h"), Text(" *real*")), Tone.REAL, (Lines(text),), "summary")


@pytest.mark.usefixtures("lawful")
async def test_everything_said_follows_discords_description(setup: Setup) -> None:
    words = PlainWords()
    posted = await setup.channel.post(words.card(nsbh(), TRIGGER, Reader()), "n1", {})
    await setup.channel.edit(posted, words.card(initial(nsbh()), TRIGGER, Reader()), "n1", {})
    change = words.change(nsbh().newest, initial(nsbh()).newest, Reader())
    assert change is not None
    await setup.channel.reply(posted, change, "n2")
    await setup.channel.find("n1", LONG_AGO, None)
    await setup.channel.check()
    await setup.channel.answer()
    routes = {f"{call.method} {call.route}" for call in setup.discord.calls}
    assert {
        POST,
        PATCH,
        GET,
        "GET /users/@me",
        "POST /channels/{channel_id}/messages/{message_id}/threads",
    } <= routes


@pytest.mark.usefixtures("lawful")
async def test_nobody_is_mentioned(setup: Setup) -> None:
    posted = await setup.channel.post(lines(1), "n1", {})
    await setup.channel.edit(posted, lines(1), "n1", {})
    await setup.channel.reply(posted, lines(40), "n2")
    for call in [*setup.discord.calls_of(POST), *setup.discord.calls_of(PATCH)]:
        assert call.payload["allowed_mentions"] == {"parse": []}


@pytest.mark.usefixtures("lawful")
async def test_a_role_is_called_by_the_first_card_and_by_no_edit(setup: Setup) -> None:
    role = setup.discord.add_role("on call")
    channel = setup.of(f"{setup.place.id} @&{role.id}")
    posted = await channel.post(lines(1), "n1", {})
    await channel.edit(posted, lines(1), "n1", {})
    (post,), (edit,) = setup.discord.calls_of(POST), setup.discord.calls_of(PATCH)
    assert post.payload["allowed_mentions"] == {"parse": [], "roles": [role.id]}
    assert edit.payload["allowed_mentions"] == {"parse": []}
    assert post.payload["content"] == edit.payload["content"] == f"<@&{role.id}> 🔴 **S261120h** \\*real\\*"
    with pytest.raises(Never, match="a role that this server does not have"):
        await setup.of(f"{setup.place.id} @&123456").check()


@pytest.mark.usefixtures("lawful")
async def test_sent_twice_within_discords_window_is_said_once(setup: Setup) -> None:
    first = await setup.channel.post(lines(1), "n1", {})
    assert await setup.again().post(lines(1), "n1", {}) == first
    assert len(setup.place.messages) == 1


@pytest.mark.usefixtures("lawful")
async def test_after_discords_window_it_is_found_by_its_mark(setup: Setup) -> None:
    first = await setup.channel.post(lines(60), "n1", {})
    assert len(first.parts) >= 2
    await setup.clock.advance(3600.0)
    assert await setup.again().find("n1", LONG_AGO, None) == first


@pytest.mark.usefixtures("lawful")
async def test_the_history_is_searched_page_by_page_from_when_it_was_said(setup: Setup) -> None:
    for number in range(120):
        await setup.channel.post(lines(1), f"other-{number}", {})
        await setup.clock.advance(1.0)
    since = setup.clock.now()
    for number in range(120, 240):
        await setup.channel.post(lines(1), f"other-{number}", {})
    posted = await setup.channel.post(lines(1), "wanted", {})
    setup.discord.calls.clear()
    assert await setup.channel.find("wanted", since, None) == posted
    pages = setup.discord.calls_of("GET /channels/{channel_id}/messages")
    assert len([page for page in pages if page.path.startswith(f"/channels/{setup.place.id}/")]) == 2


async def test_a_mark_that_somebody_else_copies_is_not_taken_for_ours(setup: Setup) -> None:
    await setup.channel.post(lines(1), "n1", {})
    setup.place.messages[0].author = setup.discord.add_user("mallory")
    assert await setup.channel.find("n1", LONG_AGO, None) is None


@pytest.mark.usefixtures("lawful")
async def test_the_thread_is_named_after_its_card_and_begun_once(setup: Setup) -> None:
    posted = await setup.channel.post(lines(1), "n1", {})
    assert posted.message not in setup.discord.world.places
    for number in range(3):
        await setup.channel.reply(posted, lines(1), f"r{number}")
    thread = setup.discord.world.places[posted.message]
    assert thread.name == "S261120h *real*"
    assert len(thread.messages) == 3
    begun = [call for call in setup.discord.calls if call.route.endswith("/threads")]
    assert len(begun) == 1


@pytest.mark.usefixtures("lawful")
async def test_a_thread_that_was_put_away_is_opened_again(setup: Setup) -> None:
    posted = await setup.channel.post(lines(60), "n1", {})
    thread = setup.discord.world.places[posted.message]
    thread.archived = True
    await setup.channel.edit(posted, lines(60, "bird "), "n1", {})
    assert not thread.archived
    assert all("bird" in message.words for message in thread.messages)


async def test_a_locked_thread_is_reported(setup: Setup) -> None:
    posted = await setup.channel.post(lines(1), "n1", {})
    await setup.channel.reply(posted, lines(1), "n2")
    setup.discord.world.places[posted.message].locked = True
    with pytest.raises(Never, match="unlock it"):
        await setup.channel.reply(posted, lines(1), "n3")


@pytest.mark.usefixtures("lawful")
async def test_a_card_that_was_deleted_is_gone(setup: Setup) -> None:
    posted = await setup.channel.post(lines(1), "n1", {})
    setup.place.messages[0].deleted = True
    with pytest.raises(Gone):
        await setup.channel.edit(posted, lines(1), "n1", {})
    with pytest.raises(Gone):
        await setup.channel.reply(posted, lines(1), "n2")


@pytest.mark.usefixtures("lawful")
async def test_what_does_not_fit_goes_to_the_thread_and_is_edited_there(setup: Setup) -> None:
    posted = await setup.channel.post(lines(90), "n1", {})
    (card,) = setup.place.messages
    assert len(posted.parts) == len(setup.discord.thread(card)) >= 2
    edited = await setup.channel.edit(posted, lines(90, "bird "), "n1", {})
    assert edited.parts == posted.parts
    assert all("bird" in reply.words for reply in setup.discord.thread(card))
    short = await setup.channel.edit(edited, lines(2), "n1", {})
    assert short.parts == ()
    assert setup.discord.thread(card) == []


@pytest.mark.usefixtures("lawful")
async def test_a_long_card_cut_off_in_its_parts_is_completed_without_doubling(setup: Setup) -> None:
    setup.discord.limit_rate(2, 5.0)
    with pytest.raises(TryLater) as paused:
        await setup.channel.post(lines(90), "n1", {})
    assert paused.value.uncertain
    setup.discord.every = None
    await setup.clock.advance(paused.value.retry_after)
    found = await setup.again().find("n1", LONG_AGO, None)
    assert found is not None
    whole = await setup.again().edit(found, lines(90), "n1", {})
    (card,) = setup.place.messages
    everything = "\n".join(m.words for m in [card, *setup.discord.thread(card)])
    assert len(setup.discord.thread(card)) == len(whole.parts)
    assert all(everything.count(f"line {number}:") == 1 for number in range(90))


# --- pictures


@pytest.mark.usefixtures("lawful")
async def test_pictures_are_attached_once_and_kept_by_later_edits(setup: Setup) -> None:
    card = Card((Text("x"),), Tone.REAL, PICTURES, "x")
    posted = await setup.channel.post(card, "n1", {})
    sky = await setup.channel.picture(PictureFile("sky.png", b"SKY", "the sky"))
    await setup.channel.edit(posted, card, "n1", {"sky_map": sky})
    assert setup.place.messages[0].pictures == [b"SKY"]
    assert setup.place.messages[0].files[0].description == "the sky"
    await setup.channel.edit(posted, card, "n1", {"sky_map": sky})
    night = await setup.channel.picture(PictureFile("night.png", b"NIGHT"))
    await setup.channel.edit(posted, card, "n1", {"sky_map": sky, "observability": night})
    assert setup.place.messages[0].pictures == [b"SKY", b"NIGHT"]
    uploads = [call for call in setup.discord.calls_of(PATCH) if "attachments" in call.payload]
    assert [len(call.payload["attachments"]) for call in uploads] == [0, 1, 2][1:]


@pytest.mark.usefixtures("lawful")
async def test_another_process_sees_which_pictures_a_card_shows(setup: Setup) -> None:
    card = Card((Text("x"),), Tone.REAL, PICTURES, "x")
    sky = await setup.channel.picture(PictureFile("sky.png", b"SKY", "the sky"))
    posted = await setup.channel.post(card, "n1", {"sky_map": sky})
    server = DiscordServer(setup.discord.token, setup.discord.url, load=_stored)
    other = DiscordChannel(setup.channel.config, server)
    edited = await other.edit(posted, card, "n1", {"sky_map": sky})
    assert edited.unshown == frozenset()
    assert setup.place.messages[0].pictures == [b"SKY"]
    assert "attachments" not in setup.discord.calls_of(PATCH)[-1].payload
    await server.close()


async def _stored(sha256: str) -> bytes | None:
    return b"SKY"


@pytest.mark.usefixtures("lawful")
async def test_a_picture_whose_bytes_nobody_has_is_left_out_and_reported(setup: Setup) -> None:
    card = Card((Text("x"),), Tone.REAL, PICTURES, "x")
    posted = await setup.again().post(card, "n1", {"sky_map": "0" * 64})
    assert posted.unshown == {"sky_map"}
    assert setup.place.messages[0].pictures == []


@pytest.mark.usefixtures("lawful")
async def test_a_card_that_lost_its_pictures_and_buttons_shows_them_no_more(setup: Setup) -> None:
    sky = await setup.channel.picture(PictureFile("sky.png", b"SKY"))
    full = Card(
        (Text("x"),), Tone.REAL, (PICTURES[0], Buttons((Button("event.take", "I have it", "1"),))), "x"
    )
    posted = await setup.channel.post(full, "n1", {"sky_map": sky})
    assert [button["custom_id"] for button in setup.place.messages[0].buttons] == ["nd|event.take|1"]
    await setup.channel.edit(posted, Card((Text("x"),), Tone.RETRACTED), "n1", {"sky_map": sky})
    assert setup.place.messages[0].files == []
    assert setup.place.messages[0].buttons == []


# --- people


@pytest.mark.usefixtures("lawful")
async def test_a_person_is_written_to_directly_and_changes_stand_below_the_card(setup: Setup) -> None:
    ana = setup.discord.add_user("ana")
    channel = setup.of(f"@{ana.id}")
    posted = await channel.post(lines(60), "n1", {})
    replied = await channel.reply(posted, lines(1), "n2")
    place = setup.discord.channel("@ana")
    assert posted.place == place.id
    assert len(place.messages) == len(posted.parts) + 2
    assert {message.reference for message in place.messages[1:]} == {posted.message}
    assert await setup.of(f"@{ana.id}").find("n1", LONG_AGO, None) == posted
    assert await setup.of(f"@{ana.id}").find("n2", LONG_AGO, posted) == replied
    assert "@ana directly" in await channel.check()


@pytest.mark.usefixtures("lawful")
async def test_the_account_of_a_persons_entry_is_written_to_directly(setup: Setup) -> None:
    """`@ana/discord` of the outbox, whose address is the id that their entry has."""
    ana = setup.discord.add_user("ana")
    config = ChannelConfig("@ana/discord", "discord", ana.id, Reader())
    await DiscordChannel(config, setup.server).post(lines(1), "n1", {})
    assert len(setup.discord.channel("@ana").messages) == 1


async def test_a_person_who_takes_no_messages_is_told_how_to_mend_it(setup: Setup) -> None:
    ana = setup.discord.add_user("ana", accepts_messages=False)
    with pytest.raises(Never, match="allow direct messages"):
        await setup.of(f"@{ana.id}").post(lines(1), "n1", {})
    with pytest.raises(Never, match="link their Discord account"):
        await setup.of("@999999999").post(lines(1), "n1", {})


# --- what goes wrong


@pytest.mark.parametrize(
    ("fault", "kind", "uncertain"),
    [
        (Fault("rate", number=42), TryLater, False),
        (Fault("rate", "global", number=42), TryLater, False),
        (Fault("error", number=30046), TryLater, False),
        (Fault("http", number=429), TryLater, False),
        (Fault("http", number=500), TryAgain, True),
        (Fault("http", number=502), TryAgain, True),
        (Fault("error", number=160006), TryAgain, False),
        (Fault("reset"), TryAgain, True),
        (Fault("error", number=10003), Never, False),
        (Fault("error", number=50001), Never, False),
        (Fault("error", number=50013), Never, False),
        (Fault("error", number=0), Never, False),
        (Fault("error", number=99999), Never, False),
        (Fault("error", number=10008), Gone, False),
        (Fault("http", number=404), Never, False),
    ],
    ids=lambda value: f"{value.kind}-{value.number}" if isinstance(value, Fault) else str(value),
)
async def test_each_failure_has_its_class(
    setup: Setup, fault: Fault, kind: type[DeliveryError], uncertain: bool
) -> None:
    setup.discord.fail(POST, fault)
    with pytest.raises(DeliveryError) as raised:
        await setup.channel.post(lines(1), "n1", {})
    assert type(raised.value) is kind
    assert raised.value.uncertain is uncertain
    if isinstance(raised.value, TryLater) and fault.kind == "rate":
        assert raised.value.retry_after == 42.0


@pytest.mark.parametrize(
    ("denied", "mend"),
    [(name, name) for name in NEEDED],
)
async def test_the_doctor_names_the_permission_that_is_missing(setup: Setup, denied: str, mend: str) -> None:
    setup.place.denied = NEEDED[denied]
    with pytest.raises(Never, match=mend):
        await setup.channel.check()


@pytest.mark.parametrize(
    ("arrange", "mend"),
    [("token", r"discord\.token"), ("delete", "Copy Channel ID"), ("forum", "no text channel")],
)
async def test_the_doctor_is_told_what_to_mend(setup: Setup, arrange: str, mend: str) -> None:
    if arrange == "token":
        setup.discord.token = "another"
    elif arrange == "delete":
        setup.place.deleted = True
    else:
        setup.place.kind = FORUM
    with pytest.raises(Never, match=mend):
        await setup.channel.check()


async def test_an_administrator_may_everything(setup: Setup) -> None:
    roles = [{"id": "1", "permissions": "0"}, {"id": "2", "permissions": "8"}]
    channel = {"permission_overwrites": [{"id": "1", "allow": "0", "deny": str(1 << 10)}]}
    assert allowed("1", channel, roles, {"roles": ["2"], "user": {"id": "9"}}) == -1


async def test_overwrites_are_applied_in_discords_order(setup: Setup) -> None:
    """Everyone's first, then those of roles (what one of them allows wins), then the member's own."""
    roles = [
        {"id": "1", "permissions": "7"},
        {"id": "2", "permissions": "0"},
        {"id": "3", "permissions": "0"},
    ]
    overwrites = [
        {"id": "9", "allow": "0", "deny": "4"},
        {"id": "2", "allow": "0", "deny": "2"},
        {"id": "3", "allow": "2", "deny": "0"},
        {"id": "1", "allow": "16", "deny": "1"},
    ]
    held = allowed(
        "1", {"permission_overwrites": overwrites}, roles, {"roles": ["2", "3"], "user": {"id": "9"}}
    )
    assert held == 16 | 2


async def test_a_server_that_is_not_there_certainly_took_nothing(setup: Setup) -> None:
    await setup.discord.stop()
    with pytest.raises(TryAgain, match="cannot be reached") as raised:
        await setup.channel.post(lines(1), "n1", {})
    assert raised.value.uncertain is False


async def test_one_call_is_one_request(setup: Setup) -> None:
    setup.discord.fail(POST, Fault("reset", accepted=True))
    with pytest.raises(TryAgain):
        await setup.channel.post(lines(1), "n1", {})
    assert len(setup.discord.calls_of(POST)) == len(setup.place.messages) == 1


@pytest.mark.usefixtures("lawful")
async def test_what_discord_announces_to_refuse_is_not_asked(setup: Setup) -> None:
    setup.discord.limit_rate(2, 5.0)
    for number in range(2):
        await setup.channel.post(lines(1), f"n{number}", {})
    with pytest.raises(TryLater) as held:
        await setup.channel.post(lines(1), "n2", {})
    assert len(setup.discord.calls_of(POST)) == 2
    await setup.clock.advance(held.value.retry_after)
    await setup.channel.post(lines(1), "n2", {})
    assert all(call.status == 200 for call in setup.discord.calls)


async def test_a_pause_for_the_whole_bot_holds_every_channel(setup: Setup) -> None:
    other = setup.of(setup.discord.add_channel("other").id)
    setup.discord.fail(POST, Fault("rate", "global", number=30))
    with pytest.raises(TryLater):
        await setup.channel.post(lines(1), "n1", {})
    with pytest.raises(TryLater) as held:
        await other.post(lines(1), "n2", {})
    assert held.value.retry_after == pytest.approx(30.0)
    assert len(setup.discord.calls) == 1
    await setup.clock.advance(30.0)
    await other.post(lines(1), "n2", {})


async def test_a_pause_of_one_channel_holds_no_other(setup: Setup) -> None:
    other = setup.of(setup.discord.add_channel("other").id)
    setup.discord.fail(POST, Fault("rate", number=30))
    with pytest.raises(TryLater):
        await setup.channel.post(lines(1), "n1", {})
    await other.post(lines(1), "n2", {})


async def test_a_token_is_never_written_anywhere(setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = setup.discord.token
    setup.discord.token = "another"
    with pytest.raises(Never) as raised:
        await setup.channel.post(lines(1), "n1", {})
    setup.discord.fail(POST, Fault("reset"))
    with pytest.raises(TryAgain) as broken:
        await setup.channel.post(lines(1), "n1", {})
    assert token not in caplog.text + repr(raised.value) + repr(broken.value) + repr(setup.server)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("123456789", DiscordAddress(channel="123456789")),
        ("<#123456789>", DiscordAddress(channel="123456789")),
        ("123456789 @&987654321", DiscordAddress(channel="123456789", role="987654321")),
        ("123456789 <@&987654321>", DiscordAddress(channel="123456789", role="987654321")),
        ("@123456789", DiscordAddress(person="123456789")),
        ("<@!123456789>", DiscordAddress(person="123456789")),
        ("#gw-alerts", None),
        ("", None),
    ],
)
def test_an_address_is_read_as_people_copy_it(text: str, meant: DiscordAddress | None) -> None:
    assert read_address(text) == meant


def test_an_address_that_cannot_be_read_says_what_was_expected() -> None:
    server = DiscordServer("t")
    with pytest.raises(ChannelError, match=r"'gw' needs an address.*Copy Channel ID"):
        DiscordChannel(ChannelConfig("gw", "discord", "#gw"), server)
    with pytest.raises(ChannelError, match=r"discord\.token"):
        open_channel(ChannelConfig("gw", "discord", "123456"), Connections())


# --- the stand-in itself


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"content": "x" * 2001}, 50035),
        ({"content": "x" * 2000}, None),
        ({}, 50006),
        ({"embeds": [{"description": "x" * 4097}]}, 50035),
        ({"embeds": [{"description": "x" * 3001}] * 2}, 50035),
        ({"embeds": [{"description": "x" * 3000}] * 2}, None),
        ({"embeds": [{"title": "x"}] * 11}, 50035),
        ({"embeds": [{"title": "x" * 257}]}, 50035),
        ({"embeds": [{"fields": [{"name": "x", "value": ""}]}]}, 50035),
        ({"content": "x", "components": [{"type": 1, "components": []}]}, 50035),
        ({"content": "x", "nonce": "x" * 26}, 50035),
        ({"content": "x", "allowed_mentions": {"parse": ["roles"], "roles": ["1"]}}, 50035),
    ],
)
async def test_the_stand_in_enforces_discords_limits(
    setup: Setup, message: dict[str, Any], code: int | None
) -> None:
    status, answer = await _asked(setup, f"/channels/{setup.place.id}/messages", message)
    assert (answer.get("code") if status >= 400 else None) == code


async def test_the_stand_in_reports_what_discords_description_does_not_know(setup: Setup) -> None:
    await _asked(
        setup, f"/channels/{setup.place.id}/messages", {"content": "x", "embeds": [{"color": "red"}]}
    )
    await _asked(setup, "/channels/1/messagez", {"content": "x"})
    assert any("embeds.0.color" in each for each in setup.discord.violations)
    assert any("there is no POST /channels/1/messagez" in each for each in setup.discord.violations)


async def test_the_stand_in_knows_what_nobody_expected(setup: Setup) -> None:
    await setup.channel.post(lines(1), "n1", {})
    assert len(setup.discord.unexpected) == 1
    setup.place.expect("S261120h")
    assert setup.discord.unexpected == []
    with pytest.raises(AssertionError, match="nothing in #gw says"):
        setup.place.expect("S261120h")


async def test_the_stand_in_runs_in_a_thread_of_its_own() -> None:
    with DiscordStandIn.in_thread() as discord:
        place = discord.add_channel("gw")
        server = DiscordServer(discord.token, discord.url)
        await DiscordChannel(ChannelConfig("gw", "discord", place.id), server).post(lines(1), "n1", {})
        await server.close()
        await discord.wait_for(lambda: len(place.messages) == 1)


async def _asked(setup: Setup, path: str, message: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bot {setup.discord.token}", "User-Agent": USER_AGENT}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{setup.discord.url}{path}", json=message) as response,
    ):
        return response.status, await response.json()
