"""One Twilio account: the few calls of its REST API that a channel needs (2010-04-01).

Twilio's own library decides itself which host it speaks to and blocks while it waits; these are four calls.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urljoin

import aiohttp

from notifiers.channels.base import ChannelError, TryAgain
from notifiers.channels.twilio_errors import CALL_ERRORS, delivery_error, refusal

CALL_TIMEOUT = 8  # s
PAGE = 50
PAGES_SEARCHED = 10


@dataclass(frozen=True)
class TwilioIdentity:
    """Who we are at Twilio. `public_url` is where Twilio finds this desk, for statuses and pressed keys."""

    account_sid: str
    auth_token: str = field(repr=False)
    from_number: str | None = None
    whatsapp_number: str | None = None
    whatsapp_template: str | None = None  # the Content SID of an approved template with one variable
    api_url: str = "https://api.twilio.com"
    public_url: str | None = None

    @property
    def authorization(self) -> str:
        """The value of the Authorization header (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()

    def hook(self, name: str, query: str = "") -> str | None:
        """The address of one of our hooks, `/hooks/twilio/{name}`; None while nobody outside can reach us."""
        if not self.public_url:
            return None
        return f"{self.public_url.rstrip('/')}/hooks/twilio/{name}" + (f"?{query}" if query else "")

    def sender(self, channel: str) -> str:
        """The number SMS and calls come from. Raises ChannelError."""
        if not self.from_number:
            raise ChannelError(f"channel {channel!r} speaks from a number: set twilio.from_number")
        return self.from_number


@dataclass(frozen=True)
class Sent:
    """One message or call that Twilio lists."""

    sid: str
    body: str
    created: datetime
    direction: str
    status: str


class TwilioAccount:
    """Creates and lists messages and calls. Never repeats a call by itself: that could double a message."""

    def __init__(self, identity: TwilioIdentity) -> None:
        self.identity = identity
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        if self._session is not None:
            await self._session.close()

    async def send_message(self, fields: Mapping[str, str]) -> str:
        """Create a message and give its SID. Raises DeliveryError."""
        return await self._create("Messages.json", list(fields.items()))

    async def place_call(self, fields: Sequence[tuple[str, str]]) -> str:
        """Place a call and give its SID. Raises DeliveryError."""
        return await self._create("Calls.json", fields)

    async def messages(self, to: str, since: datetime) -> AsyncIterator[Sent]:
        """The messages to a number created since then, newest first. Raises DeliveryError."""
        async for each in self._listed("Messages.json", "messages", to, since):
            yield each

    async def calls(self, to: str, since: datetime) -> AsyncIterator[Sent]:
        """The calls to a number created since then, newest first. Raises DeliveryError."""
        async for each in self._listed("Calls.json", "calls", to, since):
            yield each

    async def account(self) -> str:
        """The account's name and state, in words. Raises DeliveryError."""
        body = await self._call("GET", f"{self._root}.json")
        return f"{body.get('friendly_name')} ({body.get('status')})"

    async def _create(self, resource: str, fields: Sequence[tuple[str, str]]) -> str:
        body = await self._call("POST", f"{self._root}/{resource}", fields)
        if body.get("error_code") and body.get("status") in ("failed", "undelivered"):
            raise refusal(400, body, None)
        if not body.get("sid"):
            raise TryAgain("Twilio answered with something that is no receipt")
        return str(body["sid"])

    async def _listed(self, resource: str, key: str, to: str, since: datetime) -> AsyncIterator[Sent]:
        # Not by the date of sending: what still waits at Twilio has none.
        path: str | None = f"{self._root}/{resource}?To={quote(to, safe='')}&PageSize={PAGE}"
        for _ in range(PAGES_SEARCHED):
            if path is None:
                return
            body = await self._call("GET", path)
            for each in body.get(key, ()):
                created = _instant(each.get("date_created"))
                if created is not None and created < since:
                    return
                yield Sent(
                    str(each["sid"]),
                    str(each.get("body") or ""),
                    created or since,
                    str(each.get("direction") or ""),
                    str(each.get("status") or ""),
                )
            following = body.get("next_page_uri")
            path = str(following) if following else None

    @property
    def _root(self) -> str:
        return f"/2010-04-01/Accounts/{self.identity.account_sid}"

    async def _call(
        self, method: str, path: str, fields: Sequence[tuple[str, str]] | None = None
    ) -> Mapping[str, Any]:
        url = urljoin(self.identity.api_url.rstrip("/") + "/", path.lstrip("/"))
        try:
            async with self._connected().request(
                method,
                url,
                data=aiohttp.FormData(fields) if fields is not None else None,
                allow_redirects=False,
            ) as answer:
                body = await _body(answer)
                if answer.status >= 300:
                    raise refusal(answer.status, body, answer.headers.get("Retry-After"))
                return body
        except CALL_ERRORS as error:
            raise delivery_error(error) from None

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                headers={"Authorization": self.identity.authorization},
                timeout=aiohttp.ClientTimeout(total=CALL_TIMEOUT),
            )
        return self._session


async def _body(answer: aiohttp.ClientResponse) -> Mapping[str, Any]:
    try:
        body = await answer.json(content_type=None)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _instant(text: object) -> datetime | None:
    try:
        return parsedate_to_datetime(str(text)).astimezone(UTC)
    except ValueError:
        return None
