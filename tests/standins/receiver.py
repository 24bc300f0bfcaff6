"""A stand-in for whatever takes POSTs of JSON: keeps them, answers as told.

async with ReceiverStandIn() as receiver:
    …post to receiver.url…
    receiver.answer(503, {"Retry-After": "7"})
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Post:
    """One request that was taken."""

    path: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


class ReceiverStandIn:
    """One address. `reset` cuts the line after the next request was taken."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.asked: list[str] = []
        self.reset = False
        self.port = 0
        self._answers: deque[tuple[int, dict[str, str]]] = deque()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/desk?key=s3cret-in-the-address"

    def answer(self, status: int, headers: dict[str, str] | None = None) -> None:
        """What the next POST is answered; it is not taken."""
        self._answers.append((status, headers or {}))

    async def __aenter__(self) -> ReceiverStandIn:
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.method)
        if request.method != "POST":
            return web.Response(status=204, headers={"Allow": "POST, OPTIONS"})
        raw = await request.read()
        if self._answers:
            status, headers = self._answers.popleft()
            return web.Response(status=status, headers=headers)
        self.posts.append(Post(request.path, dict(request.headers), raw))
        if self.reset:
            self.reset = False
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=204)
