"""Work `instant.plan`: a plan of our own, made in the desk's workers within seconds and kept as a job."""

from __future__ import annotations

from typing import Final

from platforms.job import Job, JobState, Moved
from platforms.plan_making import Made, PlanMaking, results_of

KIND: Final = "instant.plan"


class InstantPlanWork:
    """Makes the plan in the one call that starts it: pure, so a start that was cut short is made again.

    Promises: an empty plan is done, not failed; it says in its notes why there is nothing to expose.
    """

    kind = KIND
    patience = 600.0

    def __init__(self, making: PlanMaking) -> None:
        self._making = making

    async def start(self, job: Job) -> Moved:
        subject = await self._making.subject(job)
        plan = await self._making.instant(subject)
        pictures = await self._making.pictures(subject, plan)
        return Moved(JobState.DONE, progress=1.0, results=results_of(Made(plan)), pictures=dict(pictures))

    async def look(self, job: Job) -> Moved:
        """Nothing runs by itself: a job that is not done had its start cut short."""
        return await self.start(job)

    async def cancel(self, job: Job) -> Moved:
        return Moved(JobState.CANCELLED)
