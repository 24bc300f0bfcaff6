"""What can be fitted, and with what: models and sources, as every fitter takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from events.lightcurve import Measurement
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.sources import Source


@dataclass(frozen=True)
class Model:
    """Something that can be fitted. `name` is what people type, `by` the service that does it.

    `parameters`: what may be set, with the values it may have (none: any), the first the default. `chosen`
    are settings that make it this model; `key` is the fitter's own. Those `free` take other values too.
    """

    name: str
    by: str
    description: str = ""
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    free: frozenset[str] = frozenset()

    @property
    def full(self) -> str:
        return f"{self.by}/{self.name}"


@dataclass(frozen=True)
class FitSource:
    """What is fitted, and the SkyPortal that has it."""

    portal: SkyPortal
    source: Source
    light: tuple[Measurement, ...]
