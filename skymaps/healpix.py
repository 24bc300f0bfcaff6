"""HEALPix cells in NESTED order, of any mixture of orders, as plain arrays.

Written out here, in numpy alone, for two reasons: the hub imports shapes and must stay light, and a cell of
a hundredth of an arcsecond beside a pole keeps its place only where no latitude is taken on the way.
Formulas: Górski et al. 2005 (ApJ 622, 759) sections 4 and 5; NUNIQ: Reinecke & Hivon 2015 (A&A 580, A132).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

MAX_ORDER: Final = 29
DEG2_PER_SR: Final = math.degrees(1.0) ** 2
FULL_SKY_DEG2: Final = 4.0 * math.pi * DEG2_PER_SR

# The smallest NUNIQ of each order, and one more: where the numbers of order 29 end.
FIRST_UNIQ: Final[Integers] = np.array([4 << (2 * order) for order in range(MAX_ORDER + 2)], dtype=np.int64)

# Row and column of each base pixel, in units of its side (Górski et al. 2005, figure 4).
_FACE_ROW: Final[Integers] = np.array([2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4], dtype=np.int64)
_FACE_COLUMN: Final[Integers] = np.array([1, 3, 5, 7, 0, 2, 4, 6, 1, 3, 5, 7], dtype=np.int64)

_BIT_STEPS: Final = (
    (1, 0x5555555555555555),
    (2, 0x3333333333333333),
    (4, 0x0F0F0F0F0F0F0F0F),
    (8, 0x00FF00FF00FF00FF),
    (16, 0x0000FFFF0000FFFF),
)


def order_of(uniq: Integers) -> Integers:
    """Order of each NUNIQ cell; -1 below the first number, 30 above the last."""
    return np.searchsorted(FIRST_UNIQ, uniq, side="right") - 1


def uniq_of(order: Integers | int, ipix: Integers) -> Integers:
    """NUNIQ number of NESTED pixels `ipix` of `order`."""
    return ipix + (np.int64(4) << (2 * np.asarray(order, dtype=np.int64)))


def ipix_of(uniq: Integers, order: Integers) -> Integers:
    """NESTED pixel of each NUNIQ cell within its own order."""
    return uniq - FIRST_UNIQ[order]


def pixel_area(order: Integers | int) -> Floats:
    """Area in steradians of one pixel of each order."""
    return (math.pi / 3.0) * np.exp2(-2.0 * np.asarray(order, dtype=np.float64))


def circumradius(order: int) -> float:
    """Radius in radians of a circle about the centre that holds any pixel of `order`.

    Centre to farthest corner times nside grows from 0.841 (order 0) to 1.069 (the polar caps at any high
    order).
    """
    return 1.07 * 2.0**-order


def range_start(uniq: Integers, order: Integers) -> Integers:
    """First pixel of order 29 inside each cell."""
    return (uniq - FIRST_UNIQ[order]) << (2 * (MAX_ORDER - order))


def range_length(order: Integers) -> Integers:
    """Number of pixels of order 29 inside a cell of each order."""
    return np.int64(1) << (2 * (MAX_ORDER - order))


def children(ipix: Integers, levels: int = 1) -> Integers:
    """The 4**levels pixels inside each pixel, `levels` orders deeper: shape (len(ipix), 4**levels)."""
    return (ipix[:, None] << (2 * levels)) + np.arange(4**levels, dtype=np.int64)


def _gather_bits(values: Integers) -> Integers:
    """Every second bit, packed together."""
    values = values & _BIT_STEPS[0][1]
    for (shift, _), (_, mask) in zip(_BIT_STEPS, (*_BIT_STEPS[1:], (32, 0xFFFFFFFF)), strict=True):
        values = (values | (values >> shift)) & mask
    return values


def _spread_bits(values: Integers) -> Integers:
    """The inverse of `_gather_bits`."""
    for shift, mask in reversed(_BIT_STEPS):
        values = (values | (values << shift)) & mask
    return values


def unit_vectors(order: Integers | int, ipix: Integers) -> Floats:
    """Centres of NESTED pixels as unit vectors (x, y, z) on the last axis, ICRS axes.

    Exact to the last bits at the poles too: sin θ comes from the ring number, not from z.
    """
    order = np.asarray(order, dtype=np.int64)
    ipix = np.asarray(ipix, dtype=np.int64)
    face = ipix >> (2 * order)
    within = ipix - (face << (2 * order))
    column, row = _gather_bits(within), _gather_bits(within >> 1)
    nside = np.int64(1) << order
    ring = _FACE_ROW[face] * nside - column - row - 1
    from_pole = np.minimum(ring, 4 * nside - ring)
    side = np.minimum(from_pole, nside)
    phi = (math.pi / 4.0) * (_FACE_COLUMN[face] * side + column - row) / side
    cap = (side / nside) ** 2 / 3.0
    polar = from_pole < nside
    z = np.where(polar, np.copysign(1.0 - cap, 2 * nside - ring), (2 * nside - ring) * (2.0 / 3.0) / nside)
    sin_theta = np.sqrt(np.where(polar, cap * (2.0 - cap), (1.0 - z) * (1.0 + z)))
    return np.stack((sin_theta * np.cos(phi), sin_theta * np.sin(phi), z), axis=-1)


def pixel_at(order: int, vectors: Floats) -> Integers:
    """NESTED pixel of `order` that holds each unit vector (x, y, z on the last axis)."""
    x, y, z = np.reshape(vectors, (-1, 3)).T
    nside = 1 << order
    height = np.abs(z)
    quarter = np.arctan2(y, x) * (2.0 / math.pi) % 4.0
    quarter = np.where(quarter < 4.0, quarter, 0.0)  # a longitude a hair below zero rounds up to a full turn

    rising = nside * (0.5 + quarter - 0.75 * z)
    falling = nside * (0.5 + quarter + 0.75 * z)
    up, down = rising.astype(np.int64), falling.astype(np.int64)
    up_face, down_face = up >> order, down >> order
    face = np.where(up_face == down_face, up_face | 4, np.where(up_face < down_face, up_face, down_face + 8))
    column, row = down & (nside - 1), nside - (up & (nside - 1)) - 1

    polar = height > 2.0 / 3.0
    if np.any(polar):
        sector = np.minimum(quarter[polar].astype(np.int64), 3)
        within = quarter[polar] - sector
        # sin θ / sqrt((1 + |z|) / 3) is sqrt(3 (1 - |z|)) without its loss of digits at the pole.
        scale = nside * np.hypot(x[polar], y[polar]) / np.sqrt((1.0 + height[polar]) / 3.0)
        first = np.minimum((within * scale).astype(np.int64), nside - 1)
        second = np.minimum(((1.0 - within) * scale).astype(np.int64), nside - 1)
        north = z[polar] >= 0.0
        face[polar] = np.where(north, sector, sector + 8)
        column[polar] = np.where(north, nside - second - 1, first)
        row[polar] = np.where(north, nside - first - 1, second)
    ipix = (face << (2 * order)) + _spread_bits(column) + (_spread_bits(row) << 1)
    return ipix.reshape(vectors.shape[:-1])


def ring_of_faces(order: int) -> Iterator[npt.NDArray[np.int32]]:
    """For each of the 12 base pixels the RING pixel of its NESTED pixels, in NESTED order; orders up to 13.

    Górski et al. 2005, section 4.1: rings have 4 i pixels in the polar caps and 4 nside between them.
    """
    nside = 1 << order
    column = row = np.zeros(1, dtype=np.int32)
    for _ in range(order):
        column = (2 * column[:, None] + np.array([0, 1, 0, 1], dtype=np.int32)).ravel()
        row = (2 * row[:, None] + np.array([0, 0, 1, 1], dtype=np.int32)).ravel()
    down, east = column + row, column - row
    rings = np.arange(4 * nside)
    side = np.minimum(np.minimum(rings, 4 * nside - rings), nside)
    length = np.append(0, 4 * side[1:])
    before = np.cumsum(length) - length - 1
    shifted = 1 + np.where(side == nside, (rings - nside) & 1, 0)
    for face in range(12):
        ring = np.int32(_FACE_ROW[face] * nside - 1) - down
        half = (_FACE_COLUMN[face] * side + shifted).astype(np.int32)[ring]
        along = (half + east) >> 1
        if face == 4:  # the base pixel that longitude zero runs through
            along[along < 1] += 4 * nside
        yield before.astype(np.int32)[ring] + along


def vectors_from_degrees(ra: npt.ArrayLike, dec: npt.ArrayLike) -> Floats:
    """Unit vectors of right ascension and declination in degrees, (x, y, z) on the last axis."""
    lon, lat = np.radians(ra), np.radians(dec)
    cos_lat = np.cos(lat)
    return np.stack(np.broadcast_arrays(cos_lat * np.cos(lon), cos_lat * np.sin(lon), np.sin(lat)), axis=-1)


def degrees_from_vectors(vectors: Floats) -> tuple[Floats, Floats]:
    """Right ascension in 0..360 and declination in degrees of vectors of any length."""
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    return np.degrees(np.arctan2(y, x)) % 360.0, np.degrees(np.arctan2(z, np.hypot(x, y)))


def separation(vectors: Floats, point: Floats) -> Floats:
    """Angle in radians between unit vectors and one unit vector, exact for small and for wide angles."""
    chord = np.sqrt(np.sum((vectors - point) ** 2, axis=-1))
    across = np.sqrt(np.sum((vectors + point) ** 2, axis=-1))
    angle: Floats = 2.0 * np.arctan2(chord, across)
    return angle
