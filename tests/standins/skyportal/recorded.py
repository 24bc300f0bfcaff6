"""A SkyPortal that answers what a real one answered: the recordings, errors included."""

from __future__ import annotations

import json
import urllib.parse
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.standins.skyportal.serving import Answer, Call, Fault, Served, error

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "recordings" / "skyportal"
Json = dict[str, Any]


def recorded(name: str) -> Json:
    """One exchange, by its number (`0592`). Skips the test where the recordings are absent."""
    if not FOLDER.is_dir():
        pytest.skip("the recordings of a real SkyPortal are not on this machine")
    found = list(FOLDER.glob(f"{name}-*.json"))
    assert len(found) == 1, f"{name} names {len(found)} recordings"
    value: Json = json.loads(found[0].read_text(encoding="utf-8"))
    return value


@cache
def everything() -> list[Json]:
    """All exchanges in the order of recording, each with its `name` (`0592`)."""
    recorded("0101")
    found = []
    for path in sorted(FOLDER.glob("[0-9]*.json")):
        value: Json = json.loads(path.read_text(encoding="utf-8"))
        value["name"] = path.name[:4]
        found.append(value)
    return found


@cache
def _all() -> dict[tuple[str, str], list[Json]]:
    by_line: dict[tuple[str, str], list[Json]] = {}
    for value in everything():
        by_line.setdefault(_line(value), []).append(value)
    return by_line


def _line(value: Json) -> tuple[str, str]:
    return value["request"]["method"], urllib.parse.unquote(value["request"]["path"])


def refuse(portal: Served, name: str, line: str, times: int = 1, *, done: bool = False) -> Fault:
    """Let a SkyPortal give a recorded answer (`0506`) to the next `times` calls whose line matches.

    `line` is a pattern of the whole line: `POST /api/observation_plan`, `GET /api/observation_plan/\\d+`.
    `done`: what was asked is done there all the same.
    """
    fault = Fault(name, line, times, answer=_answer(recorded(name)["response"]), done=done)
    portal.faults.append(fault)
    return fault


class RecordedPortal(Served):
    """Answers by method, path, query and body; of several equal ones in the order of recording, the last
    again and again.

    `only` names the recordings to answer with: then the query and the body need not be the same, and what
    is not named is `Invalid API endpoint`. Answers to tokens are those of the caller where there are any.
    """

    def __init__(self, *only: str) -> None:
        super().__init__()
        self._only: dict[tuple[str, str], list[Json]] = {}
        for name in only:
            value = recorded(name)
            value["name"] = name
            self._only.setdefault(_line(value), []).append(value)
        if not only:
            recorded("0101")
        self._loose = bool(only)
        self._given: Counter[str] = Counter()
        self.unmatched: list[str] = []

    async def answer(self, call: Call) -> Answer:
        pool = (self._only if self._loose else _all()).get((call.method, call.path), [])
        ranked = [(self._score(call, value["request"]), value) for value in pool]
        if not self._loose and not call.token.startswith("TOKEN"):
            ranked = [(score, value) for score, value in ranked if score[2]]
        best = max((score for score, _ in ranked), default=None)
        if best is None or (not self._loose and not (best[0] and best[1])):
            if not call.token.startswith("TOKEN"):
                return error(401, "HTTP 401: Unauthorized")
            self.unmatched.append(call.line)
            return error(400, "Invalid API endpoint")
        equal = [value for score, value in ranked if score == best]
        fewest = min(self._given[value["name"]] for value in equal)
        fresh = [value for value in equal if self._given[value["name"]] == fewest]
        chosen = fresh[0] if fewest == 0 else equal[-1]
        self._given[chosen["name"]] += 1
        return _answer(chosen["response"])

    @staticmethod
    def _score(call: Call, request: Json) -> tuple[bool, bool, bool]:
        query = {key: _text(value) for key, value in (request.get("query") or {}).items()}
        sent = request["headers"].get("Authorization", "").partition(" ")[2].strip()
        return query == dict(call.query), request.get("json") == call.body, sent == call.token


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _answer(response: Json) -> Answer:
    kind = response.get("headers", {}).get("content-type", "application/json")
    if "json" in response:
        return Answer(response["status"], json=response["json"])
    if "text" in response:
        return Answer(response["status"], content=response["text"].encode(), kind=kind)
    if "bytes" in response:
        magic = bytes.fromhex(response["bytes"]["magic"])
        return Answer(response["status"], content=magic.ljust(response["bytes"]["length"], b"\0"), kind=kind)
    return Answer(504, content=b"<html>504</html>", kind="text/html")
