"""The worker: makes one plan with gwemopt (GPL), in an interpreter and a process of its own.

A script, never imported by nightdesk: `python -I worker.py FOLDER`. It reads `FOLDER/request.json` and
`FOLDER/map.fits`, tells how far it is as JSON lines on standard output, and leaves `FOLDER/result.json`.
What gwemopt prints goes to standard error. It opens no connection; `confined.py` ends it with the desk and
holds its memory and time. docs/plans.md describes the files.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

MJD_OF_UNIX = 40587.0
GPS_OF_UNIX = 315964782.0  # with the leap seconds of 2017 and since
DAY = 86400.0
TELESCOPE = "telescope"  # a name for which gwemopt has no rules of its own
APART = 1e-7  # of a field: pointings closer than this are merged


class Impossible(Exception):
    """There is no plan, for a reason that people can read."""


class Told:
    """Says how far the work is, on what was standard output when the process began."""

    def __init__(self) -> None:
        self._lines = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
        os.dup2(2, 1)

    def __call__(self, progress: float, said: str) -> None:
        self.line({"progress": round(progress, 3), "said": said})

    def line(self, values: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._lines.write(json.dumps({"nightdesk": 1, **values}) + "\n")
            self._lines.flush()


def stay_off_the_network() -> None:
    """Refuse every connection and look-up of this process: nothing that runs here is to fetch anything."""
    refused = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
               "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}  # fmt: skip

    def refuse(event: str, _arguments: tuple[Any, ...]) -> None:
        if event in refused:
            raise PermissionError("the planner works without a network")

    sys.addaudithook(refuse)
    from astropy.utils import iers
    from astropy.utils.data import conf

    iers.conf.auto_download = False
    iers.conf.iers_degraded_accuracy = "ignore"
    conf.allow_internet = False


def plan(folder: Path, tell: Told) -> dict[str, Any]:
    """The schedule gwemopt makes of the request."""
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    tell(0.02, "loading gwemopt")
    stay_off_the_network()
    import gwemopt
    import gwemopt.coverage
    import gwemopt.segments
    import gwemopt.tiles
    import numpy as np
    from gwemopt.utils.misc import get_exposures

    params = params_of(request, np)
    config = params["config"][TELESCOPE]
    config["segmentlist"] = windows_of(request)
    slots = get_exposures(params, config, config["segmentlist"])
    if len(slots) < 2:
        raise Impossible("the window is shorter than two exposures")
    config["exposurelist"], config["n_windows"] = slots, len(slots)
    config["tot_obs_time"] = float(np.sum(np.diff(np.array(slots)))) * DAY
    tell(0.15, "reading the sky map")
    sky = map_of(folder / "map.fits")
    maps = {"skymap": sky, "skymap_schedule": sky.copy()}
    given = request["tiles"]
    tell(0.2, f"{len(given)} fields")
    gwemopt.segments.tqdm = counted(tell, 0.25, 0.8)
    # the fields' windows count, not those gwemopt finds, where the desk has given them
    own = [windows for *_, windows in given]
    params["ignore_observability"] = all(windows is not None for windows in own)
    if request["strategy"] == "galaxies":
        tiles = gwemopt.tiles.galaxy(params, maps, galaxies_of(given))[TELESCOPE]
        number_of = {key: nearest(tile, given) for key, tile in tiles.items()}
    else:
        mocs = {TELESCOPE: mocs_of(request)}
        tiles = gwemopt.tiles.moc(params, maps, mocs)[TELESCOPE]
        number_of = {row[0]: row[0] for row in given}
    windows_of_field = {row[0]: row[4] for row in given}
    for key, tile in tiles.items():
        if (windows := windows_of_field[number_of[key]]) is not None:
            tile["segmentlist"] = segments_of(windows)
    worth = [tile for tile in tiles.values() if tile["prob"] > 0.0]
    if not any(len(tile["segmentlist"]) for tile in worth):
        raise Impossible("no field that holds any probability can be observed in the window")
    coverage = best_of(request, params, maps, tiles, tell)
    tell(0.98, "writing the plan")
    return result_of(coverage, number_of, gwemopt.__version__)


def nearest(tile: dict[str, Any], rows: list[list[Any]]) -> int:
    """The number of the pointing that a tile is: gwemopt makes one of those that stand on one another."""

    def away(row: list[Any]) -> float:
        turn = (row[1] - float(tile["ra"]) + 180.0) % 360.0 - 180.0
        return float(turn**2 + (row[2] - float(tile["dec"])) ** 2)

    return int(min(rows, key=away)[0])


def best_of(request: dict[str, Any], params: Any, maps: Any, tiles: Any, tell: Told) -> dict[str, Any]:
    """The schedule that covers most, of the ways of scheduling asked for; `schedule` says which it is."""
    import gwemopt.coverage

    best, most, why = None, -1.0, "gwemopt found no time for any field"
    for number, way in enumerate(request["schedules"]):
        tell(0.85 + 0.12 * number / len(request["schedules"]), f"scheduling ({way})")
        given = {**params, "scheduleType": way, "config": copy.deepcopy(params["config"])}
        try:
            _, coverage = gwemopt.coverage.timeallocation(given, maps, {TELESCOPE: copy.deepcopy(tiles)})
        except IndexError:
            # of several filters, one block of which stays empty
            why = "gwemopt found no time for one of the filters"
            continue
        covers = covered_by(request, coverage, tiles, maps["skymap"])
        if covers > most:
            best, most = {**coverage, "schedule": way}, covers
    if best is None:
        raise Impossible(why)
    return best


def covered_by(request: dict[str, Any], coverage: dict[str, Any], tiles: Any, skymap: Any) -> float:
    """Probability under the union of the exposed fields; of galaxies, the sum of their weights."""
    keys = {int(row[5]) for row in coverage["data"]}
    if not keys or request["strategy"] == "galaxies":
        return float(sum(tiles[key]["prob"] for key in keys))
    first, *others = (tiles[key]["moc"] for key in keys)
    union = first.union(*others) if others else first
    return float(union.probability_in_multiordermap(skymap))


def params_of(request: dict[str, Any], np: Any) -> dict[str, Any]:
    """gwemopt's parameters: everything that its own command line would fill in, and the facility as given."""
    facility, exposure = request["facility"], float(request["exposure"])
    filters = request["filters"] or ["none"]
    blocks = request["filter_strategy"] == "block" and len(filters) > 1
    return {
        "telescopes": [TELESCOPE],
        "config": {TELESCOPE: config_of(facility, exposure)},
        "gpstime": request["event_time"] - GPS_OF_UNIX,
        "Tobs": np.array([0.0, 1.0]),
        "tilesType": "galaxy" if request["strategy"] == "galaxies" else "moc",
        "timeallocationType": "powerlaw",
        "solverType": "heuristic",
        "filters": list(filters),
        "exposuretimes": np.full(len(filters), exposure),
        "doSingleExposure": True,
        "doAlternatingFilters": blocks,
        "doBlocks": blocks,
        "doBalanceExposure": bool(request["balanced"]) and len(filters) > 1,
        "unbalanced_tiles": None,
        "mindiff": float(request["minimum_gap"]),
        "doMindifFilt": False,
        "airmass": float(facility["airmass_limit"]),
        "max_nb_tiles": _most(request, len(filters), np),
        "nside": 128,
        "confidence_level": 1.0,
        "powerlaw_cl": 1.0,
        "galaxies_FoV_sep": APART,
        "galaxy_grade": "S",
        "doParallel": False,
        "Ncores": 1,
        "parallelBackend": "threading",
        "plots": [],
        "treasuremap_token": None,
        **dict.fromkeys(
            (
                "doReferences", "doChipGaps", "doUsePrimary", "doUseSecondary", "doIterativeTiling",
                "doOverlappingScheduling", "doOrderByObservability", "doPerturbativeTiling", "doRASlice",
                "doMinimalTiling", "ignore_observability",
            ),
            False,
        ),
    }  # fmt: skip


def _most(request: dict[str, Any], filters: int, np: Any) -> Any:
    most = request["most_fields"]
    return None if most is None else np.array([most * filters], dtype=float)


def config_of(facility: dict[str, Any], exposure: float) -> dict[str, Any]:
    """One of gwemopt's telescope configurations. A facility in space stands nowhere: it has windows."""
    config = {
        "telescope": TELESCOPE,
        "latitude": facility["latitude"] or 0.0,
        "longitude": facility["longitude"] or 0.0,
        "elevation": facility["elevation"] or 0.0,
        "horizon": 0.0,
        "FOV_type": "square",
        "FOV": facility["field_width"],
        "slew_rate": facility["slew_rate"],
        "readout": facility["readout"],
        "overhead_per_exposure": facility["overhead"],
        "filt_change_time": facility["filter_change"],
        "moon_constraint": facility["moon_separation_limit"],
        "dec_constraint": f"{facility['declination_min']},{facility['declination_max']}",
        "exposuretime": exposure,
        "magnitude": 0.0,
        "filt": "none",
        "tesselation": (),
    }
    if facility["hour_angle_limit"] is not None:
        config["ha_constraint"] = f"-{facility['hour_angle_limit']},{facility['hour_angle_limit']}"
    return config


def windows_of(request: dict[str, Any]) -> Any:
    """The times when the facility may work: its own dark hours, not gwemopt's fixed -12 degrees."""
    return segments_of(request["windows"])


def segments_of(windows: Iterable[tuple[float, float]]) -> Any:
    """Pairs of Unix seconds as a list of segments in modified Julian days."""
    import igwn_segments

    return igwn_segments.segmentlist(
        igwn_segments.segment(start / DAY + MJD_OF_UNIX, end / DAY + MJD_OF_UNIX) for start, end in windows
    )


def map_of(path: Path) -> Any:
    """The sky map as a table of multi-order cells with their centres."""
    import astropy_healpix
    from astropy.table import Table

    table = Table.read(path)
    level, pixel = astropy_healpix.uniq_to_level_ipix(table["UNIQ"])
    ra, dec = astropy_healpix.healpix_to_lonlat(pixel, astropy_healpix.level_to_nside(level), order="nested")
    table["ra"], table["dec"] = ra.deg, dec.deg
    return table


def mocs_of(request: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """Each field's region: a cone, or a box north up. Made here, as gwemopt knows squares only."""
    import numpy as np
    from astropy import units as u
    from mocpy import MOC

    field, rows = request["field"], request["tiles"]
    ra = np.array([row[1] for row in rows]) * u.deg
    dec = np.array([row[2] for row in rows]) * u.deg
    smallest = min(field["width"], field["height"])
    depth = int(np.clip(np.ceil(np.log2(58.6 * 16.0 / smallest)), 8, 15))
    if field["shape"] == "circle":
        mocs = MOC.from_cones(
            lon=ra, lat=dec, radius=field["width"] / 2 * u.deg, max_depth=depth, n_threads=1
        )
    else:
        mocs = MOC.from_boxes(
            lon=ra, lat=dec, a=field["width"] / 2 * u.deg, b=field["height"] / 2 * u.deg, angle=0 * u.deg,
            max_depth=depth, n_threads=1,
        )  # fmt: skip
    return {row[0]: {"ra": row[1], "dec": row[2], "moc": moc} for row, moc in zip(rows, mocs, strict=True)}


def galaxies_of(rows: list[list[Any]]) -> Any:
    """Pointings as gwemopt's catalogue: one row each, already put together, with their weights."""
    import pandas

    weights = [row[3] for row in rows]
    return pandas.DataFrame(
        {
            "ra": [row[1] for row in rows],
            "dec": [row[2] for row in rows],
            "S": weights,
            "Sloc": weights,
            "Smass": weights,
        }
    )


def counted(tell: Told, first: float, last: float) -> Any:
    """A progress bar in gwemopt's place for one, that tells the desk."""

    def bar(steps: Iterable[Any], total: int | None = None, **_ignored: Any) -> Iterator[Any]:
        for number, step in enumerate(steps):
            if total and number % max(1, total // 50) == 0:
                tell(first + (last - first) * number / total, f"when field {number} of {total} is up")
            yield step

    return bar


def result_of(coverage: dict[str, Any], number_of: dict[int, int], version: str) -> dict[str, Any]:
    """Rows of field, Unix second, seconds, filter, airmass."""
    rows = []
    for data, filter_ in zip(coverage["data"], coverage["filters"], strict=True):
        ra, dec, mjd, _, seconds, key, _, airmass = (float(value) for value in data)
        rows.append(
            {
                "field": number_of[int(key)],
                "ra": ra,
                "dec": dec,
                "start": (mjd - MJD_OF_UNIX) * DAY,
                "seconds": seconds,
                "filter": str(filter_),
                "airmass": airmass,
            }
        )
    return {"gwemopt": version, "schedule": coverage["schedule"], "exposures": rows}


def main(folder: Path) -> int:
    tell = Told()
    try:
        result = plan(folder, tell)
    except Impossible as reason:
        result = {"exposures": [], "empty": str(reason)}
    except MemoryError:
        tell.line({"failure": "memory"})
        return 3
    except SystemExit as ending:
        tell.line({"failure": f"gwemopt ended by itself (exit {ending.code})"})
        return 4
    except Exception as error:  # noqa: BLE001 - whatever gwemopt raises is told and logged
        import traceback

        traceback.print_exc()
        tell.line({"failure": f"{type(error).__name__}: {error}"[:300]})
        return 5
    part = folder / "result.json.part"
    part.write_text(json.dumps(result), encoding="utf-8")
    part.replace(folder / "result.json")
    tell.line({"progress": 1.0, "said": "done", "done": True})
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
