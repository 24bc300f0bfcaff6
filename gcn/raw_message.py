"""`RawMessage`: one message as it came off the stream, decoded once and within limits.

Here and not in `registry`, so that the formats may import it and the registry may import the formats.
"""

from __future__ import annotations

import json
import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from gcn.notice import NoticeError

LARGEST = 5 * 1024 * 1024
"""Bytes; the broker's limit is 4 MiB, the rest is room for other roads than the broker."""

DEEPEST = 64
"""Levels of nesting; the deepest notice of any mission has fewer than ten."""

LONGEST_INTEGER = 20
"""Digits; what is longer is no counter and is read as a floating-point number."""

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True)
class RawMessage:
    """The bytes of one message and the topic that brought it (None when it came from a file)."""

    raw: bytes
    topic: str | None = None

    @cached_property
    def json(self) -> Mapping[str, Json] | None:
        """The JSON object this message is, or None where it is something else.

        NaN, Infinity and numbers beyond the floating-point range are read as null: unknown.

        Raises NoticeError for JSON that is broken, no object, too deep, or ambiguous (one key, two values).
        """
        return read_json_object(self.text) if self.first in (b"{", b"[") else None

    @cached_property
    def xml(self) -> ElementTree.Element | None:
        """The root of the XML document this message is, or None where it is something else.

        Raises NoticeError for XML that is broken or too deep, and for any document type declaration:
        no notice needs one, and entity bombs and external entities do.
        """
        return read_xml(self.raw) if self.first == b"<" else None

    @cached_property
    def text(self) -> str:
        """The message as text. Raises NoticeError where it is not UTF-8."""
        try:
            return self.raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise NoticeError(f"text: byte {error.start} is not UTF-8 ({error.reason})") from None

    @cached_property
    def first(self) -> bytes:
        """The first byte that is no white space, byte order mark or padding; empty for an empty message."""
        return self.raw.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1]


def read_json_object(text: str) -> Mapping[str, Json]:
    """The JSON object in a text. Raises NoticeError: what, where, what was expected."""
    try:
        value: Json = json.loads(
            text,
            object_pairs_hook=_unambiguous,
            parse_constant=lambda _: None,
            parse_float=lambda digits: _finite(float(digits)),
            parse_int=lambda digits: (
                int(digits) if len(digits) <= LONGEST_INTEGER else _finite(float(digits))
            ),
        )
    except json.JSONDecodeError as error:
        raise NoticeError(f"JSON: {error.msg} at line {error.lineno} column {error.colno}") from None
    except RecursionError:
        raise NoticeError(f"JSON: nested deeper than {DEEPEST} levels") from None
    if not isinstance(value, dict):
        raise NoticeError(f"JSON: the message is a {_name(value)}, expected an object")
    _refuse_what_cannot_be_stored(value)
    return value


def read_xml(raw: bytes) -> ElementTree.Element:
    """The root element of an XML document. Raises NoticeError: what, where, what was expected."""
    try:
        root: ElementTree.Element = defusedxml.ElementTree.fromstring(raw, forbid_dtd=True)
    except ElementTree.ParseError as error:
        raise NoticeError(f"XML: {error}") from None
    except DefusedXmlException as error:
        raise NoticeError(
            f"XML: document type declarations are refused ({type(error).__name__}); no notice needs one"
        ) from None
    except (ValueError, LookupError) as error:  # an encoding that is unknown or contradicts the bytes
        raise NoticeError(f"XML: cannot decode the document ({error})") from None
    level, depth = [root], 1
    while level := [child for element in level for child in element]:
        depth += 1
        if depth > DEEPEST:
            raise NoticeError(f"XML: nested deeper than {DEEPEST} levels")
    return root


def pointer(path: tuple[str | int, ...]) -> str:
    """A JSON pointer (RFC 6901) for messages; `/` stands for the whole message."""
    return "/" + "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _unambiguous(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        for key, value in pairs:
            if found[key] != value:
                raise NoticeError(f"JSON: the key {key[:80]!r} is given twice with different values")
    return found


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _name(value: Json) -> str:
    names = {list: "list", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _refuse_what_cannot_be_stored(root: dict[str, Json]) -> None:
    """Depth beyond limits, NUL, lone surrogates: later steps (databases, chats) would stumble over them."""
    level: list[tuple[tuple[str | int, ...], dict[str, Json] | list[Json]]] = [((), root)]
    for _ in range(DEEPEST):
        below: list[tuple[tuple[str | int, ...], dict[str, Json] | list[Json]]] = []
        for path, container in level:
            items = container.items() if isinstance(container, dict) else enumerate(container)
            for key, value in items:
                if isinstance(value, dict | list):
                    below.append(((*path, key), value))
                if _unstorable(value) or _unstorable(key):
                    raise NoticeError(
                        f"JSON {pointer((*path, key))!r}: text with NUL or half a character pair"
                    )
        if not below:
            return
        level = below
    raise NoticeError(f"JSON: nested deeper than {DEEPEST} levels")


def _unstorable(value: Json) -> bool:
    if not isinstance(value, str):
        return False
    return "\0" in value if value.isascii() else _UNSTORABLE.search(value) is not None
