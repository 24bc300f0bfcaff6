"""A sky map as a picture: the credible level of every pixel of a projected grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cards.plots.projection import Floats, Gnomonic, Mollweide
from skymaps.regions import density_at
from skymaps.skymap import SkyMap


@dataclass(frozen=True, eq=False)
class Levels:
    """How credible level follows from density: both falling and rising together."""

    density: Floats  # descending
    level: Floats  # ascending

    area_50: float  # deg²
    area_90: float

    def at(self, density: Floats) -> Floats:
        """The smallest credible level whose region holds a point of this density; 1 where there is none."""
        place = np.searchsorted(-self.density, -density, side="right") - 1
        level = np.where(place >= 0, self.level[np.maximum(place, 0)], 0.0)
        return np.where(density > 0.0, np.minimum(level, 1.0), 1.0)


def raster(skymap: SkyMap, levels: Levels, projection: Mollweide | Gnomonic, x: Floats, y: Floats) -> Floats:
    """Credible level at the grid points x (columns) and y (rows) of a projection; NaN off the sky."""
    ra, dec = projection.sky(*np.meshgrid(x, y))
    level = np.full(ra.shape, np.nan)
    on_sky = np.isfinite(ra)
    level[on_sky] = levels.at(density_at(skymap, ra[on_sky], dec[on_sky]))
    return level
