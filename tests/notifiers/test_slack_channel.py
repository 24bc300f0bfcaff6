"""Slack's own limits, errors and habits, against a server that has them."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from cards.card import Card, Lines, Picture, Text, Tone, strong
from cards.reader import Reader
from notifiers.channels.base import (
    ChannelConfig,
    DeliveryError,
    Gone,
    Never,
    PictureFile,
    TryAgain,
    TryLater,
)
from notifiers.channels.slack import SlackChannel
from notifiers.channels.slack_workspace import SlackWorkspace
from notifiers.deciding import PlainWords
from tests.notifiers.stories import TRIGGER, initial, nsbh
from tests.standins.slack import Channel, Fault, SlackStandIn

SPEC = Path(__file__).resolve().parents[3] / "shared" / "specs" / "slack-web-api.openapi-v2.json"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass
class Setup:
    slack: SlackStandIn
    place: Channel
    channel: SlackChannel
    workspace: SlackWorkspace


@pytest.fixture
async def setup() -> AsyncIterator[Setup]:
    async with SlackStandIn(spec=SPEC) as slack:
        place = slack.add_channel("gw")
        workspace = SlackWorkspace(slack.token, slack.url)
        yield Setup(
            slack, place, SlackChannel(ChannelConfig("gw", "slack", place.id, Reader()), workspace), workspace
        )
        await workspace.close()
        assert slack.violations == []


def lines(count: int, words: str = "word ") -> Card:
    text = tuple((Text(f"line {number}: " + words * 60),) for number in range(count))
    return Card((strong("S261120h"),), Tone.REAL, (Lines(text),), "summary")


async def test_everything_said_follows_slacks_specification(setup: Setup, shared_data: Path) -> None:
    assert SPEC.is_file()
    words = PlainWords()
    posted = await setup.channel.post(words.card(nsbh(), TRIGGER, Reader()), "n1", {})
    await setup.channel.edit(posted, words.card(initial(nsbh()), TRIGGER, Reader()), "n1", {})
    change = words.change(nsbh().newest, initial(nsbh()).newest, Reader())
    assert change is not None
    await setup.channel.reply(posted, change, "n2")
    await setup.channel.find("n1", LONG_AGO, None)
    await setup.channel.check()
    assert {call.method for call in setup.slack.calls} >= {"chat.postMessage", "chat.update", "auth.test"}


def test_the_errors_the_stand_in_gives_are_slacks_own(shared_data: Path) -> None:
    paths = json.loads(SPEC.read_text())["paths"]
    known = set()
    for method in ("chat.postMessage", "chat.update", "conversations.history", "conversations.replies"):
        for verb in paths[f"/{method}"].values():
            known |= set(verb["responses"]["default"]["schema"]["properties"]["error"]["enum"])
    said = {"not_authed", "invalid_auth", "channel_not_found", "not_in_channel", "is_archived", "no_text"}
    assert said | {"message_not_found", "thread_not_found", "msg_too_long"} <= known


async def test_nothing_is_unfurled(setup: Setup) -> None:
    await setup.channel.post(lines(1), "n1", {})
    (call,) = setup.slack.calls_of("chat.postMessage")
    assert call.arguments["unfurl_links"] is False
    assert call.arguments["unfurl_media"] is False


async def test_what_does_not_fit_goes_to_the_thread_and_is_edited_there(setup: Setup) -> None:
    posted = await setup.channel.post(lines(120), "n1", {})
    (card,) = setup.place.messages
    assert len(posted.parts) == len(setup.place.thread(card.ts)) >= 2
    edited = await setup.channel.edit(posted, lines(120, "bird "), "n1", {})
    assert edited.parts == posted.parts
    assert all("bird" in reply.words for reply in setup.place.thread(card.ts))
    short = await setup.channel.edit(edited, lines(2), "n1", {})
    assert short.parts == ()
    assert setup.place.thread(card.ts) == []


async def test_a_long_card_cut_off_in_its_parts_is_completed_without_doubling(setup: Setup) -> None:
    # The card and its first part arrive, the second is answered with a pause.
    _pause_at_post(setup.slack, 3)
    with pytest.raises(TryLater) as paused:
        await setup.channel.post(lines(120), "n1", {})
    assert paused.value.uncertain
    found = await setup.channel.find("n1", LONG_AGO, None)
    assert found is not None
    assert len(found.parts) == 1
    whole = await setup.channel.edit(found, lines(120), "n1", {})
    (card,) = setup.place.messages
    assert len(setup.place.thread(card.ts)) == len(whole.parts) >= 2
    everything = "\n".join(m.words for m in setup.place.said)
    assert all(everything.count(f"line {number}:") == 1 for number in range(120))


def _pause_at_post(slack: SlackStandIn, number: int) -> None:
    answer, said = slack._chat_postMessage, 0

    def counted(arguments: dict[str, object]) -> dict[str, object]:
        nonlocal said
        said += 1
        return {"ok": False, "error": "ratelimited"} if said == number else answer(arguments)

    slack._chat_postMessage = counted  # type: ignore[method-assign]


async def test_a_picture_in_work_is_left_out_and_reported(setup: Setup) -> None:
    card = Card((Text("x"),), Tone.REAL, (Picture("sky_map", "the sky"),), "x")
    setup.slack.pictures_take = 1
    reference = await setup.channel.picture(PictureFile("sky.png", b"PNG"))
    posted = await setup.channel.post(card, "n1", {"sky_map": reference})
    assert posted.unshown == {"sky_map"}
    assert setup.place.messages[0].pictures == []
    edited = await setup.channel.edit(posted, card, "n1", {"sky_map": reference})
    assert edited.unshown == frozenset()
    assert setup.place.messages[0].pictures == [reference]


async def test_an_id_of_any_length_is_not_looked_up_as_a_name(setup: Setup) -> None:
    channel = SlackChannel(ChannelConfig("gw", "slack", "C123", Reader()), setup.workspace)
    with pytest.raises(Never, match="channel_not_found"):
        await channel.find("n1", LONG_AGO, None)
    assert [call.method for call in setup.slack.calls] == ["conversations.history"]


async def test_a_channel_may_be_named(setup: Setup) -> None:
    for number in range(450):
        setup.slack.add_channel(f"other-{number}")
    last = setup.slack.add_channel("night-desk")
    channel = SlackChannel(ChannelConfig("desk", "slack", "#night-desk"), setup.workspace)
    assert await channel.find("n1", LONG_AGO, None) is None
    posted = await channel.post(lines(1), "n1", {})
    assert posted.place == last.id
    assert await channel.find("n1", LONG_AGO, None) == posted
    assert "#night-desk" in await channel.check()


@pytest.mark.parametrize(
    ("fault", "kind", "uncertain"),
    [
        (Fault("rate", number=42), TryLater, False),
        (Fault("error", "ratelimited"), TryLater, False),
        (Fault("http", number=500), TryAgain, True),
        (Fault("http", number=503), TryAgain, True),
        (Fault("error", "internal_error"), TryAgain, True),
        (Fault("error", "service_unavailable"), TryAgain, True),
        (Fault("reset"), TryAgain, True),
        (Fault("error", "is_archived"), Never, False),
        (Fault("error", "invalid_auth"), Never, False),
        (Fault("error", "no_such_error_yet"), Never, False),
        (Fault("error", "message_not_found"), Gone, False),
        (Fault("http", number=404), Never, False),
    ],
    ids=lambda value: getattr(value, "value", None) or str(getattr(value, "kind", value)),
)
async def test_each_failure_has_its_class(
    setup: Setup, fault: Fault, kind: type[DeliveryError], uncertain: bool
) -> None:
    setup.slack.fail("chat.postMessage", fault)
    with pytest.raises(DeliveryError) as raised:
        await setup.channel.post(lines(1), "n1", {})
    assert type(raised.value) is kind
    assert raised.value.uncertain is uncertain
    if isinstance(raised.value, TryLater) and fault.number:
        assert raised.value.retry_after == 42.0


async def test_a_server_that_is_not_there_certainly_took_nothing(setup: Setup) -> None:
    await setup.slack.stop()
    with pytest.raises(TryAgain, match="cannot be reached") as raised:
        await setup.channel.post(lines(1), "n1", {})
    assert raised.value.uncertain is False


async def test_one_call_is_one_request(setup: Setup) -> None:
    """The SDK's own repetition on a broken connection could double a message."""
    setup.slack.fail("chat.postMessage", Fault("reset", accepted=True))
    with pytest.raises(TryAgain):
        await setup.channel.post(lines(1), "n1", {})
    assert len(setup.place.messages) == 1


@pytest.mark.parametrize(
    ("arrange", "mend"),
    [
        ("archive", "unarchive"),
        ("leave", "/invite"),
        ("scope", "channels:history"),
        ("token", "slack.bot_token"),
    ],
)
async def test_the_doctor_is_told_what_to_mend(setup: Setup, arrange: str, mend: str) -> None:
    if arrange == "archive":
        setup.place.archived = True
    elif arrange == "leave":
        setup.place.member = False
    elif arrange == "scope":
        setup.slack.scopes.remove("channels:history")
    else:
        setup.slack.token = "xoxb-another"
    with pytest.raises(Never, match=mend):
        await setup.channel.check()


async def test_a_token_is_never_written_anywhere(setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = setup.slack.token
    setup.slack.token = "xoxb-another"
    with pytest.raises(Never) as raised:
        await setup.channel.post(lines(1), "n1", {})
    setup.slack.token = token
    setup.slack.fail("chat.postMessage", Fault("reset"))
    with pytest.raises(TryAgain) as broken:
        await setup.channel.post(lines(1), "n1", {})
    written = caplog.text + repr(raised.value) + repr(broken.value) + repr(setup.workspace)
    assert token not in written


# --- the stand-in itself


@pytest.mark.parametrize(
    ("blocks", "error"),
    [
        ([{"type": "divider"}] * 51, "invalid_blocks"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}], "invalid_blocks"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": ""}}], "invalid_blocks"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "invalid_blocks"),
        ([{"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}], "invalid_blocks"),
        ([{"type": "image", "slack_file": {"id": "F0123456789"}, "alt_text": "x"}], "invalid_blocks"),
        ([{"type": "wheel"}], "invalid_blocks"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5, "msg_blocks_too_long"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 4, None),
    ],
)
async def test_the_stand_in_enforces_block_kits_limits(
    setup: Setup, blocks: list[dict[str, object]], error: str | None
) -> None:
    client = AsyncWebClient(setup.slack.token, base_url=setup.slack.url)
    answer = await _answer(client, channel=setup.place.id, text="x", blocks=blocks)
    assert answer.get("error") == error


async def test_the_stand_in_limits_the_rate_when_asked(setup: Setup) -> None:
    setup.slack.limit_rate(60.0)
    await setup.channel.post(lines(1), "n1", {})
    with pytest.raises(TryLater) as raised:
        await setup.channel.post(lines(1), "n2", {})
    assert raised.value.retry_after == 60.0


async def test_the_stand_in_knows_what_nobody_expected(setup: Setup) -> None:
    await setup.channel.post(lines(1), "n1", {})
    assert len(setup.slack.unexpected) == 1
    setup.place.expect("S261120h")
    assert setup.slack.unexpected == []
    with pytest.raises(AssertionError, match="nothing in #gw says"):
        setup.place.expect("S261120h")


async def test_the_stand_in_runs_in_a_thread_of_its_own() -> None:
    with SlackStandIn.in_thread() as slack:
        place = slack.add_channel("gw")
        workspace = SlackWorkspace(slack.token, slack.url)
        await SlackChannel(ChannelConfig("gw", "slack", place.id), workspace).post(lines(1), "n1", {})
        await workspace.close()
        await slack.wait_for(lambda: len(place.messages) == 1)


async def _answer(client: AsyncWebClient, **arguments: object) -> dict[str, object]:
    try:
        response = await client.chat_postMessage(**arguments)  # type: ignore[arg-type]
    except SlackApiError as error:
        response = error.response
    return dict(response.data)  # type: ignore[arg-type]
