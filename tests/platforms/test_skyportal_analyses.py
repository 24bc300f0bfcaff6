"""Analyses as a real SkyPortal runs them: 200 for what cannot work, parameters inside, tokens dropped."""

from __future__ import annotations

import pytest

from platforms.job import JobState, PlatformError
from platforms.skyportal.analyses import KIND, AnalysisWork, analysis, services
from platforms.skyportal.refusals import SkyPortalError
from tests.platforms.portal_jobs import Opener, job, opened, ways
from tests.standins.skyportal.recorded import RecordedPortal, recorded

__all__ = ["opened"]
VALUES = {"model": "kilonova", "fix_z": "True"}


def _asked(service: int = 1, name: str = "kn fit") -> dict[str, object]:
    return {"service": service, "name": name, "values": VALUES, "groups": [8]}


def _none(there: RecordedPortal) -> None:
    empty = recorded("0737")
    empty["response"]["json"]["data"] = []
    there._only[("GET", "/api/obj/analysis")] = [{**empty, "name": "0737"}]


async def test_services_are_listed_with_the_values_their_parameters_may_have(opened: Opener) -> None:
    async with RecordedPortal("0711") as there:
        found = {each.name: each for each in await services(opened(there.url))}
    assert found["kn_fit"].parameters == {"model": ("kilonova", "sn1998bw"), "fix_z": ("True", "False")}
    assert found["kn_fit"].groups == (8,)


async def test_a_service_that_takes_uploads_only_is_not_offered(opened: Opener) -> None:
    async with RecordedPortal("0711") as there:
        listed = there._only[("GET", "/api/analysis_service")][0]["response"]["json"]["data"]
        uploads = {**listed[0], "id": 6, "name": "upload", "upload_only": True}
        there._only[("GET", "/api/analysis_service")][0]["response"]["json"]["data"] = [listed[0], uploads]
        assert [each.name for each in await services(opened(there.url))] == ["kn_fit"]


async def test_an_analysis_is_started_followed_and_its_results_read(opened: Opener) -> None:
    async with RecordedPortal("0720", "0721", "0744", "0746", "0747") as there:
        _none(there)
        work = AnalysisWork(ways(opened(there.url)))
        moved = await work.start(job(KIND, _asked()))
        assert moved.state is JobState.RUNNING and moved.said == "accepted, 30 s expected"
        done = await work.look(job(KIND, _asked(), remote=moved.remote, state=JobState.RUNNING))
    assert there.seen[1].body["analysis_parameters"] == VALUES
    assert done.state is JobState.DONE and done.results is not None
    assert done.results["chi2"] == 1.2 and done.results["degrees"] == 4
    assert done.results["estimates"] == [{"name": "ejecta_mass", "value": 0.03, "down": None, "up": None}]
    assert list(done.pictures) == ["fit_0"]


@pytest.mark.parametrize(
    ("service", "looked", "said"),
    [
        ("0729", "0733", "kn fit failed: no GPU left"),
        ("0730", "0734", "its SkyPortal could not reach kn fit"),
        ("0731", "0735", "kn fit failed: not enough photometry"),
    ],
)
async def test_200_for_a_service_that_cannot_work_is_seen_in_the_analysis(
    opened: Opener, service: str, looked: str, said: str
) -> None:
    number = int(recorded(service)["request"]["path"].rsplit("/", 1)[1])
    async with RecordedPortal(service, looked) as there:
        _none(there)
        moved = await AnalysisWork(ways(opened(there.url))).start(job(KIND, _asked(number)))
    assert moved.state is JobState.FAILED and moved.failure == said and moved.advice


async def test_a_fit_that_its_service_reports_failed_fails_with_its_words(opened: Opener) -> None:
    async with RecordedPortal("0755") as there:
        work = AnalysisWork(ways(opened(there.url)))
        moved = await work.look(job(KIND, _asked(), remote={"id": 7}, state=JobState.RUNNING))
    assert moved.failure == "kn fit failed: sampler did not converge"
    assert moved.advice == "try another model, or fix the redshift"


async def test_the_webhooks_capability_is_dropped_on_reading(opened: Opener) -> None:
    async with RecordedPortal("0721") as there:
        portal = opened(there.url)
        found, raw = await analysis(portal, 1), await portal.call("GET", "/api/obj/analysis/1")
    assert "2bb5af59-b61c-419d-9d97-758a803bd1e3" not in f"{found} {raw}"


async def test_what_an_interrupted_start_began_is_found_again(opened: Opener) -> None:
    async with RecordedPortal("0737", "0722") as there:
        moved = await AnalysisWork(ways(opened(there.url))).start(job(KIND, _asked()))
    assert moved.remote == {"id": 1} and not any(call.startswith("POST") for call in there.calls)


@pytest.mark.parametrize(
    ("name", "said"),
    [("0724", "Invalid analysis_parameters"), ("0725", "Could not access"), ("0726", "has no source")],
)
async def test_a_refused_fit_names_what_is_wrong(opened: Opener, name: str, said: str) -> None:
    request = recorded(name)["request"]
    source, service = request["path"].split("/")[3], int(request["path"].rsplit("/", 1)[1])
    async with RecordedPortal(name) as there:
        _none(there)
        with pytest.raises(PlatformError, match=said):
            await AnalysisWork(ways(opened(there.url))).start(job(KIND, _asked(service), source=source))


async def test_an_analysis_that_is_gone_ends_the_job_though_it_is_said_with_403(opened: Opener) -> None:
    async with RecordedPortal("0736") as there:
        work = AnalysisWork(ways(opened(there.url)))
        moved = await work.look(job(KIND, _asked(), remote={"id": 9999}, state=JobState.RUNNING))
    assert moved.state is JobState.CANCELLED and "deleted" in (moved.failure or "")


async def test_an_analysis_of_somebody_else_is_not_cancelled(opened: Opener) -> None:
    async with RecordedPortal("0761") as there:
        work = AnalysisWork(ways(opened(there.url)))
        with pytest.raises(SkyPortalError, match="Insufficient permissions") as error:
            await work.cancel(job(KIND, _asked(), remote={"id": 1}, state=JobState.CANCELLING))
    assert "TOKEN" not in str(error.value)


def test_what_we_send_as_parameters_reaches_the_service_inside_inputs_and_not_beside_them() -> None:
    """0719: SkyPortal's own call to a service; a service that reads the top level gets nothing."""
    sent = recorded("0719")["request"]["json"]
    assert sent["inputs"]["analysis_parameters"] == VALUES and sent["analysis_parameters"] == {}
