"""The densities behind the shapes: what each is at a point, at most near a point, and how unevenly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Final, Protocol

import numpy as np

from skymaps import healpix
from skymaps.healpix import Flags, Floats, Integers

# Out to so many widths a thin profile is followed by cells smaller than it: 98.8 % of a line, 95.6 % of a
# plane.
_FOLLOWED: Final = 2.5
_MOST_CELLS: Final = 30_000
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(100)


def fisher_kappa(radius: float, containment: float) -> float:
    """Concentration of Fisher's distribution with `containment` within `radius` radians; 0: uniform sky.

    (1 - exp(-κ h)) / (1 - exp(-2κ)) = containment with h = 1 - cos(radius): Fisher 1953, Proc. R. Soc. A 217,
    295.
    """
    height = 2.0 * math.sin(min(radius, math.pi) / 2.0) ** 2
    if height / 2.0 >= containment:
        return 0.0
    low, high = 0.0, -math.log1p(-containment) / height
    for _ in range(100):
        kappa = 0.5 * (low + high)
        if math.expm1(-kappa * height) > containment * math.expm1(-2.0 * kappa):
            low = kappa
        else:
            high = kappa
    return high


def convolved_kappa(kappa: float, sigma: float) -> float:
    """Concentration after a further error of `sigma` radians per axis: as in the GBM model, 1/κ adds up."""
    return 0.0 if kappa == 0.0 else 1.0 / (1.0 / kappa + sigma**2)


def ring_sigma(radius: float, half_width: float, containment: float) -> float:
    """Gaussian width (radians) of a ring with `containment` within `half_width` of its radius, on the sphere.

    Takes in the curvature: circles further from the centre are longer, and none lie beyond the centre or its
    antipode. Infinite where the uniform sky has more than `containment` there.
    """
    inner = (max(0.0, radius - half_width), min(math.pi, radius + half_width))
    if (math.cos(inner[0]) - math.cos(inner[1])) / 2.0 >= containment:
        return math.inf
    plane = half_width / NormalDist().inv_cdf(0.5 + containment / 2.0)
    low, high = math.log(plane / 4.0), math.log(plane * 1e4)
    for _ in range(60):
        middle = 0.5 * (low + high)
        sigma = math.exp(middle)
        within = ring_integral(radius, sigma, *inner)
        if within > containment * ring_integral(radius, sigma, 0.0, math.pi):
            low = middle
        else:
            high = middle
    return math.exp(high)


def ring_integral(radius: float, sigma: float, near: float, far: float) -> float:
    """∫ exp(-(θ - radius)² / 2 sigma²) sin θ dθ from `near` to `far`."""
    near, far = max(near, radius - 9.0 * sigma), min(far, radius + 9.0 * sigma)
    theta = 0.5 * (far - near) * _NODES + 0.5 * (far + near)
    values = np.exp(-0.5 * ((theta - radius) / sigma) ** 2) * np.sin(theta)
    return float(0.5 * (far - near) * (_WEIGHTS @ values))


def axes_at(ra: float, dec: float, position_angle: float) -> Floats:
    """Rows: unit vectors to the point (degrees), and from there at 90° and at 0° from `position_angle`.

    With position angle 0 these are the point, its east and its north.
    """
    lon, lat, angle = math.radians(ra), math.radians(dec), math.radians(position_angle)
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    north = np.array([-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat)])
    along = math.cos(angle) * north + math.sin(angle) * east
    across = math.cos(angle) * east - math.sin(angle) * north
    return np.stack((healpix.vectors_from_degrees(ra, dec), across, along))


def _halvings(radius: float, scale: float, most: int) -> int:
    """How often to halve a cell of `radius` until its parts are small beside `scale`."""
    return min(most, max(0, math.ceil(math.log2(radius / scale)))) if scale > 0.0 else most


def _grain(width: float, region: float) -> float:
    """Size of the cells that follow a profile of this width over a region of so many steradians.

    A third of the width broadens it by half a per cent. Where that would take too many cells, a thin ring or
    ellipse is drawn as wide as cells can be: what it holds in all stays right.
    """
    return max(width / 3.0, math.sqrt(region / _MOST_CELLS))


@dataclass(frozen=True, eq=False)
class FisherMixture:
    """A weighted sum of Fisher distributions about one point: `parts` are (weight, κ)."""

    centre: Floats
    parts: Sequence[tuple[float, float]]

    def _at(self, height: Floats) -> Floats:
        total = np.zeros(height.shape)
        for weight, kappa in self.parts:
            scale = kappa / -math.expm1(-2.0 * kappa) if kappa > 0.0 else 0.5
            total += weight * scale / (2.0 * math.pi) * np.exp(-kappa * height)
        return total

    def density(self, vectors: Floats) -> Floats:
        # 1 - cos θ is half the squared chord, which keeps its digits at an arcsecond.
        return self._at(0.5 * np.sum((vectors - self.centre) ** 2, axis=-1))

    def ceiling(self, vectors: Floats, radius: float) -> Floats:
        nearest = np.maximum(healpix.separation(vectors, self.centre) - radius, 0.0)
        return self._at(2.0 * np.sin(nearest / 2.0) ** 2)

    def uneven(self, vectors: Floats, radius: float) -> Integers:
        sharpest = max(kappa for _, kappa in self.parts)
        levels = _halvings(radius, 0.25 / math.sqrt(sharpest), 3) if sharpest > 0.0 else 0
        return np.full(len(vectors), levels)

    def grain(self, vectors: Floats, radius: float) -> Floats:
        return np.full(len(vectors), math.inf)


@dataclass(frozen=True, eq=False)
class Ring:
    """Gaussian in the angle from a circle of `radius` about `centre` (radians)."""

    centre: Floats
    radius: float
    sigma: float

    @cached_property
    def _peak(self) -> float:
        if math.isinf(self.sigma):
            return 1.0 / (4.0 * math.pi)
        return 1.0 / (2.0 * math.pi * ring_integral(self.radius, self.sigma, 0.0, math.pi))

    def _offset(self, vectors: Floats) -> Floats:
        return np.abs(healpix.separation(vectors, self.centre) - self.radius)

    def density(self, vectors: Floats) -> Floats:
        return self._peak * np.exp(-0.5 * (self._offset(vectors) / self.sigma) ** 2)

    def ceiling(self, vectors: Floats, radius: float) -> Floats:
        nearest = np.maximum(self._offset(vectors) - radius, 0.0)
        return self._peak * np.exp(-0.5 * (nearest / self.sigma) ** 2)

    def uneven(self, vectors: Floats, radius: float) -> Integers:
        return np.full(len(vectors), _halvings(radius, self.sigma, 4))

    def grain(self, vectors: Floats, radius: float) -> Floats:
        band = 2.0 * math.pi * max(math.sin(self.radius), self.sigma) * 2.0 * _FOLLOWED * self.sigma
        near = self._offset(vectors) - radius < _FOLLOWED * self.sigma
        return np.where(near, _grain(self.sigma, band), math.inf)


@dataclass(frozen=True, eq=False)
class EllipticalGaussian:
    """Gaussian in distance and direction from a point; `axes` as from `axes_at`, widths in radians per axis.

    The plane is the azimuthal equidistant one, and the density carries its ratio of areas, r / sin r, so that
    what lies within an ellipse is what it would be in the plane.
    """

    axes: Floats
    major: float
    minor: float

    def _plane(self, vectors: Floats) -> tuple[Floats, Floats]:
        """Distance from the centre in widths, and the ratio of areas (held down towards the antipode)."""
        across, along = vectors @ self.axes[1], vectors @ self.axes[2]
        sine = np.hypot(across, along)
        angle = np.arctan2(sine, vectors @ self.axes[0])
        stretch = np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 1.0)
        widths = stretch * np.hypot(across / self.minor, along / self.major)
        return widths, np.minimum(stretch, 20.0)

    def density(self, vectors: Floats) -> Floats:
        widths, stretch = self._plane(vectors)
        return stretch * np.exp(-0.5 * widths**2) / (2.0 * math.pi * self.major * self.minor)

    def ceiling(self, vectors: Floats, radius: float) -> Floats:
        # The plane stretches lengths across the line to the centre by r / sin r, π/2 at a right angle.
        widths, stretch = self._plane(vectors)
        nearest = np.maximum(widths - np.maximum(stretch, 0.5 * math.pi) * radius / self.minor, 0.0)
        return stretch * np.exp(-0.5 * nearest**2) / (2.0 * math.pi * self.major * self.minor)

    def uneven(self, vectors: Floats, radius: float) -> Integers:
        return np.full(len(vectors), _halvings(radius, self.minor, 4))

    def grain(self, vectors: Floats, radius: float) -> Floats:
        region = math.pi * _FOLLOWED**2 * self.major * self.minor
        widths, stretch = self._plane(vectors)
        near = widths - stretch * radius / self.minor < _FOLLOWED
        return np.where(near, _grain(self.minor, region), math.inf)


class Bounded(Protocol):
    """A region with an edge."""

    @property
    def area(self) -> float:
        """Steradians."""
        ...

    def beyond(self, vectors: Floats) -> Floats:
        """How far each point is outside at least (positive) or inside at least (negative), radians."""
        ...

    def holds(self, vectors: Floats) -> Flags:
        """Which points are inside."""
        ...


@dataclass(frozen=True, eq=False)
class Uniform:
    """The same density all over a region and none outside."""

    region: Bounded

    def density(self, vectors: Floats) -> Floats:
        return np.where(self.region.holds(vectors), 1.0 / self.region.area, 0.0)

    def ceiling(self, vectors: Floats, radius: float) -> Floats:
        return np.where(self.region.beyond(vectors) <= radius, 1.0 / self.region.area, 0.0)

    def uneven(self, vectors: Floats, radius: float) -> Integers:
        return np.where(self.region.beyond(vectors) < -radius, 0, 3)

    def grain(self, vectors: Floats, radius: float) -> Floats:
        return np.full(len(vectors), math.inf)


@dataclass(frozen=True, eq=False)
class Rectangle:
    """Between two meridians and two parallels of the frame of `axes` (radians)."""

    axes: Floats
    half_width: float
    low: float
    high: float

    @property
    def area(self) -> float:
        middle, half = 0.5 * (self.high + self.low), 0.5 * (self.high - self.low)
        return 4.0 * min(self.half_width, math.pi) * math.cos(middle) * math.sin(half)

    def beyond(self, vectors: Floats) -> Floats:
        x, y, z = (vectors @ axis for axis in self.axes)
        equatorial = np.hypot(x, y)
        lat = np.arctan2(z, equatorial)
        above: Floats = np.maximum(self.low - lat, lat - self.high)
        if self.half_width >= math.pi:
            return above
        # The distance to a meridian is asin(cos lat sin Δlon); beyond a right angle its pole is nearest.
        aside = np.clip(np.abs(np.arctan2(y, x)) - self.half_width, -0.5 * math.pi, 0.5 * math.pi)
        outside: Floats = np.maximum(above, np.arcsin(np.minimum(equatorial, 1.0) * np.sin(aside)))
        return outside

    def holds(self, vectors: Floats) -> Flags:
        return self.beyond(vectors) <= 0.0


@dataclass(frozen=True, eq=False)
class Outline:
    """Inside a ring of vertices (n, 3) joined by great circles, within a hemisphere."""

    vertices: Floats

    @cached_property
    def axes(self) -> Floats:
        """Rows: the middle of the vertices, and two directions at right angles to it."""
        middle = self.vertices.sum(axis=0)
        length = float(np.linalg.norm(middle))
        if length < 1e-9:
            return np.eye(3)
        ra, dec = healpix.degrees_from_vectors(middle)
        return np.stack((middle / length, *axes_at(float(ra), float(dec), 0.0)[1:]))

    @property
    def fits(self) -> bool:
        """Does it fit into a hemisphere about the middle of its vertices?"""
        return bool(np.all(self.vertices @ self.axes[0] > 1e-3))

    @cached_property
    def area(self) -> float:
        """Sum of signed triangles to the middle (Van Oosterom & Strackee 1983, IEEE TBME 30, 125)."""
        one, other = self.vertices, np.roll(self.vertices, -1, axis=0)
        middle = self.axes[0]
        volume = np.cross(one - middle, other - middle) @ middle
        divisor = 1.0 + np.sum(one * other, axis=1) + one @ middle + other @ middle
        return abs(float(np.sum(2.0 * np.arctan2(volume, divisor))))

    def beyond(self, vectors: Floats) -> Floats:
        distance = np.full(vectors.shape[:-1], math.pi)
        for one, other in zip(self.vertices, np.roll(self.vertices, -1, axis=0), strict=True):
            distance = np.minimum(distance, _to_segment(vectors, one, other))
        return np.where(self.holds(vectors), -distance, distance)

    def holds(self, vectors: Floats) -> Flags:
        """Even-odd rule in the gnomonic plane, where great circles are straight."""
        x, y = _gnomonic(vectors, self.axes)
        corner_x, corner_y = _gnomonic(self.vertices, self.axes)
        inside: Flags = np.zeros(x.shape, dtype=np.bool_)
        for x1, y1, x2, y2 in zip(
            corner_x, corner_y, np.roll(corner_x, -1), np.roll(corner_y, -1), strict=True
        ):
            if y1 != y2:
                crosses = (y1 > y) != (y2 > y)
                inside ^= crosses & (x < x1 + (y - y1) * (x2 - x1) / (y2 - y1))
        inside &= vectors @ self.axes[0] > 0.0
        return inside


def _gnomonic(vectors: Floats, axes: Floats) -> tuple[Floats, Floats]:
    depth = np.maximum(vectors @ axes[0], 1e-9)
    return vectors @ axes[1] / depth, vectors @ axes[2] / depth


def _to_segment(vectors: Floats, one: Floats, other: Floats) -> Floats:
    """Distance in radians to the shorter great-circle arc between two points."""
    ends = np.minimum(healpix.separation(vectors, one), healpix.separation(vectors, other))
    normal = np.cross(one, other - one)
    length = float(np.linalg.norm(normal))
    if length == 0.0:
        return ends
    normal /= length
    beside = (vectors @ np.cross(normal, one) > 0.0) & (vectors @ np.cross(normal, other) < 0.0)
    return np.where(beside, np.arcsin(np.minimum(np.abs((vectors - one) @ normal), 1.0)), ends)
