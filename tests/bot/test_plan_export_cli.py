"""`nightdesk plan-export`: a job's plan as files, out of the desk's own database."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot import schema
from bot.cli.app import app
from bot.cli.inputs import InputError
from facilities.facility import FacilityError
from facilities.plan import Exposure, Plan
from platforms.job import Job, JobState, Moved
from platforms.jobs import JobService, Wanted
from platforms.plan_making import Made, results_of
from platforms.tracker import Tracker
from store.clock import ManualClock
from store.database import Database
from store.wakeup import Bell

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def plan(planner: str, count: int) -> Plan:
    exposures = tuple(
        Exposure(f"f{i}", 10.0 + 7 * i, 20.0, AT + timedelta(minutes=5 * i), 30.0, "r", 0.1)
        for i in range(count)
    )
    window = (AT, AT + timedelta(hours=1))
    return Plan("ZTF", planner, "tiling", "LVK:S1", AT, window, exposures, 0.1 * count, 47.0)


class Bettered:
    """A planner whose plan was chosen over our own; job 2 has none."""

    kind, patience = "gwemopt.plan", 60.0

    async def start(self, job: Job) -> Moved:
        if job.parameters.get("empty"):
            return Moved(JobState.FAILED, failure="no map")
        return Moved(JobState.DONE, results=results_of(Made(plan("gwemopt", 3), plan("instant", 2))))

    async def look(self, job: Job) -> Moved:
        return await self.start(job)

    async def cancel(self, job: Job) -> Moved:
        return Moved(JobState.CANCELLED)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "nightdesk.sqlite"
    monkeypatch.setenv("NIGHTDESK_DATABASE__URL", f"sqlite:///{path}")

    async def fill() -> None:
        clock = ManualClock(AT)
        database = Database(f"sqlite+aiosqlite:///{path}")
        await schema.ensure(database)
        jobs = JobService(database, clock, Bell(clock))
        for parameters in ({}, {"empty": True}):
            wanted = Wanted(Bettered.kind, "here", parameters, "ana", event="LVK:S1", facility="ZTF")
            await jobs.ask(wanted)
        await Tracker(database, clock, {Bettered.kind: Bettered()}).track_due()
        await database.dispose()

    asyncio.run(fill())
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["plan-export", *words])


def written(*words: str) -> str:
    """What is written to standard output."""
    told = run(*words)
    assert told.exit_code == 0, told.exception
    return told.stdout


def test_a_jobs_plan_is_written_in_every_form(desk: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(written("1"))))
    assert len(rows) == 3 and {float(row["ra"]) for row in rows} == {10.0, 17.0, 24.0}
    assert len(json.loads(written("1", "--format", "geojson"))["features"]) >= 3
    assert written("1", "--format", "ecsv").startswith("# %ECSV")
    assert written("1", "--format", "json", "--out", "plan.json") == ""
    assert json.loads((desk / "plan.json").read_text())["planner"] == "gwemopt"


def test_the_plan_that_was_not_chosen_is_written_where_its_planner_is_named(desk: Path) -> None:
    assert len(written("1", "--planner", "instant").splitlines()) == 3


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("1", "--format", "pdf"), "expected one of csv, ecsv, json, geojson, treasuremap"),
        (("1", "--planner", "m4opt"), "job 1 has plans of instant, gwemopt"),
        (("2",), "job 2 (gwemopt.plan) has no plan"),
        (("9",), "there is no job 9"),
    ],
)
def test_what_cannot_be_written_is_told(desk: Path, words: tuple[str, ...], sentence: str) -> None:
    told = run(*words)
    assert isinstance(told.exception, InputError | FacilityError)
    assert sentence in str(told.exception)
