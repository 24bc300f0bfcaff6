"""Statistics of a sky map: the keys of `nightdesk skymap --json`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Peak:
    """The point of highest probability density, ICRS degrees."""

    ra: float
    dec: float


@dataclass(frozen=True)
class SkyMapStatistics:
    """What a sky map says in numbers. Areas deg², distances Mpc, volumes Mpc³, angles deg."""

    pixels: int
    max_order: int
    area_50: float
    area_90: float
    probability_in_100_deg2: float
    probability_in_500_deg2: float
    peak: Peak
    distance_mean: float | None
    distance_std: float | None
    distance_05: float | None
    distance_50: float | None
    distance_95: float | None
    volume_50: float | None
    volume_90: float | None
    galactic_fraction: float
    sun_separation: float | None
    moon_separation: float | None
    modes_90: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> SkyMapStatistics:
        return cls(**{**values, "peak": Peak(**values["peak"])})
