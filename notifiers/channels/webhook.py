"""Outgoing webhooks: the card and its event as signed JSON, for programs.

Signed as the Standard Webhooks specification says (https://www.standardwebhooks.com): `webhook-id`,
`webhook-timestamp` and `webhook-signature: v1,BASE64(HMAC-SHA256(secret, "{id}.{timestamp}.{body}"))`, over
the bytes of the body. Libraries that check this exist for most languages; docs/channels.md shows how.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias
from urllib.parse import urlsplit

import aiohttp

from cards.card import Card
from cards.text import render_text
from notifiers.channels.base import (
    ChannelConfig,
    ChannelError,
    DeliveryError,
    Never,
    Pace,
    PictureFile,
    Receipt,
    TryAgain,
    TryLater,
)
from notifiers.channels.kept_pictures import KeptPictures
from notifiers.channels.picture_sets import complete
from store.clock import Clock

PLACE = "webhook"
CALL_TIMEOUT = 8  # s
MOST_BYTES = 4_000_000
"""Pictures that would make a body larger than this are left out."""

LEAST_SECRET = 16  # bytes
DEFAULT_RETRY_AFTER = 10.0  # s
_PREFIX = "whsec_"

Facts: TypeAlias = Callable[[str], Awaitable[Mapping[str, object] | None]]
"""What the rule language knows of an event by its key (`MISSION:ID`), as in docs/routes.md."""


class WebhookChannel:
    """One address that takes POSTs.

    `card.posted`, `card.edited` and `card.replied` carry everything there is to know, each by itself: an edit
    is the whole card anew under the same `message`, its pictures with it.

    Promises: at least once, in the order of the decisions. What is sent again carries the same `webhook-id`
    (also as `Idempotency-Key`), by which a receiver leaves out what it has. Redirects are not followed:
    a signed message goes where it was configured to go or nowhere.
    """

    speaking = Pace(every=0.1, burst=20)
    changing = Pace(every=0.1, burst=20)

    def __init__(
        self,
        config: ChannelConfig,
        pictures: KeptPictures,
        clock: Clock,
        *,
        facts: Facts | None = None,
        allow_http: bool = False,
    ) -> None:
        self.config = config
        url, self._host = _address(config, allow_http)
        self._target = _Target(url, _secret(config))
        self._pictures = pictures
        self._clock = clock
        self._facts = facts

    async def post(self, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        await self._send("card.posted", card, nonce, nonce, None, pictures)
        return Receipt(PLACE, nonce)

    async def edit(self, shown: Receipt, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        said = json.dumps([card.to_dict(), dict(pictures)], sort_keys=True)
        identity = f"{shown.message}.{hashlib.sha256(said.encode()).hexdigest()[:16]}"
        if identity in shown.parts:
            return shown
        await self._send("card.edited", card, identity, shown.message, None, pictures)
        return Receipt(shown.place, shown.message, (identity,))

    async def reply(self, shown: Receipt, card: Card, nonce: str) -> Receipt:
        await self._send("card.replied", card, nonce, nonce, shown.message, {})
        return Receipt(shown.place, nonce)

    async def picture(self, picture: PictureFile) -> str:
        return self._pictures.keep(picture.content)

    async def find(self, nonce: str, since: datetime, thread: Receipt | None) -> Receipt | None:
        return None

    async def check(self) -> str:
        """Ask what the address allows: nothing is delivered by that."""
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.options(self._target.url, allow_redirects=False) as answer,
            ):
                if answer.status >= 500:
                    raise TryAgain(f"{self._host} answers with HTTP {answer.status}", uncertain=False)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise self._broken(error) from None
        return f"posts signed JSON to {self._host}"

    async def answer(self) -> str:
        return await self.check()

    async def _send(
        self,
        kind: str,
        card: Card,
        identity: str,
        message: str,
        thread: str | None,
        pictures: Mapping[str, str],
    ) -> None:
        body = await self._body(kind, card, message, thread, pictures)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "nightdesk",
            "Idempotency-Key": identity,
            **signature(self._target.key, identity, self._clock.now(), body),
        }
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.post(self._target.url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                problem = self._problem(answer)  # what else it says is not read
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise self._broken(error) from None
        if problem is not None:
            raise problem

    async def _body(
        self, kind: str, card: Card, message: str, thread: str | None, pictures: Mapping[str, str]
    ) -> bytes:
        reader = self.config.reader
        facts = await self._facts(card.event) if self._facts is not None and card.event else None
        data: dict[str, object] = {
            "channel": self.config.name,
            "message": message,
            "thread": thread,
            "locale": str(reader.babel),
            "timezone": reader.timezone,
            "event": {"event": card.event, **(facts or {})} if card.event else None,
            "text": render_text(card, reader),
            "card": card.to_dict(),
            "pictures": {},
        }
        written: dict[str, object] = {"type": kind, "timestamp": _iso(self._clock.now()), "data": data}
        plain = json.dumps(written, ensure_ascii=False, allow_nan=False).encode()
        attached = await complete(card, pictures, self._pictures)
        encoded = {key: base64.b64encode(content).decode() for key, content in attached.items()}
        if not encoded or len(plain) + sum(map(len, encoded.values())) > MOST_BYTES:
            return plain
        data["pictures"] = {
            key: {"media_type": "image/png", "base64": content} for key, content in encoded.items()
        }
        return json.dumps(written, ensure_ascii=False, allow_nan=False).encode()

    def _problem(self, answer: aiohttp.ClientResponse) -> DeliveryError | None:
        status = answer.status
        if status < 300:
            return None
        if status < 400:
            return Never(
                f"{self._host} redirects (HTTP {status}), which is not followed: write its new address"
            )
        if status == 429 or (status == 503 and "Retry-After" in answer.headers):
            return TryLater(f"{self._host} asks for a pause (HTTP {status})", _seconds(answer))
        if status in (408, 425) or status >= 500:
            return TryAgain(f"{self._host} has trouble of its own (HTTP {status})")
        if status in (401, 403):
            return Never(
                f"{self._host} refuses the message (HTTP {status}): compare the secrets on both sides"
            )
        if status == 410:
            return Never(f"{self._host} wants no messages any more (HTTP 410): remove the channel")
        return Never(f"{self._host} refuses the message (HTTP {status})")

    def _broken(self, error: Exception) -> DeliveryError:
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return Never(f"{self._host} has a certificate that cannot be trusted")
        if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            return TryAgain(f"{self._host} cannot be reached", uncertain=False)
        if isinstance(error, TimeoutError):
            return TryAgain(f"{self._host} did not answer in time")
        return TryAgain(f"the connection to {self._host} broke before its answer came")


def signature(secret: bytes, identity: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a signed message."""
    timestamp = str(int(at.timestamp()))
    digest = hmac.new(secret, f"{identity}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": identity,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


@dataclass(frozen=True)
class _Target:
    """Where to, and signed with what: both are secrets."""

    url: str = field(repr=False)
    key: bytes = field(repr=False)


_TIMEOUT = aiohttp.ClientTimeout(total=CALL_TIMEOUT)


def _address(config: ChannelConfig, allow_http: bool) -> tuple[str, str]:
    """The URL, and its host: all that is ever shown of it."""
    needs = f"channel {config.name!r} needs an address: an https:// URL that takes POSTs"
    try:
        parts = urlsplit((config.address or "").strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ChannelError(needs) from None
    if not host or parts.scheme not in ("http", "https"):
        raise ChannelError(needs)
    if parts.scheme == "http" and not (allow_http or _is_loopback(host)):
        raise ChannelError(f"{needs}; plain http is for this machine alone unless webhook.allow_http says so")
    return parts.geturl(), host if port is None else f"{host}:{port}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _secret(config: ChannelConfig) -> bytes:
    """The key: what follows `whsec_` in base64, or any other text as it is."""
    needs = (
        f"channel {config.name!r} needs a secret of {LEAST_SECRET} bytes or more, its own or webhook.secret"
    )
    written = config.secret or ""
    if written.startswith(_PREFIX):
        try:
            key = base64.b64decode(written.removeprefix(_PREFIX), validate=True)
        except (ValueError, binascii.Error):
            raise ChannelError(f"{needs}; after whsec_ it is read as base64") from None
    else:
        key = written.encode()
    if len(key) < LEAST_SECRET:
        raise ChannelError(needs)
    return key


def _seconds(answer: aiohttp.ClientResponse) -> float:
    try:
        return max(1.0, float(answer.headers.get("Retry-After", DEFAULT_RETRY_AFTER)))
    except ValueError:
        return DEFAULT_RETRY_AFTER


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
