"""A spectrum of one source: flux over wavelength, brought to a scale on which several can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEWEST: Final = 5
"""Points below which there is nothing to draw."""

LINES: Final = (
    ("Hα", 6562.8), ("Hβ", 4861.3), ("He I", 5875.6), ("Ca II", 3950.0), ("[O III]", 5006.8),
    ("Si II", 6355.0), ("Hγ", 4340.5), ("[O II]", 3727.5), ("O I", 7773.0), ("He II", 4685.7),
)  # fmt: skip
"""Rest wavelengths, Å in air (NIST Atomic Spectra Database; Ca II: the middle of H and K), the most telling
first: what a supernova, a nova, a star of ours or a galaxy shows."""

AIR_BANDS: Final = ((6860.0, 6930.0), (7590.0, 7700.0))
"""Å where our own air absorbs (O2 B and A)."""


@dataclass(frozen=True)
class Spectrum:
    """One spectrum. `wavelengths` Å ascending, as observed; `fluxes` in whatever unit, one for each."""

    instrument: str
    at: datetime | None
    wavelengths: tuple[float, ...] = ()
    fluxes: tuple[float, ...] = ()
    label: str = ""

    @property
    def drawable(self) -> bool:
        return len(self.wavelengths) >= FEWEST


def scaled(spectrum: Spectrum, *, bins: int = 500) -> tuple[Floats, Floats]:
    """Wavelengths and flux over its median, the mean of each of at most `bins` equal steps in wavelength.

    The shape is what is compared: absolute fluxes of slits and fibres seldom agree. Raises ValueError for
    what is not `drawable`.
    """
    if not spectrum.drawable:
        raise ValueError("a spectrum needs at least a few points")
    x, y = np.array(spectrum.wavelengths), np.array(spectrum.fluxes)
    if x.size > bins:
        place = np.minimum((bins * (x - x[0]) / (x[-1] - x[0])).astype(np.int64), bins - 1)
        count = np.bincount(place, minlength=bins)
        full = count > 0
        x = np.bincount(place, weights=x, minlength=bins)[full] / count[full]
        y = np.bincount(place, weights=y, minlength=bins)[full] / count[full]
    size = float(np.median(np.abs(y)))
    return x, y / size if size > 0.0 else y


def cleaned(wavelengths: object, fluxes: object) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The points of which both numbers are known, by wavelength; none where the lists are not as long."""
    if not (isinstance(wavelengths, list) and isinstance(fluxes, list) and len(wavelengths) == len(fluxes)):
        return (), ()
    found = sorted(
        (float(x), float(y))
        for x, y in zip(wavelengths, fluxes, strict=True)
        if _number(x) and _number(y) and float(x) > 0.0
    )
    points = [each for place, each in enumerate(found) if place == 0 or each[0] > found[place - 1][0]]
    return tuple(x for x, _ in points), tuple(y for _, y in points)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))
