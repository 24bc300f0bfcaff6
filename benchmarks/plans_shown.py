"""The plans of docs/plans.md: ours and gwemopt's of S230518h, as a table and as pictures.

`GWEMOPT_PYTHON=… python -m benchmarks.plans_shown FOLDER` writes `plans-*.png` into the folder and prints the
table.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks.plans import AT, CASES, Case, gwemopts_plan, ranked_galaxies, the_map, worth
from cards.plots.plan_comparison import comparison_plot
from cards.plots.plan_night import night_plot
from cards.plots.plan_tiles import tiles_plot
from cards.reader import Reader
from facilities.plan import Plan
from facilities.planning import GalaxyTarget, PlanSettings, instant_plan
from facilities.planning.comparison import compare
from facilities.registry import load_registry
from skymaps.skymap import SkyMap

SHOWN = (*CASES, Case("small field, far north", "KPED", PlanSettings(probability=1.0, minimum=0.0)))
WIDTH = 660
PICTURES = {"DECam": ("tiles", "night", "both"), "Swope": ("tiles", "both"), "SOAR": ("tiles", "both")}
EVENT = "S230518h"


def shown(skymap: SkyMap, case: Case, galaxies: tuple[GalaxyTarget, ...], folder: Path) -> list[str]:
    """Rows of the table for one telescope; its pictures are written."""
    facility, reader = load_registry().get(case.facility), Reader()
    listed = galaxies if case.settings.strategy == "galaxies" else ()
    began = time.perf_counter()
    ours = instant_plan(skymap, facility, AT, settings=case.settings, galaxies=listed, event=EVENT)
    spent = time.perf_counter() - began
    theirs, peer, _ = gwemopts_plan(skymap, facility, ours, case, listed)
    compared = compare([ours, theirs], skymap, {facility.name: facility})
    rows = []
    for plan, seconds, numbers in zip((ours, theirs), (spent, peer), compared.plans, strict=True):
        weight = f"{worth(plan, listed):.1%}" if listed else ""
        covers = f"{100 * numbers.probability:.3g} %"
        half = f"{numbers.minutes_to_half:.0f}" if numbers.minutes_to_half is not None else ""
        start = f"{numbers.start:%H:%M}" if numbers.start else ""
        rows.append(
            f"| {facility.name}, {case.label} | {plan.planner} | {covers} | {weight} | "
            f"{numbers.area:.4g} | {numbers.fields} | {start} | {half} | "
            f"{compared.overlaps[0][1]:.2%} | {seconds:.1f} |"
        )
    pictured = PICTURES.get(case.facility, ())
    for name, png in _pictures(skymap, ours, theirs, case, reader).items():
        if name in pictured:
            _write(folder / f"plans-{facility.name.lower()}-{name}.png", png)
    return rows


def _pictures(skymap: SkyMap, ours: Plan, theirs: Plan, case: Case, reader: Reader) -> dict[str, bytes]:
    facility = load_registry().get(case.facility)
    title = f"{EVENT} · {facility.name}"
    both = [(ours, facility), (theirs, facility)]
    return {
        "tiles": tiles_plot(skymap, ours, facility, title=title, reader=reader),
        "night": night_plot(ours, facility, title=title, reader=reader),
        "both": comparison_plot(skymap, both, title=title, reader=reader),
    }


def _write(path: Path, png: bytes) -> None:
    """Half the size, in a palette: a picture of a page, not of a card."""
    from io import BytesIO

    from PIL import Image

    picture = Image.open(BytesIO(png)).convert("RGB")
    height = round(picture.height * WIDTH / picture.width)
    small = picture.resize((WIDTH, height), Image.Resampling.LANCZOS)
    small.quantize(128).save(path, optimize=True)


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    skymap, _ = the_map()
    galaxies = ranked_galaxies(skymap)
    headings = ("telescope", "planner", "probability", "galaxies' weight", "deg²", "fields", "first (UTC)",
                "min to half", "in both", "seconds")  # fmt: skip
    print(f"| {' | '.join(headings)} |")
    print("| --- | --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: |", flush=True)
    for case in SHOWN:
        print("\n".join(shown(skymap, case, galaxies, folder)), flush=True)


if __name__ == "__main__":
    main()
