"""The form that an instrument has at a SkyPortal: its fields, as people fill them in, and the payload.

The form is JSON schema as react-jsonschema-form takes it: `properties`, `required`, and `dependencies` whose
branches (`oneOf`) bring further fields when a field has some value. A field of a branch that was filled in
sets what brings it: `exposure_time=300` alone also sets `advanced`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from jsonschema import Draft7Validator
from referencing import Registry


class FieldKind(StrEnum):
    """How the text of a field is read."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    SEVERAL = "several"  # of its choices, with commas between them
    FLAG = "flag"
    INSTANT = "instant"


class Problem(StrEnum):
    """What is wrong with a field."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    NO_NUMBER = "no number"
    OUT_OF_RANGE = "out of range"
    NO_CHOICE = "no choice"
    NO_FLAG = "no flag"
    NO_INSTANT = "no instant"
    OTHER = "other"


class FormError(ValueError):
    """A field that cannot be taken: which, what was given, and what was expected; `near` may be meant."""

    def __init__(
        self, key: str, problem: Problem, given: str, expected: str = "", near: tuple[str, ...] = ()
    ) -> None:
        super().__init__(f"{key}: {problem.value}: {given!r}; expected {expected}")
        self.key, self.problem, self.given, self.expected, self.near = key, problem, given, expected, near


@dataclass(frozen=True)
class FormItem:
    """One field. `label` is its title there; `default` as text; `day`: an instant is written as a day only.

    `brought_by`: the field, and the values of it, that bring this one.
    """

    key: str
    label: str
    kind: FieldKind
    default: str = ""
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    required: bool = False
    day: bool = False
    hidden: bool = False
    brought_by: tuple[str, tuple[Any, ...]] | None = None


@dataclass(frozen=True)
class InstrumentForm:
    """The form of one instrument for one kind of request. `can` are the methods that are implemented there.

    Its defaults hold the time of the request; read it anew each time.
    """

    instrument: int
    schema: Mapping[str, Any]
    ui: Mapping[str, Any]
    can: frozenset[str]
    titles: Mapping[str, str]

    @property
    def items(self) -> tuple[FormItem, ...]:
        """All fields, those that others bring last."""
        found: dict[str, FormItem] = {}
        for key, value in self.schema.get("properties", {}).items():
            found[key] = self._item(key, value, key in self.schema.get("required", ()))
        for controller, branch in _branches(self.schema):
            values = _values(branch["properties"].get(controller, {}))
            for key, value in branch["properties"].items():
                if key not in found:
                    found[key] = self._item(
                        key, value, key in branch.get("required", ()), (controller, values)
                    )
        return tuple(found.values())

    def item(self, key: str) -> FormItem | None:
        return next((each for each in self.items if each.key.casefold() == key.casefold()), None)

    def shown(self, given: Mapping[str, str]) -> tuple[FormItem, ...]:
        """The fields to ask for: those always there, and those that what was given brings."""
        held = self._defaults() | {key: text for key, text in given.items() if text}
        return tuple(
            each
            for each in self.items
            if not each.hidden
            and (
                each.brought_by is None
                or each.key in given
                or value_text(held.get(each.brought_by[0], "")).casefold()
                in {value_text(value).casefold() for value in each.brought_by[1]}
            )
        )

    def payload(self, given: Mapping[str, str]) -> dict[str, Any]:
        """What to send, from the texts of its fields; the form's defaults where nothing was given.

        Raises FormError for the first field that is unknown, missing or not what is expected.
        """
        known = {each.key.casefold(): each for each in self.items}
        values: dict[str, Any] = {}
        for key, text in given.items():
            item = known.get(key.casefold())
            if item is None:
                near = difflib.get_close_matches(key.casefold(), known, n=3, cutoff=0.5)
                names = tuple(known[each].key for each in near)
                raise FormError(key, Problem.UNKNOWN, text, ", ".join(each.key for each in self.items), names)
            if text.strip():
                values[item.key] = read_item(item, text.strip())
        for item in self.items:
            if item.key in values and item.brought_by is not None:
                controller, brings = item.brought_by
                if controller not in values and brings:
                    values[controller] = brings[0]
        for item in self.items:
            here = item.brought_by is None or values.get(item.brought_by[0]) in item.brought_by[1]
            if here and item.key not in values and item.default:
                values[item.key] = read_item(item, item.default)
            if here and item.required and item.key not in values:
                raise FormError(item.key, Problem.MISSING, "", _expected(item))
        self._check(values)
        return values

    def _check(self, values: Mapping[str, Any]) -> None:
        """The schema's own word, for what the fields by themselves do not say."""
        # An empty registry: nothing that a schema refers to is ever fetched.
        checker = Draft7Validator(dict(self.schema), registry=Registry())
        for error in checker.iter_errors(dict(values)):
            missing = re.match(r"'([^']+)' is a required property", error.message)
            key = str(error.path[0]) if error.path else missing[1] if missing else ""
            raise FormError(key, Problem.OTHER, value_text(values.get(key, "")), error.message[:200])

    def _defaults(self) -> dict[str, str]:
        return {each.key: each.default for each in self.items if each.default}

    def _item(
        self,
        key: str,
        value: Mapping[str, Any],
        required: bool,
        brought_by: tuple[str, tuple[Any, ...]] | None = None,
    ) -> FormItem:
        inner = value.get("items") if isinstance(value.get("items"), Mapping) else {}
        choices = tuple(value_text(each) for each in (inner or value).get("enum", ()))
        default = value_text(value.get("default", ""))
        kind = _kind(key, value, choices)
        return FormItem(
            key=key,
            label=str(value.get("title") or self.titles.get(key) or key.replace("_", " "))[:80],
            kind=kind,
            default=default,
            choices=choices if kind in (FieldKind.CHOICE, FieldKind.SEVERAL) else (),
            minimum=value.get("minimum"),
            maximum=value.get("maximum"),
            required=required,
            day=kind is FieldKind.INSTANT and (len(default) == 10 or value.get("format") == "date"),
            hidden=self.ui.get(key, {}).get("ui:widget") == "hidden" and not required,
            brought_by=brought_by,
        )


def read_form(instrument: int, value: Mapping[str, Any]) -> InstrumentForm:
    """A form as `/api/internal/instrument_forms` gives it, under the instrument's number as a string."""
    return InstrumentForm(
        instrument=instrument,
        schema=value.get("formSchema") or {},
        ui=value.get("uiSchema") or {},
        can=frozenset(name for name, able in (value.get("methodsImplemented") or {}).items() if able),
        titles=value.get("aliasLookup") or {},
    )


def read_item(item: FormItem, text: str) -> Any:
    """The value of one field. Raises FormError."""
    match item.kind:
        case FieldKind.NUMBER:
            return _number(item, text)
        case FieldKind.FLAG:
            if text.casefold() not in _FLAGS:
                raise FormError(item.key, Problem.NO_FLAG, text, _expected(item))
            return _FLAGS[text.casefold()]
        case FieldKind.CHOICE:
            return _choice(item, text)
        case FieldKind.SEVERAL:
            return [_choice(item, part.strip()) for part in text.split(",") if part.strip()]
        case FieldKind.INSTANT:
            return written_instant(item, read_instant(item, text)) if not _as_it_is(item, text) else text
        case FieldKind.TEXT:
            return text


def written_instant(item: FormItem, at: datetime) -> str:
    """An instant as its field wants it: without zone, never with a T (which is taken and fails later)."""
    return f"{at.astimezone(UTC):%Y-%m-%d}" if item.day else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def read_instant(item: FormItem, text: str) -> datetime:
    """An ISO date or instant, UTC where it names no zone. Raises FormError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise FormError(item.key, Problem.NO_INSTANT, text, _expected(item)) from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


_FLAGS = {
    "yes": True, "true": True, "on": True, "1": True, "oui": True,
    "no": False, "false": False, "off": False, "0": False, "non": False,
}  # fmt: skip


def _as_it_is(item: FormItem, text: str) -> bool:
    """A day with its time where a plain day is usual says more, and is taken there."""
    return item.day and bool(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", text))


def _number(item: FormItem, text: str) -> int | float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        raise FormError(item.key, Problem.NO_NUMBER, text, _expected(item)) from None
    low, high = item.minimum, item.maximum
    if not (value == value and (low is None or value >= low) and (high is None or value <= high)):
        raise FormError(item.key, Problem.OUT_OF_RANGE, text, _expected(item))
    return int(value) if value.is_integer() else value


def _choice(item: FormItem, text: str) -> str:
    folded = {each.casefold(): each for each in item.choices}
    if text.casefold() in folded:
        return folded[text.casefold()]
    near = difflib.get_close_matches(text.casefold(), folded, n=3, cutoff=0.4)
    names = tuple(folded[each] for each in near)
    raise FormError(item.key, Problem.NO_CHOICE, text, ", ".join(item.choices), names)


def _expected(item: FormItem) -> str:
    if item.choices:
        return ", ".join(item.choices)
    if item.kind is FieldKind.INSTANT:
        return "2026-11-20" if item.day else "2026-11-20 18:00:00"
    if item.minimum is not None or item.maximum is not None:
        if item.maximum is None:
            return f"≥ {item.minimum:g}"
        return f"≤ {item.maximum:g}" if item.minimum is None else f"{item.minimum:g}…{item.maximum:g}"
    return item.kind.value


def _kind(key: str, value: Mapping[str, Any], choices: tuple[str, ...]) -> FieldKind:
    match value.get("type"):
        case "array":
            return FieldKind.SEVERAL if choices else FieldKind.TEXT
        case "number" | "integer":
            return FieldKind.NUMBER
        case "boolean":
            return FieldKind.FLAG
    if choices:
        return FieldKind.CHOICE
    instant = value.get("format") in ("date", "date-time") or key in ("start_date", "end_date")
    return FieldKind.INSTANT if instant else FieldKind.TEXT


def _branches(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each branch that a field may bring, with the field's key."""
    for controller, dependency in (schema.get("dependencies") or {}).items():
        if not isinstance(dependency, Mapping):
            continue
        for branch in dependency.get("oneOf") or (dependency,):
            if isinstance(branch.get("properties"), Mapping):
                yield controller, branch


def _values(value: Mapping[str, Any]) -> tuple[Any, ...]:
    if "enum" in value:
        return tuple(value["enum"])
    return (value["const"],) if "const" in value else ()


def value_text(value: Any) -> str:
    """A value as a person would type it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ",".join(value_text(each) for each in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
