"""Heavy work is done elsewhere, and done again when the worker that had it is no more."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from events.analysis import AnalysisInput, AnalysisResult, Desk, MapSource, analyse, joined, shares
from events.compute import Compute, ComputeError, Lane
from events.dask_compute import DaskCompute
from events.local_compute import LocalCompute
from facilities.registry import load_registry
from skymaps.shapes import Cone, shape_to_dict
from tests.events import labour
from tests.patience import PATIENCE

NIGHT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def local() -> AsyncIterator[LocalCompute]:
    compute = LocalCompute(workers=2)
    await compute.start()
    yield compute
    await compute.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def dask() -> AsyncIterator[DaskCompute]:
    from distributed import LocalCluster

    cluster = await LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        asynchronous=True,
        dashboard_address=None,
        host="127.0.0.1",
    )
    compute = DaskCompute(cluster.scheduler_address)
    yield compute
    await compute.close()
    await cluster.close()


@pytest.fixture(params=["local", "dask"])
def compute(request: pytest.FixtureRequest, local: LocalCompute, dask: DaskCompute) -> Compute:
    return local if request.param == "local" else dask


pytestmark = pytest.mark.asyncio(loop_scope="module")


def pid_left_in(folder: Path) -> int:
    while not (found := list(folder.glob("pid-*"))):
        time.sleep(0.005)
    return int(found[0].name.removeprefix("pid-"))


@pytest.fixture
def nobody() -> str:
    """An address where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{free.getsockname()[1]}"


async def test_a_result_and_an_error_come_back_as_they_are(compute: Compute) -> None:
    assert await compute.run(labour.doubled, 21, timeout=PATIENCE) == 42
    with pytest.raises(ValueError, match="7 is refused"):
        await compute.run(labour.refused, 7, timeout=PATIENCE)


async def test_work_whose_worker_is_killed_is_done_again(compute: Compute, tmp_path: Path) -> None:
    working = asyncio.create_task(compute.run(labour.report_and_wait, str(tmp_path), timeout=PATIENCE))
    victim = await asyncio.to_thread(pid_left_in, tmp_path)
    assert victim != os.getpid()
    os.kill(victim, signal.SIGKILL)
    (tmp_path / "go").touch()
    assert await working != victim


async def test_work_that_hangs_is_begun_again_by_another_worker(compute: Compute, tmp_path: Path) -> None:
    assert await compute.run(labour.hang_the_first_time, str(tmp_path), timeout=2.0) == 2
    assert await compute.run(labour.doubled, 4, timeout=PATIENCE) == 8


async def test_work_that_kills_every_worker_is_given_up_and_the_next_is_done(local: LocalCompute) -> None:
    with pytest.raises(ComputeError, match=r"die: given up after 3 attempts .*exit status"):
        await local.run(labour.die, timeout=PATIENCE)
    assert await local.run(labour.doubled, 4, timeout=PATIENCE) == 8


async def test_work_that_always_hangs_is_given_up_and_the_next_is_done(local: LocalCompute) -> None:
    with pytest.raises(ComputeError, match=r"hang: given up after 3 attempts \(no result after 0.3 s\)"):
        await local.run(labour.hang, timeout=0.3)
    assert await local.run(labour.doubled, 4, timeout=PATIENCE) == 8


async def test_workers_killed_while_idle_are_replaced(local: LocalCompute) -> None:
    pids = {await local.run(os.getpid, timeout=PATIENCE) for _ in range(10)}
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    results = await asyncio.gather(*(local.run(labour.doubled, n, timeout=PATIENCE) for n in range(10)))
    assert results == [2 * n for n in range(10)]


async def test_an_analysis_never_waits_behind_pictures(local: LocalCompute, tmp_path: Path) -> None:
    pictures = [
        asyncio.create_task(
            local.run(labour.report_and_wait, str(tmp_path), timeout=PATIENCE, lane=Lane.PICTURES)
        )
        for _ in range(4)
    ]
    assert await local.run(labour.doubled, 1, timeout=PATIENCE) == 2
    assert not any(picture.done() for picture in pictures)
    (tmp_path / "go").touch()
    assert len(set(await asyncio.gather(*pictures))) == 1
    politely = await local.run(labour.niceness, timeout=PATIENCE, lane=Lane.PICTURES)
    assert politely == min(19, await local.run(labour.niceness, timeout=PATIENCE) + 10)  # 19 is the most


def assert_same(one: AnalysisResult, other: AnalysisResult) -> None:
    """Equal but for the last digits, which the number of linear-algebra threads decides."""
    assert one.observability is not None
    assert other.observability is not None
    pairs = [(one.statistics, other.statistics), *zip(one.observability, other.observability, strict=True)]
    for values, twins in pairs:
        for name, value in vars(values).items():
            twin = getattr(twins, name)
            assert twin == (pytest.approx(value, rel=1e-12) if isinstance(value, float) else value), name


async def test_both_places_and_any_split_give_the_same_numbers(
    local: LocalCompute, dask: DaskCompute
) -> None:
    cone = shape_to_dict(Cone(ra=100.0, dec=-30.0, radius=8.0))
    facilities = load_registry().all()[:12]
    work = AnalysisInput(MapSource(shape=cone), at=NIGHT, desk=Desk.of(facilities), event_time=NIGHT)
    here = analyse(work)
    assert {row.name for row in here.observability or ()} == {facility.name for facility in facilities}
    assert_same(here, await local.run(analyse, work, timeout=PATIENCE))
    assert_same(here, await dask.run(analyse, work, timeout=PATIENCE))
    split = shares(work, 2)
    assert len(split) == 2
    assert_same(here, joined([await local.run(analyse, share, timeout=PATIENCE) for share in split]))


async def test_a_dask_scheduler_that_is_not_there_is_said_so(nobody: str) -> None:
    compute = DaskCompute(nobody, connect_seconds=0.3)
    health = await compute.health()
    assert not health.healthy
    assert nobody in health.detail
    with pytest.raises(ComputeError, match="no Dask scheduler"):
        await compute.run(labour.doubled, 1, timeout=5)


async def test_the_health_names_the_workers(compute: Compute) -> None:
    health = await compute.health()
    assert health.healthy
    assert health.workers == 2


async def test_workers_end_with_the_process_they_work_for(tmp_path: Path) -> None:
    program = (
        "import asyncio, os, pathlib, sys\n"
        "from events.local_compute import LocalCompute\n"
        "async def main():\n"
        "    compute = LocalCompute(workers=2)\n"
        "    await compute.start()\n"
        "    pathlib.Path(sys.argv[1]).touch()\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    family = await asyncio.to_thread(kill_a_hub, program, tmp_path / "ready")
    _, left = await asyncio.to_thread(psutil.wait_procs, family, PATIENCE)
    assert left == []


def kill_a_hub(program: str, ready: Path) -> list[psutil.Process]:
    hub = subprocess.Popen([sys.executable, "-c", program, str(ready)], cwd=Path(__file__).parents[2])
    while not ready.exists():
        assert hub.poll() is None
        time.sleep(0.02)
    family = psutil.Process(hub.pid).children(recursive=True)
    assert len(family) >= 2
    hub.kill()
    hub.wait()
    return family
