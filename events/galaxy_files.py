"""Galaxy catalogues as people have them: GLADE+, NED-LVS, CLU, in CSV, plain text, FITS or HDF5."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from events.galaxies import Galaxies


class GalaxyFileError(ValueError):
    """A catalogue that cannot be read: which file, and what was expected."""


@dataclass(frozen=True)
class Refused:
    """A row that is left out: its number in the file (the first is 1) and why."""

    row: int
    reason: str


@dataclass(frozen=True)
class Catalogue:
    """What a file holds: its galaxies, how many rows were left out for which reason, the first of those."""

    galaxies: Galaxies
    refused: Mapping[str, int]
    examples: tuple[Refused, ...]


EXAMPLES = 20

NAMES = (
    "name", "objname", "cluname", "gwgc name", "hyperleda name", "pgc no", "2mass name", "wisexscos name",
    "sdss-dr16q name", "glade no",
)  # fmt: skip
RIGHT_ASCENSION = ("ra", "raj2000")
DECLINATION = ("dec", "dej2000", "decj2000")
DISTANCE = ("d_l", "distmpc", "dist", "distance")  # Mpc
REDSHIFT = ("z_cmb", "z")
KIND = ("object type flag",)
MASS = {"m*": 1e10, "mstar": 1.0}
"""Columns of stellar mass and their unit in solar masses: GLADE+ counts in 10¹⁰."""
ABSOLUTE_B = ("b_abs",)
APPARENT_B = ("magb",)

GLADE_PLUS = (
    "GLADE no", "PGC no", "GWGC name", "HyperLEDA name", "2MASS name", "WISExSCOS name", "SDSS-DR16Q name",
    "Object type flag", "RA", "DEC", "B", "B_err", "B flag", "B_Abs", "J", "J_err", "H", "H_err", "K",
    "K_err", "W1", "W1_err", "W2", "W2_err", "W1 flag", "B_J", "B_J err", "z_helio", "z_cmb", "z flag",
    "v_err", "z_err", "d_L", "d_L err", "dist flag", "M*", "M*_err", "M* flag", "Merger rate",
    "Merger rate error",
)  # fmt: skip
"""The columns of GLADE+.txt, which has no header (Dálya et al. 2022, table 1)."""

SOLAR_B = 5.48
"""Absolute B magnitude (Vega) of the Sun, as in Kopparapu et al. 2008."""

_NOT_SAID = frozenset({"", "null", "nan", "none", "--", "-", "n/a"})

Row = Mapping[str, object]


def read_catalogue(path: Path) -> Catalogue:
    """Read a catalogue by its file's ending. Rows that cannot be used are counted, never fatal.

    Raises GalaxyFileError for a file that is none, has no such columns, or needs another format.
    """
    endings = {ending.lower() for ending in path.suffixes}
    try:
        if endings & {".fits", ".fit"}:
            return _collected(_fits_rows(path), path)
        if endings & {".hdf5", ".h5"}:
            return _collected(_hdf5_rows(path), path)
        if endings & {".parquet", ".pq"}:
            raise GalaxyFileError(
                f"{path}: Parquet is not read here; convert it first, with astropy or pandas: "
                f"pandas.read_parquet({path.name!r}).to_csv({path.stem + '.csv'!r}, index=False)"
            )
        return _collected(_text_rows(path), path)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GalaxyFileError(f"{path}: cannot be read: {error}") from None


def _collected(rows: Iterable[Row], path: Path) -> Catalogue:
    names: list[str] = []
    columns: list[tuple[float, float, float, float, float]] = []
    reasons: Counter[str] = Counter()
    examples: list[Refused] = []
    for number, row in enumerate(rows, start=1):
        if number == 1:
            _check_columns(row, path)
        found = _galaxy(row)
        if isinstance(found, str):
            reasons[found] += 1
            if len(examples) < EXAMPLES:
                examples.append(Refused(number, found))
        else:
            names.append(_name(row))
            columns.append(found)
    if not columns:
        why = "; ".join(f"{count} rows: {reason}" for reason, count in reasons.items()) or "no rows"
        raise GalaxyFileError(f"{path}: holds no galaxy that can be used ({why})")
    table = np.array(columns, dtype=np.float64).T.copy()
    return Catalogue(Galaxies(tuple(names), *table), dict(reasons), tuple(examples))


def _check_columns(row: Row, path: Path) -> None:
    for what, known in (("RA", RIGHT_ASCENSION), ("Dec", DECLINATION), ("distance", DISTANCE)):
        if not set(known) & row.keys():
            raise GalaxyFileError(
                f"{path}: no column for {what}; expected one of {', '.join(known)}, "
                f"found {', '.join(list(row)[:12])}"
            )


def _galaxy(row: Row) -> tuple[float, float, float, float, float] | str:
    """RA, Dec, distance, mass and B luminosity of a row, or why it is left out."""
    kind = str(_first(row, KIND) or "G").strip()
    if kind == "Q":
        return "a quasar"
    if kind == "C":
        return "a globular cluster"
    ra, dec = _number(_first(row, RIGHT_ASCENSION)), _number(_first(row, DECLINATION))
    if not (0.0 <= ra <= 360.0 and -90.0 <= dec <= 90.0):
        return "no position"
    distance = _number(_first(row, DISTANCE))
    if math.isnan(distance):
        redshift = _number(_first(row, REDSHIFT))
        return "no distance, negative redshift" if redshift < 0.0 else "no distance"
    if not 0.0 < distance < math.inf:
        return "a distance that is not positive"
    return ra % 360.0, dec, distance, _mass(row), _luminosity(row, distance)


def _mass(row: Row) -> float:
    for column, unit in MASS.items():
        mass = _number(row.get(column))
        if mass > 0.0:
            return mass * unit
    return math.nan


def _luminosity(row: Row, distance: float) -> float:
    magnitude = _number(_first(row, ABSOLUTE_B))
    if math.isnan(magnitude):
        magnitude = _number(_first(row, APPARENT_B)) - 5.0 * math.log10(distance * 1e5)
    if not -30.0 < magnitude < 0.0:
        return math.nan
    return float(10.0 ** (-0.4 * (magnitude - SOLAR_B)) / 1e10)


def _name(row: Row) -> str:
    for column in NAMES:
        text = _text(row.get(column))
        if text:
            prefix = {"pgc no": "PGC ", "glade no": "GLADE "}.get(column, "")
            return f"{prefix}{text}"[:80].replace("\n", " ")
    return "unnamed"


def _first(row: Row, columns: Sequence[str]) -> object:
    return next((row[column] for column in columns if _text(row.get(column))), None)


def _number(value: object) -> float:
    """The number, or NaN where there is none: empty, `null`, words."""
    if value is None:
        return math.nan
    try:
        return float(_text(value))
    except ValueError:
        return math.nan


def _text(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    text = " ".join(text.split())
    return "" if value is None or text.casefold() in _NOT_SAID else text


def _text_rows(path: Path) -> Iterator[Row]:
    """CSV with a header, or the blank-separated GLADE+.txt, which has none."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        head = file.readline()
        file.seek(0)
        if "," in head:
            reader = csv.reader(file)
            header = [column.strip().lower() for column in next(reader)]
        elif len(head.split()) == len(GLADE_PLUS):
            reader = csv.reader(file, delimiter=" ", skipinitialspace=True)
            header = [column.lower() for column in GLADE_PLUS]
        else:
            raise GalaxyFileError(
                f"{path}: expected CSV with a header, or GLADE+.txt of {len(GLADE_PLUS)} columns"
            )
        for values in reader:
            if values:
                yield dict(zip(header, values, strict=False))


def _fits_rows(path: Path) -> Iterator[Row]:
    from astropy.io import fits

    with fits.open(path, memmap=True) as file:
        tables = [hdu.data for hdu in file if isinstance(hdu, fits.BinTableHDU) and hdu.data is not None]
        if not tables:
            raise GalaxyFileError(f"{path}: has no binary table")
        yield from _record_rows(tables[0], tables[0].dtype.names)


def _hdf5_rows(path: Path) -> Iterator[Row]:
    try:
        import h5py
    except ImportError:
        raise GalaxyFileError(
            f"{path}: HDF5 needs h5py, which is not installed; or convert the table to CSV or FITS"
        ) from None
    with h5py.File(path) as file:
        tables = [each for each in file.values() if isinstance(each, h5py.Dataset) and each.dtype.names]
        if not tables:
            raise GalaxyFileError(f"{path}: has no table at its top level")
        yield from _record_rows(tables[0][:], tables[0].dtype.names)


def _record_rows(table: npt.NDArray[np.void], columns: Sequence[str]) -> Iterator[Row]:
    wanted = [(name, name.lower()) for name in columns]
    values = [(lower, np.asarray(table[name])) for name, lower in wanted if table[name].ndim == 1]
    for number in range(len(table)):
        yield {lower: column[number] for lower, column in values}
