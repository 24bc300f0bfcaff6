"""Plans by other programs, asked for in Slack: a worker in each of its bad manners, and a good one."""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cards.plan_plot import TILES
from platforms.gwemopt.work import GwemoptInstall
from platforms.job import Job, JobState
from platforms.worker_process import WorkerLimits
from tests.cards.goldens import assert_golden
from tests.nights.archives import EVENT, Archives, open_archives
from tests.standins.mmoda import TINY_PNG

GOLDEN = Path(__file__).parent / "golden"
PYTHON, STANDINS = sys.executable, Path(__file__).resolve().parents[1] / "standins"
PATIENCE = 90.0  # s of the machine's time
INSTANT = "the instant plan stands"


@dataclass(frozen=True)
class Manner:
    """How a worker behaves, how the job ends, and what is read."""

    how: str
    words: tuple[str, ...]
    state: JobState = JobState.FAILED


MANNERS = (
    Manner("eat", ("took more than its 256 MB", "max_tiles", "[gwemopt] memory_mb")),
    Manner("crash", ("gwemopt failed", INSTANT)),
    Manner("garbage", ("gwemopt's result cannot be read", INSTANT)),
    Manner("degenerate", ("on end, where",), JobState.DONE),
    Manner("well", ("gwemopt",), JobState.DONE),
)
HANGS = Manner("hang", ("took longer than its 1 s", "max_tiles", "[gwemopt] seconds"))
OF_M4OPT = (
    Manner("breaks", ("m4opt failed", INSTANT)),
    Manner("infeasible", ("infeasible",), JobState.DONE),
)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands that stand for gwemopt's interpreter and for M4OPT; how they behave is in the file `how`."""
    folder = tmp_path / "programs"
    folder.mkdir()
    how = f'"$(cat {folder}/how)"'
    for name, command in {
        "python": f'for last; do :; done\nexec {PYTHON} -I {STANDINS}/gwemopt_worker.py {how} "$last"',
        "m4opt": f'exec {PYTHON} {STANDINS}/m4opt_command.py {how} "$@"',
    }.items():
        (folder / name).write_text(f"#!/bin/sh\n{command}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setattr("bot.planning.WORKERS", tmp_path / "workers")
    monkeypatch.setattr("bot.hub.drawing_with", lambda compute: _drawn)
    return folder


async def _drawn(subject: object, plan: object) -> dict[str, bytes]:
    """One picture of every plan: that they are drawn well is looked at elsewhere."""
    return {TILES: TINY_PNG}


async def asked(night: Archives, programs: Path, planner: str, manner: Manner, seconds: int) -> Job:
    """Ask for a plan while the worker behaves so, and read its card: ours is in it however that ends."""
    (programs / "how").write_text(manner.how)
    line = f"plan make {EVENT} ZTF planner:{planner} max_tiles=4 exposure_time={seconds}"
    taken = await night.night.says(line, "is asked of")
    job = await worked(night, night.number(taken))
    await night.ends(taken, line, *manner.words, title=f"{planner}: {manner.how}")
    assert (job.state, "plan" in job.results) == (manner.state, True), job
    return job


async def worked(night: Archives, number: int) -> Job:
    """A job whose worker is a process, when it has ended; the machine's time passes, the clock's does not."""
    jobs = night.night.world.hub.jobs
    async with asyncio.timeout(PATIENCE):
        while True:
            await jobs.wake(number)
            await night.night.tracker.track_due()
            job = await jobs.job(number)
            if job.state.ended:
                return job
            await asyncio.sleep(0.05)


def hurried(night: Archives) -> None:
    """From now on gwemopt's worker has a second."""
    work = night.night.world.hub.planners._gwemopt
    assert isinstance(work._refiner, GwemoptInstall)
    work._refiner = replace(work._refiner, limits=WorkerLimits(1.0, 256))


async def test_a_worker_in_each_bad_manner_leaves_our_own_plan_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: Path
) -> None:
    gwemopt = {"python": str(programs / "python"), "seconds": 120, "memory_mb": 256}
    m4opt = {"command": str(programs / "m4opt"), "seconds": 120}
    async with open_archives(tmp_path, monkeypatch, gwemopt=gwemopt, m4opt=m4opt) as night:
        for seconds, manner in enumerate(MANNERS, 60):
            await asked(night, programs, "gwemopt", manner, seconds)
        for seconds, manner in enumerate(OF_M4OPT, 80):
            await asked(night, programs, "m4opt", manner, seconds)
        await _one_is_cancelled(night, programs)
        hurried(night)
        await asked(night, programs, "gwemopt", HANGS, 90)
        await _plans_are_told_apart(night)
        assert not list((tmp_path / "workers").glob("plan-*")), "nothing of any worker is left"
        assert_golden("planners.txt", re.sub(r"\b\d\d:\d\d\b", "HH:MM", night.protocol()), GOLDEN)


async def _one_is_cancelled(night: Archives, programs: Path) -> None:
    """`job cancel` of a plan whose worker thinks: asked first, then the worker is gone."""
    (programs / "how").write_text("hang")
    taken = await night.night.says(f"plan make {EVENT} ZTF planner:gwemopt exposure_time=70", "is asked of")
    number = night.number(taken)
    await night.night.tracker.track_due()
    await night.asks("jobs open=yes", f"{number}", "Plan of S261120a for ZTF", title="jobs")
    question = await night.asks(f"job cancel {number}", f"Cancel job {number}?")
    await night.presses("Yes", question, f"Job {number}: being cancelled")
    job = await worked(night, number)
    await night.ends(taken, f"job cancel {number} [Yes]", "cancelled", title="cancelled")
    assert job.state is JobState.CANCELLED


async def _plans_are_told_apart(night: Archives) -> None:
    """`plan list|compare|export` of what the planners made; a planner that is not there."""
    done = next(job for job in await night.night.jobs() if job.results.get("other"))
    await night.asks(f"plan list {EVENT}", "ZTF", title="plan list")
    await night.asks(
        f"plan compare {EVENT}", "beside each other", "gwemopt", title="plan compare", pictures=1
    )
    await night.asks(f"plan export {done.id} csv", "N2-44,310.5882", f"plan-{done.id}.csv", title="csv")
    night.read.pop()  # its times are to the second
    for form in ("ecsv", "json", "geojson", "treasuremap"):
        await night.night.says(f"plan export {done.id} {form}", f"as {form}", f"plan-{done.id}.")
    await night.asks(f"plan export {done.id} pdf", "geojson", title="no such form")
    await night.asks(f"plan circular {done.id}", "SUBJECT", title="plan circular")
    await night.asks("plan show 999", "There is no job 999", title="no such plan")
