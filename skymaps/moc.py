"""Exports a credible region as a MOC, and with a range of time as a space-time MOC, through mocpy.

IVOA Multi-Order Coverage map 2.0. mocpy is loaded only when something is exported.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from skymaps import healpix
from skymaps.regions import Region, credible_region
from skymaps.skymap import SkyMap, SkyMapError

if TYPE_CHECKING:
    from mocpy import MOC, STMOC


class MocFormat(StrEnum):
    """The two serialisations that MOC tools exchange."""

    FITS = "fits"
    JSON = "json"


@dataclass(frozen=True)
class Coverage:
    """A region of the sky and the time for which it is meant. Instants are aware."""

    region: Region
    start: datetime
    end: datetime


def credible_moc(skymap: SkyMap, level: float, form: MocFormat = MocFormat.FITS) -> bytes:
    """MOC of the credible region of `level`. Raises `SkyMapError` for a level outside 0..1."""
    return _serialised(_space_moc(credible_region(skymap, level)), form)


def region_moc(region: Region, form: MocFormat = MocFormat.FITS) -> bytes:
    """MOC of any region."""
    return _serialised(_space_moc(region), form)


def space_time_moc(coverages: Sequence[Coverage], form: MocFormat = MocFormat.FITS) -> bytes:
    """Space-time MOC of regions, each with its range of time: an event's, or the fields of a plan.

    Times are resolved to 8 microseconds (time order 58). Raises `SkyMapError` for none at all, or for one
    that ends before it starts.
    """
    from astropy.time import Time
    from mocpy import STMOC

    if not coverages:
        raise SkyMapError("a space-time MOC of nothing; expected at least one region with its time")
    for coverage in coverages:
        if coverage.end <= coverage.start:
            raise SkyMapError(
                f"a space-time MOC from {coverage.start} to {coverage.end}; expected a later end"
            )
    start = Time([_naive(coverage.start) for coverage in coverages], scale="utc")
    end = Time([_naive(coverage.end) for coverage in coverages], scale="utc")
    regions = [_space_moc(coverage.region) for coverage in coverages]
    return _serialised(STMOC.from_spatial_coverages(start, end, regions, time_depth=58), form)


def _space_moc(region: Region) -> MOC:
    from mocpy import MOC

    order = healpix.order_of(region.uniq)
    ipix = healpix.ipix_of(region.uniq, order)
    return MOC.from_healpix_cells(
        ipix=ipix.astype(np.uint64), depth=order.astype(np.uint8), max_depth=int(order.max())
    )


def _serialised(moc: MOC | STMOC, form: MocFormat) -> bytes:
    if form is MocFormat.JSON:
        return json.dumps(moc.serialize("json"), separators=(",", ":")).encode()
    content = io.BytesIO()
    moc.serialize("fits").writeto(content)
    return content.getvalue()


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)
