"""`/hooks/jobs/{token}`: a platform says that a job has moved, and it is looked at."""

from __future__ import annotations

from aiohttp import web

from platforms.hooks import PATH, JobHooks


def routes(hooks: JobHooks) -> list[web.RouteDef]:
    """The handler, for `WebServer`. What is sent with the call is neither read nor believed."""

    async def moved(request: web.Request) -> web.Response:
        if await hooks.called(request.match_info["token"]):
            return web.Response(status=204)
        return web.json_response({"error": "no job has this address"}, status=404)

    return [web.post(f"{PATH}/{{token}}", moved)]
