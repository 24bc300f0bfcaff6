"""A platform in memory and its work: what it holds, how often it was asked, how it can be told to fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from platforms.job import Job, JobState, Moved, PlatformError

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


class Killed(BaseException):
    """The process died here."""


@dataclass
class Portal:
    """A platform that keeps things by the mark in their names, and forgets nothing."""

    made: dict[str, str] = field(default_factory=dict)  # state by mark
    creations: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    fails: list[BaseException] = field(default_factory=list)  # raised by the next calls, before they do it
    dies: list[BaseException] = field(default_factory=list)  # raised by the next calls, after they did it
    refuses_cancel: bool = False

    def begin(self, what: str) -> None:
        self.asked[what] += 1
        if self.fails:
            raise self.fails.pop(0)

    def end(self) -> None:
        if self.dies:
            raise self.dies.pop(0)


class PortalWork:
    """Work `portal.thing`: found by its mark or made, looked at, taken back."""

    kind = "portal.thing"
    patience = 3600.0

    def __init__(self, portal: Portal, look: Callable[[Job, int], Moved] | None = None) -> None:
        self.portal = portal
        self._look = look

    async def start(self, job: Job) -> Moved:
        self.portal.begin("start")
        if job.mark not in self.portal.made:
            self.portal.made[job.mark] = "running"
            self.portal.creations[job.mark] += 1
        self.portal.end()
        return Moved(JobState.QUEUED, remote={"id": job.mark})

    async def look(self, job: Job) -> Moved:
        self.portal.begin("look")
        self.portal.end()
        if self._look is not None:
            return self._look(job, self.portal.asked["look"])
        state = self.portal.made[job.remote["id"]]
        if state == "done":
            return Moved(JobState.DONE, results={"probability": 0.42, "tiles": 17}, pictures={"tiles": PNG})
        if state == "failed":
            raise PlatformError("portal could not make it: no field is observable", advice="choose another")
        return Moved(JobState.RUNNING, progress=0.4, said="computing tiles")

    async def cancel(self, job: Job) -> Moved:
        self.portal.begin("cancel")
        if self.portal.refuses_cancel:
            raise PlatformError("portal does not take back what is queued at the telescope")
        if job.mark in self.portal.made:
            self.portal.made[job.mark] = "cancelled"
        self.portal.end()
        return Moved(JobState.CANCELLED)
