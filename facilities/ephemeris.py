"""Earth, sun and moon on a grid of instants, in the frame of date (CIRS), without network.

Everything that turns with the sky is brought to the celestial intermediate frame of the middle of the grid:
one matrix and one aberration vector for the window, for within a day precession and nutation change by 0.3″
and aberration by 0.4″. In that frame the Earth only turns about z, by the Earth rotation angle, so a site's
zenith is a closed formula. Altitudes agree with astropy's AltAz (no pressure) to about 1″; refraction, polar
motion (0.5″) and diurnal aberration (0.3″) are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TypeAlias

import erfa
import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]

UNIX_EPOCH = 2440587.5
"""Julian date of 1970-01-01T00:00 UTC."""

AU = 149597870.7
"""Kilometres (IAU 2012)."""

NODE_HOURS = 6.0
"""Earth's orbit is a straight line to 0.5″ over this long."""


@dataclass(frozen=True, eq=False)
class Sky:
    """Where sun and moon are and how far the Earth has turned, at `instants` (unix seconds, float64[T]).

    `rotation` is the Earth rotation angle in radians, float64[T]; `to_date` turns GCRS into CIRS axes;
    `velocity` is the Earth's barycentric velocity in units of c, GCRS; `sun` and `moon` are apparent
    geocentric positions in km, CIRS axes, float64[T, 3].
    """

    instants: Floats
    rotation: Floats
    to_date: Floats
    velocity: Floats
    sun: Floats
    moon: Floats

    def of_date(self, directions: Floats) -> Floats:
        """ICRS unit vectors [N, 3] as apparent ones in the frame of date: aberration, then the matrix.

        Aberration to first order in v/c, p' ~ p + v (Urban & Seidelmann 2013, eq. 7.36): good to 0.001″.
        """
        apparent = directions + self.velocity
        apparent /= np.sqrt(np.einsum("ij,ij->i", apparent, apparent))[:, None]
        of_date: Floats = apparent @ self.to_date.T
        return of_date

    def zenith(self, latitude: float, longitude: float) -> Floats:
        """Geodetic zenith of a site at each instant, unit vectors [T, 3]; degrees, east positive."""
        north = np.radians(latitude)
        return self._turned(float(np.cos(north)), float(np.sin(north)), longitude)

    def meridian(self, longitude: float) -> Floats:
        """Point of the celestial equator on a site's meridian at each instant, unit vectors [T, 3]."""
        return self.zenith(0.0, longitude)

    def position(self, latitude: float, longitude: float, elevation: float) -> Floats:
        """A site from the Earth's centre, km, [T, 3], frame of date (WGS 84)."""
        across, up = _from_axis_and_equator(latitude, elevation)
        return self._turned(across, up, longitude)

    def _turned(self, across: float, up: float, longitude: float) -> Floats:
        """What turns with the Earth: `across` from its axis at `longitude`, `up` from its equator [T, 3]."""
        meridian = self.rotation + np.radians(longitude)
        turned = np.empty((meridian.size, 3))
        turned[:, 0] = across * np.cos(meridian)
        turned[:, 1] = across * np.sin(meridian)
        turned[:, 2] = up
        return turned

    @cached_property
    def sun_direction(self) -> Floats:
        """Geocentric direction of the sun, unit vectors [T, 3]."""
        return unit(self.sun)

    @cached_property
    def moon_direction(self) -> Floats:
        """Geocentric direction of the moon, unit vectors [T, 3]."""
        return unit(self.moon)

    @cached_property
    def moon_illumination(self) -> Floats:
        """Illuminated fraction of the disc 0..1, [T], seen from the Earth's centre (Meeus 1998, eq. 48.1)."""
        to_sun, to_earth = self.sun - self.moon, -self.moon
        lit: Floats = (1.0 + np.einsum("ij,ij->i", unit(to_sun), unit(to_earth))) / 2.0
        return lit


@lru_cache(maxsize=1024)
def _from_axis_and_equator(latitude: float, elevation: float) -> tuple[float, float]:
    """Kilometres of a site from the Earth's axis and from the plane of its equator (WGS 84)."""
    across, _, up = erfa.gd2gc(1, 0.0, np.radians(latitude), elevation) / 1000.0
    return float(across), float(up)


def unit(vectors: Floats) -> Floats:
    """Vectors [T, 3] of length one."""
    of_one: Floats = vectors / np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    return of_one


def grid(at: datetime, hours: float, step_minutes: float) -> Floats:
    """Instants from `at` over `hours` in steps of `step_minutes`, both ends included, unix seconds."""
    steps = int(np.ceil(hours * 60.0 / step_minutes - 1e-9))
    start = at.timestamp()
    instants: Floats = np.minimum(start + 60.0 * step_minutes * np.arange(steps + 1), start + 3600.0 * hours)
    return instants


@lru_cache(maxsize=16)
def sky_from(at: datetime, hours: float, step_minutes: float) -> Sky:
    """The `Sky` of a grid; kept, for every facility and every chunk of them asks for the same."""
    return sky_at(grid(at, hours, step_minutes))


def sky_at(instants: Floats) -> Sky:
    """The `Sky` at `instants` (unix seconds, ascending, spanning a few days at most)."""
    tt, ut1 = _time_scales(instants)
    middle = (tt[0] + tt[-1]) / 2.0
    to_date = erfa.c2i06a(UNIX_EPOCH, middle)
    sun, velocity = _sun_and_velocity(tt)
    moon = erfa.moon98(UNIX_EPOCH, tt)["p"] * AU
    return Sky(
        instants=instants,
        rotation=erfa.era00(UNIX_EPOCH, ut1),
        to_date=to_date,
        velocity=velocity,
        sun=sun @ to_date.T,
        moon=moon @ to_date.T,
    )


def _sun_and_velocity(tt: Floats) -> tuple[Floats, Floats]:
    """Apparent sun in GCRS axes (km, [T, 3]) and the Earth's velocity (units of c, [3]) in the middle."""
    nodes = np.linspace(tt[0], tt[-1], max(2, int(np.ceil((tt[-1] - tt[0]) * 24.0 / NODE_HOURS)) + 1))
    heliocentric, barycentric = erfa.epv00(UNIX_EPOCH, nodes)
    velocity = barycentric["v"] * AU * 1000.0 / erfa.DAYSEC / erfa.CMPS
    distance = np.sqrt(np.einsum("ij,ij->i", heliocentric["p"], heliocentric["p"]))[:, None]
    apparent = (-heliocentric["p"] + velocity * distance) * AU
    sun = np.stack([np.interp(tt, nodes, apparent[:, axis]) for axis in range(3)], axis=-1)
    return sun, velocity[len(nodes) // 2]


def _time_scales(instants: Floats) -> tuple[Floats, Floats]:
    """TT and UT1 as days since the unix epoch, of unix seconds (UTC)."""
    days = instants / 86400.0
    since, tai_minus_utc = _leap_seconds()
    tai = tai_minus_utc[max(0, int(np.searchsorted(since, instants[0], side="right")) - 1)]
    tt = days + (tai + 32.184) / 86400.0
    mjd, ut1_minus_utc = _earth_rotation_table()
    ut1 = days + np.interp(days + UNIX_EPOCH - 2400000.5, mjd, ut1_minus_utc) / 86400.0
    return tt, ut1


@cache
def _leap_seconds() -> tuple[Floats, Floats]:
    """Since when (unix seconds), and TAI-UTC from then on; the last one holds until another is announced."""
    table = erfa.leap_seconds.get()
    since = [datetime(row["year"], row["month"], 1, tzinfo=UTC).timestamp() for row in table]
    return np.array(since), np.asarray(table["tai_utc"], dtype=np.float64)


@cache
def _earth_rotation_table() -> tuple[Floats, Floats]:
    """MJD and UT1-UTC in seconds, measured and predicted, from the installed IERS Bulletin A.

    Columns 8-15 and 59-68 of finals2000A (its readme). Read here, not by astropy.utils.iers, which takes a
    second for what is two columns; beyond its last prediction the last value stays (off by 0.9 s, 0.004°, at
    most).
    """
    import astropy_iers_data  # type: ignore[import-untyped]

    mjd, offset = [], []
    for line in Path(astropy_iers_data.IERS_A_FILE).read_text(encoding="ascii").splitlines():
        if line[58:68].strip():
            mjd.append(float(line[7:15]))
            offset.append(float(line[58:68]))
    return np.array(mjd), np.array(offset)


def instant_of(seconds: float) -> datetime:
    """Unix seconds as an aware UTC instant, to the second."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=round(seconds))
