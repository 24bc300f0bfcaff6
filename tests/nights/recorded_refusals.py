"""The recorded errors of the real platforms, and which of them the nights have played.

    REFUSED = refusals("skyportal", "01", "02", "095")      # what of the recordings is an error
    gaps(REFUSED, rows, EXEMPT)                             # [] when each is in a row or exempt, none twice
    dishonest(REFUSED, EXEMPT, calls_of("platforms/skyportal"))  # exempt, though the client makes the call

A row is named by the number that its recording's file begins with (`0203`, `041`). What is played besides, of
answers that are no errors by this measure, does no harm. Call `refusals` inside a test: it skips it where the
recordings are absent.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.conftest import SHARED_DATA
from tests.standins.recordings import Exchange, recordings

RECORDINGS = SHARED_DATA / "recordings"
HOME = Path(__file__).resolve().parents[2]
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
READS = frozenset({"download"})  # names of calls that are a GET without saying so
FAILED = frozenset({"error", "failed", "fail", "failure", "unaccessible"})


@dataclass(frozen=True)
class Refusal:
    """One recorded error. `number` is what its file's name begins with."""

    number: str
    exchange: Exchange

    @property
    def name(self) -> str:
        return self.exchange.name

    @property
    def status(self) -> int | None:
        """The HTTP status; None where no answer came."""
        return self.exchange.response.get("status")

    @property
    def method(self) -> str:
        return str(self.exchange.request.get("method", "GET"))

    @property
    def path(self) -> str:
        return unquote(self.exchange.path)

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def words(self) -> str:
        """What it says, as it came: for tests that look that nothing of it is shown."""
        value = self.exchange.response.get("json")
        message = value.get("message") if isinstance(value, Mapping) else None
        return str(message or self.exchange.response.get("text") or value or "")


@cache
def recorded_of(platform: str) -> Mapping[str, Exchange]:
    """All exchanges of a folder by number, in order. Skips the test where the recordings are absent."""
    folder = RECORDINGS / platform
    if not folder.is_dir():
        pytest.skip(f"the recordings of a real {platform} are not on this machine")
    found = {each.name.partition("-")[0]: each for each in recordings(folder).values()}
    return dict(sorted(found.items()))


def refusals(
    platform: str, *beginnings: str, but: Sequence[str] = (), besides: Collection[str] = ()
) -> tuple[Refusal, ...]:
    """The recorded errors whose numbers begin so (all, if nothing is given), without those of `but`.

    `besides` are numbers of answers that look like successes and are none for those who know the subject.
    """
    return tuple(
        Refusal(number, each)
        for number, each in recorded_of(platform).items()
        if (not beginnings or number.startswith(beginnings))
        and not number.startswith(tuple(but))
        and (number in besides or is_error(each))
    )


def is_error(exchange: Exchange) -> bool:
    """Whether the answer, or what was posted to the callback later, tells of something not done."""
    status = exchange.response.get("status")
    if not isinstance(status, int) or not 200 <= status < 300:
        return True  # no answer, a redirection, a refusal
    value = exchange.response.get("json")
    if value is None:
        kind = str(
            {k.lower(): v for k, v in exchange.response.get("headers", {}).items()}.get("content-type")
        )
        text = str(exchange.response.get("text", ""))
        return (
            "html" in kind or "...truncated" in text[-20:] or (not text and "bytes" not in exchange.response)
        )
    return _says_failed(value) or _says_failed(exchange.callback)


def gaps(
    refused: Iterable[Refusal], rows: Iterable[str], exempt: Mapping[str, str] | None = None
) -> list[str]:
    """What is not in order: an error that no row plays, one both played and exempt, an exemption of nothing.

    `rows` are the numbers played (one may be played by several rows), `exempt` the numbers of what no command
    can meet, each with its reason in words.
    """
    wanted = {each.number: each for each in refused}
    played, excused = Counter(rows), dict(exempt or {})
    found = [
        f"{each.name} ({each.line}): no row plays it and nothing exempts it"
        for number, each in wanted.items()
        if number not in played and number not in excused
    ]
    found += [f"{number}: exempt, and played all the same" for number in excused if number in played]
    found += [
        f"{number}: exempt, but no recorded error of this range" for number in excused if number not in wanted
    ]
    found += [f"{number}: exempt without a reason" for number, why in excused.items() if len(why.split()) < 3]
    return found


@dataclass(frozen=True)
class Calls:
    """The calls that a client's source makes: methods with patterns of paths."""

    made: frozenset[tuple[str, str]]

    def besides(self, *more: tuple[str, str]) -> Calls:
        """With further ones, whose path is put together where it cannot be read off: (method, pattern)."""
        return Calls(self.made | set(more))

    def makes(self, method: str, path: str, *, any_method: bool = False) -> bool:
        return any(
            (any_method or of == method) and re.fullmatch(pattern, path) is not None
            for of, pattern in self.made
        )


def dishonest(
    refused: Iterable[Refusal], exempt: Mapping[str, str], calls: Calls, *, any_method: bool = False
) -> list[str]:
    """The exemptions that do not hold: the client's source makes this very call.

    `any_method` where the platform does not tell methods apart, as MMODA's dispatcher.
    """
    return [
        f"{each.name}: exempt ({exempt[each.number]}), but the client makes {each.line}"
        for each in refused
        if each.number in exempt and calls.makes(each.method, each.path, any_method=any_method)
    ]


def calls_of(*sources: str, base: str = "") -> Calls:
    """What the files (or the folders' files) of the checkout call: `call("GET", f"/api/x/{n}")` and such.

    A method and a path are looked for among the arguments of each call; a path held in a name is looked up in
    the same function. What is put into a path stands for any text without a slash. `base` is put before paths
    that are written without it (`"pointings"`).
    """
    files: list[Path] = []
    for source in sources:
        files += [HOME / source] if source.endswith(".py") else (HOME / source).rglob("*.py")
    made: set[tuple[str, str]] = set()
    for file in files:
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                made |= set(_calls_in(function, base))
    assert made, f"no calls were found in {sources}"
    return Calls(frozenset(made))


def _calls_in(function: ast.FunctionDef | ast.AsyncFunctionDef, base: str) -> Iterator[tuple[str, str]]:
    held: dict[str, set[str]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            text = _pattern(node.value)
            if text is not None:
                held.setdefault(node.targets[0].id, set()).add(text)
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        method = next((_constant(each) for each in node.args if _constant(each) in METHODS), None)
        if method is None and name not in READS:
            continue
        for each in node.args:
            if _constant(each) in METHODS:
                continue
            paths = held.get(each.id, set()) if isinstance(each, ast.Name) else {_pattern(each)}
            for path in paths:
                if path is None or not (base or path.startswith("/")):
                    continue
                yield method or "GET", path if path.startswith("/") else f"{base}{path}"


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _pattern(node: ast.expr) -> str | None:
    """The regular expression of a path written here; None for what is no text."""
    if isinstance(node, ast.Constant):
        return re.escape(node.value) if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(_pattern(each) or "[^/]+" for each in node.values)
    return None


def _says_failed(value: Any) -> bool:
    """A status inside, of whatever platform, that is one of failure; or errors listed beside a success."""
    if not isinstance(value, Mapping):
        return False
    if value.get("ERRORS"):
        return True
    for name in ("status", "query_status", "job_status"):
        if str(value.get(name, "")).casefold() in FAILED:
            return True
    inner = [value.get(name) for name in ("exit_status", "body", "json")]
    return any(_says_failed(each) for each in inner)
