"""The galaxy that a source may belong to: the one of a catalogue that it lies nearest to, in kpc there."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from events.galaxies import Galaxies

REACH: Final = 50.0
"""kpc: most short bursts and kilonovae lie nearer to their hosts (Fong et al. 2022, ApJ 940, 56)."""

WIDEST: Final = 5.0
"""Arcminutes: further off on the sky a nearby galaxy is mostly there by chance."""


@dataclass(frozen=True)
class Host:
    """A galaxy beside a source: `offset` arcminutes on the sky, `projected` kpc were it at `distance` Mpc."""

    name: str
    offset: float
    projected: float
    distance: float


def host_of(galaxies: Galaxies, ra: float, dec: float) -> Host | None:
    """The galaxy with the smallest projected offset within reach; None where there is none."""
    near = np.flatnonzero(np.abs(galaxies.dec - dec) <= WIDEST / 60.0)
    if not near.size:
        return None
    first, second = np.radians(dec), np.radians(galaxies.dec[near])
    half = np.sin((second - first) / 2.0) ** 2 + np.cos(first) * np.cos(second) * (
        np.sin(np.radians(galaxies.ra[near] - ra) / 2.0) ** 2
    )
    angle = 2.0 * np.arcsin(np.sqrt(half))
    projected = 1000.0 * angle * galaxies.distance[near]
    offset = np.degrees(angle) * 60.0
    fits = np.flatnonzero((offset <= WIDEST) & (projected <= REACH) & np.isfinite(projected))
    if not fits.size:
        return None
    best = int(fits[np.argmin(projected[fits])])
    number = int(near[best])
    return Host(
        galaxies.names[number], float(offset[best]), float(projected[best]), float(galaxies.distance[number])
    )


def around(places: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """The places and points on a ring around each, as far as a host may lie: whose tiles are to be read."""
    made = []
    for ra, dec in places:
        made.append((ra, dec))
        shrink = max(0.05, math.cos(math.radians(dec)))
        for turn in range(8):
            angle = math.pi * turn / 4.0
            up = min(90.0, max(-90.0, dec + WIDEST / 60.0 * math.sin(angle)))
            made.append(((ra + WIDEST / 60.0 * math.cos(angle) / shrink) % 360.0, up))
    return made
