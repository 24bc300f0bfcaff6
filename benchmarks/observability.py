"""Who can see it: one facility's day and sixty facilities' day, beside astropy's AltAz and astroplan.

Run as `python -m benchmarks.observability`. Everything on one core and in the same run; imports, Earth
rotation tables and the map are loaded before the clock starts, for all alike.
"""

from __future__ import annotations

import warnings
from datetime import UTC, datetime

import astropy.units as u
import numpy as np
from astropy.coordinates import (
    AltAz,
    EarthLocation,
    NonRotationTransformationWarning,
    SkyCoord,
    angular_separation,
    get_body,
)
from astropy.time import Time
from astropy.utils import iers

from benchmarks.timing import Measurement, table, timeit
from facilities.facility import Facility
from facilities.observability import FacilityObservability, observability
from facilities.registry import load_registry
from skymaps import healpix
from skymaps.skymap import SkyMap

AT = datetime(2023, 5, 18, 13, 38, tzinfo=UTC)
INSTANTS = 145
FACILITIES = 60
"""How many telescopes the goal of the bench speaks of; the registry holds more."""


def banana_of_20000_cells() -> SkyMap:
    """A two-detector ring segment on about 20,000 cells of four orders, as BAYESTAR makes them."""
    axis = healpix.vectors_from_degrees(60.0, -10.0)
    middle = healpix.vectors_from_degrees(100.0, -10.0)
    cells, values = [], []
    pixels = np.arange(12 * 4**5, dtype=np.int64)
    for order in (5, 6, 7, 8):
        vectors = healpix.unit_vectors(order, pixels)
        across = (np.degrees(healpix.separation(vectors, axis)) - 40.0) / 2.6
        along = np.degrees(healpix.separation(vectors, middle)) / 26.0
        density = np.exp(-0.5 * (across**2 + along**2)) + 1e-9
        split = density > {5: 1e-3, 6: 0.2, 7: 0.75, 8: np.inf}[order]
        cells.append(healpix.uniq_of(order, pixels[~split]))
        values.append(density[~split])
        pixels = healpix.children(pixels[split]).ravel()
    return SkyMap.from_cells(np.concatenate(cells), np.concatenate(values))


def coordinates(skymap: SkyMap) -> SkyCoord:
    ra, dec = healpix.degrees_from_vectors(skymap.unit_vectors)
    return SkyCoord(ra * u.deg, dec * u.deg)


def place_of(facility: Facility) -> EarthLocation:
    return EarthLocation.from_geodetic(
        facility.longitude * u.deg, facility.latitude * u.deg, facility.elevation * u.m
    )


def day_by_altaz(skymap: SkyMap, facility: Facility) -> float:
    """Probability tonight, every cell at every instant of the night through AltAz, as lean as it goes."""
    place = place_of(facility)
    times = Time(AT) + np.arange(INSTANTS) * 10 * u.min
    frames = AltAz(obstime=times, location=place)
    dark = get_body("sun", times, place).transform_to(frames).alt.deg < facility.sun_altitude_limit
    moon = get_body("moon", times, place).transform_to(frames)
    cells = coordinates(skymap)
    ever = np.zeros(len(skymap), dtype=np.bool_)
    for index in np.flatnonzero(dark):
        seen = cells.transform_to(AltAz(obstime=times[index], location=place))
        counts = seen.alt.deg >= facility.altitude_limit
        counts &= (cells.dec.deg >= facility.declination_min) & (cells.dec.deg <= facility.declination_max)
        apart = angular_separation(seen.az, seen.alt, moon.az[index], moon.alt[index])
        counts &= apart.to_value(u.deg) >= facility.moon_separation_limit
        ever |= counts
    return float(skymap.probability @ ever)


def day_by_astroplan(skymap: SkyMap, facility: Facility) -> float:
    """The same with astroplan's constraints, all cells as targets, in blocks that fit into memory."""
    from astroplan import AirmassConstraint, AtNightConstraint, MoonSeparationConstraint, Observer

    observer = Observer(place_of(facility))
    constraints = [
        AtNightConstraint(max_solar_altitude=facility.sun_altitude_limit * u.deg),
        AirmassConstraint(max=facility.airmass_limit, boolean_constraint=True),
        MoonSeparationConstraint(min=facility.moon_separation_limit * u.deg),
    ]
    times = Time(AT) + np.arange(INSTANTS) * 10 * u.min
    cells = coordinates(skymap)
    held = 0.0
    warnings.simplefilter("ignore", NonRotationTransformationWarning)
    for start in range(0, len(skymap), 1000):
        block = cells[start : start + 1000]
        flags = [rule(observer, block, times=times, grid_times_targets=True) for rule in constraints]
        ever = np.logical_and.reduce(flags).any(axis=1)
        ever &= (block.dec.deg >= facility.declination_min) & (block.dec.deg <= facility.declination_max)
        held += float(skymap.probability[start : start + 1000] @ ever)
    return held


def run() -> list[Measurement]:
    """The rows of the table; prints nothing."""
    iers.conf.auto_download = False
    iers.conf.iers_degraded_accuracy = "ignore"
    skymap, registry = banana_of_20000_cells(), load_registry()
    decam = registry.get("DECam")
    ground = [facility for facility in registry if not facility.space]
    note = f"{len(skymap):,} cells × {INSTANTS} instants"

    def ours(facilities: list[Facility]) -> tuple[FacilityObservability, ...]:
        return observability(skymap, facilities, AT)

    day_by_altaz(cone_to_warm_up(), decam)
    by_altaz, by_astroplan = day_by_altaz(skymap, decam), day_by_astroplan(skymap, decam)
    (row,) = ours([decam])
    one = timeit(lambda: ours([decam]), repeat=21)
    sixty = timeit(lambda: ours(ground[:FACILITIES]), repeat=7)
    altaz = timeit(lambda: day_by_altaz(skymap, decam), repeat=1)
    astroplan = timeit(lambda: day_by_astroplan(skymap, decam), repeat=1)
    return [
        Measurement(
            "one facility's day, against AltAz per cell", one, altaz, "ms", "≥ 200 ×",
            f"{note}; P tonight {row.probability_tonight:.4f} against {by_altaz:.4f}",
        ),
        Measurement(
            "one facility's day, against astroplan", one, astroplan, "ms", "",
            f"{note}; P tonight {row.probability_tonight:.4f} against {by_astroplan:.4f}",
        ),
        Measurement(f"{FACILITIES} facilities × one map", sixty, None, "ms", "< 400 ms", f"{note}, one core"),
        Measurement(
            f"the whole registry ({len(registry)}) × one map",
            timeit(lambda: ours(list(registry)), repeat=5), None, "ms", "", f"{note}, one core",
        ),
    ]  # fmt: skip


def cone_to_warm_up() -> SkyMap:
    pixels = np.arange(12, dtype=np.int64)
    return SkyMap.from_cells(healpix.uniq_of(0, pixels), np.ones(12))


def main() -> None:
    print(table(run()))


if __name__ == "__main__":
    main()
