"""Notices and sky maps in the files a person names."""

from __future__ import annotations

from pathlib import Path

from bot.cli.inputs import InputError, read_file
from gcn.notice import Notice, NoticeError
from gcn.registry import parse_notice
from skymaps.reader import read_skymap
from skymaps.skymap import SkyMap, SkyMapError

FITS = b"SIMPLE  ="
"""How every FITS file begins (FITS standard 4.0, section 4.4.1.1)."""


def read_notice(path: Path) -> Notice:
    """The notice in a file. Raises `NoticeError` with the file's name in front."""
    content = read_file(path)
    if content.startswith(FITS):
        raise NoticeError(f"{path}: is a FITS file, not a notice; `nightdesk skymap {path}` reads it")
    try:
        return parse_notice(content)
    except NoticeError as error:
        raise NoticeError(f"{path}: {_in_one_line(error)}") from None


def read_map(path: Path) -> tuple[SkyMap, Notice | None]:
    """The sky map in a FITS file, or the map or cone inside a notice (and then the notice too)."""
    content = read_file(path)
    try:
        if content.startswith(FITS):
            return read_skymap(content), None
        return _map_of_notice(content, path)
    except SkyMapError as error:
        raise SkyMapError(f"{path}: {_in_one_line(error)}") from None


def _map_of_notice(content: bytes, path: Path) -> tuple[SkyMap, Notice]:
    try:
        notice = parse_notice(content)
    except NoticeError as error:
        raise NoticeError(
            f"{path}: is neither a FITS file nor a notice that can be read: {_in_one_line(error)}"
        ) from None
    skymap = notice.skymap
    if skymap is None:
        lacks = "no position" if notice.position is None else "a position without its uncertainty"
        raise InputError(f"{path}: this notice ({notice.kind}) carries no sky map and {lacks}")
    if skymap.content is not None:
        return read_skymap(skymap.content), notice
    if skymap.shape is not None:
        return skymap.shape.to_skymap(), notice
    raise InputError(f"{path}: the sky map is behind a link, fetch it first: {skymap.url}")


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())
