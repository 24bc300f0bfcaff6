"""Work `gwemopt.plan`: our plan at once, then gwemopt's beside it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from facilities.plan import Plan
from facilities.planning.given import Given
from platforms.gwemopt.reading import read_result
from platforms.gwemopt.request import GwemoptOptions, write_request
from platforms.job import PlatformError
from platforms.plan_making import PlanMaking, PlanSubject
from platforms.refining import Heard, Refined, RefiningWork
from platforms.worker_process import WorkerLimits
from store.clock import Clock

KIND: Final = "gwemopt.plan"
WORKER = Path(__file__).with_name("worker.py")
INSTALL: Final = "install it with `make gwemopt`, or name its interpreter in [gwemopt] python"


@dataclass(frozen=True)
class GwemoptInstall:
    """How gwemopt is run here: the command that takes the folder as its last word, and the limits."""

    command: tuple[str, ...]
    limits: WorkerLimits = field(default_factory=WorkerLimits)
    options: GwemoptOptions = field(default_factory=GwemoptOptions)
    name: str = "gwemopt"
    section: str = "gwemopt"

    @classmethod
    def with_python(
        cls, python: Path, limits: WorkerLimits, options: GwemoptOptions | None = None
    ) -> GwemoptInstall:
        return cls((str(python), "-I", str(WORKER)), limits, options or GwemoptOptions())

    def prepare(self, folder: Path, given: Given, subject: PlanSubject) -> Sequence[str]:
        write_request(folder, given, subject.facility, self.options)
        return (*self.command, str(folder.resolve()))

    def read(self, folder: Path, given: Given, instant: Plan) -> Refined:
        return read_result(folder, given, instant)

    def heard(self, line: bytes) -> Heard | None:
        """One of the worker's own lines; None for whatever else a library prints."""
        try:
            values = json.loads(line)
        except ValueError:
            return None
        if not isinstance(values, dict) or values.get("nightdesk") != 1:
            return None
        progress, said, failure = values.get("progress"), values.get("said"), values.get("failure")
        return Heard(
            float(progress) if isinstance(progress, int | float) else None,
            said if isinstance(said, str) else None,
            failure if isinstance(failure, str) else None,
        )


class GwemoptWork(RefiningWork):
    """Plans by gwemopt; `install` None where it is not installed on this desk."""

    def __init__(
        self,
        making: PlanMaking,
        install: GwemoptInstall | None,
        folder: Path,
        clock: Clock,
        *,
        owner: str,
        at_once: int = 1,
    ) -> None:
        absent = PlatformError("gwemopt is not installed on this desk", advice=INSTALL)
        super().__init__(KIND, making, install, folder, clock, owner=owner, absent=absent, at_once=at_once)


def python_of(named: Path | None) -> Path | None:
    """The interpreter that has gwemopt: the one named, else that of `.venv-gwemopt` beside this one's."""
    if named is not None:
        return named
    beside = Path(sys.prefix).parent / ".venv-gwemopt" / "bin" / "python"
    return beside if beside.exists() else None
