"""False-alarm rates of coincidences, as RAVEN has them (ligo-raven 3.3; Urban 2016; Ashton et al. 2018)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

YEAR = 365.25 * 86400.0
"""s; a Julian year."""

GRB_RATE = 310.0 / YEAR
"""Hz; gamma-ray bursts that the public notices of all missions bring (RAVEN)."""

SUBTHRESHOLD_GRB_RATE = 65.0 / YEAR
"""Hz; what Fermi GBM's subthreshold notices add to them (RAVEN)."""


@dataclass(frozen=True)
class Threshold:
    """The rates, Hz, below which a targeted search looks at candidates of either kind."""

    gw: float
    grb: float


TARGETED: Mapping[str, Threshold] = {
    "Fermi": Threshold(gw=1.0 / 86400.0, grb=1e-4),
    "Swift": Threshold(gw=2.0 / 86400.0, grb=1e-3),
}
"""RAVEN, SubGRBTargeted."""


def time_far(width: float, rate: float, far: float) -> float:
    """Rate (Hz) of chance coincidences: window `width` (s) × `rate` of the one × `far` of the other (Hz)."""
    return width * rate * far


def targeted_far(width: float, far_grb: float, far_gw: float, threshold: Threshold) -> float:
    """Rate (Hz) of chance coincidences of two subthreshold candidates that were looked for together.

    z (1 - ln(z / z_max)) with z = width far_grb far_gw, z_max the same of the thresholds; z_max itself
    where z is beyond it, 0 where z is 0.
    """
    z = width * far_grb * far_gw
    z_max = width * threshold.grb * threshold.gw
    if z <= 0.0:
        return 0.0
    return z * (1.0 - math.log(z / z_max)) if z < z_max else z_max


def space_time_far(in_time: float | None, overlap: float | None) -> float | None:
    """The temporal rate over the overlap integral I. None where there is no overlap (I = 0) or no number."""
    if in_time is None or not overlap:
        return None
    return in_time / overlap
