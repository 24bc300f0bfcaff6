"""How the Discord stand-in reads requests, names their routes, and answers: well, or as a fault says."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from aiohttp import web

from tests.standins.discord_rest import Files
from tests.standins.discord_spec import discord_spec
from tests.standins.discord_world import Fault, Refusal

_IDS = {
    "channels": "channel_id",
    "messages": "message_id",
    "guilds": "guild_id",
    "members": "user_id",
    "users": "user_id",
    "applications": "application_id",
    "interactions": "interaction_id",
    "webhooks": "webhook_id",
}


def route_of(path: str) -> str:
    """`/channels/12/messages/34` as Discord's description names it."""
    spec = discord_spec()
    found = spec.route(path) if spec is not None else None
    if found is not None:
        return found
    parts, named = path.split("/"), []
    for number, part in enumerate(parts):
        before = parts[number - 1] if number else ""
        if before in _IDS and part[:1].isdigit():
            named.append(f"{{{_IDS[before]}}}")
        elif number > 1 and parts[number - 2] in ("interactions", "webhooks"):
            named.append("{interaction_token}" if parts[number - 2] == "interactions" else "{webhook_token}")
        else:
            named.append(part)
    return "/".join(named)


async def read(request: web.Request) -> tuple[Any, Files]:
    """The JSON of a request, and the files it brought."""
    if request.content_type == "multipart/form-data":
        form = await request.post()
        files = {
            name: (field.filename, field.file.read())
            for name, field in form.items()
            if isinstance(field, web.FileField)
        }
        payload = form["payload_json"]
        assert isinstance(payload, str | bytes | bytearray)
        return json.loads(payload), files
    raw = await request.read()
    return (json.loads(raw) if raw else None), {}


def answered(answer: Any, status: int, headers: dict[str, str]) -> web.Response:
    if answer is None:
        return web.Response(status=status, headers=headers)
    # discord.py compares the type with "application/json" as a whole: no charset may follow.
    return web.Response(
        body=json.dumps(answer).encode(),
        status=status,
        headers={**headers, "Content-Type": "application/json"},
    )


async def failed(request: web.Request, fault: Fault) -> web.StreamResponse:
    """What becomes of a request that a test has doomed."""
    match fault.kind:
        case "error":
            refusal = Refusal(int(fault.number))
            return answered({"code": refusal.code, "message": str(refusal)}, refusal.status, {})
        case "http":
            return web.Response(
                status=int(fault.number), text="<html>upstream</html>", content_type="text/html"
            )
        case "rate":
            everywhere = fault.value == "global"
            body = {
                "message": "You are being rate limited.",
                "retry_after": fault.number,
                "global": everywhere,
            }
            headers = {"Retry-After": str(round(fault.number)), "Via": "1.1 stand-in"}
            return answered(body, 429, headers | ({"X-RateLimit-Global": "true"} if everywhere else {}))
        case "silence":
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(fault.number or 3600.0)
            return web.Response(status=504)
        case _:
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=500)
