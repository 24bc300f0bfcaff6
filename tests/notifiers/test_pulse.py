"""Whether the chats answer: as `/readyz` tells it."""

from __future__ import annotations

from notifiers.channels.base import ChannelConfig
from notifiers.channels.slack import SlackChannel
from notifiers.channels.slack_workspace import SlackWorkspace
from notifiers.pulse import Pulse
from store.clock import ManualClock
from tests.standins.slack import Fault, SlackStandIn


def _channel(token: str, url: str) -> SlackChannel:
    return SlackChannel(ChannelConfig("gw", "slack", "gw"), SlackWorkspace(token, url))


async def test_before_it_was_asked_a_chat_counts_as_silent(clock: ManualClock) -> None:
    pulse = Pulse({"gw": _channel("x", "http://127.0.0.1:9/")}, clock)
    assert pulse.answers == {"gw": (False, "not asked yet")}


async def test_a_chat_that_answers_says_as_whom_it_knows_us(clock: ManualClock) -> None:
    async with SlackStandIn() as slack:
        pulse = Pulse({"gw": _channel(slack.token, slack.url)}, clock)
        await pulse.ask()
        assert pulse.answers == {"gw": (True, "answers as @nightdesk")}
        assert [call.method for call in slack.calls] == ["auth.test"]


async def test_a_chat_that_refuses_the_token_or_fails_says_what_to_mend(clock: ManualClock) -> None:
    async with SlackStandIn() as slack:
        wrong, failing = _channel("xoxb-wrong", slack.url), _channel(slack.token, slack.url)
        pulse = Pulse({"wrong": wrong, "failing": failing}, clock)
        await pulse.ask()
        assert pulse.answers["wrong"][0] is False
        assert "slack.bot_token" in pulse.answers["wrong"][1]
        assert "xoxb-wrong" not in pulse.answers["wrong"][1]
        slack.fail("auth.test", Fault("http", number=503), Fault("http", number=503))
        await pulse.ask()
        assert pulse.answers["failing"][0] is False
        await pulse.ask()
        assert pulse.answers["failing"][0] is True
