"""Sky maps made here, for tests of who can see what."""

from __future__ import annotations

import numpy as np

from skymaps import healpix
from skymaps.skymap import SkyMap


def cone(ra: float, dec: float, sigma: float, order: int = 6) -> SkyMap:
    """A round Gaussian (von Mises-Fisher) of `sigma` degrees on the pixels of one order, out to six sigma."""
    pixels = np.arange(12 * 4**order, dtype=np.int64)
    away = healpix.separation(healpix.unit_vectors(order, pixels), healpix.vectors_from_degrees(ra, dec))
    near = away < max(6.0 * np.radians(sigma), 2.0 * healpix.circumradius(order))
    density = np.exp(-0.5 * (away[near] / np.radians(sigma)) ** 2)
    return SkyMap.from_cells(healpix.uniq_of(order, pixels[near]), density)


def speck(ra: float, dec: float, order: int = 17) -> SkyMap:
    """One cell alone: of order 17 it is 1.6″ wide."""
    pixel = healpix.pixel_at(order, healpix.vectors_from_degrees([ra], [dec]))
    return SkyMap.from_cells(healpix.uniq_of(order, pixel), np.ones(1))


def even_sky(order: int = 5) -> SkyMap:
    """The same density everywhere."""
    pixels = np.arange(12 * 4**order, dtype=np.int64)
    return SkyMap.from_cells(healpix.uniq_of(order, pixels), np.ones(pixels.size))


def banana(ra: float, dec: float, order: int = 7) -> SkyMap:
    """A ring segment as two detectors give it, 60° long and 5° wide, on cells of several orders."""
    axis = healpix.vectors_from_degrees(ra, dec)
    middle = healpix.vectors_from_degrees(ra + 40.0, dec)
    cells, values = [], []
    pixels = np.arange(12 * 4 ** (order - 3), dtype=np.int64)
    for level in range(order - 3, order + 1):
        vectors = healpix.unit_vectors(level, pixels)
        across = (np.degrees(healpix.separation(vectors, axis)) - 40.0) / 2.0
        along = np.degrees(healpix.separation(vectors, middle)) / 25.0
        density = np.exp(-0.5 * (across**2 + along**2)) + 1e-9
        split = (density > 1e-4) if level < order else np.zeros(pixels.size, dtype=np.bool_)
        cells.append(healpix.uniq_of(level, pixels[~split]))
        values.append(density[~split])
        pixels = healpix.children(pixels[split]).ravel()
    return SkyMap.from_cells(np.concatenate(cells), np.concatenate(values))
