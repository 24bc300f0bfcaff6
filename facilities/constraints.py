"""What keeps a telescope from a direction: one rule each, all cells by all instants.

Directions are unit vectors in the frame of date, float32 [N, 3]; every rule gives bool [T, N] (or [N] where
time does not matter), True where the direction may be observed.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from facilities.ephemeris import Floats, Sky, unit
from facilities.facility import Facility, FacilityError

Singles: TypeAlias = npt.NDArray[np.float32]
Flags: TypeAlias = npt.NDArray[np.bool_]

EARTH_RADIUS: Final = 6371.0
"""Kilometres."""


def place_of(facility: Facility) -> tuple[float, float, float]:
    """Latitude, longitude (degrees) and elevation (m) of a ground facility."""
    if facility.latitude is None or facility.longitude is None or facility.elevation is None:
        raise FacilityError(f"{facility.name} is in space: it has no zenith and no night")
    return facility.latitude, facility.longitude, facility.elevation


def zenith_of(sky: Sky, facility: Facility) -> Floats:
    """Zenith of a ground facility at each instant, unit vectors [T, 3]."""
    latitude, longitude, _ = place_of(facility)
    return sky.zenith(latitude, longitude)


def sun_altitude(sky: Sky, facility: Facility) -> Floats:
    """Altitude of the sun's centre in degrees at each instant [T], topocentric, no refraction."""
    return altitude_of(unit(sky.sun - sky.position(*place_of(facility))), zenith_of(sky, facility))


def altitude_of(body: Floats, zenith: Floats) -> Floats:
    """Altitude in degrees of one direction an instant: unit vectors [T, 3] each."""
    altitude: Floats = np.degrees(np.arcsin(np.clip(np.einsum("ij,ij->i", body, zenith), -1.0, 1.0)))
    return altitude


def moon_from(sky: Sky, facility: Facility) -> Floats:
    """Direction of the moon, unit vectors [T, 3]: topocentric on the ground, geocentric for space."""
    if facility.space:
        return sky.moon_direction
    return unit(sky.moon - sky.position(*place_of(facility)))


def sine_altitude(directions: Singles, zenith: Floats) -> Singles:
    """Sine of the altitude of every direction at every instant [T, N]: a matrix product."""
    product: Singles = zenith.astype(np.float32) @ directions.T
    return product


def high_enough(sine_of_altitude: Singles, facility: Facility) -> Flags:
    """Within the airmass limit X, plane-parallel, so sin(alt) >= 1/X: above the horizon by construction."""
    return np.asarray(sine_of_altitude >= np.float32(1.0 / facility.airmass_limit))


def culminates_high_enough(directions: Singles, facility: Facility) -> Flags:
    """Within the airmass limit at some hour [N]: it culminates |latitude - dec| from the zenith."""
    latitude, _, _ = place_of(facility)
    declination = np.arcsin(np.clip(directions[:, 2], -1.0, 1.0))
    return np.asarray(np.cos(declination - np.radians(latitude)) >= 1.0 / facility.airmass_limit)


def within_hour_angle(directions: Singles, sky: Sky, rows: Flags, facility: Facility) -> Flags | None:
    """|hour angle| <= the limit H: the component towards the meridian is at least cos(H) cos(dec)."""
    if facility.hour_angle_limit is None:
        return None
    _, longitude, _ = place_of(facility)
    towards = sky.meridian(longitude)[rows].astype(np.float32) @ directions.T
    across = np.hypot(directions[:, 0], directions[:, 1])
    return np.asarray(towards >= _cosine(15.0 * facility.hour_angle_limit) * across)


def within_declination(declination: Floats, facility: Facility) -> Flags:
    """ICRS declination between the facility's limits [N]."""
    return (declination >= facility.declination_min) & (declination <= facility.declination_max)


def hide_near(flags: Flags, directions: Singles, body: Floats, degrees: float) -> None:
    """Clear `flags` [T, N] where a direction is closer than `degrees` to a body [T, 3] that moves slowly.

    Only directions near the body's whole path are looked at: for the moon that is a small part of most maps.
    """
    if degrees <= 0 or not len(body):
        return
    path = body.astype(np.float32)
    middle = path[len(path) // 2]
    reach = np.degrees(np.arccos(np.clip((path @ middle).min(), -1.0, 1.0))) + degrees
    near = np.flatnonzero(directions @ middle > _cosine(min(180.0, reach + 0.1)))
    if near.size:
        flags[:, near] &= path @ directions[near].T <= _cosine(degrees)


def sun_allows(directions: Singles, sun: Floats, facility: Facility) -> Flags:
    """Sun separation between a space facility's limits, exactly [T, N]."""
    towards = sun.astype(np.float32) @ directions.T
    allowed: Flags = towards <= _cosine(facility.sun_separation_limit or 0.0)
    if facility.sun_separation_max is not None:
        allowed &= towards >= _cosine(facility.sun_separation_max)
    return allowed


def orbit_fraction(declination: Floats, facility: Facility) -> Floats:
    """Fraction of an orbit in which the Earth and its limb leave a direction free [N], 0..1.

    From a circular orbit at height h the Earth's disc has the angular radius asin(R / (R + h)); a direction
    is free while it is farther than that plus `earth_limb_limit` from the Earth's centre. Averaged over the
    place in the orbit and over the node, which drifts around within weeks and is in no alert; so it depends
    on declination alone. It is zero only where no orientation of the orbit ever leaves the direction free.
    """
    if facility.earth_limb_limit is None or facility.orbit_altitude is None:
        return np.ones_like(declination)
    disc = np.degrees(np.arcsin(EARTH_RADIUS / (EARTH_RADIUS + facility.orbit_altitude)))
    limit = np.cos(np.radians(disc + facility.earth_limb_limit))
    phase = np.radians(np.arange(0.5, 360.0, 5.0))
    sine_nadir = np.sin(np.radians(facility.orbit_inclination or 0.0)) * np.sin(phase)
    cosine_nadir = np.sqrt(1.0 - sine_nadir**2)
    table = np.linspace(-90.0, 90.0, 181)
    sine_dec, cosine_dec = np.sin(np.radians(table))[:, None], np.cos(np.radians(table))[:, None]
    # cos(separation) = sin sin + cos cos cos(longitude difference), and all differences are equally likely
    turn = (limit - sine_dec * sine_nadir) / np.maximum(cosine_dec * cosine_nadir, 1e-12)
    free = 1.0 - np.arccos(np.clip(turn, -1.0, 1.0)) / np.pi
    return np.asarray(np.interp(declination, table, free.mean(axis=1)))


def _cosine(degrees: float) -> np.float32:
    return np.float32(np.cos(np.radians(degrees)))
