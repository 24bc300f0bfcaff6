"""Statistics of a sky map: the keys of `nightdesk skymap --json`."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from skymaps import distance, healpix
from skymaps.healpix import Floats
from skymaps.regions import Greedy, greedy, joined
from skymaps.skymap import SkyMap

GALACTIC_LATITUDE: Final = 15.0
# North galactic pole in ICRS: Hipparcos catalogue (ESA SP-1200), volume 1, section 1.5.3, as in SOFA's
# icrs2g.
_GALACTIC_POLE: Final[Floats] = healpix.vectors_from_degrees(192.85948, 27.12825)
_SECONDS_OF_LIGHT_FROM_SUN: Final = 499.005


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


def statistics(skymap: SkyMap, *, at: datetime | None = None) -> SkyMapStatistics:
    """Everything `nightdesk skymap --json` says about a map.

    `at` (aware) is the instant for sun and moon in place of the map's own event time; without either they are
    None. Distances and volumes are None for a map without distance, or where so much of its probability is at
    no known distance that the level is never reached.
    """
    by_density = greedy(skymap)
    brightest = int(by_density.index[0])
    peak = skymap.unit_vectors[brightest]
    ra, dec = healpix.degrees_from_vectors(peak)
    instant = at or skymap.meta.event_time
    return SkyMapStatistics(
        pixels=len(skymap),
        max_order=skymap.max_order,
        area_50=by_density.area_of(0.5),
        area_90=by_density.area_of(0.9),
        probability_in_100_deg2=by_density.probability_in(100.0),
        probability_in_500_deg2=by_density.probability_in(500.0),
        peak=Peak(float(ra), float(dec)),
        **_in_distance(skymap),
        galactic_fraction=galactic_fraction(skymap),
        sun_separation=None if instant is None else _degrees_between(peak, sun_direction(instant)),
        moon_separation=None if instant is None else _degrees_between(peak, moon_direction(instant)),
        modes_90=count_modes(skymap, by_density, 0.9),
    )


def _in_distance(skymap: SkyMap) -> dict[str, float | None]:
    keys = (
        "distance_mean",
        "distance_std",
        "distance_05",
        "distance_50",
        "distance_95",
        "volume_50",
        "volume_90",
    )
    if not np.any(skymap.knows_distance):
        return dict.fromkeys(keys)
    lines = distance.LinesOfSight.of(skymap)
    return dict(
        zip(
            keys,
            (
                *distance.marginal_moments(lines),
                *distance.marginal_percentiles(lines, (0.05, 0.5, 0.95)),
                *distance.credible_volumes(lines, (0.5, 0.9)),
            ),
            strict=True,
        )
    )


def galactic_fraction(skymap: SkyMap) -> float:
    """Probability at galactic latitudes within 15 degrees of the plane.

    Cells that the limit crosses are divided until what is left of them is a fraction of a per mille.
    """
    limit = math.sin(math.radians(GALACTIC_LATITUDE))
    total = 0.0
    order, ipix, probability = skymap.order, skymap.ipix, skymap.probability
    vectors = skymap.unit_vectors
    for _ in range(healpix.MAX_ORDER):
        beyond = np.abs(vectors @ _GALACTIC_POLE) - limit
        reach = 1.07 * np.exp2(-order.astype(np.float64))
        crossed = (np.abs(beyond) < reach) & (probability > 3e-6) & (order < healpix.MAX_ORDER)
        total += float(np.sum(probability[~crossed & (beyond < 0.0)]))
        if not np.any(crossed):
            break
        ipix = healpix.children(ipix[crossed]).ravel()
        order = np.repeat(order[crossed] + 1, 4)
        probability = np.repeat(probability[crossed] / 4.0, 4)
        vectors = healpix.unit_vectors(order, ipix)
    return min(total, 1.0)


def count_modes(skymap: SkyMap, by_density: Greedy, level: float) -> int:
    """Number of connected regions of the credible region of `level`; cells that touch at a corner connect.

    Every cell looks for its eight neighbours of its own size; finer neighbours find it from their side.
    """
    import astropy_healpix
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    uniq = joined(skymap.uniq[by_density.cells_of(level)])
    order = healpix.order_of(uniq)
    start = healpix.range_start(uniq, order)
    along = np.argsort(start)
    start, order, ipix = start[along], order[along], healpix.ipix_of(uniq, order)[along]
    end = start + healpix.range_length(order)
    with np.errstate(invalid="ignore"):
        around = astropy_healpix.neighbours(ipix, np.int64(1) << order, order="nested")
    pixel = around << (2 * (healpix.MAX_ORDER - order))
    holder = np.searchsorted(start, pixel.ravel(), side="right").reshape(pixel.shape) - 1
    # A finer cell somewhere in a neighbour's place need not touch this one; if it does, it says so itself.
    touches = (around >= 0) & (holder >= 0) & (pixel < end[holder]) & (order[holder] <= order)
    cell = np.broadcast_to(np.arange(uniq.size), around.shape)
    links = coo_array(
        (np.ones(int(np.count_nonzero(touches)), dtype=np.int8), (cell[touches], holder[touches])),
        shape=(uniq.size, uniq.size),
    )
    return int(connected_components(links, directed=False, return_labels=False))


def sun_direction(instant: datetime) -> Floats:
    """Unit vector to the apparent sun from the Earth's centre, ICRS axes (ERFA epv00, with light time)."""
    import erfa

    tt = _terrestrial_time(instant)
    heliocentric, _ = erfa.epv00(tt[0], tt[1] - _SECONDS_OF_LIGHT_FROM_SUN / 86400.0)
    towards: Floats = -np.asarray(heliocentric["p"], dtype=np.float64)
    return towards / np.linalg.norm(towards)


def moon_direction(instant: datetime) -> Floats:
    """Unit vector towards the moon from the Earth's centre, ICRS axes (ERFA moon98, a few arcseconds)."""
    import erfa

    towards: Floats = np.asarray(erfa.moon98(*_terrestrial_time(instant))["p"], dtype=np.float64)
    return towards / np.linalg.norm(towards)


def _terrestrial_time(instant: datetime) -> tuple[float, float]:
    """Two-part Julian date in TT of an aware instant. Leap seconds are those that ERFA knows."""
    import warnings

    import erfa

    utc = instant.astimezone(UTC)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", erfa.ErfaWarning
        )  # "dubious year": no leap second is announced for it yet
        first, second = erfa.dtf2d(
            "UTC", utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second + utc.microsecond * 1e-6
        )
        tai = erfa.utctai(first, second)
    first, second = erfa.taitt(*tai)
    return float(first), float(second)


def _degrees_between(one: Floats, other: Floats) -> float:
    return math.degrees(float(healpix.separation(one, other)))
