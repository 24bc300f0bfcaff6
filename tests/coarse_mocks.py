"""Mock mergers on coarse maps: each desk sends itself one when it begins, and full detail takes seconds.

What the maps are like is tested in `tests/simulation`, which sets the detail itself.
"""

from __future__ import annotations

import pytest

from simulation import localisation


def make_mocks_coarse(patch: pytest.MonkeyPatch) -> None:
    """Pixels of half a degree where it matters, a seventh of the work."""
    patch.setattr(localisation, "FIRST_ORDER", 3)
    patch.setattr(localisation, "ROUNDS", 4)
