"""One Slack workspace: its client, and calls whose failures are delivery errors."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from notifiers.channels.base import TryAgain
from notifiers.channels.slack_errors import CALL_ERRORS, delivery_error

CALL_TIMEOUT = 8  # s


class SlackWorkspace:
    """One workspace, by its bot token; shared by its channels so that connections are kept open."""

    def __init__(self, token: str, api_url: str = "https://slack.com/api/") -> None:
        self._token = token
        self._api_url = api_url if api_url.endswith("/") else f"{api_url}/"
        self._session: aiohttp.ClientSession | None = None
        self._client: AsyncWebClient | None = None

    @property
    def client(self) -> AsyncWebClient:
        """Slack's client. It never repeats a call by itself: a blind repetition could double a message."""
        if self._client is None or self._session is None or self._session.closed:
            timeout = aiohttp.ClientTimeout(total=CALL_TIMEOUT)
            self._session = aiohttp.ClientSession(timeout=timeout)
            self._client = AsyncWebClient(
                token=self._token,
                base_url=self._api_url,
                timeout=CALL_TIMEOUT,
                session=self._session,
                retry_handlers=[],
            )
        return self._client

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        if self._session is not None:
            await self._session.close()

    async def call(self, answer: Awaitable[AsyncSlackResponse]) -> Mapping[str, Any]:
        """The body of Slack's answer. Raises DeliveryError."""
        try:
            response = await answer
        except CALL_ERRORS as error:
            raise delivery_error(error) from None
        return response.data if isinstance(response.data, Mapping) else {}

    async def upload(self, url: str, content: bytes) -> None:
        """The second step of an upload: the bytes, to where Slack said. Raises DeliveryError."""
        session = self._session
        assert session is not None, "the first step opened the session"
        try:
            async with session.post(url, data=content) as response:
                if response.status != 200:
                    raise TryAgain(f"Slack did not take the picture (HTTP {response.status})")
        except CALL_ERRORS as error:
            raise delivery_error(error) from None
