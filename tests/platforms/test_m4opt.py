"""Work `m4opt.plan` with a command that writes what M4OPT writes."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from platforms.job import JobState, Moved, PlatformError
from platforms.m4opt import M4optInstall, M4optWork
from platforms.plan_making import PlanSubject, made_of
from platforms.worker_process import WorkerLimits
from store.clock import ManualClock
from tests.patience import PATIENCE
from tests.platforms.plans import AT, job_of, making_of, subject_of

COMMAND = Path(__file__).resolve().parents[1] / "standins" / "m4opt_command.py"


def command(folder: Path, how: str) -> str:
    """An executable by the name of M4OPT's."""
    script = folder / "m4opt"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} {COMMAND} {how} "$@"\n')
    script.chmod(0o755)
    return str(script)


async def ended(folder: Path, how: str, subject: PlanSubject, missions: dict[str, str]) -> Moved:
    install = M4optInstall(command(folder, how), missions, WorkerLimits(60, 2000))
    work = M4optWork(making_of(subject), install, folder, ManualClock(AT), owner="desk:1")
    job = job_of(kind="m4opt.plan")
    moved = await work.start(job)
    async with asyncio.timeout(PATIENCE):
        while not moved.state.ended:
            await asyncio.sleep(0.02)
            moved = await work.look(job)
    await work.close()
    return moved


async def test_its_table_is_read_as_a_plan_and_its_slews_are_not_exposures(tmp_path: Path) -> None:
    subject = subject_of(filters=("g", "r"), exposure_time=(180.0,))
    last = await ended(tmp_path, "well", subject, {"DECam": "decam"})
    assert (last.state, last.failure) == (JobState.DONE, None)
    made = made_of(last.results or {})
    assert made is not None and made.other is not None
    plan = next(each for each in (made.plan, made.other) if each.planner == "m4opt")
    assert [(e.ra, e.dec, e.filter, e.seconds) for e in plan.exposures] == [
        (200.0, -30.0, "g", 180.0), (202.0, -31.0, "g", 180.0),
        (200.0, -30.0, "r", 180.0), (202.0, -31.0, "r", 180.0),
    ]  # fmt: skip
    assert plan.settings["m4opt"] == "4.0.0" and plan.settings["solution"] == "integer optimal solution"
    assert 0 < plan.probability == pytest.approx(sum(each.probability for each in plan.exposures))
    asked = json.loads((tmp_path / "asked.json").read_text())
    start, end = plan.window
    assert f"--deadline={(end - start).total_seconds():.0f}s" in asked and "--visits=2" in asked
    assert "--mission=decam" in asked and "--exptime-min=180s" in asked and "--timelimit=48s" in asked


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("breaks", "m4opt failed: its worker ended with 1"),
        ("garbage", "M4OPT's schedule cannot be read"),
    ],
)
async def test_what_goes_wrong_with_it_leaves_our_own_plan(tmp_path: Path, how: str, said: str) -> None:
    last = await ended(tmp_path, how, subject_of(), {"DECam": "decam"})
    assert last.state is JobState.FAILED and last.failure is not None and last.failure.startswith(said)
    assert last.results is not None and last.results["plan"]["planner"] == "instant"


async def test_a_problem_without_a_solution_keeps_our_own_plan_and_says_so(tmp_path: Path) -> None:
    last = await ended(tmp_path, "infeasible", subject_of(), {"DECam": "decam"})
    made = made_of(last.results or {})
    assert last.state is JobState.DONE and made is not None
    assert (made.plan.planner, made.refused) == ("instant", "infeasible")


async def test_a_telescope_it_has_no_mission_for_is_said(tmp_path: Path) -> None:
    last = await ended(tmp_path, "well", subject_of(), {})
    assert last.failure is not None and last.failure.startswith("M4OPT knows no mission for DECam")


async def test_where_it_is_not_installed_the_desk_says_what_it_needs(tmp_path: Path) -> None:
    work = M4optWork(making_of(subject_of()), None, tmp_path, ManualClock(AT), owner="desk:1")
    with pytest.raises(PlatformError, match="M4OPT is not installed") as refused:
        await work.start(job_of(kind="m4opt.plan"))
    assert refused.value.advice is not None and "CPLEX" in refused.value.advice
