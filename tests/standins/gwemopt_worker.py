"""Stands in for `platforms/gwemopt/worker.py`: same files and lines, no gwemopt, and worse manners on demand.

`python -I gwemopt_worker.py HOW FOLDER`: `well`, or how it misbehaves.
"""

from __future__ import annotations

import json
import os
import runpy
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

WORKER = Path(__file__).resolve().parents[2] / "platforms" / "gwemopt" / "worker.py"


def say(**values: object) -> None:
    print(json.dumps({"nightdesk": 1, **values}), flush=True)


def schedule(request: dict, folder: Path) -> dict:
    """The fields in the order of their weights, each at the first free slot of its windows."""
    clock, rows = request["windows"][0][0], []
    step = request["exposure"] + request["facility"]["overhead"]
    waiting = sorted(request["tiles"], key=lambda tile: -tile[3])
    while clock < request["windows"][0][1] and waiting:
        up = [t for t in waiting if any(a - request["exposure"] <= clock <= b for a, b in t[4])]
        if up:
            waiting.remove(up[0])
            rows.append(
                {"field": up[0][0], "start": clock, "seconds": request["exposure"],
                 "filter": request["filters"][0], "airmass": 1.2}
            )  # fmt: skip
        clock += step
    return {"gwemopt": "stand-in", "schedule": "greedy", "exposures": rows}


def fetch(port: int) -> int:
    """Try every way out after the real worker's refusal of the network; tell which were open."""
    ways = {
        "connect": lambda: socket.create_connection(("127.0.0.1", port), timeout=5),
        "fetch": lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5),
        "look-up": lambda: socket.gethostbyname("localhost"),
        "datagram": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", port)),
    }
    runpy.run_path(str(WORKER), run_name="worker")["stay_off_the_network"]()
    said = set()
    for name, way in ways.items():
        try:
            way()
        except OSError as error:  # urllib wraps the refusal
            refused = "the planner works without a network"
            said.add(refused if refused in str(error) else f"{name}: {error}")
        else:
            said.add(f"{name} is open")
    say(failure=", ".join(sorted(said)))
    return 5


def main(how: str, folder: Path) -> int:
    (folder.parent / "pids").open("a").write(f"{os.getpid()}\n")
    (folder.parent / "seen.json").write_text(
        json.dumps({"home": os.environ["HOME"], "environment": sorted(os.environ), "folder": str(folder)})
    )
    request = json.loads((folder / "request.json").read_text())
    assert (folder / "map.fits").read_bytes()[:6] == b"SIMPLE"
    print("100%|##########| Generating segments for tiles...", flush=True)
    say(progress=0.1, said="loading")
    result = schedule(request, folder)
    if how == "patient":
        while not (folder.parent / "go").exists():
            say(progress=0.3, said="thinking")
            time.sleep(1.0)
    elif how == "hang":
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        say(progress=0.3, said="thinking")
        time.sleep(600)
    elif how == "eat":
        hoard = []
        while True:
            hoard.append(bytearray(8 * 1024 * 1024))
            hoard[-1][::4096] = b"x" * len(hoard[-1][::4096])
            time.sleep(0.002)
    elif how == "crash":
        os.abort()
    elif how == "raise":
        say(failure="KeyError: 'nexposures'")
        return 5
    elif how == "fetch":
        return fetch(int((folder.parent / "port").read_text()))
    elif how == "leave":
        return 0
    elif how == "garbage":
        sys.stdout.buffer.write(
            b"\xff\xfe" * 200_000 + b"\n" + b'{"nightdesk": 1, "progress": "x"}\n[1]\nnull\n'
        )
        (folder / "result.json").write_text('{"exposures": [{"field": "one"}]}')
        return 0
    elif how == "degenerate":
        result["exposures"] = [{**result["exposures"][0], "seconds": 17689.0}]
    elif how == "one":
        result["exposures"] = result["exposures"][:1]
    elif how == "elsewhere":
        result["exposures"][0]["field"] = 99999
    elif how == "poor":
        result["exposures"] = result["exposures"][-2:]
    elif how == "empty":
        result = {
            "exposures": [],
            "empty": "no field that holds any probability can be observed in the window",
        }
    (folder / "result.json").write_text(json.dumps(result))
    say(progress=1.0, said="done", done=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
