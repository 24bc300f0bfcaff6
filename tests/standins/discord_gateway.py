"""The gateway of the Discord stand-in: sessions that outlive their sockets, heartbeats, resumes.

https://discord.com/developers/docs/events/gateway (read 2026).
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.patience import PATIENCE
from tests.standins.discord_world import Json, World, instant

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
HEARTBEAT_EVERY = 41_250  # ms


@dataclass
class Session:
    """What was dispatched to one bot since it identified itself, so that it can be told again."""

    id: str
    sent: list[Json] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None


class Gateway:
    """Hands out events. A bot that was away is told what it missed when it resumes."""

    def __init__(self, world: World, token: Callable[[], str], url: Callable[[], str]) -> None:
        self._world = world
        self._token = token
        self._url = url
        self.sessions: dict[str, Session] = {}
        self.identified = 0
        self.resumed = 0
        self.heartbeats = 0
        self.sockets: set[web.WebSocketResponse] = set()

    async def connected(self, seconds: float = PATIENCE) -> None:
        """Return once a bot listens."""
        until = time.monotonic() + seconds
        while not self.listening:
            assert time.monotonic() < until, f"no bot came within {seconds} s"
            await asyncio.sleep(0.005)

    @property
    def listening(self) -> bool:
        return any(s.socket is not None and not s.socket.closed for s in self.sessions.values())

    async def dispatch(self, event: str, data: Json) -> None:
        """Tell every session; those that have no socket at this moment when they resume."""
        for session in self.sessions.values():
            message = {"op": DISPATCH, "t": event, "s": len(session.sent) + 1, "d": data}
            session.sent.append(message)
            await _send(session, message)

    async def repeat(self) -> None:
        """Deliver the last event once more, as a gateway does whose book-keeping was behind."""
        for session in self.sessions.values():
            await _send(session, session.sent[-1])

    async def drop(self) -> None:
        """The connections break."""
        for session in self.sessions.values():
            if session.socket is not None:
                transport = session.socket._req.transport if session.socket._req else None
                if transport is not None:
                    transport.abort()
                session.socket = None

    async def ask_to_reconnect(self) -> None:
        """What Discord does before it restarts a gateway."""
        for session in self.sessions.values():
            await _send(session, {"op": RECONNECT, "d": None})

    async def forget_sessions(self) -> None:
        """Resuming is refused from now on: a bot has to identify itself again."""
        self.sessions.clear()

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.add(socket)
        await socket.send_str(json.dumps({"op": HELLO, "d": {"heartbeat_interval": HEARTBEAT_EVERY}}))
        session: Session | None = None
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            said = json.loads(message.data)
            if said["op"] == HEARTBEAT:
                self.heartbeats += 1
                await socket.send_str(json.dumps({"op": ACK, "d": None}))
            elif said["op"] == IDENTIFY:
                if said["d"]["token"] != self._token():
                    await socket.close(code=4004, message=b"Authentication failed.")
                    break
                session = await self._identify(socket)
            elif said["op"] == RESUME:
                session = await self._resume(socket, said["d"])
        self.sockets.discard(socket)
        if session is not None and session.socket is socket:
            session.socket = None
        return socket

    async def _identify(self, socket: web.WebSocketResponse) -> Session:
        self.identified += 1
        session = Session(secrets.token_hex(16), socket=socket)
        self.sessions[session.id] = session
        world = self._world
        ready = {
            "v": 10,
            "user": world.bot.shown() | {"verified": True, "mfa_enabled": False},
            "guilds": [{"id": world.guild, "unavailable": True}],
            "session_id": session.id,
            "resume_gateway_url": self._url(),
            "shard": [0, 1],
            "application": {"id": world.bot.id, "flags": 0},
        }
        for event, data in (("READY", ready), ("GUILD_CREATE", self._guild())):
            message = {"op": DISPATCH, "t": event, "s": len(session.sent) + 1, "d": data}
            session.sent.append(message)
            await _send(session, message)
        return session

    async def _resume(self, socket: web.WebSocketResponse, asked: Json) -> Session | None:
        session = self.sessions.get(asked["session_id"])
        if session is None or asked["token"] != self._token():
            await socket.send_str(json.dumps({"op": INVALID, "d": False}))
            return None
        self.resumed += 1
        session.socket = socket
        for message in session.sent[int(asked["seq"]) :]:
            await _send(session, message)
        resumed = {"op": DISPATCH, "t": "RESUMED", "s": len(session.sent) + 1, "d": {}}
        session.sent.append(resumed)
        await _send(session, resumed)
        return session

    def _guild(self) -> Json:
        world = self._world
        places = [place for place in world.places.values() if place.guild and not place.parent]
        return {
            "id": world.guild,
            "name": "Subarachnoid",
            "icon": None,
            "owner_id": world.bot.id,
            "roles": [role.shown() for role in world.roles.values()],
            "channels": [world.shown_place(place) for place in places],
            "members": [],
            "threads": [],
            "emojis": [],
            "stickers": [],
            "features": [],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
            "member_count": len(world.users),
            "large": False,
            "unavailable": False,
            "afk_timeout": 300,
            "afk_channel_id": None,
            "verification_level": 1,
            "default_message_notifications": 1,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "rules_channel_id": None,
            "preferred_locale": "en-US",
            "premium_tier": 0,
            "nsfw_level": 0,
            "joined_at": instant(world.clock()),
        }


async def _send(session: Session, message: Json) -> None:
    if session.socket is not None and not session.socket.closed:
        await session.socket.send_str(json.dumps(message))
