"""Fits at an NMMA service: what is sent, what is posted back over a real socket, what is lost on the way."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web

from bot import web_fits
from events.lightcurve import Measurement
from platforms.fit_answers import FitAnswers
from platforms.fit_results import FitResult
from platforms.hooks import JobHooks
from platforms.job import Job, JobState, Moved, PlatformError
from platforms.jobs import JobService, Wanted
from platforms.nmma import (
    KIND,
    BadFit,
    FitRequest,
    FitWork,
    NmmaService,
    fit_request,
    photometry_of,
    read_answer,
)
from platforms.posterior import posterior_estimates
from platforms.tracker import Tracker
from store.clock import ManualClock
from store.database import Database
from store.wakeup import Bell
from tests.standins.nmma import NmmaStandIn, netcdf
from tests.standins.recordings import Exchange, recordings

LIGHT = (
    "filter,mjd,magsys,mag,magerr,limiting_mag\nztfr,57982.9,ab,19.0,0.1,21\nztfg,57983.9,ab,19.5,0.1,21\n"
)


@pytest.fixture
def recorded(shared_data: Path) -> dict[str, Exchange]:
    return recordings(shared_data / "recordings" / "nmma")


class FitDesk:
    """A tracker and the web endpoint that a service calls back."""

    def __init__(self, database: Database, clock: ManualClock, service: NmmaService) -> None:
        self.database, self.clock, self.service = database, clock, service
        self.jobs = JobService(database, clock, Bell(clock))
        self.hooks = JobHooks(database, self.jobs)
        self.public_url: str | None = None

    @property
    def answers(self) -> FitAnswers:
        return FitAnswers(self.database, self.clock, self.hooks, self.public_url)

    async def listen(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_routes(web_fits.routes(FitAnswers(self.database, self.clock, self.hooks, None)))
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.public_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    async def ask(self, model: str = "Me2017") -> Job:
        asked = fit_request(model, LIGHT, 0.0098, {"nlive": "64"})
        return await self.jobs.ask(Wanted(KIND, "nmma", asked.to_json(), "ana", source="AT2026abc"))

    async def track(self) -> Job:
        """One round of a tracker of a new process."""
        answers = self.answers
        work = FitWork(self.service, answers.address, answers.answer)
        await Tracker(self.database, self.clock, {KIND: work}).track_due()
        return await self.jobs.job(1)


@pytest.fixture
async def standin() -> AsyncIterator[NmmaStandIn]:
    async with NmmaStandIn() as standin:
        yield standin


@pytest.fixture
async def desk(database: Database, clock: ManualClock, standin: NmmaStandIn) -> AsyncIterator[FitDesk]:
    service = NmmaService("nmma", standin.url)
    made = FitDesk(database, clock, service)
    runner = await made.listen()
    yield made
    await runner.cleanup()
    await service.close()


async def test_a_fit_is_asked_for_answered_and_read(desk: FitDesk, standin: NmmaStandIn) -> None:
    job = await desk.ask()
    running = await desk.track()
    assert running.state is JobState.RUNNING
    (asked,) = standin.asked
    assert asked["callback_method"] == "POST" and asked["resource_id"] == job.mark
    assert asked["inputs"]["redshift"] == "redshift\n0.0098\n"
    assert asked["inputs"]["analysis_parameters"] == {"source": "Me2017", "nlive": 64}
    assert await standin.answer() == 204
    done = await desk.track()  # the answer woke the job: no time has passed
    assert done.state is JobState.DONE
    result = FitResult.from_json(done.results)
    assert result.log_bayes == 21.5
    mass = next(each for each in result.estimates if each.name == "log10_mej")
    assert mass.value == pytest.approx(-2.0, abs=0.02)
    assert (mass.down, mass.up) == (pytest.approx(0.1, rel=0.2), pytest.approx(0.1, rel=0.2))
    assert list(done.pictures) == ["fit 1"]


async def test_an_answer_that_comes_while_the_desk_restarts_is_found(
    desk: FitDesk, standin: NmmaStandIn
) -> None:
    await desk.ask()
    await desk.track()
    await standin.answer()
    done = await desk.track()
    assert done.state is JobState.DONE


async def test_an_answer_to_a_start_that_was_never_written_down_counts(
    desk: FitDesk, standin: NmmaStandIn
) -> None:
    job = await desk.ask()
    answers = desk.answers
    work = FitWork(desk.service, answers.address, answers.answer)
    await work.start(job)  # and the desk died here
    await standin.answer()
    assert (await work.start(job)).state is JobState.DONE
    assert standin.asked == []  # it was not asked a second time


async def test_the_first_answer_stays(
    desk: FitDesk, standin: NmmaStandIn, recorded: dict[str, Exchange]
) -> None:
    await desk.ask()
    await desk.track()
    asked = standin.asked[0]
    await standin.answer()
    assert await standin.answer(recorded["04"], asked) == 204
    assert (await desk.track()).state is JobState.DONE


async def test_nobody_answers_for_a_job_without_its_address(desk: FitDesk, standin: NmmaStandIn) -> None:
    await desk.ask()
    await desk.track()
    forged = {"callback_url": f"{desk.public_url}/hooks/fits/1-{'0' * 32}"}
    assert await standin.answer(request=forged) == 404
    assert (await desk.track()).state is JobState.RUNNING


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("04", "model failed to converge"),
        ("05", "problem running the model"),
        ("07", "not in the expected format"),
        ("08", "not in the expected format"),
        ("09", "without an answer that can be read"),
        ("10", "could not fit it"),
    ],
)
async def test_every_recorded_failure_is_told_in_words(
    desk: FitDesk, standin: NmmaStandIn, recorded: dict[str, Exchange], number: str, words: str
) -> None:
    await desk.ask()
    await desk.track()
    assert await standin.answer(recorded[number]) == 204
    failed = await desk.track()
    assert failed.state is JobState.FAILED
    assert failed.failure is not None and words in failed.failure
    assert failed.advice


@pytest.mark.parametrize("number", ["03", "06"])
async def test_a_recorded_success_gives_its_bayes_factor_and_picture(
    recorded: dict[str, Exchange], number: str
) -> None:
    moved = read_answer(json.dumps(recorded[number].callback["json"]).encode())
    assert moved.state is JobState.DONE and moved.results is not None
    assert moved.results["log_bayes"] == 12.34
    assert moved.results["estimates"] == []  # what it recorded as a posterior is no file of one
    assert list(moved.pictures) == ["fit 1"]


async def test_a_callback_that_never_comes_ends_at_the_deadline(
    desk: FitDesk, standin: NmmaStandIn, clock: ManualClock
) -> None:
    await desk.ask()
    await desk.track()
    standin.away = True
    await clock.advance(130.0)
    waiting = await desk.track()
    assert waiting.state is JobState.RUNNING and "does not answer" in waiting.said
    await clock.advance(9 * 3600.0)
    assert (await desk.track()).state is JobState.TIMED_OUT


@pytest.mark.parametrize("number", ["12", "13", "14", "15", "16", "17", "18"])
async def test_every_recorded_refusal_is_a_sentence(
    desk: FitDesk, recorded: dict[str, Exchange], number: str
) -> None:
    exchange = recorded[number]

    async def as_recorded(request: web.Request) -> web.Response:
        return exchange.replied()

    app = web.Application()
    app.router.add_post("/analysis", as_recorded)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    service = NmmaService("nmma", f"http://127.0.0.1:{runner.addresses[0][1]}")
    with pytest.raises(PlatformError, match="NMMA refuses the fit") as raised:
        await service.begin(FitRequest("Me2017", LIGHT, 0.01, {}), "http://desk.test/x", "nd-1")
    assert "<html" not in str(raised.value)
    await service.close()
    await runner.cleanup()


async def test_a_service_that_is_alive_says_so(desk: FitDesk, standin: NmmaStandIn) -> None:
    assert await desk.service.alive()


async def test_without_an_address_of_its_own_the_desk_asks_for_nothing(
    desk: FitDesk, standin: NmmaStandIn
) -> None:
    desk.public_url = None
    await desk.ask()
    failed = await desk.track()
    assert failed.state is JobState.FAILED and "web.public_url" in str(failed.advice)
    assert standin.asked == []


async def test_a_fit_is_let_go_of(desk: FitDesk) -> None:
    job = await desk.ask()
    await desk.track()
    await desk.jobs.cancel(job.id, by="ana")
    assert (await desk.track()).state is JobState.CANCELLED


@pytest.mark.parametrize(
    ("model", "light", "redshift", "given", "words"),
    [
        ("Kilonova9000", LIGHT, 0.01, {}, "one of Me2017"),
        ("Me2017", "not a table", 0.01, {}, "no lines"),
        ("Me2017", "filter,mjd,mag\ng,57982,19\n", 0.01, {}, "lacks the column magerr"),
        ("Me2017", "filter,mjd,mag,magerr\ng,57982,19\n", 0.01, {}, "has 3 cells; 4"),
        ("Me2017", "filter,mjd,mag,magerr\ng,57982,x,0.1\n", 0.01, {}, "mag 'x'; a number"),
        ("Me2017", "filter,mjd,mag,magerr\ng,2026,19,0.1\n", 0.01, {}, "modified Julian day"),
        ("Me2017", "filter,mjd,mag,magerr\n,57982,19,0.1\n", 0.01, {}, "names no filter"),
        ("Me2017", "filter,mjd,mag,magerr\ng,57982,19,0.1\nr,57983,,\n", 0.01, {}, "1 detections; 2"),
        ("Me2017", LIGHT, 0.0, {}, "redshift is 0"),
        ("Me2017", LIGHT, float("nan"), {}, "redshift is nan"),
        ("Me2017", LIGHT, 0.01, {"livepoints": "5"}, "no parameter 'livepoints'"),
        ("Me2017", LIGHT, 0.01, {"nlive": "5.5"}, "nlive is '5.5'"),
    ],
)
def test_what_the_service_would_fail_on_later_is_refused_now(
    model: str, light: str, redshift: float, given: dict[str, str], words: str
) -> None:
    with pytest.raises(BadFit, match=words):
        fit_request(model, light, redshift, given)


def test_typed_photometry_may_use_semicolons() -> None:
    typed = fit_request("Me2017", "filter,mjd,mag,magerr; g,57982.9,19.0,0.1; r,57983.9,19.5,0.1", 0.01)
    assert typed.photometry == "filter,mjd,mag,magerr\ng,57982.9,19.0,0.1\nr,57983.9,19.5,0.1\n"
    assert FitRequest.from_json(json.loads(json.dumps(typed.to_json()))) == typed


def test_a_light_curve_becomes_photometry_with_limits_left_empty() -> None:
    at = datetime(2017, 8, 18, 0, 0, tzinfo=UTC)  # MJD 57983
    light = [Measurement(at, "ztfg", 19.25, 0.05, 21.0), Measurement(at, "ztfr", None, None, 20.5)]
    assert photometry_of(light).splitlines()[1:] == [
        "ztfg,57983.000000,ab,19.2500,0.0500,21.000",
        "ztfr,57983.000000,ab,,,20.500",
    ]


def test_a_posterior_is_read_as_data_and_anything_else_is_none() -> None:
    import io

    import h5py

    with h5py.File(io.BytesIO(netcdf()), "r") as file:
        samples = np.sort(np.asarray(file["posterior"]["KNtheta"]).ravel())
    found = posterior_estimates(netcdf())["KNtheta"]
    assert found["median"] == pytest.approx(np.median(samples))
    assert found["median"] - found["lower"] == pytest.approx(np.quantile(samples, 0.16))
    assert posterior_estimates(b"") == posterior_estimates(b"NETCDF4-STAND-IN") == {}
    assert posterior_estimates(netcdf()[:200]) == {}


def test_a_moved_that_is_no_json_is_a_failure() -> None:
    for raw in (b"", b"[]", b"null", b"<html>", b"\xff\xfe"):
        moved: Moved = read_answer(raw)
        assert moved.state is JobState.FAILED
    assert replace(moved, state=JobState.DONE).failure
