"""Reads sky maps from FITS files of every kind that is in use, by what is in them and never by their name."""

from __future__ import annotations

import gzip
import io
import math
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from skymaps import healpix
from skymaps.healpix import Floats, Integers
from skymaps.skymap import SkyMap, SkyMapError, SkyMapMeta

if TYPE_CHECKING:
    from astropy.io.fits import BinTableHDU, Header

# A flat map of nside 2048 with four columns of doubles is 1.6 GB and was never sent; one column of it, 403 MB, was.
MAX_BYTES: Final = 512 * 1024 * 1024

_DENSITY_NAMES: Final = ("PROBDENSITY", "PROB", "PROBABILITY", "T")
_DISTANCE_NAMES: Final = ("DISTMU", "DISTSIGMA", "DISTNORM")
_EQUATORIAL: Final = frozenset({"C", "ICRS", "EQUATORIAL", "CELESTIAL", "EQ", "FK5", "J2000"})
_MJD_EPOCH: Final = datetime(1858, 11, 17, tzinfo=UTC)


@dataclass(frozen=True)
class _Table:
    """The binary table of a map: its header, its columns by upper-case name, and how to call it in an error."""

    header: Header
    hdu: BinTableHDU
    names: dict[str, str]
    source: str

    def column(self, name: str) -> npt.NDArray[np.generic]:
        """One value a pixel: vector rows are laid end to end."""
        values: npt.NDArray[np.generic] = np.asarray(self.hdu.data[self.names[name]])
        return values.ravel()

    def distances(self) -> list[npt.NDArray[np.generic]] | None:
        if not all(name in self.names for name in _DISTANCE_NAMES):
            return None
        return [self.column(name) for name in _DISTANCE_NAMES]


def read_skymap(source: Path | bytes) -> SkyMap:
    """Read a sky map from a FITS file or from its bytes, gzipped or not.

    Multi-order (ORDERING NUNIQ) or flat (NESTED, RING, or pixels listed), scalar or vector columns, density or
    probability under any of its names, with or without distance, in any order of cells. Flat maps become cells,
    four equal siblings one. What had to be assumed stands in `meta.notes`.

    Raises `SkyMapError` for anything that is no such file: what was read, where in it, what was expected.
    """
    name = f"{source.name}" if isinstance(source, Path) else f"{len(source)} bytes"
    try:
        content = source.read_bytes() if isinstance(source, Path) else bytes(source)
    except OSError as error:
        raise SkyMapError(f"{source}: cannot be read ({error.strerror or error})") from error
    try:
        return _read(_unpacked(content, name), name)
    except SkyMapError as error:
        raise SkyMapError(f"{name}: {str(error).removeprefix(f'{name}: ')}") from error


def _unpacked(content: bytes, name: str) -> bytes:
    if content[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                content = packed.read(MAX_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise SkyMapError(f"the gzip stream is cut or damaged ({error})") from error
    if len(content) > MAX_BYTES:
        raise SkyMapError(f"unpacks to more than {MAX_BYTES // 1024**2} MiB; expected a sky map")
    if content[:9] != b"SIMPLE  =":
        raise SkyMapError(f"starts with {content[:9]!r}; expected a FITS file (SIMPLE  =)")
    return content


def _read(content: bytes, name: str) -> SkyMap:
    from astropy.io import fits
    from astropy.io.fits.verify import VerifyError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with fits.open(io.BytesIO(content), memmap=False, lazy_load_hdus=True) as file:
                table = _find_table(file, len(content), name)
                return _interpret(table)
    except (
        OSError,
        VerifyError,
        KeyError,
        IndexError,
        TypeError,
        ValueError,
        MemoryError,
        OverflowError,
    ) as error:
        if isinstance(error, SkyMapError):
            raise
        raise SkyMapError(f"damaged FITS file ({type(error).__name__}: {error})") from error


def _find_table(file: Sequence[BinTableHDU], size: int, source: str) -> _Table:
    """The first binary table with a column that can be a probability."""
    seen = []
    for number, hdu in enumerate(file):
        if hdu.header.get("XTENSION", "").strip().upper() != "BINTABLE":
            continue
        _check_size(hdu, size, number)
        names = {str(column).strip().upper(): str(column) for column in hdu.columns.names}
        if any(name in names for name in _DENSITY_NAMES):
            return _Table(hdu.header, hdu, names, source)
        seen.append(f"extension {number} has {', '.join(names) or 'no columns'}")
    found = "; ".join(seen) or "no binary table"
    raise SkyMapError(f"{found}; expected a column named {', '.join(_DENSITY_NAMES[:-1])} or T")


def _check_size(hdu: BinTableHDU, size: int, number: int) -> None:
    """Raise unless the table that the header declares is really there: nothing is allocated on its word."""
    width, rows = int(hdu.header["NAXIS1"]), int(hdu.header["NAXIS2"])
    there = size - int(hdu.fileinfo()["datLoc"])
    if rows < 1 or width < 1:
        raise SkyMapError(f"extension {number} has {rows} rows of {width} bytes; expected at least one")
    if width * rows > there:
        raise SkyMapError(
            f"extension {number} is cut: {rows} rows of {width} bytes declared, {there} bytes there"
        )


def _interpret(table: _Table) -> SkyMap:
    notes: list[str] = []
    _check_frame(table.header, notes)
    ordering = str(table.header.get("ORDERING", "")).strip().upper()
    if "UNIQ" in table.names:
        return _multi_order(table, notes)
    if ordering in ("NUNIQ", "UNIQ"):
        raise SkyMapError(
            f"ORDERING is {ordering} but the columns are {', '.join(table.names)}; expected UNIQ"
        )
    if ordering not in ("NESTED", "NEST", "RING"):
        raise SkyMapError(f"ORDERING is {ordering or 'missing'!r}; expected NUNIQ, NESTED or RING")
    return _flat(table, ordering == "RING", notes)


def _check_frame(header: Header, notes: list[str]) -> None:
    frame = str(header.get("COORDSYS", "")).strip().upper()
    if not frame:
        notes.append("COORDSYS is missing: taken as equatorial (C)")
    elif frame not in _EQUATORIAL:
        raise SkyMapError(f"COORDSYS is {frame!r}; expected equatorial (C), other frames are not turned")


def _density_name(table: _Table) -> str:
    return next(name for name in _DENSITY_NAMES if name in table.names)


def _multi_order(table: _Table, notes: list[str]) -> SkyMap:
    name = _density_name(table)
    uniq = table.column("UNIQ")
    if not np.issubdtype(uniq.dtype, np.integer):
        raise SkyMapError(f"UNIQ holds {uniq.dtype} values; expected integers")
    cells = uniq.astype(np.int64)
    density = table.column(name).astype(np.float64)
    if name != "PROBDENSITY" and cells.size == density.size:
        order = np.clip(healpix.order_of(cells), 0, healpix.MAX_ORDER)
        density = density / healpix.pixel_area(order)
    return SkyMap.from_cells(cells, density, table.distances(), _meta(table.header, density, notes))


def _flat(table: _Table, ring: bool, notes: list[str]) -> SkyMap:
    name = _density_name(table)
    columns = [table.column(name), *(table.distances() or ())]
    if str(table.header.get("INDXSCHM", "")).strip().upper() == "EXPLICIT" or "PIXEL" in table.names:
        order = _order_of_nside(table.header.get("NSIDE"))
        pixels = _listed_pixels(table, order, ring)
        uniq, values = healpix.uniq_of(order, pixels), columns
    else:
        order = _flat_order(columns[0].size)
        uniq, values = _merged(columns, order, ring)
    density = values[0].astype(np.float64)
    if name != "PROBDENSITY":
        density = density / healpix.pixel_area(order)
    distance = values[1:] or None
    return SkyMap.from_cells(uniq, density, distance, _meta(table.header, density, notes))


def _flat_order(pixels: int) -> int:
    """Order of a flat map of so many pixels."""
    order = round(math.log2(max(pixels, 1) / 12.0) / 2.0) if pixels >= 12 else -1
    if order < 0 or pixels != 12 << (2 * order):
        raise SkyMapError(f"a flat map of {pixels} pixels; expected 12 nside² with nside a power of two")
    return order


def _order_of_nside(nside: object) -> int:
    if not isinstance(nside, int) or nside < 1 or nside & (nside - 1) or nside > 1 << healpix.MAX_ORDER:
        raise SkyMapError(f"NSIDE is {nside!r}; expected a power of two up to 2**29")
    return nside.bit_length() - 1


def _listed_pixels(table: _Table, order: int, ring: bool) -> Integers:
    if "PIXEL" not in table.names:
        raise SkyMapError(
            f"INDXSCHM is EXPLICIT but the columns are {', '.join(table.names)}; expected PIXEL"
        )
    pixels = table.column("PIXEL").astype(np.int64)
    if pixels.min() < 0 or pixels.max() >= 12 << (2 * order):
        raise SkyMapError(
            f"PIXEL runs from {pixels.min()} to {pixels.max()}; expected 0 to {(12 << (2 * order)) - 1}"
        )
    if ring:
        from astropy_healpix.core import ring_to_nested

        pixels = np.asarray(ring_to_nested(pixels, 1 << order), dtype=np.int64)
    return pixels


def _merged(
    columns: Sequence[npt.NDArray[np.generic]], order: int, ring: bool
) -> tuple[Integers, list[npt.NDArray[np.generic]]]:
    """Cells of a flat map, four siblings joined into one wherever all their columns are equal.

    Done base pixel by base pixel, so that a map of fifty million pixels needs little more than itself.
    """
    cells: list[Integers] = []
    values: list[list[npt.NDArray[np.generic]]] = [[] for _ in columns]
    size = 1 << (2 * order)
    for face in range(12):
        pixels: Integers | slice = slice(face * size, (face + 1) * size)
        if ring:
            from astropy_healpix.core import nested_to_ring

            nested = np.arange(face * size, (face + 1) * size, dtype=np.int64)
            pixels = np.asarray(nested_to_ring(nested, 1 << order), dtype=np.int64)
        layer = [column[pixels] for column in columns]
        whole = np.ones(size, dtype=np.bool_)  # pixels of this layer that are one cell so far
        for level in range(order, -1, -1):
            alike = _siblings_alike(layer, whole) if level > 0 else np.zeros(0, dtype=np.bool_)
            kept = np.flatnonzero(whole & ~np.repeat(alike, 4)) if level > 0 else np.flatnonzero(whole)
            cells.append(healpix.uniq_of(level, kept + (face << (2 * level))))
            for collected, column in zip(values, layer, strict=True):
                collected.append(column[kept])
            if not np.any(alike):
                break
            layer, whole = [column[::4] for column in layer], alike
    return np.concatenate(cells), [np.concatenate(column) for column in values]


def _siblings_alike(
    layer: Sequence[npt.NDArray[np.generic]], whole: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """For each group of four siblings: are all whole, and equal in every column?"""
    alike = whole.reshape(-1, 4).all(axis=1)
    for column in layer:
        four = column.reshape(-1, 4)
        for sibling in range(1, 4):
            alike &= four[:, 0] == four[:, sibling]
    return alike


def _meta(header: Header, density: Floats, notes: list[str]) -> SkyMapMeta:
    wrong = int(np.count_nonzero(~(density >= 0.0)))
    if wrong:
        notes.append(f"{wrong} cells with a negative or undefined probability: taken as zero")
    return SkyMapMeta(
        object=_text(header, "OBJECT"),
        event_time=_event_time(header, notes),
        creator=_text(header, "CREATOR"),
        instruments=tuple(
            part.strip() for part in (_text(header, "INSTRUME") or "").split(",") if part.strip()
        ),
        distance_mean=_number(header, "DISTMEAN"),
        distance_std=_number(header, "DISTSTD"),
        notes=tuple(notes),
    )


def _text(header: Header, key: str) -> str | None:
    value = header.get(key)
    return None if value is None else str(value).strip() or None


def _number(header: Header, key: str) -> float | None:
    value = header.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _event_time(header: Header, notes: list[str]) -> datetime | None:
    """DATE-OBS, or MJD-OBS, as an aware instant; None where neither says one."""
    text = _text(header, "DATE-OBS")
    if text:
        try:
            instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
            return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
        except (ValueError, OverflowError):
            notes.append(f"DATE-OBS {text!r} is no date: not used")
    days = _number(header, "MJD-OBS")
    if days is None:
        return None
    try:
        return _MJD_EPOCH + timedelta(days=days)
    except OverflowError:
        notes.append(f"MJD-OBS {days!r} is no date: not used")
        return None
