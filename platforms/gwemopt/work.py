"""Work `gwemopt.plan`: our plan at once, then gwemopt's in its place."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from facilities.plan import Plan
from platforms.gwemopt.reading import Refined, ResultError, read_result
from platforms.gwemopt.request import GwemoptOptions, write_request
from platforms.job import Job, JobState, Moved, PlatformError
from platforms.plan_making import Made, PlanMaking, PlanSubject, results_of, worth_of
from platforms.worker_process import Ended, Stopped, WorkerLimits, run_worker
from store.clock import Clock
from store.owners import is_gone

log = logging.getLogger(__name__)

KIND: Final = "gwemopt.plan"
WORKER = Path(__file__).with_name("worker.py")
SOON: Final = 3.0
"""Seconds between two looks at a worker: it is on this machine."""

QUEUE_SECONDS: Final = 3600.0
"""How long a plan may wait for others, and our own one be computed."""

FIRST_PLAN_SECONDS: Final = 75.0
KEPT: Final = 20
INSTALL: Final = "install it with `make gwemopt`, or name its interpreter in [gwemopt] python"


@dataclass(frozen=True)
class GwemoptInstall:
    """How gwemopt is run here: the command that takes the folder as its last word, and the limits."""

    command: tuple[str, ...]
    limits: WorkerLimits = field(default_factory=WorkerLimits)
    options: GwemoptOptions = field(default_factory=GwemoptOptions)

    @classmethod
    def with_python(cls, python: Path, limits: WorkerLimits) -> GwemoptInstall:
        return cls((str(python), "-I", str(WORKER)), limits)


@dataclass
class _Run:
    """One plan in the making, of this process."""

    task: asyncio.Task[Moved] | None = None
    first: asyncio.Event = field(default_factory=asyncio.Event)
    instant: Plan | None = None
    pictures: dict[str, bytes] = field(default_factory=dict)
    working: bool = False
    progress: float = 0.0
    said: str = "our own plan first"
    told_first: bool = False


class GwemoptWork:
    """Plans by gwemopt in worker processes of this desk, `at_once` at a time.

    Promises: the instant plan is there with the job's first answer and stays where gwemopt fails; no worker
    outlives its job, its limits or the desk; what a desk that died had begun is begun anew by the next.
    """

    kind = KIND

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
        """`install` None: not installed here. `folder` is where workers get a folder each, for their time."""
        self._making = making
        self._install = install
        self._folder = folder
        self._clock = clock
        self._owner = owner
        self._places = asyncio.Semaphore(at_once)
        self._runs: dict[int, _Run] = {}
        self.patience = QUEUE_SECONDS + (install.limits.seconds if install else 0.0)

    async def start(self, job: Job) -> Moved:
        if self._install is None:
            raise PlatformError("gwemopt is not installed on this desk", advice=INSTALL)
        if job.id in self._runs:
            return await self.look(job)
        subject = await self._making.subject(job)
        run = _Run()
        self._forget()
        self._runs[job.id] = run
        run.task = asyncio.create_task(self._make(job, subject, run), name=f"gwemopt {job.id}")
        first = asyncio.create_task(run.first.wait())
        await asyncio.wait({first, run.task}, timeout=FIRST_PLAN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        first.cancel()
        return replace(await self.look(job), remote=self._remote())

    async def look(self, job: Job) -> Moved:
        run = self._runs.get(job.id)
        if run is None:
            if self._may_still_run(job):
                return Moved(JobState.RUNNING, progress=job.progress, said=job.said, look_after=SOON)
            return await self.start(job)
        assert run.task is not None, "a run has its task from the start"
        if run.task.done():
            # kept until the next start of this job or its end is written down: the call may be repeated
            return run.task.result() if not run.task.cancelled() else Moved(JobState.CANCELLED)
        now = Moved(
            JobState.RUNNING if run.working else JobState.QUEUED,
            progress=run.progress if run.working else None,
            said=run.said,
            look_after=SOON,
        )
        if run.instant is not None and not run.told_first:
            run.told_first = True
            return replace(now, results=results_of(Made(run.instant)), pictures=run.pictures)
        return now

    async def cancel(self, job: Job) -> Moved:
        run = self._runs.pop(job.id, None)
        if run is not None and run.task is not None:
            await _ended(run.task)
        elif self._may_still_run(job):
            raise PlatformError("another replica of the desk runs this plan; it is asked again", later=True)
        return Moved(JobState.CANCELLED)

    async def close(self) -> None:
        """End every worker: the desk stops."""
        runs, self._runs = list(self._runs.values()), {}
        for run in runs:
            if run.task is not None:
                await _ended(run.task)

    def sweep(self) -> None:
        """Drop what dead workers of this machine have left. Called once, before any is started."""
        for left in self._folder.glob("plan-*"):
            with contextlib.suppress(OSError):
                if is_gone((left / "owner").read_text(encoding="utf-8")):
                    shutil.rmtree(left, ignore_errors=True)

    def _forget(self) -> None:
        """Drop what ended long ago; the last stay, for a look that is made again."""
        ended = [number for number, run in self._runs.items() if run.task is not None and run.task.done()]
        for number in ended[:-KEPT]:
            del self._runs[number]

    def _remote(self) -> dict[str, str]:
        assert self._install is not None, "what is started is installed"
        until = self._clock.now() + timedelta(seconds=self.patience)
        return {"owner": self._owner, "until": until.isoformat()}

    def _may_still_run(self, job: Job) -> bool:
        """Whether another replica has this plan in hand, as far as can be known from here."""
        owner, until = job.remote.get("owner"), job.remote.get("until")
        if not isinstance(owner, str) or not isinstance(until, str):
            return False
        if owner == self._owner or is_gone(owner):
            return False
        return self._clock.now() < datetime.fromisoformat(until)

    async def _make(self, job: Job, subject: PlanSubject, run: _Run) -> Moved:
        """The whole of it; what goes wrong is in the answer, as a job's look would tell it."""
        try:
            run.instant = await self._making.instant(subject)
            run.pictures = dict(await self._making.pictures(subject, run.instant))
        except PlatformError as error:
            return Moved(JobState.FAILED, failure=str(error), advice=error.advice)
        finally:
            run.first.set()
        instant = run.instant
        if not instant.exposures:
            return Moved(JobState.DONE, progress=1.0, results=results_of(Made(instant)))
        run.said = "waits for another plan to end"
        try:
            async with self._places:
                run.working, run.said = True, "gwemopt begins"
                made = await self._refined(job, subject, run, instant)
                pictures = dict(await self._making.pictures(subject, made.plan))
        except PlatformError as error:
            return Moved(
                JobState.FAILED,
                results=results_of(Made(instant)),
                pictures=run.pictures,
                failure=str(error),
                advice=error.advice or "the instant plan stands: it can be sent as it is",
            )
        return Moved(
            JobState.DONE,
            progress=1.0,
            results=results_of(made),
            pictures=pictures,
        )

    async def _refined(self, job: Job, subject: PlanSubject, run: _Run, instant: Plan) -> Made:
        """gwemopt's plan beside ours, the better first."""
        given = await self._making.given(subject, instant)
        if given is None:
            return Made(instant, refused="no field is in sight long enough")
        assert self._install is not None, "what is started is installed"
        folder = self._folder / f"plan-{job.id}-{job.mark}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            (folder / "owner").write_text(self._owner, encoding="utf-8")
            await asyncio.to_thread(write_request, folder, given, subject.facility, self._install.options)
            failures: list[str] = []
            ended = await self._worked(folder, run, failures)
            found = await self._found(folder, ended, failures, lambda: read_result(folder, given, instant))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if found.refused or not found.exposures:
            return Made(instant, refused=found.refused or found.empty or "its plan is empty")
        exposures, probability, area = await self._making.counted(subject, found.exposures)
        notes = [note for note in instant.notes if not note.startswith("The pointings hold")]
        if given.left_out:
            notes.append(f"{given.left_out} fields that hold least were not given to gwemopt.")
        plan = replace(
            instant,
            planner="gwemopt",
            exposures=exposures,
            probability=probability,
            area=area,
            settings={**instant.settings, "gwemopt": found.version, "schedule": found.schedule},
            notes=tuple(notes),
        )
        better = worth_of(plan, given) >= worth_of(instant, given)
        return Made(plan, instant) if better else Made(instant, plan)

    async def _worked(self, folder: Path, run: _Run, failures: list[str]) -> Ended:
        def heard(line: bytes) -> None:
            said = _said(line)
            if said is None:
                return
            if isinstance(failure := said.get("failure"), str):
                failures.append(failure)
            if isinstance(progress := said.get("progress"), int | float) and 0 <= progress <= 1:
                run.progress = max(run.progress, float(progress))
            if isinstance(words := said.get("said"), str):
                run.said = f"gwemopt: {words[:120]}"

        assert self._install is not None, "what is started is installed"
        try:
            return await run_worker(
                (*self._install.command, str(folder)), folder, self._install.limits, on_line=heard
            )
        except OSError as error:
            raise PlatformError(
                f"gwemopt's worker cannot be started: {error.strerror or error}", advice=INSTALL
            ) from None

    async def _found(
        self, folder: Path, ended: Ended, failures: Sequence[str], read: Callable[[], Refined]
    ) -> Refined:
        assert self._install is not None, "what is started is installed"
        limits = self._install.limits
        if ended.stopped is Stopped.TIME:
            raise PlatformError(
                f"gwemopt took longer than its {limits.seconds:.0f} s and was ended",
                advice="ask for fewer fields (max_tiles) or one filter, or raise [gwemopt] seconds",
            )
        if ended.stopped is Stopped.MEMORY or "memory" in failures:
            raise PlatformError(
                f"gwemopt took more than its {limits.memory_mb} MB of memory and was ended",
                advice="ask for fewer fields (max_tiles), or raise [gwemopt] memory_mb",
            )
        if failures or ended.code != 0:
            log.warning("gwemopt ended with %d: %s", ended.code, ended.log)
            why = failures[0][:200] if failures else f"its worker ended with {ended.code}"
            raise PlatformError(f"gwemopt failed: {why}")
        try:
            return await asyncio.to_thread(read)
        except ResultError as error:
            log.warning("%s; its last words: %s", error, ended.log)
            raise PlatformError(f"{error}") from None


def _said(line: bytes) -> dict[str, object] | None:
    """One of the worker's own lines; None for whatever else a library prints."""
    try:
        values = json.loads(line)
    except ValueError:
        return None
    return values if isinstance(values, dict) and values.get("nightdesk") == 1 else None


async def _ended(task: asyncio.Task[Moved]) -> None:
    task.cancel()
    await asyncio.wait({task})


def python_of(named: Path | None) -> Path | None:
    """The interpreter that has gwemopt: the one named, else that of `.venv-gwemopt` beside this one's."""
    if named is not None:
        return named
    beside = Path(sys.prefix).parent / ".venv-gwemopt" / "bin" / "python"
    return beside if beside.exists() else None
