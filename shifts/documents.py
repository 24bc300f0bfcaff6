"""YAML that people write, read strictly: text stays text, and what is wrong is said in sentences.

YAML 1.1 reads `20:00` as 1200, `NO` (Norway) as false and keeps the last of two equal keys. Here every
plain value is a string until a model says what it is, and a key that stands twice is an error.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from shifts.errors import RosterError, did_you_mean

LARGEST = 1_000_000
"""Characters; a roster of 200 people takes some 10,000."""

Json = Any
M = TypeVar("M", bound=BaseModel)


class Entry(BaseModel):
    """A value read from YAML: frozen, and an unknown key is answered with the nearest known."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    what: ClassVar[str] = "an entry"

    @model_validator(mode="before")
    @classmethod
    def only_known_keys(cls, values: Json) -> Json:
        if not isinstance(values, dict):
            return values
        known = {field.alias or name for name, field in cls.model_fields.items()}
        for key in values:
            if key not in known and key not in cls.model_fields:
                raise ValueError(f"{key!r} is not a key of {cls.what}; {did_you_mean(str(key), known)}")
        return values

    def to_dict(self) -> dict[str, Json]:
        """JSON-able values under the keys of the file, without what was left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    @classmethod
    def from_dict(cls, values: Json) -> Self:
        """The entry that `values` say. Raises `RosterError` with a sentence for each thing that is wrong."""
        if not isinstance(values, dict):
            raise RosterError(f"expected keys and values of {cls.what}, not {_shown(values)}")
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise RosterError("; ".join(_in_words(error, values))) from None


class _Loader(yaml.SafeLoader):
    """Scalars stay strings (empty ones are null), and each key stands once."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML reads it as a class attribute
        first: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.YAMLError(f"aliases (*{event.anchor}) are not read: write it out, {event.start_mark}")
        node: yaml.Node | None = super().compose_node(parent, index)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.YAMLError(f"the key {key.value!r} stands twice, the second time {key.start_mark}")
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def read_text(path: Path) -> str:
    """The text of a file. Raises `RosterError` with the file's name."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RosterError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise RosterError(f"{path}: is not UTF-8 text: {error.reason} at byte {error.start}") from None


def parse_yaml(text: str) -> Json:
    """Lists, dicts, strings and None. Raises `RosterError` saying line and column."""
    if len(text) > LARGEST:
        raise RosterError(f"has {len(text)} characters, more than the {LARGEST} that are read")
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader that reads even less
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise RosterError(f"is not YAML: {error.problem or error.context}{place}") from None
    except yaml.YAMLError as error:
        text = " ".join(str(error).split()).replace('in "<unicode string>", ', "in ")
        raise RosterError(f"is not YAML as it is read here: {text}") from None
    except RecursionError:
        raise RosterError("is nested too deeply") from None


def write_yaml(values: Json) -> str:
    """YAML in the order of `values`, which `parse_yaml` reads back as they were."""
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None)


def _in_words(error: ValidationError, values: Json) -> list[str]:
    """What pydantic found, one sentence each: where, what was read, what was expected."""
    sentences = []
    for problem in error.errors(include_url=False):
        where = _where(problem["loc"], values)
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "missing":
            sentences.append(f"{where} is missing")
        elif problem["type"] == "value_error":
            sentences.append(f"{where}: {message}" if where else message)
        else:
            sentences.append(f"{where} is {_shown(problem['input'])}: {message[0].lower()}{message[1:]}")
    return list(dict.fromkeys(sentences))


def _where(loc: tuple[int | str, ...], values: Json) -> str:
    """The place as a person finds it: entries of a list by their name, or by number."""
    parts: list[str] = []
    for key in loc:
        try:
            values = values[key]
        except (LookupError, TypeError):
            values = None
        named = isinstance(key, int) and isinstance(values, dict) and isinstance(values.get("name"), str)
        parts.append(values["name"] if named else f"#{key + 1}" if isinstance(key, int) else str(key))
    return " ".join(parts)


def _shown(value: object) -> str:
    text = "empty" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
