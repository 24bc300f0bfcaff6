"""Recorded exchanges with real platforms, read from beside the checkout and sent out again as recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Exchange:
    """One recorded exchange: what was sent, what came back, and what was posted to a callback later."""

    name: str
    request: Mapping[str, Any]
    response: Mapping[str, Any]
    callback: Any = None

    @property
    def path(self) -> str:
        return str(self.request["path"])

    def answers(self, request: web.Request) -> bool:
        """Whether it was recorded of such a call: its path, and its method where that is known."""
        return self.path == request.path and self.request.get("method", request.method) == request.method

    def replied(self) -> web.Response:
        """The answer as it came: status, content type, body, place of a redirection."""
        headers = {k.title(): v for k, v in self.response.get("headers", {}).items()}
        kind = headers.pop("Content-Type", None)
        if "json" in self.response:
            text = json.dumps(self.response["json"])
        else:
            text = str(self.response.get("text", ""))
        made = web.Response(status=int(self.response["status"]), body=text.encode(), headers=headers)
        if kind:
            made.headers["Content-Type"] = str(kind)
        return made


def recordings(folder: Path) -> dict[str, Exchange]:
    """The exchanges of a folder by the name of their file, and by the number it begins with."""
    found: dict[str, Exchange] = {}
    for path in sorted(folder.glob("*.json")):
        whole = json.loads(path.read_text(encoding="utf-8"))
        exchange = Exchange(path.stem, whole["request"], whole["response"], whole.get("callback"))
        found[path.stem] = exchange
        found[path.stem.split("-")[0]] = exchange
    return found
