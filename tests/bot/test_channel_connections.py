"""Every kind of channel is opened from the configuration, and what it needs is served by the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from bot.composition import tools_of
from bot.hub import Hub
from bot.settings import ChannelSettings, Settings, SettingsError
from notifiers.channels.registry import KINDS
from store.clock import SystemClock

EVERYTHING: dict[str, Any] = {
    "slack": {"bot_token": "xoxb-1"},
    "discord": {"token": "t"},
    "email": {"smtp_url": "smtp://nd:s3cret@mail.example.org", "sender": "nd@example.org"},
    "twilio": {
        "account_sid": "AC1", "auth_token": "s3cret", "from_number": "+15550100000",
        "whatsapp_number": "+15550100001",
    },
    "webhook": {"secret": "0123456789abcdef"},
    "web": {"public_url": "https://desk.example.org"},
    "channels": [
        {"name": "slack", "kind": "slack", "address": "C0123456789"},
        {"name": "discord", "kind": "discord", "address": "123456789012345678"},
        {"name": "email", "kind": "email", "address": "list@example.org"},
        {"name": "sms", "kind": "sms", "address": "+33698765432"},
        {"name": "voice", "kind": "voice", "address": "+33698765432"},
        {"name": "whatsapp", "kind": "whatsapp", "address": "+33698765432"},
        {"name": "webhook", "kind": "webhook", "address": "https://robots.example.org/"},
        {"name": "apprise", "kind": "apprise", "address": "ntfys://ntfy.sh/topic"},
        {"name": "terminal", "kind": "terminal"},
    ],
}  # fmt: skip


def settings(folder: Path, **changes: Any) -> Settings:
    database = {"url": f"sqlite:///{folder / 'desk.sqlite'}"}
    return Settings.model_validate({"database": database, **EVERYTHING, **changes})


async def test_every_kind_is_opened(tmp_path: Path) -> None:
    tools = tools_of(settings(tmp_path), tmp_path)
    assert {channel.config.kind for channel in tools.channels.values()} == set(KINDS)
    assert set(get_args(ChannelSettings.model_fields["kind"].annotation)) == set(KINDS)
    assert set(tools.connections.ways) >= {"slack", "discord", "email", "sms", "voice", "whatsapp"}
    await tools.close()


async def test_the_hub_serves_what_its_messages_lead_to(tmp_path: Path) -> None:
    hub = Hub(settings(tmp_path), SystemClock())
    served = {(route.method, route.path) for route in hub._pages()}
    for name in ("sms", "voice", "status"):
        assert ("POST", f"/hooks/twilio/{name}") in served
    assert {("GET", "/unsubscribe/{token}"), ("POST", "/unsubscribe/{token}")} <= served
    assert {("GET", "/ack/{token}"), ("POST", "/ack/{token}")} <= served
    await hub.tools.close()
    await hub.database.dispose()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"email": {}}, "channel 'email' is e-mail: set email.smtp_url and email.sender"),
        ({"twilio": {}}, "channel 'sms' goes through Twilio: set twilio.account_sid"),
        ({"webhook": {}}, "channel 'webhook' needs a secret"),
        ({"email": {"smtp_url": "http://x", "sender": "nd@example.org"}}, "email.smtp_url: expected smtp://"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(SettingsError) as caught:
        tools_of(settings(tmp_path, **changes), tmp_path)
    assert expected in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_no_secret_is_shown_when_the_parts_are_printed(tmp_path: Path) -> None:
    tools = tools_of(settings(tmp_path), tmp_path)
    assert "s3cret" not in repr(tools)
    assert "0123456789abcdef" not in repr(tools)
