"""What Slack's errors mean for a message, and in words for the person who can mend it."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from notifiers.channels.base import DeliveryError, Gone, Never, TryAgain, TryLater

CALL_ERRORS = (SlackClientError, aiohttp.ClientError, TimeoutError, OSError)
"""What a call to Slack raises when it fails."""

DEFAULT_RETRY_AFTER = 30.0  # s, where Slack answers 429 without saying

_REINSTALL = "install the app again and set slack.bot_token"
_OUR_MISTAKE = "this is nightdesk's mistake, please report it"
_NEVER: Mapping[str, str] = {
    "channel_not_found": "Slack knows no such channel, or nightdesk may not see it: check its address, "
    "and invite nightdesk to it if it is private (/invite @nightdesk)",
    "not_in_channel": "nightdesk is not in this channel: write /invite @nightdesk there",
    "user_not_found": "Slack knows no such person: their member id is wrong, or of another workspace",
    "user_not_visible": "nightdesk may not see this person in Slack: they are of another workspace",
    "user_disabled": "this person's Slack account is switched off",
    "cannot_dm_bot": "this is a bot's account: give the person's own member id",
    "is_archived": "the channel is archived: unarchive it, or lead the route elsewhere",
    "restricted_action": "a workspace setting keeps nightdesk from posting here: ask a Slack administrator",
    "restricted_action_read_only_channel": "this channel is read-only: let nightdesk post there, or lead the "
    "route elsewhere",
    "restricted_action_thread_locked": "the thread of this card is locked: unlock it",
    "not_authed": "nightdesk sent no token: set slack.bot_token",
    "invalid_auth": "Slack does not accept the token: set slack.bot_token to the app's bot token (xoxb-…)",
    "account_inactive": f"the bot's account is switched off: {_REINSTALL}",
    "token_revoked": f"the token was revoked: {_REINSTALL}",
    "token_expired": f"the token has expired: {_REINSTALL}",
    "not_allowed_token_type": "this is not a bot token: set slack.bot_token to the app's bot token (xoxb-…)",
    "msg_too_long": f"the message is longer than Slack takes; {_OUR_MISTAKE}",
    "msg_blocks_too_long": f"the message's blocks are longer than Slack takes; {_OUR_MISTAKE}",
    "no_text": f"the message was empty; {_OUR_MISTAKE}",
    "file_uploads_disabled": "the workspace allows no uploads: ask a Slack administrator",
    "no_such_subteam": "Slack knows no such user group: its id begins with S and stands in its address",
    "paid_teams_only": "user groups need a paid Slack plan: let a channel's topic follow who is on instead",
    "storage_limit_reached": "the workspace has no room left for files: ask a Slack administrator",
}
_GONE = frozenset({"message_not_found", "thread_not_found", "cant_update_message", "edit_window_closed"})
_AGAIN = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)
_LATER = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})


def reason(error: Exception) -> str:
    """Slack's own word for what went wrong, for the log."""
    if isinstance(error, SlackApiError):
        data = getattr(error.response, "data", {})
        return str(data.get("error") if isinstance(data, dict) else "no JSON")
    return type(error).__name__


def delivery_error(error: Exception) -> DeliveryError:
    """The class of retry for what a call to Slack raised. The texts never hold a token or an address."""
    if isinstance(error, SlackApiError):
        return _from_answer(error)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return TryAgain("Slack cannot be reached: check the network and slack.api_url", uncertain=False)
    if isinstance(error, TimeoutError):
        return TryAgain("Slack did not answer in time")
    if isinstance(error, aiohttp.ClientError | OSError):
        return TryAgain("the connection to Slack broke before its answer came")
    if isinstance(error, SlackClientError):
        return Never(f"nightdesk asked Slack wrongly ({type(error).__name__}); please report it")
    raise error


def refusal(code: str) -> Never:
    """What a refusal for good means: `is_archived`, say."""
    return Never(f"{_NEVER[code]} ({code})")


def error_code(error: SlackApiError) -> str:
    """Slack's own word for what was wrong; empty where the answer names none."""
    return str(_body(error).get("error", ""))


def is_unready_picture(error: SlackApiError) -> bool:
    """Whether Slack refused a message only because it is still working on a picture in it.

    A file can be shown some seconds after its upload (slackapi/python-slack-sdk #1521, #1658).
    """
    body = _body(error)
    complaints = f"{body.get('errors')} {body.get('response_metadata')}"
    return body.get("error") == "invalid_blocks" and (
        "slack_file" in complaints or "slack file" in complaints
    )


def _from_answer(error: SlackApiError) -> DeliveryError:
    status, body, code = _status(error), _body(error), error_code(error)
    if status == 429 or code in _LATER:
        return TryLater("Slack asks for a pause (rate limit)", _retry_after(error))
    if status >= 500 or code in _AGAIN:
        return TryAgain(f"Slack has trouble of its own ({code or f'HTTP {status}'})")
    if code in _GONE:
        return Gone(f"the card this belongs to was deleted in Slack ({code})")
    if code == "missing_scope":
        needed = body.get("needed", "a scope")
        return Never(f"the Slack app lacks the scope {needed}: add it, then install the app again")
    if code in _NEVER:
        return refusal(code)
    if code == "invalid_blocks":
        return Never(f"Slack refuses the message's blocks; please report it: {str(body.get('errors'))[:300]}")
    return Never(f"Slack refused the message ({code or f'HTTP {status}'})")


def _body(error: SlackApiError) -> Mapping[str, object]:
    data = getattr(error.response, "data", error.response)
    return data if isinstance(data, Mapping) else {}


def _status(error: SlackApiError) -> int:
    # An answer that is no JSON comes as aiohttp's own response, whose attribute has another name.
    response = error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", None)
    return status if isinstance(status, int) else 0


def _retry_after(error: SlackApiError) -> float:
    headers = getattr(error.response, "headers", None) or {}
    try:
        return max(1.0, float(headers.get("Retry-After", DEFAULT_RETRY_AFTER)))
    except ValueError:
        return DEFAULT_RETRY_AFTER
