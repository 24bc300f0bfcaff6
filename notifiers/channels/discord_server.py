"""Discord's REST API by one bot's token: requests whose failures have their class, none repeated blindly."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, TypeAlias

import aiohttp

from notifiers.channels.discord_errors import CALL_ERRORS, Refusal, delivery_error, paused
from notifiers.channels.kept_pictures import KeptPictures, Load
from store.clock import Clock, SystemClock

Json: TypeAlias = dict[str, Any]

API_URL = "https://discord.com/api/v10"
CALL_TIMEOUT = 8  # s
USER_AGENT = f"DiscordBot (https://discord.com/developers/applications, {version('nightdesk')})"
"""https://discord.com/developers/docs/reference#user-agent: who asks, an address and a version."""

# Ids that are no part of what a rate limit counts: all of a channel's messages share a bucket.
_MINOR_ID = re.compile(r"(?<=/messages/)\d+|(?<=/members/)\d+")


@dataclass(frozen=True)
class Upload:
    """A file sent along with a message."""

    filename: str
    content: bytes = field(repr=False)


class DiscordServer:
    """One bot, by its token; shared by its channels so that connections are kept open.

    Promises: one call is one request. What Discord said it would refuse (`X-RateLimit-Remaining: 0`, 429 for
    this route or for the whole bot) is not asked before the time it named. `pictures` keeps what cards show.
    """

    def __init__(
        self, token: str, api_url: str = API_URL, *, clock: Clock | None = None, load: Load | None = None
    ) -> None:
        self._token = token
        self._api_url = api_url.rstrip("/")
        self._clock = clock or SystemClock()
        self._session: aiohttp.ClientSession | None = None
        self._silent: dict[str, float] = {}
        self._silent_everywhere = 0.0
        self._me: str | None = None
        self.pictures = KeptPictures(load)

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        if self._session is not None:
            await self._session.close()

    async def me(self) -> str:
        """The bot's own id. Raises DeliveryError."""
        if self._me is None:
            self._me = str((await self.call("GET", "/users/@me"))["id"])
        return self._me

    async def call(
        self, method: str, path: str, body: Json | None = None, *, query: Json | None = None
    ) -> Any:
        """What Discord answers, read from JSON. Raises DeliveryError."""
        try:
            return await self.request(method, path, body, query=query)
        except Refusal as refusal:
            raise delivery_error(refusal) from None

    async def request(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        query: Json | None = None,
        files: Sequence[Upload] = (),
    ) -> Any:
        """The same for who wants to know why: raises Refusal where Discord refuses, else DeliveryError."""
        bucket = f"{method} {_MINOR_ID.sub(':', path)}"
        self._mind_the_pause(bucket)
        try:
            async with self._open().request(
                method, f"{self._api_url}{path}", params=query, **_content(body, files)
            ) as response:
                raw = await response.read()
                status, headers = response.status, response.headers
        except CALL_ERRORS as error:
            raise delivery_error(error) from None
        answer = _parsed(raw)
        self._heed(bucket, headers)
        if status < 300:
            return answer
        refusal = Refusal(status, answer if isinstance(answer, Mapping) else {}, headers)
        if status == 429:
            self._be_silent(bucket, refusal)
        raise refusal

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=CALL_TIMEOUT),
                headers={"Authorization": f"Bot {self._token}", "User-Agent": USER_AGENT},
            )
        return self._session

    def _mind_the_pause(self, bucket: str) -> None:
        now = self._clock.monotonic()
        wait = max(self._silent.get(bucket, now), self._silent_everywhere) - now
        if wait > 0.0:
            raise paused(wait)
        self._silent.pop(bucket, None)

    def _heed(self, bucket: str, headers: Mapping[str, str]) -> None:
        if headers.get("X-RateLimit-Remaining") != "0":
            return
        try:
            wait = float(headers["X-RateLimit-Reset-After"])
        except (KeyError, ValueError):
            return
        self._silent[bucket] = self._clock.monotonic() + wait

    def _be_silent(self, bucket: str, refusal: Refusal) -> None:
        until = self._clock.monotonic() + refusal.retry_after
        if refusal.body.get("global") or refusal.headers.get("X-RateLimit-Scope") == "global":
            self._silent_everywhere = until
        else:
            self._silent[bucket] = until


def _content(body: Json | None, files: Sequence[Upload]) -> Json:
    if not files:
        return {} if body is None else {"json": body}
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps(body), content_type="application/json")
    for number, file in enumerate(files):
        form.add_field(
            f"files[{number}]", file.content, filename=file.filename, content_type="application/octet-stream"
        )
    return {"data": form}


def _parsed(raw: bytes) -> Any:
    # What stands between Discord and us answers in HTML.
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None
