"""A plan: which fields a facility is to expose, when, in which filter; whoever made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Exposure:
    """One exposure. `ra` and `dec` of the field's centre, ICRS degrees; `seconds` the shutter is open.

    `probability` is what the field adds to those before it: 0 where the field (or all its sky) was exposed
    earlier in the plan, so that the exposures' sum is the plan's. `airmass` plane-parallel at the start,
    None in space.
    """

    field: str
    ra: float
    dec: float
    start: datetime
    seconds: float
    filter: str | None
    probability: float
    airmass: float | None = None


@dataclass(frozen=True)
class Plan:
    """Exposures in time order.

    `planner` is `instant`, `gwemopt`, `m4opt` or `skyportal`; `strategy` is `single`, `tiling` or
    `galaxies`. `probability` (0..1) and `area` (deg², overlaps once) are what the whole plan covers of the
    sky map. `notes` are sentences for people: what could not be done and why. An empty plan says in `notes`
    why it is empty.
    """

    facility: str
    planner: str
    strategy: str
    event: str | None
    made: datetime
    window: tuple[datetime, datetime]
    exposures: tuple[Exposure, ...]
    probability: float
    area: float
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def fields(self) -> int:
        """How many different fields are exposed."""
        return len({each.field for each in self.exposures})
