"""Which galaxies an event may have come from: ranked inside the credible volume of its map.

The score of a galaxy is that of Mangrove (Ducoin et al. 2020, MNRAS 492, 4768):
G = G_pos (1 + α G_mass), with G_pos = dP/dV at the galaxy, G_mass its share of the stellar mass, and
α = Σ G_pos / Σ (G_pos G_mass), so that place and mass weigh alike. A galaxy of unknown mass scores by its
place alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from skymaps.distance import LinesOfSight, credible_density, volume_density_at
from skymaps.skymap import SkyMap, SkyMapError

Floats = npt.NDArray[np.float64]

STELLAR_MASS_DENSITY: Final = 2.47e8
"""Solar masses per Mpc³ in the nearby universe: Σ φ M* Γ(α + 2) of the double Schechter function of Driver et
al. 2022 (MNRAS 513, 439): log M* = 10.745, φ = 10^-2.437 and 10^-3.201 Mpc⁻³, α = -0.466 and -1.530."""

B_LUMINOSITY_DENSITY: Final = 1.98e-2
"""10¹⁰ solar B luminosities per Mpc³ (Kopparapu et al. 2008, ApJ 675, 1459)."""

SHELL: Final = 1.25
"""Ratio of the outer to the inner distance of the shells in which completeness is counted."""
_INNERMOST: Final = 1.0  # Mpc
_SHELLS: Final = 36  # to 3 Gpc


@dataclass(frozen=True, eq=False)
class Galaxies:
    """Columns of one length: ICRS degrees, luminosity distance in Mpc, stellar mass in solar masses,
    B luminosity in 10¹⁰ solar ones; NaN where a catalogue does not say."""

    names: tuple[str, ...]
    ra: Floats
    dec: Floats
    distance: Floats
    mass: Floats
    luminosity: Floats

    def __len__(self) -> int:
        return self.ra.size

    def taken(self, index: npt.NDArray[np.int64]) -> Galaxies:
        """Those of these places, in this order."""
        return Galaxies(
            tuple(self.names[i] for i in index),
            self.ra[index],
            self.dec[index],
            self.distance[index],
            self.mass[index],
            self.luminosity[index],
        )


@dataclass(frozen=True)
class RankedGalaxy:
    """One galaxy of the list. `share` is its part of the scores of all galaxies in the volume (0..1)."""

    rank: int
    name: str
    ra: float
    dec: float
    distance: float  # Mpc
    mass: float | None  # solar masses
    probability_density: float  # dP/dV, Mpc⁻³
    share: float

    def to_dict(self) -> dict[str, object]:
        return dict(vars(self))


@dataclass(frozen=True)
class Ranking:
    """The likeliest galaxies, best first; `inside` counts all of the catalogue in the credible volume."""

    level: float
    inside: int
    galaxies: tuple[RankedGalaxy, ...]


@dataclass(frozen=True)
class Completeness:
    """How much of the light or mass that is there a catalogue lists in the shell around a distance."""

    distance: float  # Mpc
    quantity: str  # "B luminosity" or "stellar mass"
    fraction: float  # 0..1: a near shell that is richer than the mean counts as complete


def rank(galaxies: Galaxies, skymap: SkyMap, *, level: float = 0.9, limit: int = 50) -> Ranking:
    """The `limit` likeliest galaxies inside the 3-D credible volume of `level`.

    Raises SkyMapError for a map without distances, or one whose cells with a distance do not hold `level`.
    """
    threshold = volume_threshold(skymap, level)
    near, far = _reach(skymap, threshold)
    there = np.flatnonzero((galaxies.distance >= near) & (galaxies.distance <= far))
    density = volume_density_at(skymap, galaxies.ra[there], galaxies.dec[there], galaxies.distance[there])
    inside, density = there[density >= threshold], density[density >= threshold]
    score = mangrove(density, galaxies.mass[inside])
    order = np.argsort(-score, kind="stable")[:limit]
    total = float(np.sum(score))
    return Ranking(
        level,
        inside.size,
        tuple(
            RankedGalaxy(
                rank=number,
                name=galaxies.names[i],
                ra=float(galaxies.ra[i]),
                dec=float(galaxies.dec[i]),
                distance=float(galaxies.distance[i]),
                mass=_known(float(galaxies.mass[i])),
                probability_density=float(density[place]),
                share=float(score[place]) / total,
            )
            for number, (place, i) in enumerate(zip(order, inside[order], strict=True), start=1)
        ),
    )


def volume_threshold(skymap: SkyMap, level: float) -> float:
    """dP/dV (Mpc⁻³) from which on a point lies in the credible volume. Raises SkyMapError without one."""
    if not 0.0 < level < 1.0:
        raise SkyMapError(f"a credible level lies between 0 and 1, not {level!r}")
    threshold = credible_density(LinesOfSight.of(skymap), level)
    if threshold is None:
        raise SkyMapError(f"the cells with a distance do not hold {level:.0%} of the probability")
    return threshold


def _reach(skymap: SkyMap, threshold: float) -> tuple[float, float]:
    """The nearest and the farthest distance (Mpc) at which any line of sight reaches this dP/dV."""
    lines = LinesOfSight.of(skymap)
    room = lines.log_peak - math.log(threshold)
    lit = room >= 0.0
    half = lines.sigma[lit] * np.sqrt(2.0 * room[lit])
    return float(np.min(lines.mu[lit] - half)), float(np.max(lines.mu[lit] + half))


def mangrove(place: Floats, mass: Floats) -> Floats:
    """Scores G (module docstring) from dP/dV and stellar mass (NaN: unknown). Same shape."""
    heavy = np.where(np.isfinite(mass) & (mass > 0.0), mass, 0.0)
    weighed = float(np.sum(place * heavy))
    if weighed <= 0.0:
        return place
    # G_mass enters with α only, so that its normalisation cancels.
    scores: Floats = place * (1.0 + float(np.sum(place)) / weighed * heavy)
    return scores


def shells(galaxies: Galaxies) -> dict[str, list[float]]:
    """Sums of mass and luminosity in shells of distance, each SHELL times farther than the last."""
    with np.errstate(divide="ignore"):
        place = np.floor(np.log(galaxies.distance / _INNERMOST) / math.log(SHELL)).astype(np.int64)
    here = (place >= 0) & (place < _SHELLS)

    def summed(values: Floats) -> list[float]:
        known = np.where(np.isfinite(values) & (values > 0.0), values, 0.0)
        return [float(v) for v in np.bincount(place[here], weights=known[here], minlength=_SHELLS)]

    return {"mass": summed(galaxies.mass), "luminosity": summed(galaxies.luminosity)}


def completeness(sums: Mapping[str, list[float]], distance: float) -> Completeness | None:
    """Completeness of a catalogue (its `shells`) in the shell that holds `distance` (Mpc).

    By B luminosity where the catalogue has it, else by stellar mass, against the mean of the nearby
    universe; the whole sky counts, the plane of the Galaxy too. None where it has neither, or too far out.
    """
    if distance < _INNERMOST:
        return None
    shell = int(math.log(distance / _INNERMOST) / math.log(SHELL))
    if shell >= _SHELLS:
        return None
    inner = _INNERMOST * SHELL**shell
    volume = 4.0 / 3.0 * math.pi * inner**3 * (SHELL**3 - 1.0)
    for column, quantity, mean in (
        ("luminosity", "B luminosity", B_LUMINOSITY_DENSITY),
        ("mass", "stellar mass", STELLAR_MASS_DENSITY),
    ):
        if any(sums[column]):
            return Completeness(distance, quantity, min(1.0, sums[column][shell] / (mean * volume)))
    return None


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
