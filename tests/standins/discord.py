"""A stand-in for Discord: REST and gateway; remembers what was said, enforces limits, fails when told to.

    async with DiscordStandIn() as discord:
        place = discord.add_channel("gw")
        server = DiscordServer(discord.token, discord.url)
        …
        assert place.expect("S261120h").edits == 0
        assert discord.unexpected == []
        assert discord.violations == []

Every request is checked against Discord's hard limits and, where it is beside the checkout, against its
published description; what does not follow them is listed in `violations`. For another process or thread:
`with DiscordStandIn.in_thread() as discord`. Nothing here is nightdesk's own code.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

from aiohttp import web

from tests.patience import PATIENCE
from tests.standins.discord_gateway import Gateway
from tests.standins.discord_interactions import Interaction, Interactions
from tests.standins.discord_rest import DiscordRest, Files
from tests.standins.discord_spec import discord_spec
from tests.standins.discord_wire import answered, failed, read, route_of
from tests.standins.discord_world import (
    THREAD,
    Call,
    Fault,
    Message,
    Place,
    Refusal,
    Role,
    User,
    World,
)

__all__ = ["Call", "DiscordStandIn", "Fault", "Interaction", "Message", "Place", "User"]

_USER_AGENT = re.compile(r"^DiscordBot \(https?://\S+,? \S+\)")


class DiscordStandIn:
    """Discord behind `url`. See the module for how it is used."""

    def __init__(self, *, clock: Callable[[], float] = time.time, port: int = 0) -> None:
        self.token = "MTIzNDU2Nzg5.stand-in.0123456789"
        self.world = World(clock)
        self.rest = DiscordRest(self.world, lambda: self.cdn)
        self.gateway = Gateway(self.world, lambda: self.token, lambda: self.gateway_url)
        self.interactions = Interactions(self.world, self.rest, self.gateway, lambda: self.cdn)
        if clock is time.time:  # where the clock is not moved, a busy machine is no offence
            self.interactions.answers_within = PATIENCE
        self.calls: list[Call] = []
        self.every: tuple[int, float] | None = None  # posts in so many seconds, once `limit_rate` was called
        self._clock = clock
        self._port = port
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._posted: defaultdict[str, deque[float]] = defaultdict(deque)
        self._runner: web.AppRunner | None = None
        self.url = ""
        self.gateway_url = ""
        self.cdn = ""

    # --- what a test arranges

    def add_channel(self, name: str, **about: Any) -> Place:
        place = Place(self.world.ids.next(), name.removeprefix("#"), guild=self.world.guild, **about)
        self.world.places[place.id] = place
        return place

    def add_user(self, name: str, **about: Any) -> User:
        user = User(self.world.ids.next(), name, **about)
        self.world.users[user.id] = user
        return user

    def add_role(self, name: str) -> Role:
        role = Role(self.world.ids.next(), name)
        self.world.roles[role.id] = role
        return role

    def fail(self, route: str, *faults: Fault) -> None:
        """Let the next calls of a route (`POST /channels/{channel_id}/messages`, `*` any) end like this."""
        self._faults[route].extend(faults)

    def limit_rate(self, posts: int = 5, seconds: float = 5.0) -> None:
        """Answer 429 to more posts than this in one channel."""
        self.every = (posts, seconds)

    # --- what a test looks at

    def channel(self, name: str) -> Place:
        wanted = name.removeprefix("#")
        return next(place for place in self.world.places.values() if wanted in (place.name, place.id))

    def thread(self, message: Message) -> list[Message]:
        """What stands in a message's thread."""
        place = self.world.places.get(message.id)
        return place.messages if place is not None and place.kind == THREAD else []

    @property
    def violations(self) -> list[str]:
        return self.world.violations

    @property
    def messages(self) -> list[Message]:
        return [message for place in self.world.places.values() for message in place.messages]

    @property
    def unexpected(self) -> list[str]:
        """The words of every message that no `expect` has asked for."""
        return [message.words for message in self.messages if not message.expected]

    def calls_of(self, route: str) -> list[Call]:
        return [call for call in self.calls if f"{call.method} {call.route}" == route]

    async def wait_for(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Return once something has happened here; AssertionError where it does not."""
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                said = {place.name: place.transcript() for place in self.world.places.values()}
                raise AssertionError(f"it did not happen within {seconds} s; said was {said}")
            await asyncio.sleep(0.005)

    # --- running

    async def start(self) -> DiscordStandIn:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_get("/attachments/{place}/{file}/{name}", self._download)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_route("*", "/api/v10/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self._port = port
        self.cdn = f"http://{host}:{port}"
        self.url = f"{self.cdn}/api/v10"
        self.gateway_url = f"ws://{host}:{port}/gateway"
        return self

    async def stop(self) -> None:
        """Go away; `start` comes back at the same address, with everything remembered."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> DiscordStandIn:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @classmethod
    @contextlib.contextmanager
    def in_thread(cls, **options: Any) -> Iterator[DiscordStandIn]:
        """Run in a thread with a loop of its own, until the block ends: for benchmarks and kill tests."""
        discord, loop = cls(**options), asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="discord-stand-in", daemon=True)
        thread.start()
        asyncio.run_coroutine_threadsafe(discord.start(), loop).result(10)
        try:
            yield discord
        finally:
            asyncio.run_coroutine_threadsafe(discord.stop(), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()

    # --- answering

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path = "/" + request.match_info["path"]
        route = route_of(path)
        body, files = await read(request)
        fault = self._next_fault(f"{request.method} {route}")
        if fault is not None and not fault.accepted:
            self._note(request, path, route, body, 0)
            return await failed(request, fault)
        status, answer, headers = self._answer(request, path, route, body, files)
        self._note(request, path, route, body, status)
        return await failed(request, fault) if fault is not None else answered(answer, status, headers)

    def _note(self, request: web.Request, path: str, route: str, body: Any, status: int) -> None:
        call = Call(request.method, path, route, body, status, self._clock(), dict(request.headers))
        self.calls.append(call)

    def _answer(
        self, request: web.Request, path: str, route: str, body: Any, files: Files
    ) -> tuple[int, Any, dict[str, str]]:
        self._check_request(request, path, body)
        limited = self._limit(request.method, path, route)
        if limited is not None:
            return (
                429,
                {"message": "You are being rate limited.", "retry_after": limited, "global": False},
                {
                    "Retry-After": str(max(1, round(limited + 0.5))),
                    "X-RateLimit-Scope": "user",
                },
            )
        try:
            answer = self.answer(request, path, route, body, files)
        except Refusal as refusal:
            body = {"code": refusal.code, "message": str(refusal)}
            return refusal.status, body | ({"errors": refusal.errors} if refusal.errors else {}), {}
        status = 204 if answer is None else 201 if route.endswith("/threads") else 200
        self._check_answer(request.method, path, status, answer)
        return status, answer, self._headers(path, route)

    def answer(self, request: web.Request, path: str, route: str, body: Any, files: Files) -> Any:
        """What Discord says to one request. Raises Refusal."""
        ids = [part for part, name in zip(path.split("/"), route.split("/"), strict=True) if name[:1] == "{"]
        if self.interactions.knows(route):
            return self.interactions.answer(request.method, route, ids, dict(request.query), body, files)
        if not self.rest.knows(request.method, route):
            raise Refusal(0, f"404: {request.method} {route} is not part of this stand-in")
        if request.headers.get("Authorization") != f"Bot {self.token}":
            raise Refusal(0)
        return self.rest.answer(request.method, route, ids, dict(request.query), body, files)

    def _check_request(self, request: web.Request, path: str, body: Any) -> None:
        own = not path.startswith(("/interactions/", "/webhooks/"))  # a library's, without our say
        if own and not _USER_AGENT.match(request.headers.get("User-Agent", "")):
            self.violations.append(f"{request.method} {path} has no user agent as Discord wants it")
        spec = discord_spec()
        if spec is not None:
            self.violations.extend(spec.complaints(request.method, path, body))

    def _check_answer(self, method: str, path: str, status: int, answer: Any) -> None:
        """A stand-in that answers otherwise than Discord would prove nothing."""
        spec = discord_spec()
        if spec is not None:
            self.violations.extend(spec.complaints_of_answer(method, path, status, answer))

    def _limit(self, method: str, path: str, route: str) -> float | None:
        if self.every is None or (method, route) != ("POST", "/channels/{channel_id}/messages"):
            return None
        posts, seconds = self.every
        posted = self._posted[path]
        while posted and self._clock() - posted[0] >= seconds:
            posted.popleft()
        if len(posted) >= posts:
            return seconds - (self._clock() - posted[0])
        posted.append(self._clock())
        return None

    def _headers(self, path: str, route: str) -> dict[str, str]:
        if self.every is None or route != "/channels/{channel_id}/messages":
            return {}
        posts, seconds = self.every
        posted = self._posted[path]
        until = seconds - (self._clock() - posted[0]) if posted else seconds
        return {
            "X-RateLimit-Bucket": "5a5a",
            "X-RateLimit-Limit": str(posts),
            "X-RateLimit-Remaining": str(posts - len(posted)),
            "X-RateLimit-Reset-After": f"{until:.3f}",
        }

    def _next_fault(self, route: str) -> Fault | None:
        for name in (route, "*"):
            if self._faults[name]:
                return self._faults[name].popleft()
        return None

    async def _download(self, request: web.Request) -> web.Response:
        for message in self.messages:
            for file in message.files:
                if file.id == request.match_info["file"]:
                    return web.Response(body=file.content, content_type="image/png")
        return web.Response(status=404)
