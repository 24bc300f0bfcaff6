"""Sky maps and FITS files that the tests make themselves, and the independent way to look into them."""

from __future__ import annotations

import io
from collections.abc import Mapping

import astropy.io.fits as fits
import healpy
import numpy as np
from astropy.table import Table
from hypothesis import strategies

from skymaps import healpix
from skymaps.distance import distance_norm
from skymaps.healpix import Floats, Integers
from skymaps.skymap import SkyMap

TOP_ORDER = 1
DEEP_ORDER = 5


def random_cells(seed: int, deepest: int = DEEP_ORDER, share: float = 0.4) -> Integers:
    """A random mixture of orders that covers the sky once: each cell is divided with probability `share`."""
    rng = np.random.default_rng(seed)
    ipix = np.arange(12 << (2 * TOP_ORDER), dtype=np.int64)
    cells = []
    for order in range(TOP_ORDER, deepest + 1):
        divided = rng.random(ipix.size) < (share if order < deepest else 0.0)
        cells.append(4 * 4**order + ipix[~divided])
        ipix = (4 * ipix[divided][:, None] + np.arange(4)).ravel()
    return np.sort(np.concatenate(cells))


def random_map(seed: int, *, distance: bool = False, empty: float = 0.1, deepest: int = DEEP_ORDER) -> SkyMap:
    """A map of random cells and densities, a share of them empty, with or without distance."""
    rng = np.random.default_rng(seed + 1)
    uniq = random_cells(seed, deepest)
    density = rng.lognormal(0.0, 2.0, uniq.size) * (rng.random(uniq.size) >= empty)
    density[0] = 1.0
    columns = None
    if distance:
        mu, sigma = rng.uniform(-50.0, 300.0, uniq.size), rng.uniform(20.0, 80.0, uniq.size)
        norm = distance_norm(mu, sigma)
        nowhere = rng.random(uniq.size) < 0.05
        mu[nowhere], sigma[nowhere], norm[nowhere] = np.inf, 1.0, 0.0
        density[nowhere] *= 1e-4
        columns = (mu, sigma, norm)
    return SkyMap.from_cells(uniq, density, columns)


def random_maps(*, distance: bool = False) -> strategies.SearchStrategy[SkyMap]:
    return strategies.integers(0, 10**6).map(lambda seed: random_map(seed, distance=distance))


def flat(skymap: SkyMap, order: int) -> Floats:
    """Density of every NESTED pixel of `order`, cell by cell in plain Python: slow and obviously right."""
    pixels = np.zeros(12 * 4**order)
    for uniq, density in zip(skymap.uniq.tolist(), skymap.density.tolist(), strict=True):
        level = (uniq.bit_length() - 1) // 2 - 1
        ipix = uniq - 4 * 4**level
        if level <= order:
            width = 4 ** (order - level)
            pixels[ipix * width : (ipix + 1) * width] = density
        else:
            pixels[ipix >> (2 * (level - order))] += density / 4 ** (level - order)
    return pixels


def within(skymap: SkyMap, ra: float, dec: float, radius: float, levels: int = 4) -> float:
    """Probability within `radius` degrees, by healpy, cells on the edge shared out by 256 points in each."""
    centre = np.asarray(healpix.vectors_from_degrees(ra, dec))
    total = 0.0
    for order in np.unique(skymap.order):
        cells = np.flatnonzero((skymap.order == order) & (skymap.probability > 0.0))
        nside = 2 ** int(order)
        distance = angle(skymap.unit_vectors[cells], centre)
        size = healpy.max_pixrad(nside)
        total += skymap.probability[cells][distance + size <= np.radians(radius)].sum()
        edge = cells[np.abs(distance - np.radians(radius)) < size]
        depth = min(levels, 29 - int(order))
        for part in np.array_split(edge, edge.size // 4000 + 1):
            points = healpix.unit_vectors(int(order) + depth, healpix.children(skymap.ipix[part], depth))
            inside = (angle(points, centre) <= np.radians(radius)).mean(axis=1)
            total += float(skymap.probability[part] @ inside)
    return float(total)


def angle(vectors: Floats, point: Floats) -> Floats:
    return 2.0 * np.arcsin(np.minimum(0.5 * np.linalg.norm(vectors - point, axis=-1), 1.0))


def ligo_table(skymap: SkyMap) -> Table:
    """The map as ligo.skymap wants it."""
    columns = {"UNIQ": np.array(skymap.uniq), "PROBDENSITY": np.array(skymap.density)}
    if skymap.distmu is not None:
        columns["DISTMU"] = np.array(skymap.distmu)
        columns["DISTSIGMA"] = np.array(skymap.distsigma)
        columns["DISTNORM"] = np.array(skymap.distnorm)
    return Table(columns)


def fits_table(columns: list[fits.Column], header: Mapping[str, object]) -> bytes:
    """A FITS file with one binary table."""
    table = fits.BinTableHDU.from_columns(columns)
    for key, value in header.items():
        table.header[key] = value
    content = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(content)
    return content.getvalue()


def columns_file(header: Mapping[str, object], **columns: tuple[str, object]) -> bytes:
    """A FITS file with one binary table of columns given as name=(format, values)."""
    made = [fits.Column(name, kind, array=np.array(values)) for name, (kind, values) in columns.items()]
    return fits_table(made, header)


def multi_order_file(skymap: SkyMap, **header: object) -> bytes:
    columns = [
        fits.Column("UNIQ", "K", array=skymap.uniq),
        fits.Column("PROBDENSITY", "D", array=skymap.density),
    ]
    return fits_table(columns, {"ORDERING": "NUNIQ", "COORDSYS": "C", **header})


def flat_file(
    name: str, values: Floats, *, ordering: str = "NESTED", row: int = 1, kind: str = "D", **header: object
) -> bytes:
    """A flat map with one column, `row` values a row."""
    column = fits.Column(
        name, f"{row if row > 1 else ''}{kind}", array=values.reshape(-1, row) if row > 1 else values
    )
    return fits_table([column], {"ORDERING": ordering, "COORDSYS": "C", **header})
