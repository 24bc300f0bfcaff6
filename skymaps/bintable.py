"""Reads the columns of a FITS binary table piece by piece, gzipped or not.

astropy reads the headers. The rows are read here, because a flat map of 400 MB would pass through memory
three times there, and because nothing may be allocated on the word of a header that an alert brought along.
Format: FITS standard 4.0 (2018), sections 3.3, 7.3.
"""

from __future__ import annotations

import gzip
import io
import math
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from skymaps.skymap import SkyMapError

if TYPE_CHECKING:
    from astropy.io.fits import Header

Column: TypeAlias = npt.NDArray[np.generic]

# A flat map of nside 2048 with one column of doubles has 403 MB; nothing larger has been sent.
MAX_BYTES: Final = 512 * 1024 * 1024
_BLOCK: Final = 2880
_MOST_HEADER_BLOCKS: Final = 1000
_PIECE: Final = 8 * 1024 * 1024
# Letters of TFORM: bytes of one element, and the numpy type of those that can be a number of a map.
_WIDTHS: Final = {
    "L": 1,
    "B": 1,
    "I": 2,
    "J": 4,
    "K": 8,
    "A": 1,
    "E": 4,
    "D": 8,
    "C": 8,
    "M": 16,
    "P": 8,
    "Q": 16,
}
# TZERO of integers that are kept unsigned, table 19 of the standard.
_UNSIGNED: Final = (0.0, 2.0**15, 2.0**31, 2.0**63)
_NUMBERS: Final = {"B": "u1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8"}


class Source:
    """The bytes of a file in order, unpacked where its first bytes say so, and no more than a map has."""

    def __init__(self, source: Path | bytes) -> None:
        raw: BinaryIO = source.open("rb") if isinstance(source, Path) else io.BytesIO(source)
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        self._raw = raw
        self._file: BinaryIO | gzip.GzipFile = gzip.GzipFile(fileobj=raw) if packed else raw
        self._left = MAX_BYTES

    def close(self) -> None:
        self._file.close()
        self._raw.close()

    def read(self, size: int, what: str) -> bytearray:
        """Exactly `size` bytes; `SkyMapError` names `what` where they are not there."""
        if size > self._left:
            raise _too_large(what)
        self._left -= size
        content = bytearray()
        try:
            while len(content) < size:
                piece = self._file.read(min(_PIECE, size - len(content)))
                if not piece:
                    raise SkyMapError(f"{what} is cut after {len(content)} of {size} bytes")
                content += piece
        except (OSError, EOFError, zlib.error) as error:
            raise SkyMapError(f"{what}: the gzip stream is cut or damaged ({error})") from error
        return content

    def skip(self, size: int, what: str) -> None:
        """Pass over `size` bytes without holding them."""
        while size > 0:
            size -= len(self.read(min(size, _PIECE), what))

    def at_end(self) -> bool:
        """Is nothing left? A damaged end counts as something: reading on says what is wrong."""
        try:
            return not self._peek()
        except (OSError, EOFError, zlib.error):
            return False

    def _peek(self) -> bytes:
        if isinstance(self._file, gzip.GzipFile):
            return self._file.peek(1)[:1]
        here = self._file.tell()
        first = self._file.read(1)
        self._file.seek(here)
        return first


@dataclass(frozen=True)
class _Layout:
    """Where a column lies in a row, and how its stored numbers become values."""

    offset: int
    letter: str
    repeat: int
    scale: float
    zero: float

    @property
    def numeric(self) -> bool:
        return self.letter in _NUMBERS and self.repeat > 0

    def values(self, rows: npt.NDArray[np.uint8]) -> Column:
        """One value a pixel, in the machine's byte order; vector rows are laid end to end."""
        kind = np.dtype(_NUMBERS[self.letter])
        width = kind.itemsize * self.repeat
        stored = np.ascontiguousarray(rows[:, self.offset : self.offset + width]).view(kind).ravel()
        values = stored.astype(kind.newbyteorder("="))
        if self.letter in "BIJK" and self.scale == 1.0 and self.zero in _UNSIGNED:
            # A sum that wraps round is what gives numbers up to 2**63 back from their signed storage.
            return values.astype(np.int64) + np.array(int(self.zero)).astype(np.uint64).astype(np.int64)
        if self.scale != 1.0 or self.zero != 0.0:
            return values * self.scale + self.zero
        return values


class BinTable:
    """One binary table: its header, the upper-case names of its columns, its rows in order."""

    def __init__(self, header: Header, source: Source, what: str) -> None:
        self.header = header
        self._source = source
        self._what = what
        self.row_bytes = _whole(header, "NAXIS1", what)
        self.rows = _whole(header, "NAXIS2", what)
        self._layouts = _layouts(header, self.row_bytes, what)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._layouts)

    def __contains__(self, name: str) -> bool:
        return name in self._layouts

    def values_in_row(self, name: str) -> int:
        """How many values of a column one row holds. `SkyMapError` for a column that is not of numbers."""
        layout = self._layouts[name]
        if not layout.numeric:
            raise SkyMapError(f"{self._what}: column {name} has format {layout.letter!r}; expected numbers")
        return layout.repeat

    def pieces(self, names: tuple[str, ...], rows: int) -> Iterator[list[Column]]:
        """These columns, `rows` rows at a time from first to last. To be gone through once."""
        for name in names:
            self.values_in_row(name)
        if self.rows < 1 or self.row_bytes < 1:
            raise SkyMapError(
                f"{self._what} has {self.rows} rows of {self.row_bytes} bytes; expected at least one"
            )
        if self.rows * self.row_bytes > MAX_BYTES:
            raise _too_large(self._what)
        for first in range(0, self.rows, rows):
            count = min(rows, self.rows - first)
            content = self._source.read(count * self.row_bytes, self._what)
            table = np.frombuffer(content, dtype=np.uint8).reshape(count, self.row_bytes)
            yield [self._layouts[name].values(table) for name in names]

    def columns(self, names: tuple[str, ...]) -> list[Column]:
        """These columns whole."""
        rows = max(1, _PIECE // max(self.row_bytes, 1))
        return [np.concatenate(pieces) for pieces in zip(*self.pieces(names, rows), strict=True)]


def tables(source: Source) -> Iterator[BinTable]:
    """The binary tables of a FITS file, one after the other. Raises `SkyMapError` for any other file."""
    header = _header(source, "the primary header", first=True)
    number = 0
    source.skip(_data_bytes(header, "the primary data"), "the primary data")
    while not source.at_end():
        number += 1
        what = f"extension {number}"
        header = _header(source, what, first=False)
        if str(header.get("XTENSION", "")).strip().upper() == "BINTABLE":
            yield BinTable(header, source, what)
        source.skip(_data_bytes(header, what), what)


def _too_large(what: str) -> SkyMapError:
    return SkyMapError(f"{what} has more than {MAX_BYTES // 1024**2} MiB; expected a sky map")


def _header(source: Source, what: str, *, first: bool) -> Header:
    from astropy.io.fits import Header

    text = ""
    start = "SIMPLE  =" if first else "XTENSION="
    for _ in range(_MOST_HEADER_BLOCKS):
        block = bytes(source.read(_BLOCK, what))
        text += block.decode("ascii", errors="replace")
        if not text.startswith(start):
            raise SkyMapError(f"{what} starts with {block[:9]!r}; expected a FITS file ({start})")
        if _ends(text[-_BLOCK:]):
            return Header.fromstring(text)
    raise SkyMapError(f"{what} has no END within {_MOST_HEADER_BLOCKS} blocks")


def _ends(block: str) -> bool:
    return any(block[at : at + 80].rstrip() == "END" for at in range(0, _BLOCK, 80))


def _whole(header: Header, key: str, what: str, default: int | None = None) -> int:
    value = header.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise SkyMapError(f"{what}: {key} is {value!r}; expected a whole number")
    return value


def _data_bytes(header: Header, what: str) -> int:
    """Size of the data behind a header, with its padding (section 4.4.1)."""
    axes = [_whole(header, f"NAXIS{axis}", what) for axis in range(1, _whole(header, "NAXIS", what) + 1)]
    bits = header.get("BITPIX")
    if bits not in (8, 16, 32, 64, -32, -64):
        raise SkyMapError(f"{what}: BITPIX is {bits!r}; expected 8, 16, 32, 64, -32 or -64")
    if not axes:
        return 0
    elements = _whole(header, "GCOUNT", what, 1) * (_whole(header, "PCOUNT", what, 0) + math.prod(axes))
    size = elements * (abs(int(bits)) // 8)
    return size + -size % _BLOCK


def _layouts(header: Header, row_bytes: int, what: str) -> dict[str, _Layout]:
    fields = _whole(header, "TFIELDS", what)
    if fields > 999:
        raise SkyMapError(f"{what} has {fields} columns; expected at most 999")
    found: dict[str, _Layout] = {}
    offset = 0
    for number in range(1, fields + 1):
        form = str(header.get(f"TFORM{number}", "")).strip()
        match = re.match(r"(\d{0,9})([LXBIJKAEDCMPQ])", form)
        if match is None:
            raise SkyMapError(f"{what}: TFORM{number} is {form!r}; expected a FITS column format")
        repeat, letter = int(match[1] or 1), match[2]
        name = str(header.get(f"TTYPE{number}", "")).strip().upper()
        scale, zero = (
            _number(header, f"TSCAL{number}", 1.0, what),
            _number(header, f"TZERO{number}", 0.0, what),
        )
        found.setdefault(name, _Layout(offset, letter, repeat, scale, zero))
        offset += -(-repeat // 8) if letter == "X" else repeat * _WIDTHS[letter]
    if offset != row_bytes:
        raise SkyMapError(f"{what}: columns take {offset} bytes of a row of NAXIS1 = {row_bytes}")
    return found


def _number(header: Header, key: str, default: float, what: str) -> float:
    value = header.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise SkyMapError(f"{what}: {key} is {value!r}; expected a number")
    return float(value)
