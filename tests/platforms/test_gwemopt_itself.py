"""The real worker with the real gwemopt, where `make gwemopt` was run; elsewhere skipped with a reason."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from platforms.gwemopt.work import GwemoptInstall, GwemoptWork, python_of
from platforms.job import JobState
from platforms.plan_making import made_of
from platforms.worker_process import WorkerLimits
from store.clock import ManualClock
from tests.platforms.plans import AT, job_of, making_of, subject_of

NAMED = os.environ.get("NIGHTDESK_GWEMOPT__PYTHON")
PYTHON = python_of(Path(NAMED) if NAMED else None)


@pytest.mark.skipif(PYTHON is None, reason="gwemopt is not installed (make gwemopt)")
async def test_gwemopt_itself_makes_a_plan_that_keeps_its_window_and_its_filters(tmp_path: Path) -> None:
    assert PYTHON is not None
    install = GwemoptInstall.with_python(PYTHON, WorkerLimits(240, 2500))
    subject = subject_of("DECam", filters=("g", "r"), max_tiles=30)
    work, job = GwemoptWork(making_of(subject), install, tmp_path, ManualClock(AT), owner="desk:1"), job_of()
    moved, said = await work.start(job), set[str]()
    async with asyncio.timeout(300):
        while not moved.state.ended:
            said.add(moved.said.partition("(")[0].strip())
            await asyncio.sleep(0.1)
            moved = await work.look(job)
    await work.close()
    assert (moved.state, moved.failure) == (JobState.DONE, None)
    made = made_of(moved.results or {})
    assert made is not None and made.refused is None
    plan = next(each for each in (made.plan, made.other) if each is not None and each.planner == "gwemopt")
    assert plan.settings["gwemopt"] and plan.settings["schedule"] in ("greedy", "greedy_slew", "sear")
    assert 5 < plan.fields <= 30 and {each.filter for each in plan.exposures} == {"g", "r"}
    start, end = plan.window
    assert all(start <= each.start < end for each in plan.exposures)
    assert all(1.0 <= (each.airmass or 1.0) < 2.6 for each in plan.exposures)
    assert "gwemopt: loading gwemopt" in said
