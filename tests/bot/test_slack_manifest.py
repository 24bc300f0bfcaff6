"""The Slack app's manifest: within the limits of Slack's published schema, names Slack leaves free."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from bot.settings import Settings
from bot.slack_manifest import SCOPES, manifest
from commands.declared import book
from tests.bot.program import nightdesk

SCHEMA = Path(__file__).parents[1] / "standins" / "slack_manifest.schema.json"
KNOWN = {
    "": {"_metadata", "display_information", "features", "oauth_config", "settings"},
    "features": {"app_home", "bot_user", "slash_commands", "shortcuts", "unfurl_domains"},
    "settings": {
        "event_subscriptions",
        "interactivity",
        "org_deploy_enabled",
        "socket_mode_enabled",
        "token_rotation_enabled",
    },
}


def complaints(made: dict[str, Any]) -> list[str]:
    """What Slack's published schema finds wrong with a manifest."""
    validator = Draft7Validator(json.loads(SCHEMA.read_text()))
    return [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(made)]


def test_the_schema_refuses_what_it_does_not_allow() -> None:
    made = manifest(book(), Settings())
    made["settings"]["bad_param"] = True
    made["display_information"]["name"] = "x" * 36
    assert len(complaints(made)) == 2


def test_the_program_prints_a_manifest_with_every_command_under_its_root(tmp_path: Path) -> None:
    ended = nightdesk("slack-manifest", folder=tmp_path)
    assert ended.status == 0, ended.errors
    made = ended.json
    assert complaints(made) == []
    assert set(made) == KNOWN[""] and set(made["features"]) == KNOWN["features"]
    assert set(made["settings"]) == KNOWN["settings"]
    commands = {each["command"]: each for each in made["features"]["slash_commands"]}
    assert {"/nd", "/sky", "/observe"} <= set(commands)
    for name, each in commands.items():
        assert re.fullmatch(r"/[a-z0-9_-]{1,31}", name)
        assert 0 < len(each["description"]) <= 2000 and len(each["usage_hint"]) <= 1000
    assert len(commands) <= 50
    assert 0 < len(made["display_information"]["name"]) <= 35
    assert 0 < len(made["display_information"]["description"]) <= 140
    assert re.fullmatch("#[0-9a-f]{6}", made["display_information"]["background_color"])
    for each in made["features"]["shortcuts"]:
        assert len(each["name"]) <= 24 and len(each["description"]) <= 150 and len(each["callback_id"]) <= 255
    assert made["settings"]["socket_mode_enabled"] is True
    assert set(made["oauth_config"]["scopes"]["bot"]) == set(SCOPES)


def test_over_http_every_address_is_the_desks_own() -> None:
    settings = Settings.model_validate(
        {"slack": {"signing_secret": "s"}, "web": {"public_url": "https://desk.example.org/"}}
    )
    made = manifest(book(), settings)
    assert complaints(made) == []
    url = "https://desk.example.org/slack/events"
    assert {each["url"] for each in made["features"]["slash_commands"]} == {url}
    assert made["settings"]["event_subscriptions"]["request_url"] == url
    assert made["settings"]["interactivity"]["message_menu_options_url"] == url
    assert made["settings"]["socket_mode_enabled"] is False
    assert "desk.example.org" in made["features"]["unfurl_domains"]


@pytest.mark.parametrize("root", ["who", "status", "mute"])
def test_a_root_that_slack_keeps_for_itself_is_refused(root: str) -> None:
    with pytest.raises(ValueError, match=f"/{root}"):
        manifest(book(), Settings.model_validate({"commands": {"root": root}}))
