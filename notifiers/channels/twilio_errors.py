"""What Twilio's refusals mean: the class of retry, and what to do, in words.

Codes: https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp

from notifiers.channels.base import DeliveryError, Never, TryAgain, TryLater

CALL_ERRORS = (aiohttp.ClientError, OSError, TimeoutError)
DEFAULT_RETRY_AFTER = 5.0  # s

_NEVER = {
    20003: "Twilio refused the credentials: check twilio.account_sid and twilio.auth_token",
    20005: "the Twilio account is not active",
    20404: "Twilio knows no such account: check twilio.account_sid",
    21210: "twilio.from_number is not one of the account's verified numbers",
    21211: "this is no telephone number that can be reached: expected E.164, as +33612345678",
    21212: "twilio.from_number is no telephone number of the account",
    21214: "this telephone number cannot be reached",
    21215: "the account may not call this country: allow it under Voice geographic permissions",
    21216: "the account may not call this number",
    21217: "this is no telephone number: expected E.164, as +33612345678",
    21219: "a trial account reaches only verified numbers: verify it, or upgrade the account",
    21401: "this is no telephone number: expected E.164, as +33612345678",
    21407: "this kind of number cannot do this",
    21408: "the account may not write to this country: allow it under Messaging geographic permissions",
    21421: "this is no telephone number: expected E.164, as +33612345678",
    21601: "twilio.from_number cannot send SMS",
    21602: "the message was empty; please report it",
    21603: "twilio.from_number is not set",
    21606: "twilio.from_number cannot send SMS to this number",
    21608: "a trial account reaches only verified numbers: verify it, or upgrade the account",
    21610: "its owner has answered STOP: nothing is sent until they answer START",
    21612: "twilio.from_number cannot reach this number",
    21614: "this is no mobile telephone: it cannot read SMS",
    21617: "the message is longer than 1600 signs; please report it",
    30004: "this telephone does not take messages (blocked, or its owner has answered STOP)",
    30005: "this telephone number does not exist",
    30006: "this is a landline, or a network that takes no SMS",
    30007: "the network took the message for unwanted mail: register the number (A2P 10DLC, sender id)",
    30034: "twilio.from_number is not registered for messages to the United States (A2P 10DLC)",
    63003: "this WhatsApp address does not exist",
    63007: "twilio.whatsapp_number is no WhatsApp sender of the account",
    63016: "WhatsApp takes only a template after a day without a word: set twilio.whatsapp_template",
    63024: "this number has no WhatsApp",
}
_AGAIN = {
    30001: "Twilio's queue is full",
    30002: "the account was suspended while the message waited",
    30003: "the telephone cannot be reached now (switched off, or without signal)",
    30008: "the network did not say why",
    30410: "the network did not answer in time",
}
_LATER = frozenset({14107, 20429, 30022, 63018})


def delivery_error(error: Exception) -> DeliveryError:
    """The class of retry for a call that got no answer."""
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return TryAgain("Twilio cannot be reached: check the network and twilio.api_url", uncertain=False)
    if isinstance(error, TimeoutError):
        return TryAgain("Twilio did not answer in time")
    return TryAgain("the connection to Twilio broke before its answer came")


def refusal(status: int, body: Mapping[str, object], retry_after: str | None) -> DeliveryError:
    """What an answer that is no success means. Its text never holds a number or a token."""
    code = _code(body)
    if status == 429 or code in _LATER:
        return TryLater("Twilio asks for a pause (rate limit)", _seconds(retry_after))
    if status >= 500:
        return TryAgain(f"Twilio has trouble of its own (HTTP {status})")
    if code in _AGAIN:
        return TryAgain(f"{_AGAIN[code]} ({code})", uncertain=False)
    if code in _NEVER:
        return Never(f"{_NEVER[code]} ({code})")
    if status in (401, 403):
        return Never(f"{_NEVER[20003]} (HTTP {status})")
    return Never(f"Twilio refused the message (error {code or f'HTTP {status}'}); see its error dictionary")


def reason(code: int | None) -> str | None:
    """Why Twilio could not deliver what it took, in words; None where it does not say."""
    if code is None:
        return None
    said = _NEVER.get(code) or _AGAIN.get(code)
    return f"{said} ({code})" if said else f"error {code}; see Twilio's error dictionary"


def _code(body: Mapping[str, object]) -> int:
    code = body.get("code", body.get("error_code"))
    return code if isinstance(code, int) else 0


def _seconds(retry_after: str | None) -> float:
    try:
        return max(1.0, float(retry_after or DEFAULT_RETRY_AFTER))
    except ValueError:
        return DEFAULT_RETRY_AFTER
