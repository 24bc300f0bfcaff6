"""`/healthz`, `/readyz`, `/metrics` over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.web import Readiness, WebServer
from tests.patience import PATIENCE


class _Hub:
    """What the web front end asks."""

    def __init__(self) -> None:
        self.parts = {"database": (True, "2 parsed"), "stream": (True, "connected, 3 partitions")}

    async def readiness(self) -> Readiness:
        return Readiness(self.parts)

    async def measured(self) -> bytes:
        return b"nightdesk_messages 1.0\n"


@pytest.fixture
def hub() -> _Hub:
    return _Hub()


@pytest.fixture
async def url(hub: _Hub) -> AsyncIterator[str]:
    server = WebServer("127.0.0.1", 0, hub.readiness, hub.measured)
    task = asyncio.create_task(server.run())
    async with asyncio.timeout(PATIENCE):
        while not server.bound_port:  # noqa: ASYNC110 - it tells nobody but whoever looks
            await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.bound_port}"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_it_is_alive_whatever_its_parts_say(url: str, hub: _Hub) -> None:
    hub.parts["database"] = (False, "does not answer")
    async with aiohttp.ClientSession() as session, session.get(f"{url}/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"alive": True})


async def test_it_is_ready_when_every_part_is_and_says_which_is_not(url: str, hub: _Hub) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}/readyz") as answer:
            assert answer.status == 200
            assert (await answer.json())["ready"] is True
        hub.parts["stream"] = (False, "no sign of life since 03:00 UTC")
        async with session.get(f"{url}/readyz") as answer:
            assert answer.status == 503
            said = await answer.json()
    assert said["ready"] is False
    assert said["parts"]["stream"] == {"ready": False, "detail": "no sign of life since 03:00 UTC"}
    assert said["parts"]["database"]["ready"] is True


async def test_metrics_are_prometheus_text(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/metrics") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        assert await answer.read() == b"nightdesk_messages 1.0\n"


async def test_anything_else_is_not_found(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/etc/passwd") as answer:
        assert answer.status == 404
