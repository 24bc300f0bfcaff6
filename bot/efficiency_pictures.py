"""The picture of an injection run, drawn from its numbers for whoever reads the job's card."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from cards.cleaning import clean
from cards.reader import Reader, ReaderError
from platforms.job import Job
from platforms.skyportal.efficiency import PLOT, Efficiency, Redshifts


async def draw_efficiency(job: Job, found: Efficiency, redshifts: Redshifts) -> Mapping[str, bytes]:
    """PNG of the counts, and of the detected fraction over redshift where that is known."""
    if found.injected <= 0:
        return {}
    return await asyncio.to_thread(_draw, job, found, redshifts)


def _draw(job: Job, found: Efficiency, redshifts: Redshifts) -> dict[str, bytes]:
    from cards.efficiency_plot import Injected, efficiency_plot

    reader = _reader(job)
    what = clean(str(job.parameters.get("modelName", "")))
    where = " · ".join(
        clean(each) for each in ((job.event or "").partition(":")[2] or job.event, job.facility) if each
    )
    quiet = reader.say_many(
        "seen {count} time or more above {sigma} σ",
        "seen {count} times or more above {sigma} σ",
        int(job.parameters.get("numberDetections", 1)),
        sigma=f"{float(job.parameters.get('detectionThreshold', 5)):g}",
    )
    injected = Injected(found.injected, found.covered, found.detected, redshifts.detected, redshifts.missed)
    title = f"{what} · {where}" if where else what
    return {PLOT: efficiency_plot(injected, title=title, quiet=quiet, reader=reader)}


def _reader(job: Job) -> Reader:
    try:
        return Reader(job.place.locale, job.place.timezone) if job.place is not None else Reader()
    except ReaderError:
        return Reader()
