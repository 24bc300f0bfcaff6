"""Products' times counted from an event: where a product says what its zero is, and only there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import erfa
import numpy as np

from platforms.mmoda.products import ImageProduct, Product, TableProduct

SINCE_EVENT: Final = "SINCE_EVENT"
"""Key of a header whose times count from the event: its instant, ISO, UTC."""

_GPS_ZERO = datetime(1980, 1, 6, tzinfo=UTC)
_MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)
_AHEAD_OF_TAI: Final = {"TAI": 0.0, "TT": 32.184, "TDT": 32.184, "TDB": 32.184, "GPS": -19.0}
_UNITS: Final = {"s": 1.0, "d": 86400.0}
_X: Final = ("TIME", "T")


def since_event(product: Product, event: datetime) -> Product:
    """The product with its times in seconds after the event; as it is where its zero is not known.

    A series says its GPS second (`GPS0`), a FITS table `MJDREF`, `TIMEZERO`, `TIMESYS` and `TIMEUNIT` (FITS
    standard 4.0, section 9; UTC and seconds where it does not say).
    """
    if isinstance(product, TableProduct):
        return _table(product, event)
    if isinstance(product, ImageProduct) and product.x is not None:
        zero = _gps_zero(product.header)
        if zero is not None:
            shift = (zero - event).total_seconds()
            ends = (product.x[0] + shift, product.x[1] + shift)
            return replace(product, x=ends, header=_marked(product.header, event))
    return product


def zero_of(header: Mapping[str, Any], unit: str = "s") -> datetime | None:
    """The instant (UTC) that a header's times count from; None where it does not say or cannot be read."""
    gps = _gps_zero(header)
    if gps is not None:
        return gps
    reference = _number(header.get("MJDREF"))
    if reference is None:
        whole, part = (_number(header.get(key)) for key in ("MJDREFI", "MJDREFF"))
        reference = None if whole is None else whole + (part or 0.0)
    scale = str(header.get("TIMESYS") or "UTC").strip().upper()
    if reference is None or reference <= 0.0 or unit not in _UNITS:
        return None
    seconds = (_number(header.get("TIMEZERO")) or 0.0) * _UNITS[unit]
    try:
        at = _MJD_ZERO + timedelta(days=reference, seconds=seconds)
    except OverflowError:
        return None
    if scale == "UTC":
        return at
    return _utc(at, _AHEAD_OF_TAI[scale]) if scale in _AHEAD_OF_TAI else None


def _table(table: TableProduct, event: datetime) -> TableProduct:
    curve = table.curve()
    if curve is None or curve[0].upper() not in _X or SINCE_EVENT in table.header:
        return table
    name = curve[0]
    unit = str(table.units.get(name) or table.header.get("TIMEUNIT") or "s").strip().casefold()
    zero = zero_of(table.header, unit)
    if zero is None:
        return table
    seconds = np.asarray(table.columns[name], dtype=np.float64) * _UNITS[unit]
    shifted = seconds + (zero - event).total_seconds()
    return replace(
        table,
        columns={**table.columns, name: shifted},
        units={**table.units, name: "s"},
        header=_marked(table.header, event),
    )


def _marked(header: Mapping[str, Any], event: datetime) -> Mapping[str, Any]:
    return {**header, SINCE_EVENT: event.astimezone(UTC).isoformat()}


def _gps_zero(header: Mapping[str, Any]) -> datetime | None:
    gps = _number(header.get("GPS0"))
    if gps is None or not 0.0 < gps < 1e10:
        return None
    return _utc(_GPS_ZERO + timedelta(seconds=gps), _AHEAD_OF_TAI["GPS"])


def _utc(at: datetime, ahead: float) -> datetime:
    """UTC of an instant on a scale that is `ahead` of TAI by so many seconds."""
    return at - timedelta(seconds=ahead + _leap_seconds(at))


def _leap_seconds(at: datetime) -> float:
    """TAI - UTC, good but for the seconds around a leap second."""
    return float(erfa.dat(at.year, at.month, at.day, 0.0))


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if np.isfinite(value) else None
