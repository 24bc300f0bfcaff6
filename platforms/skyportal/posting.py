"""A notice made ready to be posted to a SkyPortal: only what parses, and only as what it is."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

LARGEST = 8_000_000  # bytes


@dataclass(frozen=True)
class Posting:
    """A notice as its sender wrote it. `issued` is when; `retraction` that it only takes an event back."""

    kind: Literal["json", "xml"]
    text: str
    issued: datetime | None = None
    retraction: bool = False
    tags: tuple[str, ...] = ()
    sky_map: str | None = None  # address of its map, where it gives one

    @property
    def body(self) -> dict[str, Any]:
        return {self.kind: self.text}


def posting_of(
    content: bytes,
    *,
    issued: datetime | None = None,
    retraction: bool = False,
    tags: tuple[str, ...] = (),
    sky_map: str | None = None,
) -> Posting | None:
    """The posting of a message; None for what is neither a VOEvent nor a JSON object.

    What is sent as XML and is none is opened over there as the name of a file, so nothing is sent that was
    not parsed here.
    """
    if len(content) > LARGEST:
        return None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    kind: Literal["json", "xml"]
    if text.lstrip().startswith("<"):
        if not _is_voevent(text):
            return None
        kind = "xml"
    else:
        try:
            if not isinstance(json.loads(text), dict):
                return None
        except ValueError:
            return None
        kind = "json"
    return Posting(kind, text, issued, retraction, tags, sky_map)


def _is_voevent(text: str) -> bool:
    try:
        root = defusedxml.ElementTree.fromstring(text)
    except (ElementTree.ParseError, DefusedXmlException, ValueError):
        return False
    return bool(root.tag.rpartition("}")[2] == "VOEvent" and root.get("ivorn"))
