"""`settings` shows what is configured, to administrators alone, and none of its secrets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, SecretStr

from bot.asking import configured_of
from bot.composition import tools_of
from bot.settings import Settings
from commands.declared import book
from commands.desk import Desk
from store.clock import ManualClock
from store.database import Database
from tests.commands.desk import ANA, BO, AskedDesk

CONFIGURATION = {
    "slack": {"bot_token": "xoxb-hidden-1", "app_token": "xapp-hidden-2", "signing_secret": "hidden-3"},
    "chat": {"socket": "nightdesk.sock"},
    "webhook": {"secret": "hidden-4-hidden-4"},
    "channels": [
        {
            "name": "nights",
            "kind": "slack",
            "address": "C0HIDDEN5",
            "locale": "fr",
            "timezone": "Europe/Paris",
        },
        {
            "name": "hook",
            "kind": "webhook",
            "address": "https://hidden-6.example.org/x",
            "secret": "hidden-7-hidden-7",
        },
    ],
    "routes": [
        {"name": "mergers", "when": "significant && p.BNS > 0.5", "channels": ["nights"], "page": "tonight"}
    ],
    "escalations": [{"name": "tonight", "steps": [{"who": ["person:ana"]}]}],
}


def secrets_in(value: object) -> list[str]:
    """Every SecretStr there is in a model, however deep."""
    if isinstance(value, SecretStr):
        return [value.get_secret_value()]
    if isinstance(value, BaseModel):
        return [found for name in type(value).model_fields for found in secrets_in(getattr(value, name))]
    return [found for each in value for found in secrets_in(each)] if isinstance(value, tuple) else []


async def test_settings_are_shown_to_administrators_and_hold_no_secret(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    settings = Settings.model_validate(CONFIGURATION)
    tools = tools_of(settings, tmp_path, database=database, clock=clock)
    desk = AskedDesk(database, clock)
    await desk.begin()
    configured = configured_of(settings, tools)
    desk.rooms = replace(desk.rooms, configured=configured, escalations=tools.escalations)
    desk.desk = Desk(book(), desk.rooms)
    try:
        asked = await desk.ask("settings", BO)
        refused = await desk.ask("settings", ANA)
    finally:
        await tools.close()
    for said in (
        "slack and terminal", "nights", "Europe/Paris", "webhook", "mergers", "p.BNS > 0.5", "tonight",
    ):  # fmt: skip
        assert said in asked.words
    hidden = secrets_in(settings)
    assert len(hidden) == 7
    assert [secret for secret in hidden if secret in asked.words + repr(configured)] == []
    assert asked.last.private
    assert "needs the permission administrator" in refused.words and "mergers" not in refused.words
