"""A `Notice` as a JSON row and back, without loss. Maps go to blobs and are named by their sha-256."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from gcn.notice import (
    AlertType,
    Coincidence,
    MapSource,
    Notice,
    Position,
    Role,
    SkyMapRef,
)
from skymaps import shapes

_FIELDS = frozenset(field.name for field in fields(Notice))


@dataclass(frozen=True)
class StoredNotice:
    """A notice ready to be stored: its JSON, and the FITS files that belong beside it."""

    row: dict[str, Any]
    skymap: bytes | None
    combined_skymap: bytes | None


def notice_to_row(notice: Notice) -> StoredNotice:
    """Take a notice apart for storage. The row is plain JSON: the contract's keys, plus the shape.

    NaN and infinities become null (JSON has neither, and PostgreSQL refuses them).
    """
    row = notice.to_dict()
    content = combined = None
    if notice.skymap is not None:
        content = notice.skymap.content
        row["skymap"]["shape"] = (
            None if notice.skymap.shape is None else shapes.shape_to_dict(notice.skymap.shape)
        )
    if notice.coincidence is not None:
        combined = notice.coincidence.combined_skymap
    return StoredNotice(row=_plain(row), skymap=content, combined_skymap=combined)


def notice_from_row(
    row: Mapping[str, Any], *, skymap: bytes | None = None, combined_skymap: bytes | None = None
) -> Notice:
    """Put a stored notice together again.

    Without the bytes of its maps the notice is complete but for `content` and `combined_skymap`;
    that is how states are read, for the numbers of the maps are what is wanted there. Keys that a
    later version of the program has written are passed over.
    """
    position = row["position"]
    return Notice(
        **{
            **{name: value for name, value in row.items() if name in _FIELDS},
            "aliases": tuple(row["aliases"]),
            "alert_type": AlertType(row["alert_type"]),
            "role": Role(row["role"]),
            "trigger_time": _instant(row["trigger_time"]),
            "issued": _instant(row["issued"]),
            "position": None if position is None else Position(**position),
            "skymap": _skymap(row["skymap"], skymap),
            "coincidence": _coincidence(row["coincidence"], combined_skymap),
            "tags": frozenset(row["tags"]),
            "gates": tuple(row["gates"]),
        }
    )


def with_map(notice: Notice, content: bytes) -> Notice:
    """The same notice carrying `content` as its sky map: what a published map makes of a promise."""
    url = None if notice.skymap is None else notice.skymap.url
    return replace(notice, skymap=SkyMapRef(source=MapSource.EMBEDDED, url=url, content=content))


def _skymap(row: Mapping[str, Any] | None, content: bytes | None) -> SkyMapRef | None:
    if row is None:
        return None
    shape = row["shape"]
    return SkyMapRef(
        source=MapSource(row["source"]),
        url=row["url"],
        content=content,
        shape=None if shape is None else shapes.shape_from_dict(shape),
    )


def _coincidence(row: Mapping[str, Any] | None, combined_skymap: bytes | None) -> Coincidence | None:
    if row is None:
        return None
    return Coincidence(**{**row, "combined_skymap": combined_skymap})


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return value.replace("\x00", "")  # PostgreSQL cannot hold it
    return value if value is None or isinstance(value, int) else str(value)
