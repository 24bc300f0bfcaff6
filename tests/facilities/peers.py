"""The same questions answered by astropy alone: AltAz cell by cell, instant by instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import astropy.units as u
import numpy as np
import numpy.typing as npt
from astropy.coordinates import AltAz, EarthLocation, HADec, SkyCoord, angular_separation, get_body
from astropy.time import Time
from astropy.utils import iers

from facilities.facility import Facility
from skymaps.skymap import SkyMap

iers.conf.auto_download = False
iers.conf.iers_degraded_accuracy = "ignore"

BEYOND_THE_TABLES = (
    "ignore:.*dubious year.*:erfa.ErfaWarning",
    "ignore:Tried to get polar motions:astropy.utils.exceptions.AstropyWarning",
)
"""What astropy warns of in 2030: nobody knows yet how the Earth will turn."""


@dataclass(frozen=True)
class Answer:
    """Probability that counts now, at any instant, and hours, on a grid of 10 minutes from `at`."""

    now: float
    tonight: float
    hours: float
    counts: npt.NDArray[np.bool_]


def location_of(facility: Facility) -> EarthLocation:
    return EarthLocation.from_geodetic(
        facility.longitude * u.deg, facility.latitude * u.deg, facility.elevation * u.m
    )


def coordinates_of(skymap: SkyMap) -> SkyCoord:
    x, y, z = skymap.unit_vectors.T
    return SkyCoord(np.degrees(np.arctan2(y, x)) * u.deg, np.degrees(np.arcsin(z)) * u.deg)


def astropy_observability(skymap: SkyMap, facility: Facility, at: datetime) -> Answer:
    """contracts.md word by word with astropy's frames, pressure 0."""
    times = Time(at) + np.arange(145) * 10 * u.min
    place = location_of(facility)
    frames = AltAz(obstime=times, location=place)
    sun = get_body("sun", times, place).transform_to(frames).alt.deg
    moon = get_body("moon", times, place).transform_to(frames)
    cells = coordinates_of(skymap)
    declination = cells.dec.deg
    counts = np.zeros((times.size, len(skymap)), dtype=np.bool_)
    for i in np.flatnonzero(sun < facility.sun_altitude_limit):
        seen = cells.transform_to(AltAz(obstime=times[i], location=place))
        altitude = seen.alt.deg
        up = altitude > 0.0
        counts[i] = up & (
            1.0 / np.cos(np.radians(90.0 - np.where(up, altitude, 90.0))) <= facility.airmass_limit
        )
        counts[i] &= (declination >= facility.declination_min) & (declination <= facility.declination_max)
        apart = angular_separation(seen.az, seen.alt, moon.az[i], moon.alt[i])
        counts[i] &= apart.to_value(u.deg) >= facility.moon_separation_limit
        if facility.hour_angle_limit is not None:
            hour_angle = cells.transform_to(HADec(obstime=times[i], location=place)).ha.hourangle
            counts[i] &= np.abs(hour_angle) <= facility.hour_angle_limit
    probability = skymap.probability
    hours = counts.sum(axis=0) - 0.5 * counts[0] - 0.5 * counts[-1]
    return Answer(
        now=float(probability @ counts[0]),
        tonight=float(probability @ counts.any(axis=0)),
        hours=float(probability @ hours) / 6.0,
        counts=counts,
    )
