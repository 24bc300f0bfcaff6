"""Work `m4opt.plan`: M4OPT's own command, for the missions it knows, and its ECSV table read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from facilities.plan import Exposure, Plan
from facilities.planning.given import Given
from platforms.job import PlatformError
from platforms.plan_making import PlanMaking, PlanSubject
from platforms.refining import Heard, Refined, RefiningWork, ResultError
from platforms.worker_process import WorkerLimits
from store.clock import Clock

KIND: Final = "m4opt.plan"
INSTALL: Final = (
    "M4OPT needs Python 3.12 or newer and the solver CPLEX; install it beside nightdesk and name its command "
    "in [m4opt] command"
)
MISSIONS: Final = {"ZTF": "ztf", "Rubin": "rubin", "ULTRASAT": "ultrasat", "UVEX": "uvex"}
"""Its names of telescopes of our registry; `[m4opt] missions` adds to them."""

MAP, SCHEDULE = "map.fits", "schedule.ecsv"
SOLVER_SHARE: Final = 0.8
"""Of the time there is, what the solver may use: it gives its best by then, and the rest writes it down."""

LARGEST: Final = 20 * 1024 * 1024


@dataclass(frozen=True)
class M4optInstall:
    """The command as it is called here, the missions it is called for, and its limits."""

    command: str
    missions: Mapping[str, str] = field(default_factory=dict)
    limits: WorkerLimits = field(default_factory=lambda: WorkerLimits(1200.0, 8000))
    name: str = "m4opt"
    section: str = "m4opt"

    def prepare(self, folder: Path, given: Given, subject: PlanSubject) -> Sequence[str]:
        facility = subject.facility.name
        mission = {**MISSIONS, **self.missions}.get(facility)
        if mission is None:
            raise PlatformError(
                f"M4OPT knows no mission for {facility}; it plans for {', '.join(sorted(MISSIONS))}",
                advice="name its mission in [m4opt] missions, or plan with gwemopt",
            )
        (folder / MAP).write_bytes(given.skymap)
        terms, (start, end) = given.terms, given.window
        bandpass = ("--bandpass", terms.filters[0]) if terms.filters[0] else ()
        return (
            self.command,
            "schedule",
            MAP,
            SCHEDULE,
            f"--mission={mission}",
            "--delay=0s",  # the map's event time is the start of the window
            f"--deadline={(end - start).total_seconds():.0f}s",
            f"--exptime-min={terms.seconds[0]:g}s",
            f"--visits={len(terms.filters)}",
            f"--timelimit={SOLVER_SHARE * self.limits.seconds:.0f}s",
            "--nside=256",
            "--jobs=1",
            *bandpass,
        )

    def read(self, folder: Path, given: Given, instant: Plan) -> Refined:
        return read_schedule(folder / SCHEDULE, given)

    def heard(self, line: bytes) -> Heard | None:
        """Its bars and spinners are for people: only that it works is known."""
        return Heard(said="looks for the best plan")


class M4optWork(RefiningWork):
    """Plans by M4OPT; `install` None where its command is not there."""

    def __init__(
        self, making: PlanMaking, install: M4optInstall | None, folder: Path, clock: Clock, *, owner: str
    ) -> None:
        absent = PlatformError("M4OPT is not installed on this desk", advice=INSTALL)
        super().__init__(KIND, making, install, folder, clock, owner=owner, absent=absent)


def read_schedule(path: Path, given: Given) -> Refined:
    """The rows that observe, as exposures; raises ResultError for a table that is not M4OPT's.

    Columns as its `schedule` writes them: `action` (`observe` or `slew`), `start_time`, `duration`,
    `target_coord`.
    """
    from astropy import units as u
    from astropy.table import QTable

    try:
        if path.stat().st_size > LARGEST:
            raise ResultError(f"M4OPT's schedule is larger than {LARGEST // 1024 // 1024} MB")
        table = QTable.read(path, format="ascii.ecsv")
    except OSError:
        raise ResultError("M4OPT ended without a schedule") from None
    except ResultError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a table reader makes of what is no table
        raise ResultError(f"M4OPT's schedule cannot be read: {type(error).__name__}") from None
    missing = [
        name for name in ("action", "start_time", "duration", "target_coord") if name not in table.colnames
    ]
    if missing:
        raise ResultError(f"M4OPT's schedule has no column {missing[0]}; it has {', '.join(table.colnames)}")
    observing = table[[str(action) == "observe" for action in table["action"]]]
    visits: dict[str, int] = {}
    exposures = []
    for row in observing:
        ra, dec = float(row["target_coord"].ra.deg), float(row["target_coord"].dec.deg)
        name = f"{ra:.3f}{dec:+.3f}"
        visit = visits[name] = visits.get(name, -1) + 1
        seconds = float(row["duration"].to_value(u.s))
        if not 0.0 < seconds < 86400.0:
            raise ResultError(f"M4OPT's schedule exposes field {name} for {seconds:g} s")
        start = datetime.fromtimestamp(round(float(row["start_time"].unix)), UTC)
        filters = given.terms.filters
        exposures.append(Exposure(name, ra, dec, start, seconds, filters[visit % len(filters)], 0.0))
    status = str(table.meta.get("solution_status", ""))
    own = {"m4opt": str(table.meta.get("version", "")), "solution": status}
    return Refined(tuple(exposures), own, None if exposures else status or "no field can be observed")
