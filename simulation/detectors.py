"""Ground-based gravitational-wave detectors: where they stand and how they respond.

Vertex positions (m) and arm directions in the Earth-fixed frame are those of Anderson et al. 2001
(PRD 63, 042003), Althouse et al. 2001 (LIGO-P000006) for the LIGO sites, and the Virgo
coordinates of the same conventions. Antenna patterns follow Anderson et al. 2001, eqs. (B7)-(B9).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SPEED_OF_LIGHT = 299_792_458.0  # m/s

Vectors = NDArray[np.float64]


@dataclass(frozen=True)
class Detector:
    """An interferometer. `horizon` is the distance in Mpc at which an optimally placed and oriented
    1.4 + 1.4 solar-mass binary has signal-to-noise ratio 8 (2.26 times the sky-averaged range)."""

    name: str
    vertex: tuple[float, float, float]
    x_arm: tuple[float, float, float]
    y_arm: tuple[float, float, float]
    horizon: float

    @property
    def response(self) -> Vectors:
        """Response tensor D = (x x - y y) / 2, shape (3, 3)."""
        x, y = np.asarray(self.x_arm), np.asarray(self.y_arm)
        return np.asarray(0.5 * (np.outer(x, x) - np.outer(y, y)))

    def delay(self, directions: Vectors) -> Vectors:
        """Arrival time minus that at the geocentre, in s, for directions (N, 3) towards the source."""
        return np.asarray(-(directions @ np.asarray(self.vertex)) / SPEED_OF_LIGHT)

    def antenna(self, directions: Vectors) -> tuple[Vectors, Vectors]:
        """F+ and Fx for polarisation angle 0, for Earth-fixed directions (N, 3) towards the source."""
        z = directions
        longitude = np.arctan2(z[:, 1], z[:, 0])
        east = np.column_stack([-np.sin(longitude), np.cos(longitude), np.zeros_like(longitude)])
        north = np.cross(z, east)
        # The wave's axes at polarisation angle 0: x towards the west, y towards the north.
        west = -east
        d = self.response
        plus = np.einsum("ni,ij,nj->n", west, d, west) - np.einsum("ni,ij,nj->n", north, d, north)
        cross = 2.0 * np.einsum("ni,ij,nj->n", west, d, north)
        return plus, cross


H1 = Detector(
    "H1",
    (-2161414.92636, -3834695.17889, 4600350.22664),
    (-0.22389266154, 0.79983062746, 0.55690487831),
    (-0.91397818574, 0.02609403989, -0.40492342125),
    horizon=2.26 * 155.0,
)
L1 = Detector(
    "L1",
    (-74276.0447238, -5496283.71971, 3224257.01744),
    (-0.95457412153, -0.14158077340, -0.26218911324),
    (0.29774156894, -0.48791033647, -0.82054461286),
    horizon=2.26 * 165.0,
)
V1 = Detector(
    "V1",
    (4546374.09900, 842989.697626, 4378576.96241),
    (-0.70045821479, 0.20848948619, 0.68256166277),
    (-0.05379255368, -0.96908180549, 0.24080451708),
    horizon=2.26 * 52.0,
)
NETWORK = (H1, L1, V1)
