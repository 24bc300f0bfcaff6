"""The pictures of plans, drawn away from the loop for whoever reads the job's card."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from cards.plan_plot import PlanDrawing, draw_plan
from cards.reader import Reader, ReaderError
from events.compute import Compute, ComputeError, Lane
from facilities.plan import Plan
from platforms.plan_making import Draw, PlanSubject
from skymaps.skymap import SkyMapError

log = logging.getLogger(__name__)

SECONDS: Final = 60.0


def drawing_with(compute: Compute | None) -> Draw:
    """Draws plans in a worker process, or in a thread where there is none."""

    async def draw(subject: PlanSubject, plan: Plan) -> Mapping[str, bytes]:
        try:
            reader = Reader(subject.locale, subject.timezone)
        except ReaderError:
            reader = Reader()
        title = f"{subject.name} · {subject.facility.name}"
        work = PlanDrawing(subject.source, plan, subject.facility, title, reader)
        try:
            if compute is None:
                return await asyncio.to_thread(draw_plan, work)
            return await compute.run(draw_plan, work, timeout=SECONDS, lane=Lane.PICTURES)
        except (SkyMapError, ComputeError) as error:
            # A plan without its pictures is still a plan.
            log.warning("the plan of %s for %s was not drawn: %s", subject.name, subject.facility.name, error)
            return {}

    return draw
