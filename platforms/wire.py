"""One HTTP exchange with a platform: sized, timed, never redirected, its failures said in plain words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from platforms.job import PlatformError

TIMEOUT = 60.0  # s
LARGEST = 64 * 2**20  # bytes of one answer
PIECE = 2**16
BUSY = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Answer:
    """What came back: the status and the body as text. `location` is where a redirection leads."""

    status: int
    text: str
    location: str = ""

    def json(self) -> Any:
        """The body as JSON, None where it is none (a proxy's page, a login form, an empty body)."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    def object(self) -> Mapping[str, Any]:
        """The body as a JSON object, empty where it is none."""
        read = self.json()
        return read if isinstance(read, Mapping) else {}


class Wire:
    """A line to one platform, opened when first used.

    Promises: an answer is at most `largest` bytes and comes within `timeout`; a redirection is not followed,
    for it would carry what was sent to another host; no error holds the address's query, a header or a body.
    Being busy (429, 502, 503, 504) and giving no answer are errors that may go away (`later`).
    """

    def __init__(self, name: str, url: str, *, timeout: float = TIMEOUT, largest: int = LARGEST) -> None:
        self.name = name
        self.url = url.rstrip("/")
        self._timeout = timeout
        self._largest = largest
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        if self._session is not None:
            await self._session.close()

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One exchange. Raises PlatformError where there is no whole answer or the platform is busy."""
        try:
            async with self._open().request(
                method,
                f"{self.url}{path}",
                params=query,
                data=form,
                json=body,
                headers=headers,
                allow_redirects=False,
            ) as response:
                text = await self._read(response)
                status = response.status
                location = response.headers.get("Location", "")
        except TimeoutError:
            raise PlatformError(
                f"{self.name} gave no answer to {method} {path} within {self._timeout:g} s.",
                advice="Ask again in a minute.",
                later=True,
            ) from None
        except (aiohttp.ClientError, OSError) as error:
            raise PlatformError(
                f"{self.name} cannot be reached ({type(error).__name__}).",
                advice="Ask again in a minute; nightdesk doctor says whether it can be reached from here.",
                later=True,
            ) from None
        if status in BUSY:
            raise PlatformError(
                f"{self.name} is busy or down for the moment (HTTP {status}).",
                advice="Ask again in a minute.",
                later=True,
            )
        if 300 <= status < 400:
            raise PlatformError(
                f"{self.name} answers {method} {path} by sending elsewhere ({_place(location)}).",
                advice="An administrator configures the address that it leads to.",
            )
        return Answer(status, text, location)

    async def _read(self, response: aiohttp.ClientResponse) -> str:
        read = bytearray()
        async for piece in response.content.iter_chunked(PIECE):
            read += piece
            if len(read) > self._largest:
                raise PlatformError(
                    f"{self.name} answered with more than {self._largest // 2**20} MB, which is not read.",
                    advice="Ask for less: a shorter time, a coarser binning, a smaller field.",
                )
        return read.decode(response.charset or "utf-8", errors="replace")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._timeout), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


def _place(location: str) -> str:
    """Where a redirection leads, without its query: a dispatcher repeats the token there."""
    parts = urlsplit(location)
    return f"{parts.scheme}://{parts.hostname}{parts.path}" if parts.hostname else parts.path or "nowhere"
