"""One SkyPortal, spoken with by tokens. Every trap of its HTTP interface is handled here, once."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp

from platforms.pace import Pace
from platforms.skyportal.refusals import LATER, SOON, SkyPortalError, refusal
from platforms.skyportal.said import said
from platforms.skyportal.secrets_dropped import without_secrets
from store.clock import Clock

PER_SECOND = 5.0
BURST = 8  # eleven pass, the twelfth is refused; others may use the same token
PAUSE = 2.0  # s after a 429, which says nothing of how long
TRIES = 4
TIMEOUT = 60.0  # s; nginx gives up on the application after as long
CONNECT = 10.0  # s
LARGEST = 16_000_000  # bytes of an answer; an event with its maps is 1.5 to 3.6 MB
LARGEST_BODY = 90_000_000  # bytes; it takes 100 MB
BUSY = frozenset({429, 502, 503, 504})

__all__ = ["Download", "SkyPortal", "SkyPortalError", "part"]


@dataclass(frozen=True)
class Download:
    """A file it gave out. `kind` is its content type."""

    content: bytes
    kind: str


@dataclass(frozen=True)
class _Answer:
    status: int
    kind: str
    content: bytes

    def json(self) -> Any:
        try:
            return json.loads(self.content)
        except ValueError:
            return None  # a proxy's page


class SkyPortal:
    """One instance: SkyPortal itself, a Fritz, an iCARE.

    `name` is what people call it, `token` the desk's. Promises: speaks with the configured host only and
    follows nobody elsewhere; keeps to five calls a second for each token; asks again what was refused
    unread, and what only reads; never sends twice what may have been done. What it raises is a
    `SkyPortalError`, without a secret; credentials in its answers are dropped before anybody sees them.
    """

    def __init__(
        self,
        name: str,
        url: str,
        token: str,
        clock: Clock,
        *,
        pace: Pace | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
            shown = f"{parts.scheme}://{parts.hostname}" if parts.hostname else said(url)
            raise ValueError(f"the address of {name} is like https://skyportal.example.org, not {shown!r}")
        self.name = name
        self.url = url.rstrip("/")
        self._token = token
        self._clock = clock
        self._timeout = timeout
        self._paces = {token: pace} if pace else {}
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        if self._session is not None:
            await self._session.close()

    def page(self, path: str) -> str:
        """The address of a page there, for people: `page("gcn_events/2025-09-10T00:07:57")`."""
        return f"{self.url}/{path.lstrip('/')}"

    async def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str | int | float | bool] | None = None,
        token: str | None = None,
        asked: str | None = None,
        needs: str | None = None,
        advice: str | None = None,
        within: float | None = None,
        makes: bool = False,
    ) -> Any:
        """The `data` of its answer: an object, a list or a plain string, without secrets.

        `path` begins with `/api/` and has its parts quoted (`part`). `token` is a person's, else the desk's.
        `asked` says what is wanted, for people ("make the plan"), `needs` the permission (ACL) it takes,
        `advice` what can be done where it is refused with a reason.
        `makes`: a GET that makes something there (simsurvey), and so is not asked again by itself.
        Raises `SkyPortalError`; `later` where the same may work in a while.
        """
        reads = method == "GET" and not makes
        answer = await self._ask(method, path, body, query, token, asked, within, LARGEST, reads=reads)
        value = answer.json()
        if answer.status == 200 and isinstance(value, Mapping) and value.get("status") == "success":
            return without_secrets(value.get("data"), self._secrets(token))
        raise await self._refused(method, path, answer, value, token, asked, needs, advice)

    async def download(
        self,
        path: str,
        *,
        query: Mapping[str, str | int | float | bool] | None = None,
        token: str | None = None,
        asked: str | None = None,
        within: float | None = None,
        largest: int = LARGEST,
    ) -> Download:
        """A file: a picture, a FITS file, a text. Raises like `call`."""
        answer = await self._ask("GET", path, None, query, token, asked, within, largest)
        value = answer.json() if "json" in answer.kind else None
        failed = isinstance(value, Mapping) and value.get("status") == "error"
        if answer.status == 200 and not failed:
            return Download(answer.content, answer.kind)
        raise await self._refused("GET", path, answer, value, token, asked, None)

    async def permissions(self, token: str | None = None) -> frozenset[str]:
        """The ACLs of an account. Raises `SkyPortalError` where the token itself is refused."""
        answer = await self._ask("GET", "/api/internal/profile", None, None, token, None, None, LARGEST)
        value = answer.json()
        if answer.status == 200 and isinstance(value, Mapping) and value.get("status") == "success":
            return frozenset(str(each) for each in value["data"].get("permissions") or ())
        raise refusal(self.name, "GET", "/api/internal/profile", answer.status, answer.kind, value,
                      secrets=self._secrets(token), asked="read the account's permissions")  # fmt: skip

    async def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, str | int | float | bool] | None,
        token: str | None,
        asked: str | None,
        within: float | None,
        largest: int,
        *,
        reads: bool = True,
    ) -> _Answer:
        """What came back, after asking again where that cannot do harm: `reads` makes nothing there."""
        address = f"{self.url}{_checked(path)}"
        data = self._body(body, asked or f"{method} {path}")
        params = {key: _written(value) for key, value in (query or {}).items()}
        pace = self._pace(token)
        for attempt in range(1, TRIES + 1):
            await pace.wait()
            try:
                answer = await self._send(
                    method, address, data, params, token, within, largest, once=not reads
                )
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                if reads and attempt < 2 and not isinstance(error, TimeoutError):
                    pace.rest(PAUSE)
                    continue
                raise _silence(self.name, asked or f"{method} {path}", error) from None
            if answer.status in BUSY and attempt < TRIES and (answer.status == 429 or reads):
                pace.rest(PAUSE * attempt)
                continue
            return answer
        raise AssertionError("the last attempt returns or raises")

    async def _send(
        self,
        method: str,
        address: str,
        data: bytes | None,
        params: Mapping[str, str],
        token: str | None,
        within: float | None,
        largest: int,
        *,
        once: bool,
    ) -> _Answer:
        headers = {"Authorization": f"token {token or self._token}"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        limit = aiohttp.ClientTimeout(total=within or self._timeout, connect=CONNECT)
        async with self._open().request(
            method,
            address,
            data=data,
            params=params,
            headers=headers,
            timeout=limit,
            allow_redirects=False,
            middlewares=(_sent_once,) if once else (),
        ) as response:
            content = await _read(response, largest)
            return _Answer(response.status, response.headers.get("Content-Type", ""), content)

    async def _refused(
        self,
        method: str,
        path: str,
        answer: _Answer,
        value: Any,
        token: str | None,
        asked: str | None,
        needs: str | None,
        advice: str | None = None,
    ) -> SkyPortalError:
        """Why not; a 401 is looked into, since a missing permission and a dead token read the same."""
        permissions: frozenset[str] | None = None
        if answer.status == 401:
            try:
                permissions = await self.permissions(token)
            except SkyPortalError:
                permissions = None
        return refusal(
            self.name, method, path, answer.status, answer.kind, value,
            secrets=self._secrets(token), asked=asked, needs=needs, permissions=permissions,
            own=token is not None, advice=advice,
        )  # fmt: skip

    def _body(self, body: Mapping[str, Any] | None, asked: str) -> bytes | None:
        if body is None:
            return None
        try:
            text = json.dumps(_without_nul(body), allow_nan=False)
        except ValueError:
            raise SkyPortalError(
                f"{self.name} was not asked to {asked}: a number in it is not a number"
            ) from None
        if len(text) > LARGEST_BODY:
            raise SkyPortalError(
                f"{self.name} was not asked to {asked}: {len(text) / 1e6:.0f} MB are more than it takes"
            )
        return text.encode()

    def _pace(self, token: str | None) -> Pace:
        key = token or self._token
        if key not in self._paces:
            self._paces[key] = Pace(PER_SECOND, BURST, self._clock)
        return self._paces[key]

    def _secrets(self, token: str | None) -> tuple[str, ...]:
        return tuple(each for each in (token, self._token) if each)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self._session


async def _sent_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keeps the library from sending again what broke off: it takes every GET for harmless."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientPayloadError(f"broke off: {type(error).__name__}") from None


def part(text: str | int) -> str:
    """A name as one part of a path, whatever is in it."""
    quoted = quote(str(text), safe=":")
    return quoted if quoted not in {".", ".."} else quoted.replace(".", "%2E")


def _checked(path: str) -> str:
    if (
        not path.startswith("/api/")
        or re.search(r"\s|\\|//|[?#]|(^|/)\.{1,2}(/|$)", path)
        or path.endswith("/")
    ):
        raise ValueError(f"a path of SkyPortal's interface is like /api/gcn_event, not {path!r}")
    return path


def _written(value: str | int | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, Mapping):
        return {key: _without_nul(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nul(inner) for inner in value]
    return value


async def _read(response: aiohttp.ClientResponse, largest: int) -> bytes:
    pieces = bytearray()
    async for piece in response.content.iter_chunked(65536):
        pieces += piece
        if len(pieces) > largest:
            raise aiohttp.ClientPayloadError(f"more than {largest} bytes")
    return bytes(pieces)


def _silence(name: str, asked: str, error: BaseException) -> SkyPortalError:
    """No answer; nobody knows whether it was done, unless there was not even a connection."""
    if isinstance(error, aiohttp.ClientPayloadError) and "more than" in str(error):
        return SkyPortalError(f"{name} answered with more than can be taken when asked to {asked}")
    unsent = isinstance(error, aiohttp.ClientConnectorError)
    what = (
        "cannot be reached"
        if unsent
        else "did not answer in time"
        if isinstance(error, TimeoutError | asyncio.TimeoutError)
        else "broke off the connection"
    )
    return SkyPortalError(
        f"{name} {what} when asked to {asked}", later=True, unsent=unsent,
        advice=SOON if unsent else LATER,
    )  # fmt: skip
