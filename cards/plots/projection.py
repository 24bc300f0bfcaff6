"""The two projections of the plots, both ways; east is to the left, as one looks up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Mollweide:
    """The whole sky on an ellipse of half-axes 2 and 1; equal areas (Snyder 1987, USGS PP 1395, p. 251)."""

    centre_ra: float = 180.0

    def project(self, ra: npt.ArrayLike, dec: npt.ArrayLike) -> tuple[Floats, Floats]:
        """x (leftwards east, -2..2) and y (-1..1) of ICRS degrees."""
        longitude = np.radians(self.offset(ra))
        theta = _auxiliary(np.radians(np.asarray(dec, dtype=np.float64)))
        return -2.0 / math.pi * longitude * np.cos(theta), np.sin(theta)

    def sky(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """ICRS degrees of points on the ellipse; NaN outside."""
        inside = (x / 2.0) ** 2 + y**2 < 1.0
        theta = np.arcsin(np.where(inside, y, 0.0))
        longitude = -math.pi / 2.0 * np.where(inside, x, 0.0) / np.maximum(np.cos(theta), 1e-12)
        dec = np.degrees(np.arcsin((2.0 * theta + np.sin(2.0 * theta)) / math.pi))
        ra = (self.centre_ra + np.degrees(longitude)) % 360.0
        return np.where(inside, ra, np.nan), np.where(inside, dec, np.nan)

    def offset(self, ra: npt.ArrayLike) -> Floats:
        """Right ascension east of the centre, -180..180 degrees."""
        return (np.asarray(ra, dtype=np.float64) - self.centre_ra + 180.0) % 360.0 - 180.0


@dataclass(frozen=True)
class Gnomonic:
    """The tangent plane at a point, in degrees: a field as a telescope sees it (Snyder 1987, p. 164)."""

    ra: float
    dec: float

    def project(self, ra: npt.ArrayLike, dec: npt.ArrayLike) -> tuple[Floats, Floats]:
        """x (leftwards east) and y in degrees on the plane; NaN for what is 90° away or more."""
        along = np.radians(np.asarray(ra, dtype=np.float64) - self.ra)
        latitude, centre = np.radians(np.asarray(dec, dtype=np.float64)), math.radians(self.dec)
        cosine = math.sin(centre) * np.sin(latitude) + math.cos(centre) * np.cos(latitude) * np.cos(along)
        front = np.where(cosine > 1e-9, cosine, np.nan)
        x = np.cos(latitude) * np.sin(along) / front
        y = (
            math.cos(centre) * np.sin(latitude) - math.sin(centre) * np.cos(latitude) * np.cos(along)
        ) / front
        return -np.degrees(x), np.degrees(y)

    def sky(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """ICRS degrees of points on the plane."""
        east, north = np.radians(-x), np.radians(y)
        centre = math.radians(self.dec)
        depth = math.cos(centre) - north * math.sin(centre)
        ra = self.ra + np.degrees(np.arctan2(east, depth))
        up = math.sin(centre) + north * math.cos(centre)
        return ra % 360.0, np.degrees(np.arctan2(up, np.hypot(east, depth)))


def _auxiliary(latitude: Floats) -> Floats:
    """theta of 2 theta + sin 2 theta = pi sin(latitude), by Newton's method; exact at the poles."""
    goal = math.pi * np.sin(latitude)
    theta = np.clip(latitude, -1.5707, 1.5707)
    for _ in range(40):
        slope = np.maximum(2.0 + 2.0 * np.cos(2.0 * theta), 1e-9)
        step = (2.0 * theta + np.sin(2.0 * theta) - goal) / slope
        theta = np.clip(theta - step, -math.pi / 2, math.pi / 2)
        if np.all(np.abs(step) < 1e-10):
            break
    return np.where(np.abs(latitude) >= math.pi / 2 - 1e-9, np.copysign(math.pi / 2, latitude), theta)
