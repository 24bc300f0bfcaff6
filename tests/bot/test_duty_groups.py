"""What follows who is on, from the configuration: what cannot be used is named."""

from __future__ import annotations

import pytest

from bot.channel_connections import connections_of
from bot.duty_groups import targets_of
from bot.settings import Settings, SettingsError
from notifiers.channels.followers import DiscordRole, SlackGroup


def targets(**entry: str) -> object:
    values = {"name": "oncall", "roster": "gw", "kind": "slack-group", "address": "S1", **entry}
    tokens = {"slack": {"bot_token": "xoxb-1"}, "discord": {"token": "1"}}
    if entry.get("locale") == "no tokens":
        tokens, values = {}, {**values, "locale": "en"}
    settings = Settings.model_validate({**tokens, "duty_groups": [values]})
    (target,) = targets_of(settings, connections_of(settings, None))  # type: ignore[arg-type]
    return target.follower


async def test_each_kind_has_its_follower() -> None:
    assert isinstance(targets(), SlackGroup)
    assert isinstance(targets(kind="discord-role", address="12/34"), DiscordRole)


async def test_what_cannot_be_used_is_named() -> None:
    with pytest.raises(
        SettingsError, match=r"duty_groups\.oncall\.address: '12' is no role; expected SERVER/ROLE"
    ):
        targets(kind="discord-role", address="12")
    with pytest.raises(SettingsError, match=r"duty_groups\.oncall: slack-group needs slack.bot_token"):
        targets(locale="no tokens")
    with pytest.raises(SettingsError, match=r"duty_groups\.oncall: no language is called 'xx-yy-zz'"):
        targets(locale="xx-yy-zz")
