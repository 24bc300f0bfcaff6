"""The rule language of routes, subscriptions and filters: the Common Expression Language (CEL).

A library evaluates; this module decides what an answer means. A rule passes only when it is certainly true.
What an event does not have is absent, never null or zero, so CEL cannot decide a comparison with it: neither
the comparison nor its negation holds. `&&` and `||` still decide where their other side suffices (CEL
specification, "Logical Operators"): `far_per_year < 12 || has_tag("GRB")` passes a GRB without a false-alarm
rate, `!(far_per_year < 12)` does not. `has(p.NSBH)` asks whether a map has a key.

There is one kind of number, the real number: whole numbers in a rule are read as such, so that
`distance_mean / 2 < 400` needs no decimal points.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

import cel

from events.state import EventState, RevisionState
from notifiers.rule_changes import CHANGE_NAMES
from notifiers.rule_names import EXAMPLE, FIELDS, NAMES, RuleValue, rule_values

MAX_LENGTH = 2000
"""Characters a rule may have."""

MAX_LOOPS = 2
"""`exists`, `all`, `map` and `filter` a rule may have: what keeps the time of an evaluation bounded."""

_LOOPS = frozenset({"all", "exists", "exists_one", "map", "filter"})
_TIME_PARTS = frozenset(
    {"getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear"}
    | {"getHours", "getMinutes", "getSeconds", "getMilliseconds"}
)
_FUNCTIONS = _TIME_PARTS | frozenset(
    {"has_tag", "has", "size", "contains", "startsWith", "endsWith", "matches"}
    | {"int", "double", "string", "timestamp", "duration"}
)
_KEYWORDS = frozenset({"true", "false", "null", "in"})
_UNDECIDED = (RuntimeError, LookupError, TypeError, ValueError, ArithmeticError)
"""What the library raises where a value is absent or of the wrong kind."""

_MISUSED = re.compile(rf"^Function '(\w+)' error|^Undefined variable or function: '({'|'.join(_FUNCTIONS)})'")
"""How the library says that a function it has cannot do with what it is given."""

_TOKEN = re.compile(
    r"""(?P<string>[rRbB]{0,2}(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))
      | (?P<real>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)
      | (?P<whole>\d+)(?![uUxX\w])
      | (?P<other>\d\w*)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<comment>//[^\n]*)
      | (?P<space>\s+)
      | (?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)


class RuleError(ValueError):
    """A rule that cannot be used: what is wrong, at which line and column of the rule, and what would do."""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int


@dataclass(frozen=True)
class Rule:
    """A compiled rule.

    `names` are the dotted paths it reads (`p.BNS`, `observable.ZTF`, `far_per_year`). Promises: `passes` is
    True only where the rule is certainly true of the event, and never raises.
    """

    text: str
    names: frozenset[str]
    program: cel.Program

    def passes(self, state: EventState, now: datetime, told: RevisionState | None = None) -> bool:
        """Whether the event, as known at `now`, certainly meets the rule, for who was told of `told` last."""
        return self.verdict(state, now, told) is True

    def verdict(self, state: EventState, now: datetime, told: RevisionState | None = None) -> bool | None:
        """True or False where the rule decides, None where what the event lacks leaves it open."""
        return self.verdict_on(rule_values(state, now, told))

    def verdict_on(self, values: Mapping[str, RuleValue]) -> bool | None:
        """The same, of an event's `rule_values` that the caller has already."""
        try:
            answer = self.program.execute(_context(values))
        except _UNDECIDED:
            return None
        return answer if isinstance(answer, bool) else None

    @property
    def about_changes(self) -> bool:
        """Whether it asks what changed since the reader was told (`first`, `material`, `changed`, …)."""
        return any(self.mentions(name) for name in CHANGE_NAMES)

    def mentions(self, name: str) -> bool:
        """Whether the rule reads `name` or something in it."""
        return any(path.split(".")[0] == name for path in self.names)


@lru_cache(maxsize=4096)
def compile_rule(text: str) -> Rule:
    """The rule, ready to be asked; compiled once.

    Raises RuleError for what is no CEL, too long, loops too often, calls a function there is not, or gives
    something else than yes or no.
    """
    if not text.strip():
        raise RuleError("the rule is empty; write `true` for every event")
    if len(text) > MAX_LENGTH:
        raise RuleError(f"the rule has {len(text)} characters, at most {MAX_LENGTH} are read")
    try:
        cel.compile(text)  # for messages with positions in the text as it was written
    except ValueError as error:
        raise RuleError(_syntax_message(text, str(error))) from None
    tokens = [token for token in _tokens(text) if token.kind not in ("space", "comment")]
    _check_calls(text, tokens)
    rule = Rule(text, frozenset(_paths(tokens)), cel.compile(_with_real_numbers(text, tokens)))
    _check_answer(rule)
    return rule


def unknown_names(
    rule: Rule, *, facilities: Collection[str] | None = None, classes: Collection[str] | None = None
) -> frozenset[str]:
    """The names in a rule that no event could ever have, so that a comparison with them is never true.

    `facilities` and `classes` are the names of the registry and of the classifications that are sent; where
    they are not given, what follows `observable`, `tiles`, `p` and `classification` is not judged.
    """
    inside: dict[str, Collection[str] | None] = {
        **FIELDS,
        "observable": facilities,
        "tiles": facilities,
        "p": classes,
        "classification": classes,
    }
    unknown = set()
    for path in rule.names:
        head, _, rest = path.partition(".")
        known = inside.get(head)
        if head not in NAMES or (rest and known is not None and rest.split(".")[0] not in known):
            unknown.add(path)
    return frozenset(unknown)


def _context(values: Mapping[str, RuleValue]) -> cel.Context:
    context = cel.Context(dict(values))
    tags = values.get("tags", [])
    context.add_function("has_tag", lambda tag: isinstance(tags, list) and tag in tags)
    return context


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        assert match.lastgroup is not None
        yield _Token(match.lastgroup, match.group(), match.start())


def _check_calls(text: str, tokens: list[_Token]) -> None:
    loops = 0
    for token, following in pairwise(tokens):
        if token.kind == "name" and following.text == "(" and token.text not in _KEYWORDS:
            if token.text in _LOOPS:
                loops += 1
            elif token.text not in _FUNCTIONS:
                raise RuleError(f"{_place(text, token.start)}: there is no function `{token.text}`")
        if token.text == "%":
            raise RuleError(f"{_place(text, token.start)}: numbers are real numbers here, `%` has no meaning")
    if loops > MAX_LOOPS:
        raise RuleError(
            f"the rule has {loops} of exists, all, map and filter; at most {MAX_LOOPS} are allowed"
        )


def _paths(tokens: list[_Token]) -> Iterator[str]:
    """The dotted paths a rule reads; names bound by a loop are the loop's own."""
    bound = {
        tokens[i + 2].text
        for i in range(len(tokens) - 3)
        if tokens[i].text in _LOOPS and tokens[i + 1].text == "(" and tokens[i + 3].text == ","
    }
    texts = [token.text for token in tokens] + ["", "", ""]
    i = 0
    while i < len(tokens):
        start = tokens[i]
        i += 1
        if start.kind != "name" or start.text in _KEYWORDS or texts[i] == "(" or start.text in bound:
            continue
        path = [start.text]
        while True:
            if texts[i] == "." and i + 1 < len(tokens) and texts[i + 2] != "(":
                path.append(texts[i + 1])
                i += 2
            elif (
                texts[i] == "["
                and i + 1 < len(tokens)
                and tokens[i + 1].kind == "string"
                and texts[i + 2] == "]"
            ):
                path.append(texts[i + 1].strip("rR\"'"))
                i += 3
            else:
                break
        if texts[i] == ".":
            i += 2  # a method: its name is no path
        yield ".".join(path)


def _with_real_numbers(text: str, tokens: list[_Token]) -> str:
    """The rule with every whole number written as a real one, but for an index as in `tags[0]`."""
    pieces, at = [], 0
    for i, token in enumerate(tokens):
        if token.kind != "whole" or _is_index(tokens, i):
            continue
        end = token.start + len(token.text)
        pieces.append(text[at:end] + ".0")
        at = end
    return "".join(pieces) + text[at:]


def _is_index(tokens: list[_Token], i: int) -> bool:
    if not 2 <= i < len(tokens) - 1 or tokens[i - 1].text != "[" or tokens[i + 1].text != "]":
        return False
    before = tokens[i - 2]
    return before.text in (")", "]") or (before.kind in ("name", "string") and before.text not in _KEYWORDS)


def _check_answer(rule: Rule) -> None:
    try:
        answer = rule.program.execute(_context(EXAMPLE))
    except TypeError:
        raise RuleError(
            "the rule compares or adds things of different kinds (a number with a text, for example)"
        ) from None
    except RuntimeError as error:
        # EXAMPLE has a value of every kind: a call that fails on it never works (`size(far)`).
        if misuse := _MISUSED.search(str(error)):
            raise RuleError(
                f"`{misuse[1] or misuse[2]}` cannot be called like this: "
                f"check the number and the kind of what it is given"
            ) from None
        return
    except _UNDECIDED:
        return
    if not isinstance(answer, bool):
        raise RuleError(f"the rule gives {answer!r}, not yes or no; compare it with something")


def _place(text: str, start: int) -> str:
    line = text.count("\n", 0, start) + 1
    return f"line {line}, column {start - (text.rfind(chr(10), 0, start) + 1) + 1}"


def _syntax_message(text: str, library: str) -> str:
    """The library's first complaint in one line; its list of every token it would have liked is left out."""
    match = re.search(r"ERROR: <input>:(\d+):(\d+): ([^\n]*)", library)
    if match is None:
        return f"the rule is no CEL: {library.splitlines()[0][:200]}"
    line, column, complaint = match.groups()
    complaint = re.sub(r"^Syntax error: ", "", re.sub(r" expecting .*$", "", complaint))
    complaint = complaint.replace("'<EOF>'", "the end of the rule")
    return f"line {line}, column {column}: {complaint}"
