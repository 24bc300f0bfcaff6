"""Stands in for the command `m4opt schedule MAP OUT …`: writes a table of the shape that M4OPT 4 writes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import astropy.units as u
from astropy.coordinates import SkyCoord
from astropy.table import QTable, vstack
from astropy.time import Time


def main(how: str, *arguments: str) -> int:
    Path("asked.json").write_text(json.dumps(arguments))
    Path("../asked.json").write_text(json.dumps(arguments))
    assert arguments[0] == "schedule" and Path(arguments[1]).read_bytes()[:6] == b"SIMPLE"
    print("⠋ solving MILP", flush=True)
    if how == "breaks":
        print("cplex: no licence", file=sys.stderr)
        return 1
    if how == "garbage":
        Path(arguments[2]).write_text("no table\n")
        return 0
    start = Time("2023-05-18T23:30:00", scale="utc")
    fields = SkyCoord([200.0, 200.0, 202.0, 202.0] * u.deg, [-30.0, -30.0, -31.0, -31.0] * u.deg)
    observe = QTable(
        {
            "action": ["observe"] * 4,
            "start_time": start + [0, 1800, 400, 2200] * u.s,
            "duration": [180.0] * 4 * u.s,
            "target_coord": fields,
            "roll": [0.0] * 4 * u.deg,
        },
        meta={"version": "4.0.0", "objective_value": 0.2, "solution_status": "integer optimal solution"},
    )
    slew = QTable({"action": ["slew"], "start_time": [start + 180 * u.s], "duration": [40.0] * u.s})
    table = vstack([observe if how == "well" else observe[:0], slew] if how == "well" else [observe[:0]])
    table.meta["solution_status"] = "integer optimal solution" if how == "well" else "infeasible"
    table.write(arguments[2], format="ascii.ecsv")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
