"""What Discord's errors mean for a message, and in words for the person who can mend it.

Codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json (read 2026).
"""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp

from notifiers.channels.base import DeliveryError, Gone, Never, TryAgain, TryLater

CALL_ERRORS = (aiohttp.ClientError, TimeoutError, OSError)
"""What a request to Discord raises when it fails."""

DEFAULT_RETRY_AFTER = 30.0  # s, where Discord answers 429 without saying

UNKNOWN_CHANNEL = 10003
UNKNOWN_MESSAGE = 10008
ARCHIVED_THREAD = 50083
THREAD_EXISTS = 160004

_OUR_MISTAKE = "this is nightdesk's mistake, please report it"
_CHANNEL_SETTINGS = "(channel settings → Permissions)"
_NEVER: Mapping[int, str] = {
    UNKNOWN_CHANNEL: "Discord knows no such channel: check its address (Developer Mode, then Copy Channel "
    "ID), or lead the route elsewhere if it was deleted",
    10004: "nightdesk is not in this Discord server: invite it again",
    10013: "Discord knows no such person: ask them to link their Discord account again",
    20026: "Discord has flagged this bot for spam: see its page in the developer portal",
    40001: "Discord does not accept the token: set discord.token to the bot's token",
    40005: "the pictures are larger than this Discord server takes",
    50001: "nightdesk may not see this channel: allow its role View Channel there " + _CHANNEL_SETTINGS,
    50005: f"Discord says this card is somebody else's; {_OUR_MISTAKE}",
    50006: f"the message was empty; {_OUR_MISTAKE}",
    50007: "Discord takes no direct message for this person: they have to share a server with nightdesk and "
    "allow direct messages from its members (server menu → Privacy Settings)",
    50008: "this is no channel for text: lead the route to a text channel",
    50013: "nightdesk may not do this here: allow its role Send Messages, Embed Links, Attach Files, Read "
    f"Message History, Create Public Threads and Send Messages in Threads {_CHANNEL_SETTINGS}",
    50024: "this kind of channel cannot hold cards: lead the route to a text channel",
    50033: "Discord knows no such person: ask them to link their Discord account again",
    50278: "Discord takes no direct message for this person: they share no server with nightdesk",
    160005: "the thread of this card is locked: unlock it",
    200000: "AutoMod kept the message from being shown: exempt nightdesk's role (server settings → AutoMod)",
    240000: "Discord's filter of harmful links refused the message",
}
_LATER = frozenset({20016, 20028, 20029, 30046, 31002})
_AGAIN = frozenset({130000, 160006, 40062})


class Refusal(Exception):
    """An answer of Discord's that is an error: its HTTP status, Discord's own code, and what it says."""

    def __init__(self, status: int, body: Mapping[str, object], headers: Mapping[str, str]) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body
        self.headers = headers
        code = body.get("code")
        self.code = code if isinstance(code, int) else 0

    @property
    def retry_after(self) -> float:
        """Seconds to wait, as the body says to the millisecond, or else the header."""
        told = self.body.get("retry_after", self.headers.get("Retry-After"))
        try:
            return max(0.1, float(str(told)))
        except ValueError:
            return DEFAULT_RETRY_AFTER


def delivery_error(error: Exception) -> DeliveryError:
    """The class of retry for what a request raised. The texts never hold a token or an address."""
    if isinstance(error, Refusal):
        return _from_refusal(error)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return TryAgain("Discord cannot be reached: check the network and discord.api_url", uncertain=False)
    if isinstance(error, TimeoutError):
        return TryAgain("Discord did not answer in time")
    if isinstance(error, aiohttp.ClientError | OSError):
        return TryAgain("the connection to Discord broke before its answer came")
    raise error


def paused(seconds: float) -> TryLater:
    """What Discord said it would refuse for so long."""
    return TryLater("Discord asks for a pause (rate limit)", seconds)


def _from_refusal(refusal: Refusal) -> DeliveryError:
    status, code = refusal.status, refusal.code
    if status == 429 or code in _LATER:
        return paused(refusal.retry_after)
    if status >= 500 or code in _AGAIN:
        return TryAgain(
            f"Discord has trouble of its own ({code or f'HTTP {status}'})", uncertain=status >= 500
        )
    if code == UNKNOWN_MESSAGE:
        return Gone(f"the card this belongs to was deleted in Discord ({code})")
    if code in _NEVER:
        return Never(f"{_NEVER[code]} ({code})")
    if status == 401:
        return Never(f"{_NEVER[40001]} (HTTP 401)")
    if code == 50035:
        detail = str(refusal.body.get("errors"))[:300]
        return Never(f"Discord refuses the message's form, please report it: {detail} (50035)")
    return Never(f"Discord refused the message ({code or f'HTTP {status}'})")
