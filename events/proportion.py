"""A fraction that was counted, and how well it is known."""

from __future__ import annotations

import math


def wilson(found: int, of: int, z: float = 1.0) -> tuple[float, float]:
    """Confidence interval of a fraction (Wilson 1927, JASA 22, 209) at `z` standard deviations."""
    share, turn = found / of, z * z / of
    middle = (share + turn / 2) / (1 + turn)
    half = z / (1 + turn) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)
