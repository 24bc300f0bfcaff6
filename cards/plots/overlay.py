"""Another event or source on a sky map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cards.plots.projection import Floats
from skymaps.healpix import degrees_from_vectors, vectors_from_degrees


@dataclass(frozen=True)
class Overlay:
    """A named point, or a circle of `radius` degrees around it; ICRS degrees."""

    name: str
    ra: float
    dec: float
    radius: float | None = None

    def outline(self) -> tuple[Floats, Floats] | None:
        """The circle as right ascensions and declinations; None for a point."""
        if self.radius is None or not 0.0 < self.radius < 180.0:
            return None
        centre = vectors_from_degrees(self.ra, self.dec)
        aside = np.cross(centre, [0.0, 0.0, 1.0] if abs(centre[2]) < 0.9 else [1.0, 0.0, 0.0])
        aside /= np.linalg.norm(aside)
        around = np.linspace(0.0, 2.0 * np.pi, 361)[:, None]
        rim = np.cos(around) * aside + np.sin(around) * np.cross(centre, aside)
        radius = np.radians(self.radius)
        return degrees_from_vectors(np.cos(radius) * centre + np.sin(radius) * rim)
