"""Outlines on the sky as GeoJSON (RFC 7946): longitude is right ascension, -180..180, latitude declination.

A field across longitude 180 is cut there in two (section 3.1.9); one around a pole is led along it.
Rings are closed and counterclockwise (section 3.1.6).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from facilities.facility import FieldOfView
from facilities.planning.footprints import outline
from skymaps import healpix
from skymaps.healpix import Floats

Ring = list[tuple[float, float]]

POINTS_A_SIDE = 6
"""Sides are great circles, GeoJSON's are straight in longitude and latitude."""


def field_geometry(ra: float, dec: float, field: FieldOfView) -> dict[str, Any]:
    """The Polygon or MultiPolygon of one pointing."""
    longitude, latitude = _bent(*outline(ra, dec, field), 1 if field.shape == "circle" else POINTS_A_SIDE)
    rings = _cut(_around_the_pole(longitude, latitude))
    polygons = [[[list(point) for point in _closed(ring)]] for ring in rings]
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def _bent(ra: Floats, dec: Floats, points: int) -> tuple[Floats, Floats]:
    """The ring with points along its great-circle sides, ending at its start; longitudes without jumps."""
    corners = healpix.vectors_from_degrees(ra, dec)
    share = np.arange(points)[:, None] / points
    ends = np.roll(corners, -1, axis=0)
    sides = [one + share * (other - one) for one, other in zip(corners, ends, strict=True)]
    longitude, latitude = healpix.degrees_from_vectors(np.concatenate([*sides, corners[:1]]))
    steps = (np.diff(longitude) + 180.0) % 360.0 - 180.0
    unwound: Floats = longitude[0] + np.concatenate(([0.0], np.cumsum(steps)))
    return unwound, latitude


def _around_the_pole(longitude: Floats, latitude: Floats) -> Ring:
    """The ring; one that goes once around a pole gets that pole as its far side."""
    turn = longitude[-1] - longitude[0]
    ring = list(zip(longitude.tolist(), latitude.tolist(), strict=True))
    if abs(turn) < 180.0:
        return ring[:-1]
    pole = 90.0 if latitude.mean() > 0.0 else -90.0
    return [*ring, (ring[-1][0], pole), (ring[0][0], pole)]


def _cut(ring: Ring) -> list[Ring]:
    """The parts of a ring between longitudes -180 and 180, each moved there."""
    least, most = min(x for x, _ in ring), max(x for x, _ in ring)
    parts = []
    for turn in range(int(np.floor((least + 180.0) / 360.0)), int(np.ceil((most + 180.0) / 360.0)) + 1):
        west = -180.0 + 360.0 * turn
        part = _clipped(_clipped(ring, west, +1.0), west + 360.0, -1.0)
        part = [(min(180.0, max(-180.0, x - 360.0 * turn)), y) for x, y in part]
        if len(part) >= 3 and abs(_signed_area(part)) > 1e-12:
            parts.append(part)
    return parts


def _clipped(ring: Ring, edge: float, side: float) -> Ring:
    """What of a ring lies east (`side` +1) or west (-1) of a meridian (Sutherland and Hodgman 1974)."""
    kept: Ring = []
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        first, second = side * (x1 - edge) >= 0.0, side * (x2 - edge) >= 0.0
        if first:
            kept.append((x1, y1))
        if first != second:
            kept.append((edge, y1 + (edge - x1) * (y2 - y1) / (x2 - x1)))
    return kept


def _closed(ring: Ring) -> Sequence[tuple[float, float]]:
    turned = ring if _signed_area(ring) > 0.0 else ring[::-1]
    return [(round(x, 7), round(y, 7)) for x, y in [*turned, turned[0]]]


def _signed_area(ring: Ring) -> float:
    return 0.5 * sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True))
