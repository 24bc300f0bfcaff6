"""The web front end: is the hub alive, is it ready, what does it measure."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Readiness:
    """Whether the hub does its work now, and of each part what it says."""

    parts: dict[str, tuple[bool, str]]

    @property
    def ready(self) -> bool:
        return all(good for good, _ in self.parts.values())


class WebServer:
    """`/healthz`, `/readyz`, `/metrics` and what other parts of the hub add (`routes`), on one address."""

    def __init__(
        self,
        host: str,
        port: int,
        readiness: Callable[[], Awaitable[Readiness]],
        metrics: Callable[[], Awaitable[bytes]],
        routes: Iterable[web.RouteDef] = (),
    ) -> None:
        self._host = host
        self._port = port
        self._readiness = readiness
        self._metrics = metrics
        self._routes = list(routes)
        self.bound_port = port

    async def run(self) -> None:
        """Serve until cancelled."""
        app = web.Application()
        app.router.add_get("/healthz", self._alive)
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/metrics", self._measured)
        app.router.add_routes(self._routes)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._host, self._port)
            await site.start()
            self.bound_port = runner.addresses[0][1]
            log.info("web on http://%s:%d", self._host, self.bound_port)
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    async def _alive(self, _request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def _ready(self, _request: web.Request) -> web.Response:
        readiness = await self._readiness()
        parts = {name: {"ready": good, "detail": detail} for name, (good, detail) in readiness.parts.items()}
        status = 200 if readiness.ready else 503
        return web.json_response({"ready": readiness.ready, "parts": parts}, status=status)

    async def _measured(self, _request: web.Request) -> web.Response:
        return web.Response(body=await self._metrics(), headers={"Content-Type": CONTENT_TYPE_LATEST})
