"""One JSON object of a notice, read field by field, each with its place in the message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from gcn.instants import parse_instant
from gcn.notice import NoticeError
from gcn.raw_message import Json, pointer

T = TypeVar("T")

LONGEST_NAME = 120
"""Characters of an identifier or name; the longest of any mission has fewer than forty."""

MOST_NAMES = 50
"""Names of one event; the best named of all, GW170817, has about ten."""

EARLIEST, LATEST = datetime(1960, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Instants outside belong to no notice: they are counters, zeroes or nonsense."""


@dataclass(frozen=True)
class Fields:
    """A JSON object and the way to it.

    The readers return None where a field is absent or null, and raise NoticeError with its JSON
    pointer where it is something else than was expected.
    """

    values: Mapping[str, Json]
    path: tuple[str | int, ...] = ()

    def number(self, name: str) -> float | None:
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(name, "a number")
        return float(value)

    def numbers(self, name: str) -> tuple[float, ...] | None:
        """A list of numbers; a lone number is a list of one."""
        value = self.values.get(name)
        if value is None:
            return None
        found: list[float] = []
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, bool) or not isinstance(item, int | float):
                raise self.wrong(name, "a number or a list of numbers")
            found.append(float(item))
        return tuple(found)

    def text(self, name: str) -> str | None:
        """Text without surrounding white space; empty text is unknown."""
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.wrong(name, "text")
        return value.strip() or None

    def flag(self, name: str) -> bool | None:
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, "true or false")
        return value

    def instant(self, name: str) -> datetime | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            instant = parse_instant(text)
        except ValueError:
            raise self.wrong(name, "an ISO 8601 date and time") from None
        if not EARLIEST <= instant <= LATEST:
            raise self.wrong(name, f"an instant between {EARLIEST.year} and {LATEST.year}")
        return instant

    def names(self, name: str) -> tuple[str, ...]:
        """An identifier or a list of identifiers (whole numbers too), in the order sent, none twice."""
        value = self.values.get(name)
        if value is None:
            return ()
        found: dict[str, None] = {}
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, bool) or not isinstance(item, str | int):
                raise self.wrong(name, "an identifier or a list of identifiers")
            text = str(item).strip()
            if len(text) > LONGEST_NAME or not text.isprintable():
                raise self.wrong(name, f"printable identifiers of at most {LONGEST_NAME} characters")
            if text:
                found[text] = None
        if len(found) > MOST_NAMES:
            raise self.wrong(name, f"at most {MOST_NAMES} identifiers")
        return tuple(found)

    def object(self, name: str) -> Fields | None:
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.wrong(name, "an object")
        return Fields(value, (*self.path, name))

    def objects(self, name: str) -> tuple[Fields, ...]:
        value = self.values.get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self.wrong(name, "a list of objects")
        found = []
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                raise NoticeError(f"JSON {pointer((*self.path, name, index))}: expected an object")
            found.append(Fields(item, (*self.path, name, index)))
        return tuple(found)

    def wrong(self, name: str, expected: str) -> NoticeError:
        """The error for a field that is not what it has to be."""
        place, shown = pointer((*self.path, name)), repr(self.values.get(name))
        return NoticeError(f"JSON {_short(place)}: expected {expected}, found {_short(shown)}")


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."


def offered(read: Callable[[str], T], name: str, warnings: list[str]) -> T | None:
    """A field the notice can do without: what `read` makes of it, or None and a warning that says why."""
    try:
        return read(name)
    except NoticeError as error:
        warnings.append(f"{error}; ignored")
        return None
