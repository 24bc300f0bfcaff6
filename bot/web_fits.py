"""`/hooks/fits/{token}`: a fitting service posts the result of a job."""

from __future__ import annotations

from aiohttp import web

from platforms.fit_answers import LARGEST, PATH, FitAnswers

PIECE = 2**16


def routes(answers: FitAnswers) -> list[web.RouteDef]:
    """The handler, for `WebServer`. An empty body is an answer too: that of a service that failed."""

    async def received(request: web.Request) -> web.Response:
        body = bytearray()
        async for piece in request.content.iter_chunked(PIECE):
            body += piece
            if len(body) > LARGEST:
                return web.json_response({"error": "too large"}, status=413)
        if await answers.receive(request.match_info["token"], bytes(body)):
            return web.Response(status=204)
        return web.json_response({"error": "no job has this address"}, status=404)

    return [web.post(f"{PATH}/{{token}}", received)]
