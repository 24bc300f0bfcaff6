"""Signed webhooks and Apprise: what is sent, how it is known to be ours, what is tried again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from cards.card import Card, Picture, Tone, strong
from cards.event_card import event_card
from cards.reader import Reader
from notifiers.channels.apprise_service import AppriseChannel
from notifiers.channels.base import (
    ChannelConfig,
    ChannelError,
    DeliveryError,
    Never,
    PictureFile,
    TryAgain,
    TryLater,
)
from notifiers.channels.kept_pictures import KeptPictures
from notifiers.channels.webhook import MOST_BYTES, WebhookChannel
from store.clock import ManualClock
from tests.cards import nights
from tests.standins.receiver import Post, ReceiverStandIn

KEY = b"0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
CARD = Card((strong("S230518h"),), Tone.REAL, (), "S230518h", event="LVK:S230518h")
WITH_PICTURE = Card((strong("S230518h"),), Tone.REAL, (Picture("sky_map", "the sky"),), "S230518h")


async def facts(event: str) -> Mapping[str, object] | None:
    return {"area_90": 1002.0, "significant": True} if event == "LVK:S230518h" else None


@dataclass
class Setup:
    receiver: ReceiverStandIn
    clock: ManualClock

    def open(self, address: str | None = None, secret: str | None = SECRET, **options: Any) -> WebhookChannel:
        config = ChannelConfig("robots", "webhook", address or self.receiver.url, Reader(), secret)
        return WebhookChannel(config, KeptPictures(), self.clock, facts=facts, **options)


@pytest.fixture
async def setup(clock: ManualClock) -> AsyncIterator[Setup]:
    async with ReceiverStandIn() as receiver:
        yield Setup(receiver, clock)


def verified(post: Post, key: bytes, now: float) -> Any:
    """The body of a message that is ours and fresh, as docs/channels.md tells receivers to find out."""
    identity, timestamp = post.headers["webhook-id"], post.headers["webhook-timestamp"]
    assert abs(now - int(timestamp)) <= 300, "too old, or from the future"
    made = hmac.new(key, f"{identity}.{timestamp}.".encode() + post.raw, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(made).decode()
    given = post.headers["webhook-signature"].split(" ")
    assert any(hmac.compare_digest(each, expected) for each in given), "not ours"
    return post.json


async def test_a_receiver_knows_that_a_message_is_ours(setup: Setup) -> None:
    await setup.open().post(CARD, "n1", {})
    (post,) = setup.receiver.posts
    said = verified(post, KEY, setup.clock.now().timestamp())
    assert said["type"] == "card.posted"
    assert said["timestamp"] == "2026-11-20T03:00:00Z"
    assert post.headers["Idempotency-Key"] == post.headers["webhook-id"] == "n1"
    with pytest.raises(AssertionError, match="not ours"):
        verified(post, b"another key 0123", setup.clock.now().timestamp())
    with pytest.raises(AssertionError, match="not ours"):
        verified(Post(post.path, post.headers, post.raw + b" "), KEY, setup.clock.now().timestamp())


async def test_the_keys_of_a_message_stay_what_they_are(setup: Setup) -> None:
    card = event_card(nights.S230518H, nights.NOTICE, Reader())
    await setup.open().post(card, "n1", {})
    said = setup.receiver.posts[0].json
    assert set(said) == {"type", "timestamp", "data"}
    data = said["data"]
    assert set(data) == {
        "channel", "message", "thread", "locale", "timezone", "event", "text", "card", "pictures",
    }  # fmt: skip
    assert data["event"] == {"event": "LVK:S230518h", "area_90": 1002.0, "significant": True}
    assert Card.from_dict(data["card"]) == card
    assert "276 ± 79 Mpc" in data["text"]


async def test_an_edit_and_a_reply_say_what_they_belong_to(setup: Setup) -> None:
    channel = setup.open()
    posted = await channel.post(CARD, "n1", {})
    edited = await channel.edit(posted, WITH_PICTURE, "n1", {})
    assert await channel.edit(edited, WITH_PICTURE, "n1", {}) == edited
    await channel.reply(posted, CARD, "n2")
    kinds = [
        (post.json["type"], post.json["data"]["message"], post.json["data"]["thread"])
        for post in setup.receiver.posts
    ]
    assert kinds == [("card.posted", "n1", None), ("card.edited", "n1", None), ("card.replied", "n2", "n1")]
    assert len({post.headers["webhook-id"] for post in setup.receiver.posts}) == 3


async def test_what_is_sent_again_carries_the_same_id(setup: Setup) -> None:
    setup.receiver.reset = True
    with pytest.raises(TryAgain) as caught:
        await setup.open().post(CARD, "n1", {})
    assert caught.value.uncertain
    await setup.open().post(CARD, "n1", {})
    assert [post.headers["webhook-id"] for post in setup.receiver.posts] == ["n1", "n1"]


@pytest.mark.parametrize(
    ("status", "headers", "kind", "words"),
    [
        (301, {"Location": "/elsewhere"}, Never, "redirects .* not followed"),
        (307, {"Location": "https://evil.example"}, Never, "redirects"),
        (401, {}, Never, "compare the secrets"),
        (404, {}, Never, "HTTP 404"),
        (410, {}, Never, "no messages any more"),
        (429, {"Retry-After": "7"}, TryLater, "asks for a pause"),
        (503, {"Retry-After": "7"}, TryLater, "asks for a pause"),
        (503, {}, TryAgain, "trouble of its own"),
        (408, {}, TryAgain, "HTTP 408"),
    ],
)
async def test_what_the_receiver_says_decides_whether_it_is_tried_again(
    setup: Setup, status: int, headers: dict[str, str], kind: type[DeliveryError], words: str
) -> None:
    setup.receiver.answer(status, headers)
    with pytest.raises(kind, match=words) as caught:
        await setup.open().post(CARD, "n1", {})
    assert "s3cret-in-the-address" not in str(caught.value)
    assert setup.receiver.posts == []
    assert setup.receiver.asked == ["POST"]
    if isinstance(caught.value, TryLater):
        assert caught.value.retry_after == 7.0


@pytest.mark.parametrize(
    ("address", "options", "good"),
    [
        ("https://robots.example.org/desk", {}, True),
        ("http://127.0.0.1:9/desk", {}, True),
        ("http://localhost/desk", {}, True),
        ("http://robots.example.org/desk", {}, False),
        ("http://robots.example.org/desk", {"allow_http": True}, True),
        ("ftp://robots.example.org", {}, False),
        ("file:///etc/passwd", {}, False),
        ("robots.example.org", {}, False),
    ],
)
def test_only_https_leads_to_other_machines(
    address: str, options: dict[str, Any], good: bool, clock: ManualClock
) -> None:
    setup = Setup(ReceiverStandIn(), clock)
    if good:
        setup.open(address, **options)
        return
    with pytest.raises(ChannelError, match="https://"):
        setup.open(address, **options)


@pytest.mark.parametrize("secret", [None, "", "short", "whsec_short", "whsec_***"])
def test_nothing_is_sent_unsigned(secret: str | None, clock: ManualClock) -> None:
    with pytest.raises(ChannelError, match="needs a secret"):
        Setup(ReceiverStandIn(), clock).open(secret=secret)


async def test_a_picture_that_is_too_large_is_left_out(setup: Setup) -> None:
    channel = setup.open()
    posted = await channel.post(WITH_PICTURE, "n1", {})
    large = await channel.picture(PictureFile("sky.png", b"\x00" * MOST_BYTES, "the sky"))
    await channel.edit(posted, WITH_PICTURE, "n1", {"sky_map": large})
    assert setup.receiver.posts[-1].json["data"]["pictures"] == {}


async def test_the_doctor_asks_without_posting(setup: Setup) -> None:
    assert await setup.open().check() == f"posts signed JSON to 127.0.0.1:{setup.receiver.port}"
    assert setup.receiver.asked == ["OPTIONS"]


# --- Apprise


def apprise(receiver: ReceiverStandIn) -> AppriseChannel:
    address = f"json://desk:s3cret-in-the-address@127.0.0.1:{receiver.port}/"
    return AppriseChannel(ChannelConfig("other", "apprise", address, Reader()), KeptPictures())


async def test_apprise_is_given_title_words_and_kind(setup: Setup) -> None:
    card = event_card(nights.S230518H, nights.NOTICE, Reader("fr", "Europe/Paris"))
    await apprise(setup.receiver).post(card, "n1", {})
    (post,) = setup.receiver.posts
    assert post.json["title"].startswith("Candidat NSBH S230518h")
    assert "276 ± 79 Mpc" in post.json["message"]
    assert post.json["type"] == "info"


async def test_what_apprise_could_not_do_is_tried_again_and_its_url_is_in_no_log(
    setup: Setup, caplog: pytest.LogCaptureFixture
) -> None:
    setup.receiver.answer(500)
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(TryAgain, match="JSON did not take the message") as caught,
    ):
        await apprise(setup.receiver).post(CARD, "n1", {})
    assert "s3cret" not in caplog.text + str(caught.value)


@pytest.mark.parametrize("address", ["", "pigeon://roof", "not an address"])
def test_an_address_apprise_does_not_understand_is_refused_without_showing_it(address: str) -> None:
    with pytest.raises(ChannelError, match="that Apprise understands") as caught:
        AppriseChannel(ChannelConfig("other", "apprise", address), KeptPictures())
    assert "pigeon" not in str(caught.value)
