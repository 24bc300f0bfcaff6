"""Injection runs: started by a GET, found again, and never believed to be running for ever."""

from __future__ import annotations

import json

import pytest

from platforms.job import Job, JobState, PlatformError
from platforms.skyportal.efficiency import KIND, Efficiency, EfficiencyWork, Redshifts
from tests.platforms.portal_jobs import Opener, job, opened, ways
from tests.standins.skyportal.recorded import RecordedPortal, recorded

__all__ = ["opened"]
ASKED = {
    "plan": 16, "numberInjections": 100, "numberDetections": 1, "detectionThreshold": 5, "minimumPhase": 0,
    "maximumPhase": 3, "modelName": "kilonova",
}  # fmt: skip
PLAN = ("GET", "/api/observation_plan/16/survey_efficiency")


def _listed(there: RecordedPortal, *rows: dict[str, object]) -> None:
    value = recorded("1102")
    value["response"]["json"]["data"] = list(rows)
    there._only[PLAN] = [{**value, "name": "1102"}]


def _row(**more: object) -> dict[str, object]:
    return {**recorded("1102")["response"]["json"]["data"][0], **more}


async def test_a_run_is_started_once_and_found_again_after_a_crash(opened: Opener) -> None:
    async with RecordedPortal("1101") as there:
        _listed(there)
        work = EfficiencyWork(ways(opened(there.url)))
        assert (await work.start(job(KIND, ASKED))).remote == {"id": 1}
        _listed(there, _row())
        assert (await work.start(job(KIND, ASKED))).remote == {"id": 1}
    assert [call for call in there.calls if call.endswith("simsurvey")] == [
        "GET /api/observation_plan/16/simsurvey"
    ]


async def test_a_row_that_stays_running_is_running_here_and_has_a_deadline_of_its_own(opened: Opener) -> None:
    """1111, 1116: it never ends over there; the tracker gives it up after the work's patience."""
    async with RecordedPortal("1102") as there:
        work = EfficiencyWork(ways(opened(there.url)))
        moved = await work.look(job(KIND, ASKED, remote={"id": 1}, state=JobState.RUNNING))
    assert moved.state is JobState.RUNNING and work.patience <= 3600


async def test_a_finished_run_tells_injected_covered_and_detected(opened: Opener) -> None:
    done = _row(status="complete", number_of_transients=100, number_in_covered=40, number_detected=13)
    async with RecordedPortal("1106") as there:
        _listed(there, done)
        work = EfficiencyWork(ways(opened(there.url)))
        moved = await work.look(job(KIND, ASKED, remote={"id": 1}, state=JobState.RUNNING))
    assert moved.state is JobState.DONE and moved.results is not None
    assert [moved.results[each] for each in ("injected", "covered", "detected")] == [100, 40, 13]


async def test_counts_are_taken_from_the_light_curves_where_the_row_has_none(opened: Opener) -> None:
    curves = {
        "meta_notobserved": {"z": [0.1] * 60}, "meta": {"z": [0.1] * 25}, "meta_rejected": {"z": [0.1] * 15},
        "lcs": [[]] * 13,
    }  # fmt: skip
    async with RecordedPortal("1106") as there:
        _listed(there, _row(status="complete", lightcurves=json.dumps(curves)))
        work = EfficiencyWork(ways(opened(there.url)))
        moved = await work.look(job(KIND, ASKED, remote={"id": 1}, state=JobState.RUNNING))
    assert moved.results is not None
    assert [moved.results[each] for each in ("injected", "covered", "detected")] == [100, 40, 13]


async def test_the_picture_is_our_own_with_the_redshifts_where_it_is_told_which_were_detected(
    opened: Opener,
) -> None:
    curves = {
        "meta_notobserved": {"z": [0.1] * 60}, "meta": {"z": {"0": 0.02, "1": 0.03}},
        "meta_rejected": {"z": [0.09] * 3}, "lcs": [[], []],
    }  # fmt: skip
    drawn = []

    async def draw(job: Job, found: Efficiency, redshifts: Redshifts) -> dict[str, bytes]:
        drawn.append((found, redshifts))
        return {"efficiency": b"PNG"}

    async with RecordedPortal("1106") as there:
        _listed(there, _row(status="complete", lightcurves=json.dumps(curves)))
        work = EfficiencyWork(ways(opened(there.url)), draw)
        moved = await work.look(job(KIND, ASKED, remote={"id": 1}, state=JobState.RUNNING))
        _listed(there, _row(status="complete", lightcurves=json.dumps({**curves, "lcs": [[]]})))
        await work.look(job(KIND, ASKED, remote={"id": 1}, state=JobState.RUNNING))
    assert moved.pictures == {"efficiency": b"PNG"}  # 1106: SkyPortal has none
    assert drawn[0] == (Efficiency(65, 5, 2), Redshifts((0.02, 0.03), (0.1,) * 60 + (0.09,) * 3))
    assert drawn[1][1] == Redshifts()  # two in the table of one detected: which, is not told


@pytest.mark.parametrize(("name", "said"), [("1107", "failed inside"), ("1108", "no observation into which")])
async def test_a_run_that_is_refused_names_why(opened: Opener, name: str, said: str) -> None:
    plan = int(recorded(name)["request"]["path"].split("/")[3])
    async with RecordedPortal(name) as there:
        with pytest.raises(PlatformError, match=said):
            await EfficiencyWork(ways(opened(there.url))).start(job(KIND, {**ASKED, "plan": plan}))


async def test_a_run_cannot_be_taken_back_and_says_so(opened: Opener) -> None:
    async with RecordedPortal("1120") as there:
        with pytest.raises(PlatformError, match="cannot take an injection run back"):
            await EfficiencyWork(ways(opened(there.url))).cancel(job(KIND, ASKED, remote={"id": 2}))
