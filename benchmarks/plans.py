"""Plans made here: how soon for every telescope of the registry, and beside gwemopt's for the same fields.

Run as `python -m benchmarks.plans`. The map is S230518h-Preliminary (1,002 deg²) where the real data is
beside the checkout, else one made here. gwemopt is GPL: it runs in an interpreter of its own, which
GWEMOPT_PYTHON names; it gets the same fields, the same limits and the same night, and its plan is counted
as ours is. Its time is that of its worker, loading included; what loading alone takes is told beside it.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.timing import Measurement, table
from facilities.facility import Facility
from facilities.plan import Plan
from facilities.planning import GalaxyTarget, PlanSettings, instant_plan
from facilities.planning.counted import counted
from facilities.planning.given import Given, given_for
from facilities.registry import load_registry
from platforms.gwemopt import work
from platforms.gwemopt.reading import read_result
from platforms.gwemopt.request import GwemoptOptions, write_request
from skymaps.reader import read_skymap
from skymaps.skymap import SkyMap

AT = datetime(2023, 5, 18, 13, 38, tzinfo=UTC)
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
ALERT = SHARED / "lvk-json" / "S230518h" / "S230518h-Preliminary_alert.json.gz"
GALAXIES = 200
PATIENCE = 1200.0


@dataclass(frozen=True)
class Case:
    """One telescope's night on the map; `label` says what kind of telescope it is."""

    label: str
    facility: str
    settings: PlanSettings
    galaxies: bool = False


CASES = (
    Case("wide survey", "DECam", PlanSettings(probability=1.0, minimum=0.0)),
    Case("small field", "Swope", PlanSettings(probability=1.0, minimum=0.0, exposure_time=(180.0,))),
    Case("galaxy by galaxy", "SOAR", PlanSettings(strategy="galaxies", probability=1.0, minimum=0.0)),
)


def the_map() -> tuple[SkyMap, str]:
    """The map of the benchmark and what to call it."""
    if ALERT.exists():
        notice = json.loads(gzip.decompress(ALERT.read_bytes()))
        return read_skymap(base64.b64decode(notice["event"]["skymap"])), "S230518h-Preliminary, 1,002 deg²"
    from benchmarks.observability import banana_of_20000_cells

    return banana_of_20000_cells(), "a ring segment of 20,000 cells"


def ranked_galaxies(skymap: SkyMap) -> tuple[GalaxyTarget, ...]:
    """The likeliest of a million made-up galaxies, even in space: no real catalogue is deep enough here."""
    from benchmarks.galaxies import scattered
    from events.galaxies import rank

    if not skymap.has_distance:
        return ()
    ranking = rank(scattered(), skymap, limit=GALAXIES)
    return tuple(GalaxyTarget(f"{g.rank} {g.name}", g.ra, g.dec, g.share) for g in ranking.galaxies)


def gwemopts_plan(
    skymap: SkyMap, facility: Facility, ours: Plan, case: Case, galaxies: Sequence[GalaxyTarget]
) -> tuple[Plan, float, Given]:
    """gwemopt's plan of what ours was made of, the seconds it took, and what it was given."""
    from dataclasses import replace

    given = given_for(skymap, facility, AT, ours, settings=case.settings, galaxies=galaxies)
    assert given is not None, f"{facility.name} sees nothing of the map"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_request(folder, given, facility, GwemoptOptions(schedule="greedy"))
        began = time.perf_counter()
        script = [os.environ["GWEMOPT_PYTHON"], "-I", str(work.WORKER), str(folder)]
        subprocess.run(
            script,
            check=True,
            timeout=PATIENCE,
            capture_output=True,
            env={"HOME": name, "PATH": "/usr/bin:/bin"},
        )
        seconds = time.perf_counter() - began
        found = read_result(folder, given, ours)
    assert not found.refused, found.refused
    exposures, probability, area = counted(skymap, facility, found.exposures)
    plan = replace(ours, planner="gwemopt", exposures=exposures, probability=probability, area=area, notes=())
    return plan, seconds, given


def worth(plan: Plan, galaxies: Sequence[GalaxyTarget]) -> float:
    """Probability covered, or the share of the galaxies' weights."""
    if plan.strategy != "galaxies":
        return plan.probability
    weights = {each.name: each.weight for each in galaxies}
    return sum(weights[name] for name in {each.field for each in plan.exposures}) / sum(weights.values())


def every_telescope(skymap: SkyMap, name: str) -> Iterator[Measurement]:
    """Seconds for each telescope of the registry with its own settings, one core."""
    registry = load_registry()
    instant_plan(skymap, registry.get("DECam"), AT)
    spent: dict[str, float] = {}
    for facility in registry:
        began, used = time.perf_counter(), time.process_time()
        instant_plan(skymap, facility, AT)
        # the processor's time too: on a busy machine the clock on the wall measures the others
        spent[facility.name] = time.process_time() - used
        wall = time.perf_counter() - began
        spent[f"{facility.name}, by the wall"] = wall
    cpu = {key: value for key, value in spent.items() if not key.endswith("wall")}
    walls = {key: value for key, value in spent.items() if key.endswith("wall")}
    slowest, slowest_wall = max(cpu, key=cpu.__getitem__), max(walls, key=walls.__getitem__)
    note = f"{name}; {len(registry)} telescopes, one night each, one core"
    yield Measurement(
        "an instant plan, median telescope", statistics.median(cpu.values()), None, "s", "", note
    )
    yield Measurement(
        "an instant plan, slowest telescope", cpu[slowest], None, "s", "< 3 s",
        f"{slowest}; processor time",
    )  # fmt: skip
    yield Measurement("… on the wall's clock", walls[slowest_wall], None, "s", "< 3 s", slowest_wall)


def beside_gwemopt(skymap: SkyMap, name: str) -> Iterator[Measurement]:
    registry, known = load_registry(), ranked_galaxies(skymap)
    available = "GWEMOPT_PYTHON" in os.environ
    for case in CASES:
        facility = registry.get(case.facility)
        galaxies = known if case.galaxies or case.settings.strategy == "galaxies" else ()
        if case.settings.strategy == "galaxies" and not galaxies:
            continue
        began = time.perf_counter()
        ours = instant_plan(skymap, facility, AT, settings=case.settings, galaxies=galaxies)
        seconds = time.perf_counter() - began
        theirs, peer_seconds, note = None, None, "gwemopt is not installed (GWEMOPT_PYTHON)"
        if available:
            theirs, peer_seconds, given = gwemopts_plan(skymap, facility, ours, case, galaxies)
            note = f"{name}; {len(given.fields)} fields to choose from, {ours.fields} against {theirs.fields}"
        what = "weight of galaxies" if ours.strategy == "galaxies" else "probability"
        covered = None if theirs is None else 100.0 * worth(theirs, galaxies)
        yield Measurement(
            f"{facility.name} ({case.label}): {what} covered", 100.0 * worth(ours, galaxies), covered, "%",
            "≥ 95 % of the peer's", note,
        )  # fmt: skip
        yield Measurement(
            f"{facility.name} ({case.label}): time", seconds, peer_seconds, "s", "",
            "peer: gwemopt, greedy, one process with loading",
        )  # fmt: skip


def loading() -> Iterator[Measurement]:
    """What gwemopt takes to load, which its times above contain."""
    if "GWEMOPT_PYTHON" not in os.environ:
        return
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        command = [os.environ["GWEMOPT_PYTHON"], "-I", "-c", "import gwemopt.coverage, gwemopt.tiles"]
        subprocess.run(command, check=True, capture_output=True, env={"HOME": name, "PATH": "/usr/bin:/bin"})
    began = time.perf_counter() - began
    yield Measurement("loading alone", 0.0, began, "s", "", "gwemopt's modules")


def run() -> list[Measurement]:
    """The rows of the table; prints nothing."""
    skymap, name = the_map()
    return [*every_telescope(skymap, name), *beside_gwemopt(skymap, name), *loading()]


def main() -> None:
    print(table(run()), file=sys.stdout)


if __name__ == "__main__":
    main()
