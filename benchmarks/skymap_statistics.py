"""Sky maps: all statistics with 3-D volumes against ligo.skymap, reading, overlap, drawing; and the sweep.

`python -m benchmarks.skymap_statistics` prints the figures of speed; with `--sweep FOLDER` it compares areas,
distances and volumes of every sky map below a folder with ligo.skymap's instead (half a minute a 3-D map).
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.timing import Measurement, table, timeit
from skymaps import healpix
from skymaps.distance import distance_norm, volume_density_at
from skymaps.overlap import overlap
from skymaps.profiles import Ring
from skymaps.reader import read_skymap
from skymaps.rendering import render
from skymaps.shapes import Cone
from skymaps.skymap import SkyMap, SkyMapError, SkyMapMeta
from skymaps.statistics import statistics
from skymaps.writer import write_skymap


def run() -> list[Measurement]:
    """The figures, each beside its peer where there is one, all measured now on this machine."""
    event = compact_binary()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "event.multiorder.fits"
        path.write_bytes(write_skymap(event))
        return [*measure_statistics(event, path), *measure_overlap(event), measure_galaxies(event)]


def measure_statistics(event: SkyMap, path: Path) -> Iterator[Measurement]:
    from ligo.skymap.io import read_sky_map
    from ligo.skymap.postprocess import crossmatch

    what = f"{len(event):,} cells, 3-D"
    peer_map = read_sky_map(str(path), moc=True)
    yield Measurement(
        "all statistics of a sky map, with volumes",
        timeit(lambda: statistics(fresh(event)), 9),
        timeit(lambda: crossmatch(peer_map, contours=(0.5, 0.9), areas=(100, 500)), 1),
        goal="≥ 100 ×",
        note=f"{what}; peer: ligo.skymap crossmatch (has no percentiles, sun or moon)",
    )
    yield Measurement(
        "reading a multi-order sky map",
        timeit(lambda: read_skymap(path), 9),
        timeit(lambda: read_sky_map(str(path), moc=True), 9),
        goal="< 15 ms",
        note=f"{what}; peer: ligo.skymap read_sky_map",
    )
    large = compact_binary(max_probability=1.5e-6)
    yield Measurement(
        "all statistics of a large sky map",
        timeit(lambda: statistics(fresh(large)), 3),
        goal="< 2 s",
        note=f"{len(large):,} cells, 3-D",
    )


def measure_overlap(event: SkyMap) -> Iterator[Measurement]:
    cone = Cone(95.0, -25.0, 8.0)
    burst = cone.to_skymap()
    yield Measurement(
        "overlap integral of two sky maps",
        timeit(lambda: overlap(event, burst), 9),
        timeit(lambda: overlap_by_raster(event, burst), 3),
        note=f"{len(event):,} × {len(burst):,} cells; peer: ligo.skymap rasterize of both to nside 512",
    )
    yield Measurement("drawing a cone", timeit(cone.to_skymap, 9), note=f"{len(burst):,} cells")


def measure_galaxies(event: SkyMap) -> Measurement:
    rng = np.random.default_rng(1)
    ra, dec = rng.uniform(0, 360, 10**6), np.degrees(np.arcsin(rng.uniform(-1, 1, 10**6)))
    distance = rng.uniform(1, 500, 10**6)
    return Measurement(
        "dP/dV at a million galaxies",
        timeit(lambda: volume_density_at(event, ra, dec, distance), 3),
        goal="< 1 s",
        note=f"{len(event):,} cells, 3-D",
    )


def compact_binary(max_probability: float = 1e-4) -> SkyMap:
    """A made-up arc of a merger near 150 Mpc, nearer in its middle, with a distance in every cell."""
    ring = Ring(healpix.vectors_from_degrees(40.0, -60.0), math.radians(45.0), math.radians(3.0))
    sky = render(ring, "benchmark", max_probability)
    height = sky.unit_vectors @ healpix.vectors_from_degrees(95.0, -25.0)
    mu, sigma = 150.0 + 40.0 * (1.0 - height), 30.0 + 10.0 * (1.0 - height)
    meta = SkyMapMeta(object="benchmark", event_time=datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC))
    density = sky.density * np.exp(3.0 * height)
    return SkyMap.from_cells(sky.uniq, density, (mu, sigma, distance_norm(mu, sigma)), meta)


def fresh(skymap: SkyMap) -> SkyMap:
    """The same map with nothing derived yet, as it comes out of a file."""
    make, columns = skymap.__reduce__()
    return make(*columns)


def overlap_by_raster(a: SkyMap, b: SkyMap) -> float:
    """The overlap integral on a grid of nside 512, as a peer would take it."""
    grids = [ligo_rasterize(skymap, 9) for skymap in (a, b)]
    return 4.0 * math.pi * float(np.sum(grids[0] * grids[1])) * 4.0 * math.pi / grids[0].size


def ligo_rasterize(skymap: SkyMap, order: int) -> Any:
    from ligo.skymap.moc import rasterize

    cells = np.rec.fromarrays((skymap.uniq, skymap.density), names="UNIQ,PROBDENSITY")
    return rasterize(cells, order)["PROBDENSITY"]


def sweep(folder: Path) -> str:
    """Every readable map below `folder` against ligo.skymap: per cent of deviation, and the worst of each."""
    from astropy.table import Table

    lines = ["| map | cells | A50 | A90 | mean | std | d05 | d50 | d95 | V50 | V90 | crossmatch s |"]
    lines.append("| --- | ---: " + "| ---: " * 10 + "|")
    worst = np.zeros(9)
    for path in sorted(
        p for p in folder.rglob("*") if {".fits", ".fit"} & set(p.suffixes) or "fits_v" in p.name
    ):
        try:
            skymap = read_skymap(path)
        except SkyMapError as error:
            lines.append(f"| {path.name} | {error} |")
            continue
        ours = statistics(skymap)
        columns = {"UNIQ": skymap.uniq, "PROBDENSITY": skymap.density}
        if skymap.has_distance:
            columns |= {"DISTMU": skymap.distmu, "DISTSIGMA": skymap.distsigma, "DISTNORM": skymap.distnorm}
        start = time.perf_counter()
        peer = peer_figures(Table(columns), skymap)
        spent = time.perf_counter() - start
        own = (ours.area_50, ours.area_90, ours.distance_mean, ours.distance_std)
        own += (ours.distance_05, ours.distance_50, ours.distance_95, ours.volume_50, ours.volume_90)
        deviation = [math.nan if o is None else 100.0 * (o / p - 1.0) for o, p in zip(own, peer, strict=True)]
        worst = np.fmax(worst, np.abs(deviation))
        cells = " | ".join("–" if math.isnan(value) else f"{value:+.4f}" for value in deviation)
        lines.append(f"| {path.name} | {len(skymap)} | {cells} | {spent:.1f} |")
        print(lines[-1], flush=True)
    lines.append("| worst, per cent | | " + " | ".join(f"{value:.4f}" for value in worst) + " | |")
    return "\n".join(lines)


def peer_figures(cells: Any, skymap: SkyMap) -> list[float]:
    """What ligo.skymap makes of the same cells, in the order of the sweep's columns."""
    from ligo.skymap import distance
    from ligo.skymap.postprocess import crossmatch

    result = crossmatch(cells, contours=(0.5, 0.9))
    if not skymap.has_distance:
        return [*result.contour_areas, *[math.nan] * 7]
    columns = (skymap.probability, skymap.distmu, skymap.distsigma, skymap.distnorm)
    columns = tuple(np.array(column) for column in columns)
    moments = distance.parameters_to_marginal_moments(*columns[:3])
    percentiles = distance.marginal_ppf(np.array([0.05, 0.5, 0.95]), *columns)
    return [*result.contour_areas, *moments, *percentiles, *result.contour_vols]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sweep", type=Path, metavar="FOLDER", help="compare every map below FOLDER instead")
    folder = parser.parse_args().sweep
    warnings.simplefilter("ignore")
    print(table(run()) if folder is None else sweep(folder))


if __name__ == "__main__":
    main()
