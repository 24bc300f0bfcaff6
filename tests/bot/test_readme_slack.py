"""README, "Put it in your Slack in ten minutes": each step as somebody takes it, against the stand-in."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.checkup import examine
from bot.finding import Finding
from bot.hub import Hub, HubOptions, Role
from bot.settings import Settings, load_settings
from commands.declared import book
from store.clock import SystemClock
from tests.bot.program import ROOT, nightdesk
from tests.standins.slack import Channel
from tests.standins.slack_people import SlackWithPeople

SECTION = (
    (ROOT / "README.md").read_text(encoding="utf-8").partition("## Put it in your Slack in ten minutes")[2]
)
SECTION = SECTION.partition("\n## ")[0]
TOML = re.search(r"```toml\n(.+?)```", SECTION, re.S)


@pytest.fixture
async def slack() -> AsyncIterator[SlackWithPeople]:
    async with SlackWithPeople() as stand_in:
        stand_in.app_token = "xapp-1-A1-secret"
        yield stand_in
        assert stand_in.violations == []


def installed(slack: SlackWithPeople, folder: Path) -> None:
    """Steps one and two: an app of the printed manifest, installed with the scopes that it asks for."""
    command = re.search(r"`\.venv/bin/nightdesk ([a-z-]+) > manifest\.json`", SECTION)
    assert command is not None
    ended = nightdesk(command[1], folder=folder)
    assert ended.status == 0, ended.errors
    made = json.loads(ended.out)
    assert made["settings"]["socket_mode_enabled"] is True
    slack.scopes = set(made["oauth_config"]["scopes"]["bot"])


def configured(folder: Path, slack: SlackWithPeople, written: str = "", **more: str) -> Settings:
    """What the steps leave: tokens in the environment, and the file as far as it is written."""
    named = re.findall(r"NIGHTDESK_SLACK__[A-Z_]+", SECTION)
    assert set(named) == {"NIGHTDESK_SLACK__BOT_TOKEN", "NIGHTDESK_SLACK__APP_TOKEN"}
    file = folder / "nightdesk.toml"
    file.write_text(written, encoding="utf-8")
    environment = {
        "NIGHTDESK_SLACK__BOT_TOKEN": slack.token,
        "NIGHTDESK_SLACK__APP_TOKEN": slack.app_token or "",
        "NIGHTDESK_SLACK__API_URL": slack.url,
        "NIGHTDESK_DATABASE__URL": f"sqlite:///{folder / 'desk.sqlite'}",
        "NIGHTDESK_GCN__BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "NIGHTDESK_WEB__PORT": "0",
        "NIGHTDESK_COMPUTE__WORKERS": "1",
        **more,
    }
    return load_settings(file, environment)


def the_toml(channel: Channel) -> str:
    assert TOML is not None
    text = re.sub(r"^ +", "", TOML[1], flags=re.M)
    (entry,) = tomllib.loads(text)["channels"]
    assert entry["kind"] == "slack"
    return text.replace(entry["address"], channel.id)


async def doctor(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, Finding]:
    monkeypatch.setattr("bot.checkup._BROKER_PATIENCE", 0.1)
    return {finding.name: finding for finding in await examine(settings)}


async def test_the_manifest_gives_all_that_the_doctor_looks_for(
    tmp_path: Path, slack: SlackWithPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(slack, tmp_path)
    channel = slack.add_channel("gw-alerts")
    found = await doctor(configured(tmp_path, slack, the_toml(channel)), monkeypatch)
    wanted = ("slack", "slack scopes", "slack commands", "channel gw-alerts")
    assert {name: found[name].verdict for name in wanted} == dict.fromkeys(wanted, "good")
    assert channel.said == []


async def test_each_step_left_out_is_named_with_how_to_mend_it(
    tmp_path: Path, slack: SlackWithPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(slack, tmp_path)
    slack.scopes -= {"users:read"}
    channel = slack.add_channel("gw-alerts", member=False)
    swapped = configured(tmp_path, slack, the_toml(channel), NIGHTDESK_SLACK__APP_TOKEN=slack.token)
    found = await doctor(swapped, monkeypatch)
    assert found["slack scopes"].detail == "missing: users:read"
    assert "install the app again" in found["slack scopes"].remedy
    assert "slack.app_token is no app token" in found["slack commands"].detail
    assert "/invite @nightdesk" in found["channel gw-alerts"].detail


async def test_step_four_answers_what_people_type(tmp_path: Path, slack: SlackWithPeople) -> None:
    installed(slack, tmp_path)
    channel = slack.add_channel("gw-alerts")
    ana = slack.person("U0ANA")
    hub = Hub(
        configured(tmp_path, slack, the_toml(channel)),
        SystemClock(),
        HubOptions(roles=frozenset({Role.CHAT}), pictures=tmp_path),
    )
    typed = re.findall(r"`/nd ([a-z ]+)`", SECTION)
    assert {"help", "status", "me link"} <= set(typed)
    async with hub.running():
        await slack.wait_for(lambda: slack.connections >= 2)
        for line in typed:
            if line != "help":
                assert line in book()
            before = len(channel.said) + len(slack.whispers) + len(ana.views)
            assert (await ana.types("/nd", line, "#gw-alerts")).attempts == 1
            await slack.wait_for(
                lambda before=before: len(channel.said) + len(slack.whispers) + len(ana.views) > before, 30.0
            )
