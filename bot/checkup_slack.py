"""Asking Slack what the configured tokens are, what they may do, and what time it is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from slack_sdk.errors import SlackApiError

from bot.finding import Finding
from bot.settings import Settings
from bot.slack_manifest import SCOPES
from notifiers.channels.slack_errors import CALL_ERRORS, delivery_error, error_code
from notifiers.channels.slack_workspace import SlackWorkspace
from store.clock import SystemClock

NEEDED_SCOPES = frozenset({"chat:write", "channels:read", "channels:history", "files:write"})
"""What a desk that only tells needs in public channels: cards, threads, pictures, finding them again."""


@dataclass(frozen=True)
class SlackAnswer:
    """What Slack answered to `auth.test`, or the `problem` with asking it.

    `scopes` are None where the answer does not name them, `clock_ahead` (s, this machine's clock minus
    Slack's) where it carries no time. `hears` says by which way commands come in, `deaf` why none do.
    """

    problem: str | None = None
    user: str = ""
    team: str = ""
    scopes: frozenset[str] | None = None
    hears: str | None = None
    deaf: str | None = None
    clock_ahead: float | None = None


async def ask_slack(settings: Settings) -> SlackAnswer | None:
    """What Slack says of the token; None without one."""
    if settings.slack.bot_token is None:
        return None
    workspace = SlackWorkspace(settings.slack.bot_token.get_secret_value(), settings.slack.api_url)
    try:
        response = await workspace.client.auth_test()
        hears, deaf = await _ears(settings, workspace)
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
        hears=hears,
        deaf=deaf,
        clock_ahead=_clock_ahead(headers),
    )


async def _ears(settings: Settings, workspace: SlackWorkspace) -> tuple[str | None, str | None]:
    """By which way commands come in, and why not. Asks for a socket's address and leaves it: a socket that
    was opened here would be given commands that the hub waits for.
    """
    slack = settings.slack
    if slack.app_token is not None:
        try:
            await workspace.client.apps_connections_open(app_token=slack.app_token.get_secret_value())
        except CALL_ERRORS as error:
            code = error_code(error) if isinstance(error, SlackApiError) else ""
            return None, _APP_TOKEN.get(code) or str(delivery_error(error))
        return "Socket Mode: the app token opens a socket", None
    if slack.signing_secret is None:
        return None, None
    if not settings.web.public_url:
        return (
            None,
            "Slack cannot call a desk without an address: set web.public_url, or slack.app_token instead",
        )
    return f"HTTP: Slack calls {settings.web.public_url.rstrip('/')}/slack/events", None


_WRONG = "set slack.app_token to the app's own token (xapp-…, Basic Information, App-Level Tokens)"
_APP_TOKEN = {
    "invalid_auth": f"Slack does not accept the app token: {_WRONG}",
    "not_authed": f"Slack does not accept the app token: {_WRONG}",
    "not_allowed_token_type": f"slack.app_token is no app token: {_WRONG}",
    "token_revoked": f"the app token was revoked: {_WRONG}",
    "missing_scope": "the app token lacks connections:write: make another one that has it",
    "forbidden_team": "the workspace does not allow this app to open sockets: ask a Slack administrator",
}


def slack_findings(settings: Settings, answer: SlackAnswer | None) -> list[Finding]:
    """What is to be said of Slack: the token, its scopes, and whether commands come in."""
    if answer is None:
        return []
    if answer.problem is not None:
        remedy = "check slack.bot_token, slack.api_url and the network"
        return [Finding("slack", "bad", answer.problem, remedy)]
    findings = [Finding("slack", "good", f"the token is that of @{answer.user} in {answer.team}")]
    if answer.scopes is not None:
        listens = settings.slack.app_token is not None or settings.slack.signing_secret is not None
        findings.append(_scopes(answer.scopes, frozenset(SCOPES) if listens else NEEDED_SCOPES))
    if answer.deaf is not None:
        findings.append(Finding("slack commands", "bad", answer.deaf, "mend that, then ask the doctor again"))
    elif answer.hears is not None:
        findings.append(Finding("slack commands", "good", answer.hears))
    return findings


def _scopes(given: frozenset[str], wanted: frozenset[str]) -> Finding:
    missing = ", ".join(sorted(wanted - given))
    if not missing:
        return Finding("slack scopes", "good", f"has {', '.join(sorted(wanted))}")
    remedy = (
        "give the app the manifest of `nightdesk slack-manifest` (App Manifest), or add them under "
        "OAuth & Permissions; then install the app again"
    )
    return Finding("slack scopes", "bad", f"missing: {missing}", remedy)


def _clock_ahead(headers: Mapping[str, str]) -> float | None:
    try:
        there = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return None
    return (SystemClock().now() - there).total_seconds()
