"""Asking Slack what the configured token is, what it may do, and what time it is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from bot.settings import Settings
from notifiers.channels.slack_errors import CALL_ERRORS, delivery_error
from notifiers.channels.slack_workspace import SlackWorkspace
from store.clock import SystemClock

NEEDED_SCOPES = frozenset({"chat:write", "channels:read", "channels:history", "files:write"})
"""What cards, their threads, their pictures and finding them again need in public channels."""


@dataclass(frozen=True)
class SlackAnswer:
    """What Slack answered to `auth.test`, or the `problem` with asking it.

    `scopes` are None where the answer does not name them, `clock_ahead` (s, this machine's clock minus
    Slack's) where it carries no time.
    """

    problem: str | None = None
    user: str = ""
    team: str = ""
    scopes: frozenset[str] | None = None
    clock_ahead: float | None = None


async def ask_slack(settings: Settings) -> SlackAnswer | None:
    """What Slack says of the token; None without one."""
    if settings.slack.bot_token is None:
        return None
    workspace = SlackWorkspace(settings.slack.bot_token.get_secret_value(), settings.slack.api_url)
    try:
        response = await workspace.client.auth_test()
    except CALL_ERRORS as error:
        return SlackAnswer(problem=str(delivery_error(error)))
    finally:
        await workspace.close()
    headers = {name.lower(): value for name, value in (response.headers or {}).items()}
    scopes = headers.get("x-oauth-scopes")
    return SlackAnswer(
        user=str(response.get("user")),
        team=str(response.get("team")),
        scopes=None if scopes is None else frozenset(scope.strip() for scope in scopes.split(",")),
        clock_ahead=_clock_ahead(headers),
    )


def _clock_ahead(headers: Mapping[str, str]) -> float | None:
    try:
        there = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return None
    return (SystemClock().now() - there).total_seconds()
