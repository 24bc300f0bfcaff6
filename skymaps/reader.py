"""Reads sky maps from FITS files of every kind that is in use, by what is in them and never by their name."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from skymaps import healpix
from skymaps.bintable import BinTable, Column, Source, tables
from skymaps.healpix import Flags, Integers
from skymaps.skymap import SkyMap, SkyMapError, SkyMapMeta

if TYPE_CHECKING:
    from astropy.io.fits import Header

_DENSITY_NAMES: Final = ("PROBDENSITY", "PROB", "PROBABILITY", "T")
_DISTANCE_NAMES: Final = ("DISTMU", "DISTSIGMA", "DISTNORM")
_EQUATORIAL: Final = frozenset({"C", "ICRS", "EQUATORIAL", "CELESTIAL", "EQ", "FK5", "J2000"})
_MJD_EPOCH: Final = datetime(1858, 11, 17, tzinfo=UTC)


def read_skymap(source: Path | bytes) -> SkyMap:
    """Read a sky map from a FITS file or from its bytes, gzipped or not.

    Multi-order (column UNIQ) or flat (ORDERING NESTED or RING, all pixels or a list of them), scalar or
    vector columns, density or probability under any of its names, with or without distance, cells in any
    order. Flat maps become cells, four equal siblings one. What had to be assumed stands in `meta.notes`.

    Raises `SkyMapError` for anything that is no such file: what was read, where in it, what was expected.
    """
    from astropy.io.fits.verify import VerifyError

    name = source.name if isinstance(source, Path) else f"{len(source)} bytes"
    try:
        file = Source(source)
    except OSError as error:
        raise SkyMapError(f"{source!s:.200}: cannot be read ({error.strerror or error})") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # astropy warns of what it mends in headers
            return _interpret(_table_with_probability(tables(file)))
    except SkyMapError as error:
        raise SkyMapError(f"{name}: {error}") from error
    except (OSError, VerifyError, KeyError, ValueError) as error:
        raise SkyMapError(f"{name}: damaged FITS header ({type(error).__name__}: {error})") from error
    finally:
        file.close()


def _table_with_probability(found: Iterator[BinTable]) -> BinTable:
    """The first binary table with a column that can be a probability."""
    seen = []
    for number, table in enumerate(found, 1):
        if any(name in table for name in _DENSITY_NAMES):
            return table
        seen.append(f"table {number} has {', '.join(table.names) or 'no columns'}")
    what = "; ".join(seen) or "no binary table"
    raise SkyMapError(
        f"{what}; expected a column named {', '.join(_DENSITY_NAMES[:-1])} or {_DENSITY_NAMES[-1]}"
    )


def _interpret(table: BinTable) -> SkyMap:
    notes: list[str] = []
    _check_frame(table.header, notes)
    names: tuple[str, ...] = (next(name for name in _DENSITY_NAMES if name in table),)
    if all(name in table for name in _DISTANCE_NAMES):
        names += _DISTANCE_NAMES
    ordering = str(table.header.get("ORDERING", "")).strip().upper()
    if "UNIQ" in table:
        uniq, order, columns = _multi_order(table, names)
    elif ordering in ("NESTED", "NEST", "RING"):
        explicit = str(table.header.get("INDXSCHM", "")).strip().upper() == "EXPLICIT"
        flat = _listed_pixels if explicit or "PIXEL" in table else _all_pixels
        uniq, order, columns = flat(table, names, ordering == "RING")
    else:
        found = f"ORDERING is {ordering or 'missing'} and the columns are {', '.join(table.names)}"
        raise SkyMapError(f"{found}; expected a column UNIQ, or ORDERING NESTED or RING")
    density = columns[0].astype(np.float64)
    if names[0] != "PROBDENSITY":
        density /= healpix.pixel_area(order)
    wrong = int(np.count_nonzero(~(density >= 0.0)))
    if wrong:
        notes.append(f"{wrong} cells with a negative or undefined probability: taken as zero")
    distance = (columns[1], columns[2], columns[3]) if len(columns) == 4 else None
    return SkyMap.from_cells(uniq, density, distance, _meta(table.header, notes))


def _check_frame(header: Header, notes: list[str]) -> None:
    frame = str(header.get("COORDSYS", "")).strip().upper()
    if not frame:
        notes.append("COORDSYS is missing: taken as equatorial (C)")
    elif frame not in _EQUATORIAL:
        raise SkyMapError(f"COORDSYS is {frame!r}; expected equatorial (C), other frames are not turned")


def _multi_order(table: BinTable, names: tuple[str, ...]) -> tuple[Integers, Integers, list[Column]]:
    for name in ("UNIQ", *names):
        if table.values_in_row(name) != 1:
            raise SkyMapError(f"column {name} has {table.values_in_row(name)} values a row; expected one")
    uniq, *columns = table.columns(("UNIQ", *names))
    if not np.issubdtype(uniq.dtype, np.integer):
        raise SkyMapError(f"UNIQ holds {uniq.dtype} values; expected integers")
    cells = uniq.astype(np.int64)
    return cells, healpix.order_of(cells), columns


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


def _listed_pixels(
    table: BinTable, names: tuple[str, ...], ring: bool
) -> tuple[Integers, Integers, list[Column]]:
    """Cells of a flat map that lists its pixels."""
    if "PIXEL" not in table:
        raise SkyMapError(
            f"INDXSCHM is EXPLICIT but the columns are {', '.join(table.names)}; expected PIXEL"
        )
    order = _order_of_nside(table.header.get("NSIDE"))
    pixel, *columns = table.columns(("PIXEL", *names))
    ipix = pixel.astype(np.int64)
    last = (12 << (2 * order)) - 1
    if ipix.min() < 0 or ipix.max() > last:
        raise SkyMapError(f"PIXEL runs from {ipix.min()} to {ipix.max()}; expected 0 to {last}")
    if any(column.size != ipix.size for column in columns):
        raise SkyMapError("columns of different length; expected one value for each PIXEL")
    if ring:
        from astropy_healpix.core import ring_to_nested

        ipix = np.asarray(ring_to_nested(ipix, 1 << order), dtype=np.int64)
    return healpix.uniq_of(order, ipix), np.full(ipix.size, order), columns


def _all_pixels(
    table: BinTable, names: tuple[str, ...], ring: bool
) -> tuple[Integers, Integers, list[Column]]:
    """Cells of a flat map of the whole sky, four siblings joined into one where all columns are equal.

    Done base pixel by base pixel, so that a map of millions of pixels needs little memory on its way; one in
    RING order has to be held whole.
    """
    in_row = table.values_in_row(names[0])
    if any(table.values_in_row(name) != in_row for name in names):
        raise SkyMapError(
            f"columns {', '.join(names)} differ in length; expected as many values a row in each"
        )
    pixels = table.rows * in_row
    order = _flat_order(pixels)
    face_pixels = pixels // 12
    layers: Iterator[list[Column]]
    if ring:
        whole = table.columns(names)
        layers = ([column[place] for column in whole] for place in healpix.ring_of_faces(order))
    elif face_pixels % in_row:
        split = zip(*(np.split(column, 12) for column in table.columns(names)), strict=True)
        layers = (list(layer) for layer in split)
    else:
        layers = table.pieces(names, face_pixels // in_row)
    cells = [_merged(layer, order, face) for face, layer in enumerate(layers)]
    columns = [np.concatenate([part[2][number] for part in cells]) for number in range(len(names))]
    return np.concatenate([part[0] for part in cells]), np.concatenate([part[1] for part in cells]), columns


def _merged(layer: list[Column], order: int, face: int) -> tuple[Integers, Integers, list[Column]]:
    """One base pixel in as few cells as can be: NUNIQ, the order that the values are for, and the values."""
    uniq: list[Integers] = []
    values: list[list[Column]] = []
    whole = np.ones(layer[0].size, dtype=np.bool_)  # which places of this level are one cell so far
    for level in range(order, -1, -1):
        alike = _siblings_alike(layer, whole) if level else np.zeros(1, dtype=np.bool_)
        kept = np.flatnonzero(whole & ~np.repeat(alike, 4)) if level else np.flatnonzero(whole)
        uniq.append(healpix.uniq_of(level, kept + (face << (2 * level))))
        values.append([column[kept] for column in layer])
        if not np.any(alike):
            break
        layer, whole = [column[::4] for column in layer], alike
    cells = np.concatenate(uniq)
    # Probability per pixel of the original order stays the right number for the density of a joined cell.
    return cells, np.full(cells.size, order), [np.concatenate(column) for column in zip(*values, strict=True)]


def _siblings_alike(layer: list[Column], whole: Flags) -> Flags:
    """For each four siblings: are all of them whole, and the same in every column, bit by bit (NaN too)?"""
    alike: Flags = np.all(whole.reshape(-1, 4), axis=1)
    for column in layer:
        four = np.ascontiguousarray(column).view(f"u{column.dtype.itemsize}").reshape(-1, 4)
        for sibling in range(1, 4):
            np.logical_and(alike, four[:, 0] == four[:, sibling], out=alike)
    return alike


def _meta(header: Header, notes: list[str]) -> SkyMapMeta:
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
