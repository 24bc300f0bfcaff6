"""A drill as a job: asked for in a chat, followed there by a card that edits itself, or taken back."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from bot.drills import Drill, DrillReport, begin_drill, report_of
from commands.drill_commands import KIND
from notifiers.paging.answers import Answer
from notifiers.paging.service import PageService
from platforms.job import Job, JobState, Moved
from store.clock import Clock
from store.database import Database

WAIT = timedelta(minutes=15)
"""For how long somebody is waited for, as `nightdesk drill` does."""

LOOK = 2.0  # s between looks: people watch
STAGES = ("decided", "card", "page", "acknowledged")


class DrillWork:
    """The desk's own drill. Unlike other works it reads the desk's database, for there it takes place.

    The event's name comes from the job's mark: a start that was interrupted puts the same event in again,
    which the inbox takes once.
    """

    kind = KIND
    patience = (WAIT + timedelta(minutes=5)).total_seconds()

    def __init__(self, database: Database, clock: Clock, pages: PageService) -> None:
        self._database = database
        self._clock = clock
        self._pages = pages

    async def start(self, job: Job) -> Moved:
        drill = await begin_drill(
            self._database,
            self._clock,
            route=job.parameters["route"],
            silent=job.parameters["silent"],
            by=job.requester[:60],
            at=job.created,
            seed=int.from_bytes(hashlib.sha256(job.mark.encode()).digest()[:8]),
        )
        return Moved(JobState.RUNNING, remote={"event": drill.event}, progress=0.0, look_after=LOOK)

    async def look(self, job: Job) -> Moved:
        async with self._database.read() as session:
            report = await report_of(session, _drill_of(job))
        results = _results(report)
        over = report.page if job.parameters["silent"] else report.acknowledged
        if over is not None:
            return Moved(JobState.DONE, results=results, progress=1.0)
        if self._clock.now() - job.created < WAIT:
            reached = len([stage for stage in STAGES if results[stage] is not None])
            return Moved(JobState.RUNNING, results=results, progress=reached / len(STAGES), look_after=LOOK)
        minutes = round(WAIT.total_seconds() / 60)
        return Moved(
            JobState.FAILED,
            results=results,
            failure=f"the drill was not answered within {minutes} minutes",
            advice="look who was asked, and whether their addresses work: `who`, `doctor`",
        )

    async def cancel(self, job: Job) -> Moved:
        event = job.remote.get("event")
        for page in await self._pages.open_pages():
            if page.event == event:
                await self._pages.answer(page.id, Answer.RESOLVE, person=job.requester, via="drill")
        return Moved(JobState.CANCELLED)


def _drill_of(job: Job) -> Drill:
    return Drill(job.remote["event"], job.created, job.parameters["route"], job.parameters["silent"])


def _results(report: DrillReport) -> dict[str, object]:
    """The report as the job keeps it: seconds since it was asked for, None where it is not there yet."""
    figures: dict[str, object] = {}
    for stage in STAGES:
        length: timedelta | None = getattr(report, stage)
        figures[stage] = None if length is None else round(length.total_seconds(), 1)
    return figures | {
        "asked": list(report.asked),
        "answered": report.answered,
        "gaps": list(report.gaps),
        "did_not_answer": list(report.silent_people),
    }
