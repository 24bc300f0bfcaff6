"""A SkyPortal on loopback: the server both stand-ins share, and the ways it can be told to fail."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

NGINX_429 = (
    "<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n<body>\r\n<center><h1>429 Too Many "
    "Requests</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
)
STATUS_405 = "<html><title>405: Method Not Allowed</title><body>405: Method Not Allowed</body></html>"
LEAK = 'Insufficient permissions for operation "Token {token} create Instrument {{4}}".'


@dataclass(frozen=True)
class Call:
    """One request as it came. `parts` is the path after `/api/`, split; `token` what it was sent with."""

    method: str
    parts: tuple[str, ...]
    query: Mapping[str, str]
    body: Any
    token: str
    path: str = ""

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Answer:
    """What is sent back: `json` unless `content` is given."""

    status: int = 200
    json: Any = None
    content: bytes | None = None
    kind: str = "application/json"


@dataclass
class Fault:
    """The next `times` calls whose line begins with `line` fail so.

    `kind`: 429, 405, 503, 502, 500, 401 as recorded; `reset` before and `mute` after it was done, `hang`,
    `leak` (a token in the message), `inside` (200 with an error), `redirect`, `page` (200, HTML), `huge`.
    With an `answer` that is given instead, to the calls whose whole line, or line with its query, `line`
    matches as a pattern; `done` where it was done all the same.
    """

    kind: str
    line: str = ""
    times: int = 1
    hit: int = 0
    answer: Answer | None = None
    done: bool = False

    def meets(self, call: Call) -> bool:
        if self.answer is None:
            return call.line.startswith(self.line)
        asked = f"{call.line}?{urlencode(call.query)}"
        return any(re.fullmatch(self.line, each) is not None for each in (call.line, asked))


def success(data: Any) -> Answer:
    return Answer(json={"status": "success", "data": data, "version": "1.4.0"})


def error(status: int, message: str) -> Answer:
    value = {"status": "error", "message": message, "data": {}, "version": "1.4.0"}
    return Answer(status, json=value)


@dataclass
class Served:
    """The server. `calls` are the lines of all requests; `seen` the requests themselves."""

    calls: list[str] = field(default_factory=list)
    seen: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    url: str = ""

    def fail(self, kind: str, line: str = "", times: int = 1) -> Fault:
        fault = Fault(kind, line, times)
        self.faults.append(fault)
        return fault

    async def answer(self, call: Call) -> Answer:
        raise NotImplementedError

    async def __aenter__(self) -> Any:
        app = web.Application(client_max_size=120_000_000)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        try:
            body = json.loads(text) if text else None
        except ValueError:
            body = text
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        call = Call(
            request.method, tuple(request.path.strip("/").split("/")[1:]), dict(request.query), body,
            token.strip() if scheme == "token" else "", request.path,
        )  # fmt: skip
        self.calls.append(call.line)
        self.seen.append(call)
        fault = self._fault(call)
        if fault is not None and fault.answer is not None:
            if fault.done:
                await self.answer(call)
            return _response(fault.answer)
        if fault is not None and fault.kind != "mute":
            return await self._fail(fault.kind, call, request)
        answer = await self.answer(call)
        if fault is not None:
            assert request.transport is not None
            request.transport.close()
        return _response(answer)

    def _fault(self, call: Call) -> Fault | None:
        for fault in self.faults:
            if fault.times and fault.meets(call):
                fault.times -= 1
                fault.hit += 1
                return fault
        return None

    async def _fail(self, kind: str, call: Call, request: web.Request) -> web.StreamResponse:
        match kind:
            case "429":
                return web.Response(status=429, text=NGINX_429, content_type="text/html")
            case "405":
                return web.Response(status=405, text=STATUS_405, content_type="text/html")
            case "503":
                return web.json_response({"status": "error", "message": "System provisioning"}, status=503)
            case "502":
                return web.Response(status=502, text="<html>502 Bad Gateway</html>", content_type="text/html")
            case "500":
                return _response(error(500, "'NoneType' object is not iterable"))
            case "401":
                return _response(error(401, "HTTP 401: Unauthorized"))
            case "leak":
                return _response(error(400, LEAK.format(token=call.token)))
            case "inside":
                return _response(error(200, "The telescope said no."))
            case "redirect":
                return web.Response(status=302, headers={"Location": "http://127.0.0.1:9/api/steal"})
            case "page":
                return web.Response(text="<html>log in</html>", content_type="text/html")
            case "huge":
                return _response(success("x" * 17_000_000))
            case "hang":
                await asyncio.sleep(30)
            case "reset":
                assert request.transport is not None
                request.transport.abort()
        return web.Response()


def _response(answer: Answer) -> web.Response:
    if answer.content is not None:
        return web.Response(status=answer.status, body=answer.content, headers={"Content-Type": answer.kind})
    return web.json_response(answer.json, status=answer.status)
