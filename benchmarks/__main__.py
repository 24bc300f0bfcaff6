"""`make bench`: every benchmark in one run, ours beside the peer's. `--write` puts it into the docs."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from benchmarks.timing import table

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
MARK = "<!-- figures below are written by `make bench ARGS=--write` -->"
MODULES = (
    "skymap_statistics",
    "observability",
    "notices",
    "coincidences",
    "galaxies",
    "rosters",
    "deciding",
    "cards",
    "plans",
    "outbox",
    "jobs",
    "discord_chat",
    "slack_chat",
    "hub",
)
PACKAGES = (
    "numpy",
    "scipy",
    "astropy",
    "ligo.skymap",
    "astroplan",
    "healpy",
    "confluent-kafka",
    "sqlalchemy",
)


def machine() -> str:
    """The machine and the versions that the figures belong to."""
    names = [line.split(":", 1)[1].strip() for line in _cpu_lines() if line.startswith("model name")]
    processor = f"{len(names)} × {names[0]}" if names else platform.processor() or platform.machine()
    packages = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    return f"{processor}; Python {platform.python_version()}; {packages}"


def _cpu_lines() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def write(sections: Sequence[str]) -> None:
    """Put what has been measured so far into the page: a run that is cut short leaves its figures."""
    kept = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    heading = f"Measured {datetime.now(UTC):%Y-%m-%d} on {machine()}.\n"
    PAGE.write_text("\n".join([kept + MARK, "", heading, *sections]), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument(
        "modules", nargs="*", default=MODULES, help=f"which of {', '.join(MODULES)}; all by default"
    )
    parser.add_argument("--write", action="store_true", help=f"write the table into {PAGE.name}")
    arguments = parser.parse_args()
    sections: list[str] = []
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine()}\n", flush=True)
    for name in arguments.modules:
        sections.append(
            f"### {name.replace('_', ' ')}\n\n{table(import_module(f'benchmarks.{name}').run())}\n"
        )
        print(sections[-1], flush=True)
        if arguments.write:
            write(sections)
    return 0


if __name__ == "__main__":
    sys.exit(main())
