"""Discord's published OpenAPI description, asked about one request or answer at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

SPEC = Path(__file__).resolve().parents[3] / "shared" / "specs" / "discord-rest.openapi.json"

Json = dict[str, Any]

_IDS = re.compile(r'"\d{5,}"')


class DiscordSpec:
    """What the description says of a route. Made once a process: it is a megabyte."""

    def __init__(self, document: Json) -> None:
        self._document = document
        resource = Resource.from_contents(document, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource("spec", resource)
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}
        self._routes = [
            (re.compile(_pattern(path) + "$"), path) for path in sorted(document["paths"], key=_literal)
        ]

    def route(self, path: str) -> str | None:
        """The route of the description that a path is of."""
        return next((route for pattern, route in self._routes if pattern.match(path)), None)

    def complaints(self, method: str, path: str, body: Json | list[Any] | None) -> Iterator[str]:
        """What the description has against a request."""
        route = self.route(path)
        operation = self._document["paths"].get(route, {}).get(method.lower())
        if route is None or operation is None:
            yield f"there is no {method} {path}"
            return
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            if body:
                yield f"{method} {route} takes no body"
            return
        pointer = f"/paths/{_escaped(route)}/{method.lower()}/requestBody/content/application~1json/schema"
        yield from self._against(f"{method} {route}", pointer, _as_documented(body))

    def complaints_of_answer(self, method: str, path: str, status: int, body: object) -> Iterator[str]:
        """What the description has against an answer."""
        route = self.route(path) or path
        responses = self._document["paths"][route][method.lower()]["responses"]
        if str(status) not in responses:
            yield f"{method} {route} never answers {status}"
            return
        if "application/json" in responses[str(status)].get("content", {}):
            operation = f"/paths/{_escaped(route)}/{method.lower()}"
            pointer = f"{operation}/responses/{status}/content/application~1json/schema"
            yield from self._against(f"answer to {method} {route}", pointer, body)

    def _against(self, what: str, pointer: str, body: object) -> tuple[str, ...]:
        """Asked once for bodies that differ in their ids alone: a command tree takes seconds."""
        schema = self._registry.resolver("spec").lookup(f"#{pointer}").contents
        if isinstance(body, list) and "items" in schema:
            # Each of them by itself, or a tree with one command more would be read from the beginning.
            of_the_list = tuple(self._validate(what, schema | {"items": True}, body))
            return sum((self._against(what, f"{pointer}/items", each) for each in body), of_the_list)
        asked = pointer, _IDS.sub('"0"', json.dumps(body, sort_keys=True))
        if asked not in self._known:
            self._known[asked] = tuple(self._validate(what, {"$ref": f"spec#{pointer}"}, body))
        return self._known[asked]

    def _validate(self, what: str, schema: Json, body: object) -> Iterator[str]:
        error = best_match(Draft202012Validator(schema, registry=self._registry).iter_errors(body))
        if error is not None:
            yield f"{what}: {'.'.join(map(str, error.absolute_path))}: {error.message[:300]}"


def _as_documented(body: object) -> object:
    """Placeholder ids of attachments may be numbers, as Discord's own examples have them."""
    if not isinstance(body, dict):
        return body
    made = dict(body)
    if isinstance(made.get("attachments"), list):
        made["attachments"] = [{**each, "id": str(each["id"])} for each in made["attachments"]]
    if isinstance(made.get("data"), dict):
        made["data"] = _as_documented(made["data"])
    return made


@cache
def discord_spec() -> DiscordSpec | None:
    """The description beside the checkout; None where it is not there."""
    return DiscordSpec(json.loads(SPEC.read_text())) if SPEC.is_file() else None


def _pattern(path: str) -> str:
    return re.sub(r"\\\{[^/]+?\\\}", r"[^/]+", re.escape(path))


def _literal(path: str) -> tuple[int, str]:
    """Routes with fewer variables first: `/users/@me` before `/users/{user_id}`."""
    return path.count("{"), path


def _escaped(route: str) -> str:
    return route.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
