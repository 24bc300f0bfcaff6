"""Galaxies: a million ranked for one event, out of the store.

`python -m benchmarks.galaxies` prints the figures. The peer is ligo.skymap's crossmatch, which gives every
galaxy's probability density and credible level but keeps no catalogue: its galaxies are in memory already.
"""

from __future__ import annotations

import asyncio
import math
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import Table
from ligo.skymap.postprocess import crossmatch

from benchmarks.timing import Measurement, table, timeit
from events.galaxies import Galaxies, Ranking, rank, volume_threshold
from events.galaxy_files import Catalogue
from events.galaxy_store import load_galaxies, store_catalogue, tiles_reaching
from skymaps.distance import distance_norm
from skymaps.shapes import Cone
from skymaps.skymap import SkyMap
from store.database import Database

NUMBER = 1_000_000
REACH = 400.0  # Mpc


def run() -> list[Measurement]:
    """The figures, measured now on this machine: a map of 300 deg², and one of the whole sky."""
    galaxies = scattered()
    rows = []
    for name, event, peer in (
        ("300 deg²", in_space(Cone(197.0, -23.0, 9.8), 150.0, 40.0), True),
        ("the whole sky", in_space(Cone(197.0, -23.0, 120.0), 150.0, 40.0), False),
    ):
        ours, ranking = asyncio.run(out_of_the_store(galaxies, event))
        rows.append(
            Measurement(
                f"{NUMBER:,} galaxies, map of {name}: read and ranked",
                ours,
                timeit(lambda event=event: crossmatched(galaxies, event), 1) if peer else None,  # type: ignore[misc]
                goal="< 2,000 ms",
                note=f"SQLite, {ranking.inside:,} in the 90 % volume; peer: ligo.skymap crossmatch in memory",
            )
        )
    return rows


async def out_of_the_store(galaxies: Galaxies, event: SkyMap) -> tuple[float, Ranking]:
    """Milliseconds (median of three) from a map to the ranked list, and the list."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{Path(folder) / 'galaxies.sqlite'}")
        await database.create_all()
        async with database.write() as session:
            at = datetime(2026, 11, 20, tzinfo=UTC)
            stored = await store_catalogue(session, "all", Catalogue(galaxies, {}, ()), at)
        spent = []
        for _ in range(3):
            start = time.perf_counter()
            async with database.read() as session:
                tiles = tiles_reaching(event, volume_threshold(event, 0.9))
                found = await load_galaxies(session, stored.id, tiles)
            ranking = rank(found, event)
            spent.append(1e3 * (time.perf_counter() - start))
        await database.dispose()
    return sorted(spent)[1], ranking


def crossmatched(galaxies: Galaxies, event: SkyMap) -> object:
    """The same question to ligo.skymap."""
    columns = {
        "UNIQ": event.uniq,
        "PROBDENSITY": event.density,
        "DISTMU": event.distmu,
        "DISTSIGMA": event.distsigma,
        "DISTNORM": event.distnorm,
    }
    where = SkyCoord(galaxies.ra * u.deg, galaxies.dec * u.deg, galaxies.distance * u.Mpc)
    return crossmatch(Table(columns), where)


def in_space(cone: Cone, mean: float, sigma: float) -> SkyMap:
    """The cone's map with the same Gaussian of distance along every line of sight."""
    flat = cone.to_skymap()
    mu, spread = np.full(len(flat), mean), np.full(len(flat), sigma)
    return SkyMap.from_cells(flat.uniq, flat.density, (mu, spread, distance_norm(mu, spread)))


def scattered() -> Galaxies:
    """Galaxies evenly in space out to REACH, every other one of known mass."""
    random = np.random.default_rng(1)
    mass = 10.0 ** random.uniform(8.0, 11.5, NUMBER)
    mass[::2] = math.nan
    return Galaxies(
        tuple(f"2MASX J{number:07d}" for number in range(NUMBER)),
        random.uniform(0.0, 360.0, NUMBER),
        np.degrees(np.arcsin(random.uniform(-1.0, 1.0, NUMBER))),
        REACH * random.uniform(0.0, 1.0, NUMBER) ** (1.0 / 3.0),
        mass,
        np.full(NUMBER, math.nan),
    )


if __name__ == "__main__":
    print(table(run()))
