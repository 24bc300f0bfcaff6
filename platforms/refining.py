"""A plan job that has our plan at once, then betters it by another planner's program in its own process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from facilities.plan import Exposure, Plan
from facilities.planning.given import Given
from platforms.job import Job, JobState, Moved, PlatformError
from platforms.plan_making import Made, PlanMaking, PlanSubject, results_of, worth_of
from platforms.worker_process import Ended, Stopped, WorkerLimits, run_worker
from store.clock import Clock
from store.owners import is_gone

log = logging.getLogger(__name__)

SOON: Final = 3.0
"""Seconds between two looks at a worker: it is on this machine."""

QUEUE_SECONDS: Final = 3600.0
"""How long a plan may wait for others, and our own one be computed."""

FIRST_PLAN_SECONDS: Final = 75.0
KEPT: Final = 20

OUT_OF_MEMORY: Final = ("MemoryError", "bad_alloc", "Cannot allocate memory")
"""Last words of programs that met their limit before the desk saw it."""


@dataclass(frozen=True)
class Refined:
    """What another planner made. `settings` are its own for the plan's record.

    `empty`: its reason for an empty plan; `refused`: ours for not taking this one.
    """

    exposures: tuple[Exposure, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    empty: str | None = None
    refused: str | None = None


class ResultError(ValueError):
    """The result is not what a worker writes: what was read, what was expected."""


@dataclass(frozen=True)
class Heard:
    """What a line of a worker says: how far it is (0..1), what it does, what went wrong."""

    progress: float | None = None
    said: str | None = None
    failure: str | None = None


class Refiner(Protocol):
    """Another planner as this desk runs it.

    `prepare` leaves the files of a request in a folder and gives the command to run there; `read` reads what
    the command left. Both are called outside the loop, and may raise PlatformError and ResultError.
    """

    @property
    def name(self) -> str: ...

    @property
    def limits(self) -> WorkerLimits: ...

    @property
    def section(self) -> str:
        """Of the configuration: where its limits stand."""
        ...

    def prepare(self, folder: Path, given: Given, subject: PlanSubject) -> Sequence[str]: ...

    def read(self, folder: Path, given: Given, instant: Plan) -> Refined: ...

    def heard(self, line: bytes) -> Heard | None: ...


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


class RefiningWork:
    """Plans by another planner in processes of this desk, `at_once` at a time.

    Promises: the instant plan is there with the job's first answer and stays where the other planner fails;
    no worker outlives its job, its limits or the desk; what a desk that died had begun is begun anew.
    """

    def __init__(
        self,
        kind: str,
        making: PlanMaking,
        refiner: Refiner | None,
        folder: Path,
        clock: Clock,
        *,
        owner: str,
        absent: PlatformError,
        at_once: int = 1,
    ) -> None:
        """`refiner` None: not installed here, as `absent` says. `folder` holds a folder for each worker."""
        self.kind = kind
        self._making = making
        self._refiner = refiner
        self._absent = absent
        self._folder = folder
        self._clock = clock
        self._owner = owner
        self._places = asyncio.Semaphore(at_once)
        self._runs: dict[int, _Run] = {}
        self.patience = QUEUE_SECONDS + (refiner.limits.seconds if refiner else 0.0)

    async def start(self, job: Job) -> Moved:
        if self._refiner is None:
            raise self._absent
        if job.id in self._runs:
            return await self.look(job)
        subject = await self._making.subject(job)
        run = _Run()
        self._forget()
        self._runs[job.id] = run
        run.task = asyncio.create_task(self._make(job, subject, run), name=f"{self.kind} {job.id}")
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
                run.working, run.said = True, f"{self._installed.name} begins"
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
        """The other planner's plan beside ours, the better first."""
        given = await self._making.given(subject, instant)
        if given is None:
            return Made(instant, refused="no field is in sight long enough")
        refiner = self._installed
        folder = self._folder / f"plan-{job.id}-{job.mark}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            (folder / "owner").write_text(self._owner, encoding="utf-8")
            command = await asyncio.to_thread(refiner.prepare, folder, given, subject)
            failures: list[str] = []
            ended = await self._worked(command, folder, run, failures)
            found = await self._found(ended, failures, partial(refiner.read, folder, given, instant))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if found.refused or not found.exposures:
            return Made(instant, refused=found.refused or found.empty or "its plan is empty")
        exposures, probability, area = await self._making.counted(subject, found.exposures)
        notes = [note for note in instant.notes if not note.startswith("The pointings hold")]
        if given.left_out:
            notes.append(f"{given.left_out} fields that hold least were not given to {refiner.name}.")
        plan = replace(
            instant,
            planner=refiner.name,
            exposures=exposures,
            probability=probability,
            area=area,
            settings={**instant.settings, **found.settings},
            notes=tuple(notes),
        )
        better = worth_of(plan, given) >= worth_of(instant, given)
        return Made(plan, instant) if better else Made(instant, plan)

    @property
    def _installed(self) -> Refiner:
        assert self._refiner is not None, "what is started is installed"
        return self._refiner

    async def _worked(self, command: Sequence[str], folder: Path, run: _Run, failures: list[str]) -> Ended:
        refiner = self._installed

        def heard(line: bytes) -> None:
            told = refiner.heard(line)
            if told is None:
                return
            if told.failure is not None:
                failures.append(told.failure)
            if told.progress is not None:
                run.progress = max(run.progress, min(1.0, max(0.0, told.progress)))
            if told.said is not None:
                run.said = f"{refiner.name}: {told.said[:120]}"

        try:
            return await run_worker(command, folder, refiner.limits, on_line=heard)
        except OSError as error:
            raise PlatformError(
                f"{refiner.name} cannot be started: {error.strerror or error}", advice=self._absent.advice
            ) from None

    async def _found(self, ended: Ended, failures: Sequence[str], read: Callable[[], Refined]) -> Refined:
        name, limits, section = self._installed.name, self._installed.limits, self._installed.section
        if ended.stopped is Stopped.TIME:
            raise PlatformError(
                f"{name} took longer than its {limits.seconds:.0f} s and was ended",
                advice=f"ask for fewer fields (max_tiles) or one filter, or raise [{section}] seconds",
            )
        out_of_memory = ended.code != 0 and any(each in ended.log for each in OUT_OF_MEMORY)
        if ended.stopped is Stopped.MEMORY or "memory" in failures or out_of_memory:
            raise PlatformError(
                f"{name} took more than its {limits.memory_mb} MB of memory and was ended",
                advice=f"ask for fewer fields (max_tiles), or raise [{section}] memory_mb",
            )
        if failures or ended.code != 0:
            log.warning("%s ended with %d: %s", name, ended.code, ended.log)
            why = failures[0][:200] if failures else f"its worker ended with {ended.code}"
            raise PlatformError(f"{name} failed: {why}")
        try:
            return await asyncio.to_thread(read)
        except ResultError as error:
            log.warning("%s; its last words: %s", error, ended.log)
            raise PlatformError(f"{error}") from None


async def _ended(task: asyncio.Task[Moved]) -> None:
    task.cancel()
    await asyncio.wait({task})
