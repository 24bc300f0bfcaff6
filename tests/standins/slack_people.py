"""The people of a Slack workspace: they type commands, press buttons, fill in modals, by socket or HTTP.

    async with SlackWithPeople() as slack:
        ana = slack.person("U0ANA", tz="Europe/Paris")
        await ana.types("/nd", "event latest", "#gw")
        assert "S240422ed" in slack.channel("gw").expect("S240422ed").words

Envelopes go to one connection each, and again where no acknowledgement comes within three seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import WSMsgType, web

from tests.patience import PATIENCE
from tests.standins.block_kit import complaints
from tests.standins.slack import SCOPES, SlackStandIn, _no
from tests.standins.slack_world import Json, Message, _strings

ACK_TIME = 3.0  # s
TRIGGER_LIFE = 3.0  # s
RESPONSES = 5  # uses of a response address

SCOPES.setdefault("conversations.open", "im:write")


@dataclass
class Whisper:
    """Something one user alone was shown."""

    channel: str
    user: str
    text: str
    blocks: list[Json]
    replaced: int = 0

    @property
    def words(self) -> str:
        return "\n".join(_strings(self.blocks)) or self.text


@dataclass
class Delivered:
    """One envelope: what was acknowledged, after how long."""

    payload: Json
    answer: Json | None = None
    seconds: float = 0.0
    attempts: int = 0


@dataclass
class SlackPerson:
    """Somebody of the workspace."""

    slack: SlackWithPeople
    id: str
    tz: str = "Europe/Paris"
    locale: str = "en-US"
    views: list[Json] = field(default_factory=list)  # modals opened for them, the newest last
    home: Json | None = None

    async def types(self, command: str, text: str, channel: str) -> Delivered:
        """A slash command."""
        place = self.slack.place(channel)
        payload = {
            "command": command,
            "text": text,
            "user_id": self.id,
            "user_name": self.id.lower(),
            "team_id": "T0000000001",
            "channel_id": place,
            "channel_name": "x",
            "trigger_id": self.slack.new_trigger(self.id),
            "response_url": self.slack.new_response(place, self.id),
            "api_app_id": "A1",
            "token": "t",
        }
        return await self.slack.deliver("slash_commands", payload)

    async def says(self, text: str, channel: str, thread: Message | None = None) -> Delivered:
        """A message: a mention in a channel, or words in a direct message."""
        place = self.slack.place(channel)
        direct = place.startswith("D")
        ts = self.slack.next_ts()
        event: Json = {
            "type": "message" if direct else "app_mention",
            "user": self.id,
            "text": text,
            "channel": place,
            "ts": ts,
        }
        if direct:
            event["channel_type"] = "im"
        if thread is not None:
            event["thread_ts"] = thread.ts
        return await self._event(event)

    async def opens_home(self) -> Delivered:
        return await self._event({"type": "app_home_opened", "user": self.id, "tab": "home", "channel": "D1"})

    async def shares(self, url: str, channel: str) -> Delivered:
        event = {
            "type": "link_shared",
            "user": self.id,
            "channel": self.slack.place(channel),
            "message_ts": self.slack.next_ts(),
        }
        return await self._event({**event, "links": [{"url": url, "domain": "x"}]})

    async def presses(self, label: str, where: Message | Whisper) -> Delivered:
        """A button of a message, by its label."""
        button = next(
            element
            for block in where.blocks
            if block["type"] == "actions"
            for element in block["elements"]
            if label in element["text"]["text"]
        )
        ephemeral = isinstance(where, Whisper)
        container: Json = {"type": "message", "is_ephemeral": ephemeral, "channel_id": where.channel}
        payload: Json = {
            "type": "block_actions",
            "user": {"id": self.id},
            "team": {"id": "T0000000001"},
            "channel": {"id": where.channel},
            "container": container,
            "trigger_id": self.slack.new_trigger(self.id),
            "response_url": self.slack.new_response(where.channel, self.id, where),
            "actions": [{**button, "type": "button", "action_ts": self.slack.next_ts()}],
        }
        if isinstance(where, Message):
            payload["message"] = {"ts": where.ts, "text": where.text, "blocks": where.blocks}
            if where.thread_ts:
                payload["message"]["thread_ts"] = where.thread_ts
        return await self.slack.deliver("interactive", payload)

    async def completes(self, option: str, typed: str) -> list[str]:
        """What a field of the newest modal offers."""
        block = next(block for block in self.views[-1]["blocks"] if block.get("block_id") == option)
        payload = {
            "type": "block_suggestion",
            "user": {"id": self.id},
            "team": {"id": "T0000000001"},
            "value": typed,
            "action_id": block["element"]["action_id"],
            "block_id": option,
            "view": self.views[-1],
        }
        done = await self.slack.deliver("interactive", payload)
        assert done.answer is not None
        return [each["value"] for each in done.answer.get("options", ())]

    async def submits(self, **values: str) -> Delivered:
        """The newest modal, filled in; fields that are not named stay as they stand there."""
        view = self.views[-1]
        state: Json = {}
        for block in view["blocks"]:
            if block["type"] != "input":
                continue
            element, name = block["element"], block["block_id"]
            state[name] = {element["action_id"]: _filled(element, values.get(name))}
        payload = {
            "type": "view_submission",
            "user": {"id": self.id},
            "team": {"id": "T0000000001"},
            "view": {**view, "state": {"values": state}},
            "trigger_id": self.slack.new_trigger(self.id),
        }
        return await self.slack.deliver("interactive", payload)

    async def uses_shortcut(self, callback: str, message: Message) -> Delivered:
        payload = {
            "type": "message_action",
            "callback_id": callback,
            "user": {"id": self.id},
            "team": {"id": "T0000000001"},
            "channel": {"id": message.channel},
            "trigger_id": self.slack.new_trigger(self.id),
            "message": {"ts": message.ts, "text": message.text, "thread_ts": message.thread_ts},
            "response_url": self.slack.new_response(message.channel, self.id),
        }
        return await self.slack.deliver("interactive", payload)

    def whispered(self, containing: str) -> Whisper:
        """What only this user was shown, with these words."""
        for whisper in reversed(self.slack.whispers):
            if whisper.user == self.id and containing in whisper.words:
                return whisper
        mine = [whisper.words for whisper in self.slack.whispers if whisper.user == self.id]
        raise AssertionError(f"{self.id} was not shown {containing!r}; shown was {mine}")

    async def _event(self, event: Json) -> Delivered:
        number = next(self.slack.numbers)
        payload = {
            "type": "event_callback",
            "team_id": "T0000000001",
            "event_id": f"Ev{number:08d}",
            "event": event,
        }
        return await self.slack.deliver("events_api", payload)


class SlackWithPeople(SlackStandIn):
    """A workspace with people in it. With `http_url` payloads come signed over HTTP, else by socket."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.scopes |= {"im:write", "users:read"}
        self.people: dict[str, SlackPerson] = {}
        self.whispers: list[Whisper] = []
        self.unfurls: list[Json] = []
        self.numbers = itertools.count(1)
        self.app_token: str | None = None  # the only one that is taken; None takes any
        self.signed_before = 0.0  # s by which what is sent over HTTP was signed earlier
        self.http_url: str | None = None
        self.secret = "8f742231b10e8888abcd99yyyzzz85a5"
        self.lose_acks = 0
        self.acks_within = self.triggers_live = PATIENCE  # Slack's own are `ACK_TIME` and `TRIGGER_LIFE`
        self._sockets: list[web.WebSocketResponse] = []
        self._turn = itertools.count()
        self._waiting: dict[str, asyncio.Future[Json | None]] = {}
        self._triggers: dict[str, tuple[str, float]] = {}
        self._responses: dict[str, tuple[str, str, Message | Whisper | None, int]] = {}

    def person(self, user: str, **profile: str) -> SlackPerson:
        return self.people.setdefault(user, SlackPerson(self, user, **profile))

    def place(self, channel: str) -> str:
        return channel if channel.startswith("D") else self.channel(channel).id

    def next_ts(self) -> str:
        return self._next_ts()

    def new_trigger(self, user: str) -> str:
        trigger = f"{next(self.numbers)}.trigger"
        self._triggers[trigger] = (user, time.monotonic())
        return trigger

    def new_response(self, channel: str, user: str, about: Message | Whisper | None = None) -> str:
        token = f"r{next(self.numbers)}"
        self._responses[token] = (channel, user, about, 0)
        return self.url.replace("/api/", f"/respond/{token}")

    @property
    def connections(self) -> int:
        return len(self._sockets)

    async def connected(self, count: int = 2) -> None:
        """Return once the app has opened its sockets."""
        await self.wait_for(lambda: self.connections >= count)

    async def refresh(self) -> None:
        """Slack refreshes one connection: a warning, then it is closed."""
        socket = self._sockets.pop(0)
        await socket.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})
        await socket.close()

    async def deliver(self, kind: str, payload: Json) -> Delivered:
        """Give a payload to the app and wait for its acknowledgement, as Slack does."""
        done = Delivered(payload)
        began = time.monotonic()
        for attempt in range(3):
            done.attempts = attempt + 1
            if self.http_url is not None:
                done.answer = await self._deliver_http(kind, payload)
            else:
                done.answer = await self._deliver_socket(kind, payload, attempt)
            if done.answer is not None:
                if self.lose_acks > 0:
                    self.lose_acks -= 1
                    continue
                done.seconds = time.monotonic() - began
                return done
        raise AssertionError(f"{kind} was not acknowledged: {payload.get('command') or payload.get('type')}")

    async def _deliver_socket(self, kind: str, payload: Json, attempt: int) -> Json | None:
        assert self._sockets, "the app has no socket open"
        envelope = f"e{next(self.numbers)}"
        future: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        self._waiting[envelope] = future
        socket = self._sockets[next(self._turn) % len(self._sockets)]
        message: Json = {
            "envelope_id": envelope,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": True,
        }
        if kind == "events_api":
            message |= {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
        await socket.send_json(message)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.acks_within):
                return await future or {}
        return None

    async def _deliver_http(self, kind: str, payload: Json) -> Json | None:
        if kind == "slash_commands":
            body, content = urlencode(payload), "application/x-www-form-urlencoded"
        elif kind == "interactive":
            body, content = urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded"
        else:
            body, content = json.dumps(payload), "application/json"
        stamp = str(int(time.time() - self.signed_before))
        sign = hmac.new(self.secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": content,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={sign}",
        }
        async with aiohttp.ClientSession() as session:
            assert self.http_url is not None
            async with session.post(self.http_url, data=body, headers=headers) as response:
                text = await response.text()
                if response.status != 200:
                    return None
                return json.loads(text) if text.startswith("{") else {}

    # --- what the app calls

    def _add_routes(self, app: web.Application) -> None:
        app.router.add_get("/socket", self._socket)
        app.router.add_post("/respond/{token}", self._respond)

    def _apps_connections_open(self, authorization: str) -> Json:
        token = authorization.removeprefix("Bearer ")
        if not token.startswith("xapp-"):
            return _no("not_allowed_token_type")
        if self.app_token is not None and token != self.app_token:
            return _no("invalid_auth")
        return {"ok": True, "url": self.url.replace("http://", "ws://").replace("/api/", "/socket")}

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json(
            {"type": "hello", "num_connections": len(self._sockets) + 1, "connection_info": {"app_id": "A1"}}
        )
        self._sockets.append(socket)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT and message.data.startswith("{"):
                    acknowledged = json.loads(message.data)
                    future = self._waiting.pop(acknowledged.get("envelope_id", ""), None)
                    if future is not None and not future.done():
                        future.set_result(acknowledged.get("payload"))
        finally:
            if socket in self._sockets:
                self._sockets.remove(socket)
        return socket

    async def stop(self) -> None:
        for socket in list(self._sockets):
            await socket.close()
        await super().stop()

    def _answer(self, method: str, request: web.Request, arguments: Json) -> Json:
        if method == "apps.connections.open":
            return self._apps_connections_open(request.headers.get("Authorization", ""))
        return super()._answer(method, request, arguments)

    def _views_open(self, arguments: Json) -> Json:
        user, at = self._triggers.pop(arguments.get("trigger_id", ""), ("", 0.0))
        if not user:
            return _no("invalid_trigger_id")
        if time.monotonic() - at > self.triggers_live:
            return _no("expired_trigger_id")
        view = _json(arguments["view"])
        wrong = view_complaints(view)
        if wrong:
            return {**_no("invalid_arguments"), "response_metadata": {"messages": wrong}}
        opened = {**view, "id": f"V{next(self.numbers)}", "state": {"values": {}}}
        self.person(user).views.append(opened)
        return {"ok": True, "view": opened}

    def _views_publish(self, arguments: Json) -> Json:
        view = _json(arguments["view"])
        wrong = list(complaints(view["blocks"], self._is_ready))
        if wrong:
            return {**_no("invalid_arguments"), "response_metadata": {"messages": wrong}}
        self.person(arguments["user_id"]).home = view
        return {"ok": True, "view": view}

    def _chat_unfurl(self, arguments: Json) -> Json:
        unfurls = _json(arguments["unfurls"])
        for one in unfurls.values():
            wrong = list(complaints(one["blocks"], self._is_ready))
            if wrong:
                return {**_no("cannot_unfurl_url"), "response_metadata": {"messages": wrong}}
        self.unfurls.append(unfurls)
        return {"ok": True}

    def _users_info(self, arguments: Json) -> Json:
        user = self.people.get(str(arguments.get("user")))
        if user is None:
            return _no("user_not_found")
        return {
            "ok": True,
            "user": {"id": user.id, "name": user.id.lower(), "tz": user.tz, "locale": user.locale},
        }

    def _chat_postEphemeral(self, arguments: Json) -> Json:
        refused = self._may_post(self._named(arguments.get("channel", ""))) or self._refuse_words(arguments)
        if refused is not None:
            return refused
        self.whispers.append(
            Whisper(
                arguments["channel"],
                arguments["user"],
                arguments.get("text", ""),
                arguments.get("blocks") or [],
            )
        )
        return {"ok": True, "message_ts": self._next_ts()}

    async def _respond(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        if token not in self._responses:
            return web.Response(status=404, text="used_url")
        channel, user, about, used = self._responses[token]
        if used >= RESPONSES:
            return web.Response(status=404, text="expired_url")
        self._responses[token] = (channel, user, about, used + 1)
        arguments = await request.json()
        if arguments.get("delete_original"):
            return web.Response(text="ok")
        refused = self._refuse_words(arguments)
        if refused is not None:
            return web.Response(status=400, text=str(refused["error"]))
        text, blocks = arguments.get("text", ""), arguments.get("blocks") or []
        if arguments.get("replace_original") and isinstance(about, Whisper):
            about.text, about.blocks, about.replaced = text, blocks, about.replaced + 1
        elif arguments.get("response_type") == "in_channel":
            known = self._channels.get(channel)
            if known is not None:
                self._new(known, arguments, None)
        else:
            self.whispers.append(Whisper(channel, user, text, blocks))
        return web.Response(text="ok")


def view_complaints(view: Json) -> list[str]:
    """What Slack would refuse of a modal."""
    wrong = []
    for name in ("title", "submit", "close"):
        if len(view.get(name, {}).get("text", "")) > 24:
            wrong.append(f"{name} has more than 24 characters")
    if len(view.get("private_metadata", "")) > 3000 or len(view.get("callback_id", "")) > 255:
        wrong.append("private_metadata or callback_id is too long")
    blocks = view["blocks"]
    if not 0 < len(blocks) <= 100:
        wrong.append("a view has 1 to 100 blocks")
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        wrong.append("block ids are not unique")
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        if len(element["action_id"]) > 255 or len(block["label"]["text"]) > 2000:
            wrong.append(f"{block['block_id']}: action_id or label is too long")
        for option in element.get("options", []):
            if len(option["text"]["text"]) > 75 or len(option["value"]) > 150:
                wrong.append(f"{block['block_id']}: an option is too long")
        first = element.get("initial_option")
        if first is not None and element["type"] == "static_select" and first not in element["options"]:
            wrong.append(f"{block['block_id']}: initial_option is none of the options")
        if element["type"] == "plain_text_input" and element.get("max_length", 1) > 3000:
            wrong.append(f"{block['block_id']}: max_length is above 3000")
    return wrong


def _filled(element: Json, given: str | None) -> Json:
    match element["type"]:
        case "plain_text_input":
            return {
                "type": "plain_text_input",
                "value": element.get("initial_value") if given is None else given,
            }
        case "checkboxes":
            chosen = (
                element.get("initial_options", []) if given is None else element["options"] if given else []
            )
            return {"type": "checkboxes", "selected_options": chosen}
        case kind:
            if given is None:
                return {"type": kind, "selected_option": element.get("initial_option")}
            return {
                "type": kind,
                "selected_option": {"text": {"type": "plain_text", "text": given}, "value": given},
            }


def _json(value: Any) -> Json:
    return json.loads(value) if isinstance(value, str) else value
