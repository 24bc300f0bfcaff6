"""Where the sun, the moon and the zeniths of sites are at an instant, as points on a plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from facilities.ephemeris import sky_at
from facilities.facility import Facility
from skymaps.healpix import degrees_from_vectors


@dataclass(frozen=True)
class Point:
    """A named place on the sky, ICRS degrees."""

    name: str
    ra: float
    dec: float


@dataclass(frozen=True)
class Bodies:
    sun: Point
    moon: Point
    moon_illumination: float
    zeniths: tuple[Point, ...]


def bodies(at: datetime, sites: Sequence[Facility] = ()) -> Bodies:
    """Geocentric sun and moon and the zeniths of ground sites at `at` (one point a place, names joined)."""
    sky = sky_at(np.array([at.timestamp()]))
    places: dict[tuple[int, int], tuple[list[str], np.ndarray]] = {}
    for site in sites:
        if site.latitude is None or site.longitude is None:
            continue
        same_mountain = (round(site.latitude), round(site.longitude))
        names, _ = places.setdefault(same_mountain, ([], sky.zenith(site.latitude, site.longitude)[0]))
        names.append(site.name)

    def point(name: str, of_date: np.ndarray) -> Point:
        ra, dec = degrees_from_vectors(of_date @ sky.to_date)
        return Point(name, float(ra), float(dec))

    return Bodies(
        point("sun", sky.sun_direction[0]),
        point("moon", sky.moon_direction[0]),
        float(sky.moon_illumination[0]),
        tuple(point(", ".join(names), zenith) for names, zenith in places.values()),
    )
