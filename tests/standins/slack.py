"""A stand-in for Slack's Web API: remembers what was said, enforces Slack's limits, fails when told to.

    async with SlackStandIn() as slack:
        slack.add_channel("gw")
        client = AsyncWebClient(token=slack.token, base_url=slack.url)
        …
        assert slack.channel("#gw").expect("S261120h").edits == 0
        assert slack.unexpected == []

For another process or thread: `with SlackStandIn.in_thread() as slack`. Nothing here is nightdesk's own code.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from aiohttp import web

from tests.patience import PATIENCE
from tests.standins.block_kit import MOST_CHARACTERS, characters, complaints
from tests.standins.slack_world import Call, Channel, Fault, Json, Message

__all__ = ["Call", "Channel", "Fault", "Message", "SlackStandIn"]

NEWER_THAN_THE_SPEC = {
    "metadata",
    "include_all_metadata",
    "unfurl_links",
    "unfurl_media",
    "reply_broadcast",
    "team_id",
}
"""Arguments that Slack documents today and its published specification of 2021 does not have everywhere."""

SCOPES = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "conversations.info": "channels:read",
    "conversations.list": "channels:read",
    "conversations.open": "im:write",
    "conversations.setTopic": "channels:manage",
    "usergroups.users.update": "usergroups:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "reactions.add": "reactions:write",
    "users.info": "users:read",
}
DIRECTLY = {"conversations.history": "im:history", "conversations.replies": "im:history"}
"""Scopes of methods that ask for another one in direct messages."""


class SlackStandIn:
    """One workspace behind `url`. See the module for how it is used."""

    def __init__(
        self, *, clock: Callable[[], float] = time.time, spec: Path | None = None, port: int = 0
    ) -> None:
        self.token = "xoxb-stand-in-0123456789"
        self.scopes = {*SCOPES.values(), *DIRECTLY.values()}
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.every: float | None = None  # s between two posts to a channel, once `limit_rate` was called
        self.files: dict[str, bytes | None] = {}
        self._processing: dict[str, int] = {}
        self.groups: dict[str, list[str]] = {}  # members of each user group by its id
        self.topics: dict[str, str] = {}
        self.pictures_take = 0  # refusals before an uploaded picture may be shown
        self._clock = clock
        self._port = port
        self._spec = _arguments_of(spec) if spec is not None and spec.is_file() else None
        self._channels: dict[str, Channel] = {}
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._posted: defaultdict[str, float] = defaultdict(lambda: -1e9)
        self._numbers = itertools.count(1)
        self._last_ts = 0.0
        self._lengths: dict[str, int] = {}
        self._runner: web.AppRunner | None = None
        self.url = ""

    # --- what a test arranges

    def add_channel(self, name: str, *, member: bool = True, archived: bool = False) -> Channel:
        channel = Channel(f"C{next(self._numbers):010d}", name.removeprefix("#"), member, archived)
        self._channels[channel.id] = channel
        return channel

    def add_person(self, member: str) -> Channel:
        """A member of the workspace; gives the conversation that nightdesk may open with them."""
        channel = Channel(f"D{next(self._numbers):010d}", member, person=member)
        self._channels[channel.id] = channel
        return channel

    def fail(self, method: str, *faults: Fault) -> None:
        """Let the next calls of a method (`*` for any) end like this, one fault each."""
        self._faults[method].extend(faults)

    def limit_rate(self, every: float = 1.0) -> None:
        """Answer 429 to posts that follow faster than this on the last one in the same channel."""
        self.every = every

    def delete(self, message: Message) -> None:
        """Somebody deletes a message."""
        message.deleted = True

    # --- what a test looks at

    def channel(self, name: str) -> Channel:
        wanted = name.removeprefix("#")
        return next(channel for channel in self._channels.values() if wanted in (channel.name, channel.id))

    @property
    def messages(self) -> list[Message]:
        return [m for channel in self._channels.values() for m in channel.said if not m.deleted]

    @property
    def unexpected(self) -> list[str]:
        """The words of every message that no `expect` has asked for."""
        return [m.words for m in self.messages if not m.expected]

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    async def wait_for(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Return once something has happened here; AssertionError where it does not."""
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                said = {channel.name: channel.transcript() for channel in self._channels.values()}
                raise AssertionError(f"it did not happen within {seconds} s; said was {said}")
            await asyncio.sleep(0.005)

    # --- running

    async def start(self) -> SlackStandIn:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._handle)
        app.router.add_post("/upload/{file}", self._receive)
        self._add_routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self._port = port
        self.url = f"http://{host}:{port}/api/"
        return self

    def _add_routes(self, app: web.Application) -> None:
        """What a larger stand-in serves besides."""

    async def stop(self) -> None:
        """Go away; `start` comes back at the same address, with everything remembered."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> SlackStandIn:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @classmethod
    @contextlib.contextmanager
    def in_thread(cls, **options: Any) -> Iterator[SlackStandIn]:
        """Run in a thread with a loop of its own, until the block ends: for benchmarks and kill tests."""
        slack, loop = cls(**options), asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="slack-stand-in", daemon=True)
        thread.start()
        asyncio.run_coroutine_threadsafe(slack.start(), loop).result(10)
        try:
            yield slack
        finally:
            asyncio.run_coroutine_threadsafe(slack.stop(), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()

    # --- answering

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await _read_arguments(request)
        fault = self._next_fault(method)
        if fault is not None and not fault.accepted:
            self.calls.append(Call(method, arguments, None, self._clock()))
            return await self._fail(request, fault)
        answer = self._answer(method, request, arguments)
        self.calls.append(Call(method, arguments, answer, self._clock()))
        if fault is not None:
            return await self._fail(request, fault)
        if answer.get("error") == "ratelimited":
            return _rate_limited(self.every or 1.0)
        return web.json_response(answer, headers={"X-OAuth-Scopes": ",".join(sorted(self.scopes))})

    def _next_fault(self, method: str) -> Fault | None:
        for name in (method, "*"):
            if self._faults[name]:
                return self._faults[name].popleft()
        return None

    async def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        match fault.kind:
            case "error":
                return web.json_response({"ok": False, "error": fault.value})
            case "http":
                return web.Response(
                    status=int(fault.number), text="<html>upstream</html>", content_type="text/html"
                )
            case "rate":
                return _rate_limited(fault.number)
            case "silence":
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.sleep(fault.number or 3600.0)
                return web.Response(status=504)
            case _:
                assert request.transport is not None
                request.transport.abort()
                return web.Response(status=500)

    def _answer(self, method: str, request: web.Request, arguments: Json) -> Json:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or arguments.get("token", "")
        if not token:
            return _no("not_authed")
        if token != self.token:
            return _no("invalid_auth")
        channel = self._channels.get(str(arguments.get("channel", "")))
        scope = SCOPES.get(method)
        if channel is not None and channel.person is not None:
            scope = DIRECTLY.get(method, scope)
        if scope is not None and scope not in self.scopes:
            return {**_no("missing_scope"), "needed": scope, "provided": ",".join(sorted(self.scopes))}
        answer = getattr(self, f"_{method.replace('.', '_')}", None)
        if answer is None:
            return _no("unknown_method")
        self._check_against_spec(method, arguments)
        made: Json = answer(arguments)
        return made

    def _check_against_spec(self, method: str, arguments: Json) -> None:
        if self._spec is None or method not in self._spec:
            return
        allowed, required = self._spec[method]
        given = {name for name, value in arguments.items() if value is not None}
        for name in sorted(given - allowed - NEWER_THAN_THE_SPEC):
            self.violations.append(f"{method} has no argument {name}")
        for name in sorted(required - given - {"token"}):
            self.violations.append(f"{method} needs the argument {name}")

    # --- Slack's methods, each under its name with underscores

    def _auth_test(self, _: Json) -> Json:
        return {
            "ok": True,
            "url": "https://subarachnoid.example/",
            "team": "Subarachnoid",
            "user": "nightdesk",
            "team_id": "T0000000001",
            "user_id": "U0000000001",
            "bot_id": "B0000000001",
        }

    def _chat_postMessage(self, arguments: Json) -> Json:
        channel = self._named(arguments.get("channel", ""))
        refused = self._may_post(channel) or self._refuse_words(arguments)
        if refused is not None:
            return refused
        assert channel is not None
        thread = arguments.get("thread_ts")
        if thread is not None and not self._exists(channel, thread):
            return _no("thread_not_found")
        if self.every is not None and self._clock() - self._posted[channel.id] < self.every:
            return _no("ratelimited")
        self._posted[channel.id] = self._clock()
        message = self._new(channel, arguments, thread)
        return {"ok": True, "channel": channel.id, "ts": message.ts, "message": self._shown(message, True)}

    def _chat_update(self, arguments: Json) -> Json:
        channel = self._channels.get(arguments.get("channel", ""))
        refused = self._may_post(channel) or self._refuse_words(arguments)
        if refused is not None:
            return refused
        assert channel is not None
        message = self._message(channel, arguments.get("ts"))
        if message is None:
            return _no("message_not_found")
        message.history.append(message.words)
        message.text = arguments.get("text", message.text)
        message.blocks = arguments.get("blocks", message.blocks)
        message.metadata = arguments.get("metadata", message.metadata)
        return {"ok": True, "channel": channel.id, "ts": message.ts, "text": message.text}

    def _chat_delete(self, arguments: Json) -> Json:
        channel = self._channels.get(arguments.get("channel", ""))
        message = self._message(channel, arguments.get("ts")) if channel else None
        if channel is None or message is None:
            return _no("channel_not_found" if channel is None else "message_not_found")
        message.deleted = True
        return {"ok": True, "channel": channel.id, "ts": message.ts}

    def _chat_postEphemeral(self, arguments: Json) -> Json:
        refused = self._may_post(self._named(arguments.get("channel", "")))
        return refused or {"ok": True, "message_ts": self._next_ts()}

    def _reactions_add(self, arguments: Json) -> Json:
        channel = self._channels.get(arguments.get("channel", ""))
        message = self._message(channel, arguments.get("timestamp")) if channel else None
        if message is None:
            return _no("message_not_found")
        if arguments["name"] in message.reactions:
            return _no("already_reacted")
        message.reactions.append(arguments["name"])
        return {"ok": True}

    def _conversations_history(self, arguments: Json) -> Json:
        channel = self._channels.get(arguments.get("channel", ""))
        if channel is None or not channel.member:
            return _no("channel_not_found" if channel is None else "not_in_channel")
        return self._page(list(reversed(channel.messages)), arguments)

    def _conversations_replies(self, arguments: Json) -> Json:
        channel = self._channels.get(arguments.get("channel", ""))
        if channel is None or not channel.member:
            return _no("channel_not_found" if channel is None else "not_in_channel")
        parent = self._message(channel, arguments.get("ts"))
        if parent is None:
            return _no("thread_not_found")
        page = self._page(channel.thread(parent.ts), arguments)
        page["messages"].insert(0, self._shown(parent, _truth(arguments.get("include_all_metadata"))))
        return page

    def _conversations_info(self, arguments: Json) -> Json:
        channel = self._channels.get(arguments.get("channel", ""))
        return _no("channel_not_found") if channel is None else {"ok": True, "channel": _listed(channel)}

    def _conversations_open(self, arguments: Json) -> Json:
        known = {channel.person: channel for channel in self._channels.values() if channel.person}
        channel = known.get(arguments.get("users"))
        return _no("user_not_found") if channel is None else {"ok": True, "channel": {"id": channel.id}}

    def _conversations_list(self, arguments: Json) -> Json:
        channels = [_listed(channel) for channel in self._channels.values() if channel.person is None]
        limit, start = int(arguments.get("limit") or 100), int(arguments.get("cursor") or 0)
        following = str(start + limit) if start + limit < len(channels) else ""
        return {
            "ok": True,
            "channels": channels[start : start + limit],
            "response_metadata": {"next_cursor": following},
        }

    def _conversations_setTopic(self, arguments: Json) -> Json:
        channel = self._channels.get(arguments.get("channel", ""))
        if channel is None:
            return _no("channel_not_found")
        if not channel.member:
            return _no("not_in_channel")
        if len(str(arguments.get("topic", ""))) > 250:
            return _no("too_long")
        self.topics[channel.id] = str(arguments.get("topic", ""))
        return {"ok": True, "channel": _listed(channel)}

    def _usergroups_users_update(self, arguments: Json) -> Json:
        group = arguments.get("usergroup", "")
        if group not in self.groups:
            return _no("no_such_subteam")
        users = arguments.get("users", "")
        members = users.split(",") if isinstance(users, str) else list(users)
        if not [each for each in members if each]:
            return _no("no_users_provided")
        self.groups[group] = members
        return {"ok": True, "usergroup": {"id": group, "users": members}}

    def _users_info(self, arguments: Json) -> Json:
        user = {"id": arguments.get("user"), "tz": "Europe/Paris", "tz_offset": 3600, "locale": "fr-FR"}
        return {"ok": True, "user": user}

    def _files_getUploadURLExternal(self, arguments: Json) -> Json:
        if not arguments.get("filename") or not int(arguments.get("length") or 0):
            return _no("invalid_arguments")
        file = f"F{next(self._numbers):010d}"
        self.files[file], self._lengths[file] = None, int(arguments["length"])
        return {"ok": True, "file_id": file, "upload_url": self.url.replace("/api/", f"/upload/{file}")}

    def _files_completeUploadExternal(self, arguments: Json) -> Json:
        for entry in arguments.get("files", ()):
            if self.files.get(entry["id"]) is None:
                return _no("file_not_found")
            self._processing[entry["id"]] = self.pictures_take
        place = arguments.get("channel_id")
        if place is not None:
            channel = self._channels.get(place)
            if channel is None:
                return _no("channel_not_found")
            message = self._new(
                channel, {"text": arguments.get("initial_comment", "")}, arguments.get("thread_ts")
            )
            message.files = [entry["id"] for entry in arguments["files"]]
        return {
            "ok": True,
            "files": [{"id": entry["id"], "title": entry.get("title")} for entry in arguments["files"]],
        }

    async def _receive(self, request: web.Request) -> web.Response:
        file, content = request.match_info["file"], await request.read()
        if file not in self.files or len(content) != self._lengths[file]:
            return web.Response(status=400, text="NOT OK")
        self.files[file] = content
        return web.Response(text=f"OK - {len(content)}")

    # --- what the methods share

    def _named(self, channel: str) -> Channel | None:
        name = channel.removeprefix("#")
        return self._channels.get(channel) or next(
            (found for found in self._channels.values() if found.name == name), None
        )

    def _may_post(self, channel: Channel | None) -> Json | None:
        if channel is None:
            return _no("channel_not_found")
        if channel.archived:
            return _no("is_archived")
        return None if channel.member else _no("not_in_channel")

    def _refuse_words(self, arguments: Json) -> Json | None:
        blocks = arguments.get("blocks")
        if not arguments.get("text") and not blocks:
            return _no("no_text")
        if len(arguments.get("text") or "") > 40_000:
            return _no("msg_too_long")
        if blocks is None:
            return None
        wrong = list(complaints(blocks, self._is_ready))
        if wrong:
            messages = [f"[ERROR] {complaint}" for complaint in wrong]
            return {**_no("invalid_blocks"), "errors": wrong, "response_metadata": {"messages": messages}}
        return _no("msg_blocks_too_long") if characters(blocks) > MOST_CHARACTERS else None

    def _is_ready(self, file: str) -> bool:
        if file not in self._processing:
            return False
        self._processing[file] -= 1
        return self._processing[file] < 0

    def _new(self, channel: Channel, arguments: Json, thread: str | None) -> Message:
        message = Message(
            ts=self._next_ts(),
            channel=channel.id,
            text=arguments.get("text") or "",
            blocks=arguments.get("blocks") or [],
            metadata=arguments.get("metadata"),
            thread_ts=thread,
            at=self._clock(),
        )
        channel.said.append(message)
        return message

    def _next_ts(self) -> str:
        self._last_ts = max(self._last_ts + 1e-6, self._clock())
        return f"{self._last_ts:.6f}"

    def _message(self, channel: Channel, ts: object) -> Message | None:
        return next((m for m in channel.said if m.ts == ts and not m.deleted), None)

    def _exists(self, channel: Channel, ts: str) -> bool:
        return self._message(channel, ts) is not None

    def _page(self, messages: list[Message], arguments: Json) -> Json:
        oldest, limit = float(arguments.get("oldest") or 0), int(arguments.get("limit") or 100)
        start = int(arguments.get("cursor") or 0)
        found = [m for m in messages if float(m.ts) > oldest]
        with_metadata = _truth(arguments.get("include_all_metadata"))
        following = str(start + limit) if start + limit < len(found) else ""
        return {
            "ok": True,
            "messages": [self._shown(m, with_metadata) for m in found[start : start + limit]],
            "has_more": bool(following),
            "response_metadata": {"next_cursor": following},
        }

    def _shown(self, message: Message, with_metadata: bool) -> Json:
        shown: Json = {"type": "message", "bot_id": "B0000000001", "ts": message.ts, "text": message.text}
        shown["blocks"] = message.blocks
        if message.thread_ts is not None:
            shown["thread_ts"] = message.thread_ts
        if with_metadata and message.metadata is not None:
            shown["metadata"] = message.metadata
        return shown


async def _read_arguments(request: web.Request) -> Json:
    raw: Json = dict(request.query)
    if request.content_type == "application/json":
        raw.update(await request.json())
    elif request.method != "GET":
        raw.update(await request.post())
    for name in ("blocks", "metadata", "files"):
        if isinstance(raw.get(name), str):
            raw[name] = json.loads(raw[name])
    return raw


def _arguments_of(spec: Path) -> dict[str, tuple[set[str], set[str]]]:
    """By method: the arguments that Slack's published specification knows, and those it wants."""
    paths = json.loads(spec.read_text())["paths"]
    found = {}
    for path, verbs in paths.items():
        parameters = [p for verb in verbs.values() for p in verb["parameters"]]
        names = {p["name"] for p in parameters}
        found[path.removeprefix("/")] = (names, {p["name"] for p in parameters if p.get("required")})
    return found


def _no(error: str) -> Json:
    return {"ok": False, "error": error}


def _rate_limited(seconds: float) -> web.Response:
    return web.json_response(
        _no("ratelimited"), status=429, headers={"Retry-After": str(max(1, round(seconds)))}
    )


def _listed(channel: Channel) -> Json:
    if channel.person is not None:
        return {"id": channel.id, "is_im": True, "user": channel.person}
    return {
        "id": channel.id,
        "name": channel.name,
        "is_member": channel.member,
        "is_archived": channel.archived,
    }


def _truth(value: object) -> bool:
    return value in (True, "true", "1", 1)
