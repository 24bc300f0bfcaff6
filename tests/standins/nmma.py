"""An NMMA service on loopback: `pending` at once, the result posted when a test says so, as recorded."""

from __future__ import annotations

import base64
import io
import json
from collections import deque
from typing import Any

import aiohttp
import h5py
import numpy as np
from aiohttp import web

from platforms.nmma import MODELS
from tests.standins.mmoda import TINY_PNG
from tests.standins.recordings import Exchange

Json = dict[str, Any]


def netcdf() -> bytes:
    """A posterior of 2 × 500 samples as arviz writes it, with log10_mej around −2 and theta around 0.4."""
    file = io.BytesIO()
    rng = np.random.default_rng(7)
    with h5py.File(file, "w") as made:
        group = made.create_group("posterior")
        group["log10_mej"] = rng.normal(-2.0, 0.1, (2, 500))
        group["KNtheta"] = rng.normal(0.4, 0.05, (2, 500))
        group["chain"], group["draw"] = np.arange(2), np.arange(500)
    return file.getvalue()


class NmmaStandIn:
    """`asked` are requests that wait; `answer()` posts what comes of the oldest. `away`: nobody answers."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Json] = []
        self.calls: list[str] = []
        self.away = False
        self.script: deque[Exchange] = deque()  # recorded answers to the next requests
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> NmmaStandIn:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def answer(self, recorded: Exchange | None = None, request: Json | None = None) -> int:
        """Post a result to whoever asked first: as recorded, else a success of our own. The HTTP status."""
        asked = request or self.asked.pop(0)
        body, kind = success(), "application/json"
        if recorded is not None:
            sent = recorded.callback
            body = json.dumps(sent["json"]).encode() if "json" in sent else str(sent["text"]).encode()
            kind = sent["headers"]["content-type"] or ""
        headers = {"Content-Type": kind} if kind else {}
        async with (
            aiohttp.ClientSession() as session,
            session.post(asked["callback_url"], data=body, headers=headers) as response,
        ):
            return response.status

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.calls.append(f"{request.method} {request.path}")
        if self.away:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if request.method == "POST" and self.script:
            return self.script.popleft().replied()
        if request.method == "GET" and request.path == "/analysis":
            return web.json_response({"status": "active"})
        if request.method != "POST" or request.path != "/analysis":
            return web.Response(status=404, text="<html>404: Not Found</html>", content_type="text/html")
        try:
            body = json.loads(await request.text())
        except ValueError:
            return web.json_response({"message": "Malformed JSON data"}, status=400)
        for key in ("inputs", "callback_url", "callback_method"):
            if key not in body:
                return web.json_response({"message": f"missing required key {key} in data_dict"}, status=400)
        if body["inputs"]["analysis_parameters"].get("source") not in MODELS:
            return web.json_response({"message": "model is not allowed"}, status=400)
        self.asked.append(body)
        said = {"status": "pending", "message": "nmma_analysis_service: analysis started"}
        return web.json_response(said)


def success() -> bytes:
    """A success with a posterior that can be read."""
    analysis = {
        "inference_data": {"format": "netcdf4", "data": base64.b64encode(netcdf()).decode()},
        "plots": [{"format": "png", "data": base64.b64encode(TINY_PNG).decode()}],
        "results": {"format": "joblib", "data": base64.b64encode(b"a pickle").decode()},
    }
    message = "Good results with log Bayes factor=21.50"
    return json.dumps({"status": "success", "message": message, "analysis": analysis}).encode()
