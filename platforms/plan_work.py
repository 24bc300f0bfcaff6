"""Work `instant.plan`: a plan of ours, at once."""

from __future__ import annotations

from platforms.job import Job, JobState, Moved
from platforms.plan_making import Made, PlanMaking, results_of


class InstantWork:
    """Makes a plan with its first call. Nothing of it is anywhere else, so a call may be repeated at will."""

    kind: str = "instant.plan"
    patience: float = 900.0

    def __init__(self, making: PlanMaking) -> None:
        self._making = making

    async def start(self, job: Job) -> Moved:
        subject = await self._making.subject(job)
        plan = await self._making.instant(subject)
        pictures = await self._making.pictures(subject, plan)
        return Moved(JobState.DONE, progress=1.0, results=results_of(Made(plan)), pictures=pictures)

    async def look(self, job: Job) -> Moved:
        return await self.start(job)

    async def cancel(self, job: Job) -> Moved:
        return Moved(JobState.CANCELLED)
