"""A dispatcher's products as values: tables, curves, images, pictures and texts, whatever they came in.

Forms (oda_api's `data_products`, the plugins of INTEGRAL, gravitational waves and notebooks): numpy products
(`data_unit_list`, arrays in `binarys`), tables as ECSV text (`ascii`), PNG in base64 (`b64data`), texts
(`value`), catalogues in columns (`cat_column_list`), series of a detector (`t0`, `dt`, `value`), spectrograms
(`value`, `xindex`, `yindex`). What is none of these is named, never guessed.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from platforms.mmoda.arrays import NotAnArray, decode_array

Floats = NDArray[np.float64]

FRAME = frozenset(
    {
        "session_id", "job_id", "input_prod_list", "analysis_parameters", "api_code", "prod_process_message",
        "extra_metadata", "prod_uris", "instrument_parameters", "download_file_name", "file_name", "name",
        "progress_product_list",
    }
)  # fmt: skip
"""Keys of `products` that are no product."""

PNG = b"\x89PNG\r\n\x1a\n"
LARGEST_PICTURE = 8 * 2**20
LARGEST_TEXT = 4000
ROWS_READ = 2_000_000


@dataclass(frozen=True)
class TableProduct:
    """Columns of equal length, in order; `units` of those that have one."""

    name: str
    columns: Mapping[str, NDArray[Any]]
    units: Mapping[str, str] = field(default_factory=dict)
    header: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return next((len(each) for each in self.columns.values()), 0)

    def curve(self) -> tuple[str, str, str | None] | None:
        """Columns that are a curve over time or energy: of x, of y, of y's error; None for other tables."""
        names = {each.upper(): each for each in self.columns if self.columns[each].ndim == 1}
        x = next((names[each] for each in ("TIME", "T", "MJD", "ENERGY", "CHANNEL") if each in names), None)
        wanted = ("RATE", "FLUX", "COUNTS", "MAG", "COUNT", "STRAIN")
        y = next((full for each, full in names.items() if each.startswith(wanted)), None)
        if x is None or y is None or not _numeric(self.columns[x]) or not _numeric(self.columns[y]):
            return None
        error = next(
            (
                full
                for each, full in names.items()
                if each.startswith(("ERR", "STAT_ERR")) and _numeric(self.columns[full])
            ),
            None,
        )
        return x, y, error


@dataclass(frozen=True)
class ImageProduct:
    """Numbers on a grid, row by row from below. `x` and `y` are the axes' ends, where they are known."""

    name: str
    values: Floats
    header: Mapping[str, Any] = field(default_factory=dict)
    x: tuple[float, float] | None = None
    y: tuple[float, float] | None = None
    axes: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class PictureProduct:
    """A picture that the dispatcher drew, PNG."""

    name: str
    png: bytes


@dataclass(frozen=True)
class TextProduct:
    """A text or a number with a name."""

    name: str
    text: str


@dataclass(frozen=True)
class OtherProduct:
    """Something that is not read here, and why."""

    name: str
    why: str


Product = TableProduct | ImageProduct | PictureProduct | TextProduct | OtherProduct


def read_products(products: Mapping[str, Any]) -> tuple[Product, ...]:
    """Everything in the `products` of an answer, in its order."""
    found: list[Product] = []
    for key, value in products.items():
        if key in FRAME or value is None:
            continue
        for index, each in enumerate(value if isinstance(value, list) else [value]):
            name = key if not isinstance(value, list) else f"{key} {index + 1}"
            found += _product(_named(each, name), each)
    return tuple(found)


def _named(value: object, name: str) -> str:
    own = value.get("name") if isinstance(value, Mapping) else None
    return own if isinstance(own, str) and own.strip() and own != "None" else name


def _product(name: str, value: object) -> Iterator[Product]:
    if isinstance(value, int | float | str):
        yield TextProduct(name, str(value)[:LARGEST_TEXT])
        return
    if not isinstance(value, Mapping):
        yield OtherProduct(name, "its form is not known here")
        return
    if "data_unit_list" in value:
        units = value["data_unit_list"]
        for unit in units if isinstance(units, list) else ():
            if isinstance(unit, Mapping):
                yield from _unit(name, unit)
    elif "b64data" in value:
        yield _picture(name, value)
    elif isinstance(value.get("ascii"), str):
        yield _ecsv(name, value["ascii"])
    elif "cat_column_list" in value:
        yield from _catalogue(name, value)
    elif "yindex" in value and "value" in value:
        yield _spectrogram(name, value)
    elif "t0" in value and "dt" in value and "value" in value:
        yield _series(name, value)
    elif isinstance(value.get("value"), str | int | float):
        yield TextProduct(name, str(value["value"])[:LARGEST_TEXT])
    elif "data" in value and "md5" in value:
        yield OtherProduct(name, "it is a file, to be had from MMODA's page")
    else:
        yield OtherProduct(name, "its form is not known here")


def _unit(name: str, unit: Mapping[str, Any]) -> Iterator[Product]:
    """One unit of a numpy product: a table, an image, or nothing (an empty first part of a FITS file)."""
    binary = unit.get("binarys")
    own = unit.get("name")
    full = f"{name} {own}" if isinstance(own, str) and own not in ("table", "", name, "PRIMARY") else name
    if not isinstance(binary, str):
        if unit.get("data") is not None:
            yield OtherProduct(full, "its numbers come as a text that would have to be run")
        return
    try:
        array = decode_array(binary)
    except NotAnArray as why:
        yield OtherProduct(full, f"its numbers cannot be read: {why}")
        return
    header = unit.get("header")
    header = header if isinstance(header, Mapping) else {}
    units = unit.get("units_dict")
    if array.dtype.names:
        columns = {n: _scaled(array[n], n, array.dtype.names, header) for n in array.dtype.names}
        units = _units(units, array.dtype.names, header)
        yield TableProduct(full, columns, units, header)
    elif array.dtype.kind in "biuf" and (array.size or unit.get("hdu_type") is None):
        squeezed = np.squeeze(array).astype(np.float64)
        if squeezed.ndim == 2:
            yield ImageProduct(full, squeezed, header)
        elif squeezed.ndim == 1:
            yield TableProduct(full, {"value": squeezed}, {}, header)
        elif squeezed.ndim == 0:
            yield TextProduct(full, f"{float(squeezed):g}")
        else:
            yield OtherProduct(full, f"it has {squeezed.ndim} dimensions")


def _scaled(column: NDArray[Any], name: str, names: tuple[str, ...], header: Mapping[str, Any]) -> Any:
    """A FITS column in its own numbers: stored ones times TSCAL plus TZERO (FITS standard 4.0, 7.3.2)."""
    number = names.index(name) + 1
    scale, zero = header.get(f"TSCAL{number}"), header.get(f"TZERO{number}")
    if column.dtype.kind not in "iuf" or (scale is None and zero is None):
        return column
    return column * float(scale if scale is not None else 1.0) + float(zero if zero is not None else 0.0)


def _units(given: Any, names: tuple[str, ...], header: Mapping[str, Any]) -> dict[str, str]:
    units = {name: header.get(f"TUNIT{index + 1}") for index, name in enumerate(names)}
    if isinstance(given, Mapping):
        units.update({str(key): value for key, value in given.items()})
    return {key: str(value) for key, value in units.items() if value}


def _picture(name: str, value: Mapping[str, Any]) -> Product:
    try:
        raw = base64.urlsafe_b64decode(str(value["b64data"]).encode("ascii", "ignore"))
    except (binascii.Error, ValueError):
        return OtherProduct(name, "the picture is not whole base64")
    if not raw.startswith(PNG):
        return OtherProduct(name, f"it is a picture of the kind {str(value.get('img_type'))[:10]}, not PNG")
    if len(raw) > LARGEST_PICTURE:
        return OtherProduct(name, f"the picture is larger than {LARGEST_PICTURE // 2**20} MB")
    return PictureProduct(name, raw)


def _ecsv(name: str, text: str) -> Product:
    """A table in ECSV: a head of comments in YAML, then lines (APE 6). The head is only looked at."""
    head = [line[1:].strip() for line in text.splitlines() if line.startswith("#")]
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    delimiter = "," if any(re.fullmatch(r"delimiter:\s*['\"]?,['\"]?", line) for line in head) else " "
    rows = list(csv.reader(io.StringIO("\n".join(lines[: ROWS_READ + 1])), delimiter=delimiter))
    if len(rows) < 1:
        return OtherProduct(name, "the table has no columns")
    names, cells = rows[0], rows[1:]
    if any(len(row) != len(names) for row in cells):
        return OtherProduct(name, "the table's lines are of different lengths")
    units: dict[str, str] = {}
    for line in head:
        named = re.search(r"\bname:\s*([^,}]+)", line)
        unit = re.search(r"\bunit:\s*([^,}]+)", line)
        if named and unit:
            units[named[1].strip("'\" ")] = unit[1].strip("'\" ")
    columns = {key: _column([row[index] for row in cells]) for index, key in enumerate(names)}
    return TableProduct(name, columns, units)


def _column(cells: list[str]) -> NDArray[Any]:
    """A column of numbers where all its cells are numbers or empty, else of texts."""
    try:
        return np.array([float(each) if each.strip() else np.nan for each in cells])
    except ValueError:
        return np.array(cells, dtype=object).astype(str)


def _catalogue(name: str, value: Mapping[str, Any]) -> Iterator[Product]:
    lists, names = value.get("cat_column_list"), value.get("cat_column_names")
    if not isinstance(lists, list) or not isinstance(names, list) or len(lists) != len(names):
        yield OtherProduct(name, "the catalogue's columns do not fit their names")
        return
    columns = {
        str(key): np.array([np.nan if each is None else each for each in cells])
        for key, cells in zip(names, lists, strict=True)
        if isinstance(cells, list)
    }
    if columns and len({len(each) for each in columns.values()}) == 1:
        unit = value.get("cat_coord_units")
        units = {str(value.get(key)): str(unit) for key in ("cat_lon_name", "cat_lat_name") if unit}
        yield TableProduct(name, columns, units)


def _series(name: str, value: Mapping[str, Any]) -> Product:
    """Equally spaced samples of a detector, seconds of GPS time."""
    try:
        samples = np.asarray(value["value"], dtype=np.float64).ravel()
        start, step = float(value["t0"]), float(value["dt"])
    except (TypeError, ValueError):
        return OtherProduct(name, "its samples are no numbers")
    times = np.arange(len(samples)) * step
    return TableProduct(name, {"TIME": times, "STRAIN": samples}, {"TIME": "s"}, {"GPS0": start})


def _spectrogram(name: str, value: Mapping[str, Any]) -> Product:
    """Power over time and frequency: rows of `value` are instants, columns frequencies."""
    try:
        power = np.asarray(value["value"], dtype=np.float64)
        frequencies = np.asarray(value["yindex"], dtype=np.float64).ravel()
        step = float(value["dx"])
    except (TypeError, ValueError, KeyError):
        return OtherProduct(name, "its numbers are none")
    if power.ndim != 2 or power.shape[1] != len(frequencies) or not power.size:
        return OtherProduct(name, "its numbers do not fit its axes")
    return ImageProduct(
        name,
        power.T,
        {"GPS0": value.get("x0")},
        (0.0, step * power.shape[0]),
        (float(frequencies[0]), float(frequencies[-1])),
        ("time (s)", "frequency (Hz)"),
    )


def _numeric(column: NDArray[Any]) -> bool:
    return column.dtype.kind in "iuf" and column.ndim == 1
