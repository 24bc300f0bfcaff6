"""What a person names on the command line: files, folders, instants; and what a script is given back."""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

MAX_INPUT = 512 * 1024 * 1024
NOTICE_ENDINGS = (".json", ".xml", ".txt", ".gcn3", ".voevent")


class InputError(ValueError):
    """A file, instant or name on the command line that cannot be used: what it was and what was expected."""


def read_file(path: Path) -> bytes:
    """The bytes of a file, unpacked when its first bytes say that it is gzip."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    if not content.startswith(b"\x1f\x8b"):
        return content
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(content, MAX_INPUT)
    except zlib.error as error:
        raise InputError(f"{path}: is gzip, but damaged: {error}") from None
    if unpacker.unconsumed_tail:
        raise InputError(f"{path}: unpacks to more than {MAX_INPUT // 1024**2} MiB")
    if not unpacker.eof:
        raise InputError(f"{path}: is gzip, but cut short")
    return unpacked


def expand(paths: Iterable[Path]) -> Iterator[Path]:
    """Files as named; folders as the notice files in them, in the order of their names."""
    for path in paths:
        if path.is_dir():
            yield from sorted(
                p
                for p in path.rglob("*")
                if p.is_file() and p.name.removesuffix(".gz").endswith(NOTICE_ENDINGS)
            )
        else:
            yield path


def parse_instant(text: str) -> datetime:
    """An instant in ISO 8601; UTC unless it says otherwise."""
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError(
            f"{text!r} is not a time; expected ISO 8601, UTC unless it says otherwise: 2023-05-18T13:00:00Z"
        ) from None


def print_json(value: object) -> None:
    """Print JSON as UTF-8, whatever the terminal's locale; NaN and infinity are a bug, not output."""
    sys.stdout.buffer.write(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2).encode() + b"\n")
    sys.stdout.buffer.flush()


def write_text(path: Path, text: str) -> None:
    """Write a file; `-` is standard output. Raises `InputError` where it cannot be written."""
    if str(path) == "-":
        sys.stdout.buffer.write(text.encode())
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
