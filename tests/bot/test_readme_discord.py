"""README, "Put it in your Discord in ten minutes": each step as somebody takes it, against the stand-in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.checkup import examine
from bot.finding import Finding
from bot.hub import Hub, HubOptions, Role
from bot.settings import Settings, load_settings
from notifiers.channels.discord_permissions import NEEDED
from store.clock import SystemClock
from tests.bot.program import ROOT, nightdesk
from tests.standins.discord import DiscordStandIn, Place

SECTION = (
    (ROOT / "README.md").read_text(encoding="utf-8").partition("## Put it in your Discord in ten minutes")[2]
)
SECTION = SECTION.partition("\n## ")[0]
TOML = re.search(r"```toml\n(.+?)```", SECTION, re.S)


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as stand_in:
        yield stand_in
        assert stand_in.violations == []


def configured(folder: Path, discord: DiscordStandIn, written: str = "") -> Settings:
    """What the steps leave: a token in the environment, and the file as far as it is written."""
    file = folder / "nightdesk.toml"
    file.write_text(written, encoding="utf-8")
    environment = {
        "NIGHTDESK_DISCORD__TOKEN": discord.token,
        "NIGHTDESK_DISCORD__API_URL": discord.url,
        "NIGHTDESK_DISCORD__GATEWAY_URL": discord.gateway_url,
        "NIGHTDESK_DATABASE__URL": f"sqlite:///{folder / 'desk.sqlite'}",
        "NIGHTDESK_GCN__BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "NIGHTDESK_WEB__PORT": "0",
        "NIGHTDESK_COMPUTE__WORKERS": "1",
    }
    return load_settings(file, environment)


def the_toml(place: Place) -> str:
    assert TOML is not None
    entry: dict[str, Any] = tomllib.loads(TOML[1].replace("   ", ""))["channels"][0]
    assert entry["kind"] == "discord"
    return re.sub(r"^ +", "", TOML[1], flags=re.M).replace(entry["address"], place.id)


async def doctor(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, Finding]:
    monkeypatch.setattr("bot.checkup._BROKER_PATIENCE", 0.1)
    return {finding.name: finding for finding in await examine(settings)}


async def test_step_two_prints_an_invitation_with_just_what_is_needed(
    tmp_path: Path, discord: DiscordStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    discord.world.invited = False
    found = (await doctor(configured(tmp_path, discord), monkeypatch))["discord"]
    assert found.verdict == "bad"
    assert "@nightdesk is in no server" in found.detail
    asked = parse_qs(urlsplit(found.remedy.rpartition(" ")[2]).query)
    assert asked["client_id"] == [discord.world.bot.id]
    assert asked["scope"] == ["bot applications.commands"]
    assert int(asked["permissions"][0]) == sum(NEEDED.values())
    discord.world.invited = True
    found = (await doctor(configured(tmp_path, discord), monkeypatch))["discord"]
    assert (found.verdict, "Subarachnoid" in found.detail) == ("good", True)


async def test_step_three_finds_the_channel_good_or_names_what_it_lacks(
    tmp_path: Path, discord: DiscordStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = discord.add_channel("gw-alerts")
    settings = configured(tmp_path, discord, the_toml(place))
    found = (await doctor(settings, monkeypatch))["channel gw-discord"]
    assert (found.verdict, found.detail) == ("good", "posts as @nightdesk in #gw-alerts")
    assert place.said == []
    place.denied = NEEDED["Create Public Threads"]
    found = (await doctor(settings, monkeypatch))["channel gw-discord"]
    assert found.verdict == "bad"
    assert "lacks Create Public Threads" in found.detail


async def test_step_one_gone_wrong_says_which_key_to_set(
    tmp_path: Path, discord: DiscordStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = configured(tmp_path, discord)
    discord.token = "another"
    found = (await doctor(settings, monkeypatch))["discord"]
    assert found.verdict == "bad"
    assert "set discord.token" in found.detail


async def test_a_server_that_it_was_not_invited_to_is_named(
    tmp_path: Path, discord: DiscordStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = configured(tmp_path, discord, '[discord]\nservers = ["123456"]\n')
    found = (await doctor(settings, monkeypatch))["discord"]
    assert found.verdict == "bad"
    assert "not in 123456" in found.detail


async def test_step_four_answers_what_people_type(tmp_path: Path, discord: DiscordStandIn) -> None:
    place = discord.add_channel("gw-alerts")
    ana = discord.add_user("ana")
    hub = Hub(
        configured(tmp_path, discord, the_toml(place)),
        SystemClock(),
        HubOptions(roles=frozenset({Role.CHAT}), pictures=tmp_path),
    )
    async with hub.running():
        await discord.gateway.connected(30.0)
        for path in re.findall(r"`/([a-z ]+)`", SECTION):
            if path == "me link" and path not in hub.desk.book:
                continue
            made = await discord.interactions.command(ana, path, {}, place=place)
            await discord.interactions.answered(made, 30.0)
            assert made.words
            assert made.answered_in is not None
        assert (await hub.readiness()).parts["discord"] == (True, "listens as @nightdesk")


def test_the_commands_can_be_looked_at(tmp_path: Path) -> None:
    ended = nightdesk("discord-commands", folder=tmp_path)
    assert ended.status == 0
    assert {"event", "sky", "status"} <= {command["name"] for command in ended.json}
