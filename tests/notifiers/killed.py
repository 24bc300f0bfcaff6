"""A small process that is killed (SIGKILL) at a step that a test chooses, many times a second.

    async with Mortals() as mortals:
        end = await mortals.live("tests.notifiers.deliveries:deliver", {"url": …}, dies_at=7)
        assert end.died and end.step == "before a commit"

A step is what lies between two lines at which a crash makes a difference: the beginning of a transaction, its
end before the commit and after it, a request to a provider before it and after its answer. Steps are counted
in the order in which the process comes by them. One process imports everything once and forks for each life,
so that a life costs some hundredths of a second.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

Job = Callable[[Mapping[str, Any]], Awaitable[None]]
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class End:
    """How a life ended: `answered` when a provider had answered and nothing had been committed since.

    `channel` is that of the message which was being delivered then.
    """

    died: bool
    step: str = ""
    answered: bool = False
    channel: str | None = None


class Mortals:
    """Starts lives, one after the other. A life that ends by itself in an error fails the test."""

    async def __aenter__(self) -> Mortals:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.notifiers.killed", cwd=ROOT, stdin=-1, stdout=-1, stderr=-1
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        await self._process.wait()

    async def live(self, job: str, arguments: Mapping[str, Any], *, dies_at: int | None = None) -> End:
        """Run `module:function` with these arguments until it is done, or killed before its n-th step."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"job": job, "arguments": arguments, "dies_at": dies_at}
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        answer = json.loads(await self._process.stdout.readline())
        assert answer["error"] is None, answer["error"]
        return End(**answer["end"])


class Fate:
    """Counts the steps of a life, and ends it."""

    def __init__(self, dies_at: int | None, report: int) -> None:
        self._dies_at = dies_at
        self._report = report
        self._steps = 0
        self.answered = False
        self.channel: str | None = None

    def step(self, name: str) -> None:
        self._steps += 1
        if self._steps == self._dies_at:
            end = {"died": True, "step": name, "answered": self.answered, "channel": self.channel}
            os.write(self._report, json.dumps({"error": None, "end": end}).encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Count the steps of everything this process does from now on."""
        import aiohttp
        import aiosmtplib

        from notifiers import sender
        from store.database import Database

        watched: list[tuple[Any, str, Callable[..., Any]]] = [
            (Database, "write", _watched_write),
            (aiohttp.ClientSession, "_request", _watched_call),
            (aiosmtplib.SMTP, "data", _watched_call),
            (sender, "deliver", _watched_delivery),
        ]
        for owner, name, watch in watched:
            setattr(owner, name, watch(getattr(owner, name), self))


def _watched_write(write: Callable[[Any], Any], fate: Fate) -> Callable[[Any], Any]:
    @asynccontextmanager
    async def watched(database: Any) -> AsyncIterator[Any]:
        fate.step("before a transaction")
        async with write(database) as session:
            yield session
            fate.step("before a commit")
        fate.answered = False
        fate.step("after a commit")

    return watched


def _watched_call(call: Callable[..., Awaitable[Any]], fate: Fate) -> Callable[..., Awaitable[Any]]:
    async def watched(*args: Any, **kwargs: Any) -> Any:
        fate.step("before a call")
        answer = await call(*args, **kwargs)
        fate.answered = True
        fate.step("after a call")
        return answer

    return watched


def _watched_delivery(deliver: Callable[..., Awaitable[Any]], fate: Fate) -> Callable[..., Awaitable[Any]]:
    async def watched(channel: Any, item: Any) -> Any:
        fate.channel = item.channel
        return await deliver(channel, item)

    return watched


def _live(order: Mapping[str, Any], report: int) -> None:
    module, _, name = order["job"].partition(":")
    job: Job = getattr(importlib.import_module(module), name)
    Fate(order["dies_at"], report).watch()

    async def life() -> None:
        await job(order["arguments"])

    asyncio.run(life())
    os.write(report, json.dumps({"error": None, "end": {"died": False}}).encode())


def _warm(module: str) -> None:
    """What every life would do first is done once, before the first fork."""
    from sqlalchemy.orm import configure_mappers

    for name in (module, "aiohttp", "aiosmtplib", "aiosqlite", "asyncpg", "notifiers.sender"):
        importlib.import_module(name)
    configure_mappers()
    gc.collect()
    gc.freeze()


def _serve() -> None:
    warm: set[str] = set()
    for line in sys.stdin:
        order = json.loads(line)
        if order["job"] not in warm:
            _warm(order["job"].partition(":")[0])
            warm.add(order["job"])
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            try:
                _live(order, write)
            except BaseException as error:
                import traceback

                text = "".join(traceback.format_exception(error))
                os.write(write, json.dumps({"error": text, "end": None}).encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        sys.stdout.write((said or b'{"error": "it died of something else", "end": null}').decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
