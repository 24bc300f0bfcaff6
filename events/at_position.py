"""What an event's map says of places: the credible level they lie at, and whether a distance agrees."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from events.analysis import MapSource


@dataclass(frozen=True)
class Place:
    """A place on the sky (ICRS degrees), and in depth where its distance (Mpc) is known."""

    ra: float
    dec: float
    distance: float | None = None


@dataclass(frozen=True)
class Placed:
    """`level`: the smallest credible region that reaches the place (0 the peak, 1 outside).

    `nearer`: probability that the event is nearer than the place's distance, were it in this direction; None
    where map or place says nothing of it.
    """

    level: float
    nearer: float | None


@dataclass(frozen=True)
class PlacesWork:
    """Places on one map; can be pickled."""

    source: MapSource
    places: tuple[Place, ...]


def placed(work: PlacesWork) -> tuple[Placed, ...]:
    """Each place on the map. Raises SkyMapError where the map cannot be read."""
    from skymaps.distance import nearer_than
    from skymaps.regions import searched_probability

    skymap = work.source.read()
    ra, dec, far = (
        np.array(column)
        for column in zip(
            *((each.ra, each.dec, each.distance or math.nan) for each in work.places), strict=True
        )
    )
    nearer = nearer_than(skymap, ra, dec, far)
    return tuple(
        Placed(
            searched_probability(skymap, each.ra, each.dec),
            float(nearer[number]) if math.isfinite(nearer[number]) else None,
        )
        for number, each in enumerate(work.places)
    )
