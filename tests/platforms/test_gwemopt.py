"""Work `gwemopt.plan` with a worker that speaks as the real one does: well, and badly in many ways."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from facilities.planning import GalaxyTarget, Patch, PlanSettings
from platforms.gwemopt.request import GwemoptOptions, request_of
from platforms.gwemopt.work import GwemoptInstall, GwemoptWork
from platforms.job import Job, JobState, Moved, PlatformError
from platforms.plan_making import PlanSubject, _given, _instant, made_of
from platforms.worker_process import WorkerLimits
from store.clock import ManualClock
from tests.patience import PATIENCE
from tests.platforms.plans import AT, REGISTRY, STANDIN, job_of, making_of, subject_of

ROOT = Path(__file__).resolve().parents[2]
Begin = Callable[..., GwemoptWork]


@pytest.fixture
async def begin(tmp_path: Path) -> AsyncIterator[Begin]:
    """Makes works whose workers behave in a given way; ends them all."""
    made: list[GwemoptWork] = []

    def work(how: str, subject: PlanSubject | None = None, **given: object) -> GwemoptWork:
        limits = WorkerLimits(
            seconds=float(given.pop("seconds", 60.0)), memory_mb=int(given.pop("memory", 600))
        )
        install = GwemoptInstall((sys.executable, "-I", str(STANDIN), how), limits)
        making = making_of(subject or subject_of(), drawn=given.pop("drawn", None))
        made.append(
            GwemoptWork(making, install, tmp_path, ManualClock(AT), owner=str(given.pop("owner", "desk:1")))
        )
        return made[-1]

    yield work
    for each in made:
        await each.close()


async def ended(work: GwemoptWork, job: Job) -> Moved:
    """How a job ended that was just started."""
    moved = await work.start(job)
    async with asyncio.timeout(PATIENCE):
        while not moved.state.ended:
            await asyncio.sleep(0.02)
            moved = await work.look(job)
    return moved


async def until_it_thinks(work: GwemoptWork, job: Job) -> None:
    """Until the worker that hangs has started a child and hangs."""
    moved = await work.start(job)
    async with asyncio.timeout(PATIENCE):
        while "thinking" not in moved.said:
            await asyncio.sleep(0.02)
            moved = await work.look(job)


def left_in(folder: Path) -> list[Path]:
    """Workers' folders that are still there."""
    return list(folder.glob("plan-*"))


def alive(tmp_path: Path) -> list[int]:
    """Workers, and what they started, that still run."""
    groups = {int(line) for line in (tmp_path / "pids").read_text().split()}
    left = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if stat[0] != "Z" and (int(entry.name) in groups or STANDIN.name in _command(entry)):
            left.append(int(entry.name))
    return left


def _command(entry: Path) -> str:
    try:
        return (entry / "cmdline").read_text()
    except OSError:
        return ""


async def test_our_own_plan_is_there_at_once_and_gwemopts_beside_it_at_the_end(begin: Begin) -> None:
    drawn: list[str] = []
    work, job = begin("well", drawn=drawn), job_of()
    moved = await work.start(job)
    assert moved.state in (JobState.RUNNING, JobState.QUEUED)
    assert moved.results is not None and moved.results["plan"]["planner"] == "instant"
    assert moved.pictures and drawn == ["instant"]
    last = await ended(work, job)
    assert (last.state, last.failure) == (JobState.DONE, None)
    made = made_of(last.results or {})
    assert made is not None and made.other is not None
    assert {made.plan.planner, made.other.planner} == {"instant", "gwemopt"}
    assert made.plan.probability >= made.other.probability
    refined = made.plan if made.plan.planner == "gwemopt" else made.other
    assert refined.settings["gwemopt"] == "stand-in" and refined.fields > 5
    assert sum(each.probability for each in refined.exposures) == pytest.approx(refined.probability)
    start, end = refined.window
    assert all(start <= each.start <= end - timedelta(seconds=each.seconds) for each in refined.exposures)


async def test_every_exposure_it_makes_keeps_the_telescopes_limits(begin: Begin) -> None:
    """Against the registry's own observability, minute by minute: airmass, moon, night."""
    from facilities.planning.night import sight_of, watches
    from facilities.planning.settings import terms_for

    work = begin("well", subject_of(sigma=6.0))
    made = made_of((await ended(work, job_of())).results or {})
    assert made is not None and made.other is not None
    refined = made.plan if made.plan.planner == "gwemopt" else made.other
    decam = REGISTRY.get("DECam")
    watch = next(iter(watches(decam, AT, terms_for(decam, PlanSettings()), None)))
    ra, dec = (np.array([getattr(each, key) for each in refined.exposures]) for key in ("ra", "dec"))
    sight = sight_of(watch, ra, dec)
    for number, each in enumerate(refined.exposures):
        assert sight.open_for(each.start.timestamp(), each.seconds)[number], each


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("crash", "gwemopt failed: its worker ended with 134"),
        ("raise", "gwemopt failed: KeyError: 'nexposures'"),
        ("leave", "gwemopt's worker ended without a result"),
        ("garbage", "gwemopt's result cannot be read: exposures.0.field: Input should be a valid integer"),
    ],
)
async def test_a_worker_that_fails_leaves_our_own_plan(
    begin: Begin, tmp_path: Path, how: str, said: str
) -> None:
    last = await ended(begin(how), job_of())
    assert last.state is JobState.FAILED and last.failure is not None and last.failure.startswith(said)
    assert last.advice == "the instant plan stands: it can be sent as it is"
    assert last.results is not None and last.results["plan"]["planner"] == "instant"
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("degenerate", "it exposes one field for 4.9 h on end, where 90 s were asked"),
        ("one", "it exposes one field only, of"),
        ("elsewhere", "it exposes a field 99999 that was not among the"),
        ("empty", "no field that holds any probability can be observed in the window"),
    ],
)
async def test_a_plan_that_nobody_should_expose_is_refused_and_said(
    begin: Begin, how: str, said: str
) -> None:
    last = await ended(begin(how), job_of())
    made = made_of(last.results or {})
    assert last.state is JobState.DONE and made is not None
    assert made.plan.planner == "instant" and made.other is None
    assert made.refused is not None and made.refused.startswith(said)


async def test_where_our_own_plan_covers_more_it_stands_and_gwemopts_is_kept_beside_it(begin: Begin) -> None:
    made = made_of((await ended(begin("poor"), job_of())).results or {})
    assert made is not None and made.other is not None
    assert (made.plan.planner, made.other.planner) == ("instant", "gwemopt")
    assert made.plan.probability > made.other.probability > 0


async def test_a_worker_is_ended_at_its_time_with_all_it_started(begin: Begin, tmp_path: Path) -> None:
    last = await ended(begin("hang", seconds=2.5), job_of())
    assert (last.state, last.failure) == (JobState.FAILED, "gwemopt took longer than its 2 s and was ended")
    assert last.advice is not None and "max_tiles" in last.advice
    assert alive(tmp_path) == []


async def test_a_worker_is_ended_at_its_memory(begin: Begin, tmp_path: Path) -> None:
    last = await ended(begin("eat", memory=200), job_of())
    assert last.state is JobState.FAILED and last.failure is not None
    # by our own watch, or by the kernel's refusal to give more
    assert "200 MB of memory" in last.failure or last.failure.startswith("gwemopt failed")
    assert alive(tmp_path) == []


async def test_taking_a_plan_back_kills_the_worker_and_its_children(begin: Begin, tmp_path: Path) -> None:
    work, job = begin("hang"), job_of()
    await until_it_thinks(work, job)
    assert alive(tmp_path)
    assert (await work.cancel(job)).state is JobState.CANCELLED
    assert alive(tmp_path) == [] and left_in(tmp_path) == []
    assert (await work.cancel(job)).state is JobState.CANCELLED, "again, as after a crash"


async def test_the_worker_sees_none_of_the_desks_secrets_and_has_a_home_of_its_own(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTDESK_SLACK__BOT_TOKEN", "xoxb-secret")
    await ended(begin("well"), job_of())
    seen = json.loads((tmp_path / "seen.json").read_text())
    assert seen["home"] == seen["folder"] and not any("NIGHTDESK" in name for name in seen["environment"])


async def test_the_worker_reaches_nobody(begin: Begin, tmp_path: Path) -> None:
    """The real worker's own refusal, in a worker that tries: a server that would answer hears nothing."""
    heard: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        heard.append(request.path)
        return web.Response()

    app = web.Application()
    app.router.add_get("/", answer)
    async with TestServer(app) as server:
        (tmp_path / "port").write_text(str(server.port))
        last = await ended(begin("fetch"), job_of())
    assert last.failure == "gwemopt failed: the planner works without a network"
    assert last.results is not None and last.results["plan"]["planner"] == "instant"
    assert heard == []


async def test_one_plan_waits_for_the_other_and_has_our_own_meanwhile(begin: Begin) -> None:
    work = begin("hang")
    await until_it_thinks(work, job_of(1))
    second = await work.start(job_of(2))
    assert (second.state, second.said) == (JobState.QUEUED, "waits for another plan to end")
    assert second.results is not None and second.results["plan"]["planner"] == "instant"


async def test_a_desk_that_died_leaves_no_worker_and_the_next_begins_anew(
    begin: Begin, tmp_path: Path
) -> None:
    script = textwrap.dedent(
        f"""
        import asyncio, sys
        from pathlib import Path
        from platforms.gwemopt.work import GwemoptInstall, GwemoptWork
        from platforms.worker_process import WorkerLimits
        from store.clock import SystemClock
        from tests.platforms.plans import STANDIN, job_of, making_of, subject_of

        async def main():
            install = GwemoptInstall((sys.executable, "-I", str(STANDIN), "hang"), WorkerLimits(600, 600))
            folder, making = Path({str(tmp_path)!r}), making_of(subject_of())
            work = GwemoptWork(making, install, folder, SystemClock(), owner="x:1")
            moved = await work.start(job_of())
            while "thinking" not in moved.said:
                await asyncio.sleep(0.05)
                moved = await work.look(job_of())
            print("thinking", flush=True)
            await asyncio.sleep(600)

        asyncio.run(main())
        """
    )
    desk = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, cwd=ROOT, stdout=subprocess.PIPE
    )
    assert desk.stdout is not None and await desk.stdout.readline() == b"thinking\n"
    assert len(alive(tmp_path)) >= 2
    os.kill(desk.pid, signal.SIGKILL)
    await desk.wait()
    for _ in range(200):
        if not alive(tmp_path):
            break
        await asyncio.sleep(0.05)
    assert alive(tmp_path) == []

    work = begin("well")
    (left,) = left_in(tmp_path)
    (left / "owner").write_text(f"{os.uname().nodename}:{desk.pid}")
    work.sweep()
    assert not left.exists()
    before = replace(
        job_of(), state=JobState.RUNNING, remote={"owner": "desk:1", "until": "2100-01-01T00:00:00+00:00"}
    )
    moved = await work.look(before)
    assert moved.results is not None and moved.results["plan"]["planner"] == "instant"


async def test_what_another_replica_works_on_is_left_to_it_until_it_must_have_ended(begin: Begin) -> None:
    work = begin("well")
    remote = {"owner": "elsewhere:17", "until": (AT + timedelta(hours=1)).isoformat()}
    theirs = replace(
        job_of(), state=JobState.RUNNING, remote=remote, said="gwemopt: scheduling", progress=0.9
    )
    moved = await work.look(theirs)
    assert (moved.state, moved.said, moved.results) == (JobState.RUNNING, "gwemopt: scheduling", None)
    with pytest.raises(PlatformError, match="another replica"):
        await work.cancel(theirs)
    late = replace(theirs, remote={**remote, "until": (AT - timedelta(seconds=1)).isoformat()})
    assert (await work.look(late)).results is not None


async def test_where_it_is_not_installed_the_desk_says_how(tmp_path: Path) -> None:
    work = GwemoptWork(making_of(subject_of()), None, tmp_path, ManualClock(AT), owner="desk:1")
    with pytest.raises(PlatformError, match="not installed") as refused:
        await work.start(job_of())
    assert refused.value.advice is not None and "make gwemopt" in refused.value.advice


async def test_an_empty_night_needs_no_worker(begin: Begin, tmp_path: Path) -> None:
    last = await work_ended_at_the_pole(begin)
    made = made_of(last.results or {})
    assert last.state is JobState.DONE and made is not None and made.plan.exposures == ()
    assert made.plan.notes and not (tmp_path / "pids").exists()


async def work_ended_at_the_pole(begin: Begin) -> Moved:
    return await ended(begin("well", subject_of(dec=85.0)), job_of())


KINDS = ("ZTF", "KPED", "SALT", "Swift-XRT", "EP-FXT")


@pytest.mark.parametrize("facility", KINDS)
def test_a_request_can_be_made_for_every_kind_of_facility(facility: str) -> None:
    """On the ground and in space, whatever its field: numbers that are numbers, windows within the night."""
    dec = -20.0 if (REGISTRY.get(facility).latitude or 0.0) < 0 else 40.0
    subject = subject_of(facility, dec=dec, sigma=1.5)
    instant = _instant(subject)
    given = _given(subject, instant)
    assert given is not None and instant.exposures
    request = request_of(given, subject.facility, GwemoptOptions())
    text = json.dumps(request, allow_nan=False)
    assert len(text) < 2_000_000
    ((start, end),) = request["windows"]
    assert request["tiles"] and request["exposure"] > 0 and end > start
    for _, ra, tile_dec, weight, windows in request["tiles"]:
        assert 0 <= ra <= 360 and -90 <= tile_dec <= 90 and weight > 0
        assert all(start <= a < b <= end for a, b in windows)


def test_galaxies_and_taken_sky_reach_the_request() -> None:
    galaxies = tuple(
        GalaxyTarget(f"G{n}", 200.0 + n * 0.4, -30.0 + n * 0.2, 1.0 / (n + 1)) for n in range(12)
    )
    subject = subject_of("KPED", galaxies=galaxies, strategy="galaxies", ra=200.0, dec=30.0)
    subject = replace(subject, galaxies=tuple(replace(each, dec=each.dec + 60.0) for each in galaxies))
    taken = Patch.of_field(200.0, 30.0, REGISTRY.get("KPED").field_of_view)
    subject = replace(subject, taken=(taken,))
    instant = _instant(subject)
    assert "G0" not in {each.field for each in instant.exposures} and instant.exposures
    assert "What others have covered was left out." in instant.notes
    given = _given(subject, instant)
    assert given is not None and given.strategy == "galaxies"
    assert {each.name for each in given.fields} == {f"G{n}" for n in range(1, 12)}, "G0 is somebody's already"
    request = request_of(given, subject.facility, GwemoptOptions(schedule="sear"))
    assert (request["strategy"], request["schedules"]) == ("galaxies", ["sear"])
