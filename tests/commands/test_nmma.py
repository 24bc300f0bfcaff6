"""`nmma` as people ask it: what is typed, the service's call over a real socket, each recorded failure."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot import web_fits
from commands.request import Account
from platforms.fit_answers import FitAnswers
from platforms.hooks import JobHooks
from platforms.instances import Platforms
from platforms.job import Job, JobState
from platforms.nmma import FitWork, NmmaService
from shifts.people_file import parse_people
from tests.cards.goldens import assert_golden
from tests.commands.desk import ANA, CHIDI, Asked, AskedDesk
from tests.commands.platform_desk import ROUND, follow, tracker_of, with_platforms
from tests.standins.nmma import NmmaStandIn
from tests.standins.recordings import Exchange, recordings

GOLDEN = Path(__file__).parent / "golden"
EMIL = Account("slack", "U0EMIL")
FRENCH = "- {name: emil, timezone: Europe/Paris, locale: fr, slack: U0EMIL, permissions: [shifter]}"
LIGHT = '"filter,mjd,mag,magerr; ztfr,57982.9,19.0,0.1; ztfg,57983.9,19.5,0.1"'


def line(job: int = 1) -> str:
    """What is typed, another request for each job."""
    return f"nmma Me2017 0.0098 {LIGHT} source:AT2017gfo nlive={63 + job}"


LINE = line()


@dataclass
class Night:
    """A desk with an NMMA service that calls it back."""

    desk: AskedDesk
    standin: NmmaStandIn
    service: NmmaService
    address: str

    def work(self) -> FitWork:
        """The work as a new process has it."""
        database, jobs = self.desk.rooms.database, self.desk.rooms.jobs
        answers = FitAnswers(database, self.desk.clock, JobHooks(database, jobs), self.address)
        return FitWork(self.service, answers.address, answers.answer)

    async def round(self) -> None:
        """One round of a tracker of a new process."""
        await tracker_of(self.desk, (self.work(),)).track_due()

    async def fitted(self, recorded: Exchange | None = None, *, job: int = 1) -> Job:
        """Ask, let the service begin and answer, and follow the job to its end."""
        await self.desk.ask(line(job))
        await self.round()
        assert await self.standin.answer(recorded) == 204
        return await follow(self.desk, (self.work(),), job, rounds=2)

    async def show(self, who: Account = ANA, job: int = 1) -> Asked:
        return await self.desk.ask(f"job show {job}", who)


@pytest.fixture
async def night(desk: AskedDesk) -> AsyncIterator[Night]:
    await desk.rooms.people.put(parse_people(FRENCH), by="test")
    app = web.Application()
    database, jobs = desk.rooms.database, desk.rooms.jobs
    app.router.add_routes(web_fits.routes(FitAnswers(database, desk.clock, JobHooks(database, jobs), None)))
    async with NmmaStandIn() as standin, TestServer(app) as server:
        service = NmmaService("nmma", standin.url)
        platforms = Platforms({}, nmma=service)
        yield Night(with_platforms(desk, platforms), standin, service, str(server.make_url("")))
        await service.close()


@pytest.fixture
def recorded(shared_data: Path) -> Mapping[str, Exchange]:
    return recordings(shared_data / "recordings" / "nmma")


async def test_what_is_typed_is_fitted_and_told_in_words_with_its_picture(night: Night) -> None:
    assert "Job 1" in (await night.desk.ask(LINE)).words
    await night.round()
    (asked,) = night.standin.asked
    assert asked["inputs"]["redshift"] == "redshift\n0.0098\n"
    assert asked["inputs"]["analysis_parameters"] == {"source": "Me2017", "nlive": 64}
    assert asked["inputs"]["photometry"].splitlines()[1] == "ztfr,57982.9,19.0,0.1"
    assert await night.standin.answer() == 204
    job = await follow(night.desk, (night.work(),), rounds=2)
    assert (job.state, job.source) == (JobState.DONE, "AT2017gfo")
    for language, who in (("en", ANA), ("fr", EMIL)):
        shown = await night.show(who)
        assert_golden(f"nmma-done.{language}.txt", shown.words, GOLDEN)
        (picture,) = shown.last.pictures.values()
        assert picture.startswith(b"\x89PNG")


async def test_a_failure_reads_well_in_two_languages(night: Night, recorded: Mapping[str, Exchange]) -> None:
    await night.fitted(recorded["04"])
    for language, who in (("en", ANA), ("fr", EMIL)):
        assert_golden(f"nmma-failed.{language}.txt", (await night.show(who)).words, GOLDEN)


async def test_a_recorded_success_is_told_by_its_bayes_factor(
    night: Night, recorded: Mapping[str, Exchange]
) -> None:
    for job, number in enumerate(("03", "06"), 1):
        assert (await night.fitted(recorded[number], job=job)).state is JobState.DONE
        shown = await night.show(job=job)
        assert "Log Bayes factor against noise: 12.34" in shown.words
        assert len(shown.last.pictures) == 1


async def test_an_answer_that_comes_while_nobody_follows_is_found_by_the_next_process(night: Night) -> None:
    await night.desk.ask(LINE)
    await night.work().start(await night.desk.rooms.jobs.job(1))  # and the desk died before it wrote so
    assert await night.standin.answer() == 204
    job = await follow(night.desk, (night.work(),), rounds=2)
    assert job.state is JobState.DONE and night.standin.asked == [], "asked once"
    assert night.standin.calls.count("POST /analysis") == 1


async def test_a_service_that_is_away_is_waited_for_and_then_asked_once(night: Night) -> None:
    night.standin.away = True
    await night.desk.ask(LINE)
    await night.round()
    assert not (await night.desk.rooms.jobs.job(1)).state.ended
    night.standin.away = False
    for _ in range(5):
        await night.desk.clock.advance(ROUND)
        await night.round()
    assert len(night.standin.asked) == 1
    assert await night.standin.answer() == 204
    assert (await follow(night.desk, (night.work(),), rounds=2)).state is JobState.DONE


async def test_a_fit_is_taken_back_and_its_late_answer_changes_nothing(night: Night) -> None:
    await night.desk.ask(LINE)
    await night.round()
    asked = await night.desk.ask("job cancel 1")
    await night.desk.press(asked.button("Yes"))
    assert (await follow(night.desk, (night.work(),), rounds=3)).state is JobState.CANCELLED
    assert await night.standin.answer() == 204
    await night.round()
    assert (await night.desk.rooms.jobs.job(1)).state is JobState.CANCELLED


async def test_what_cannot_be_fitted_is_said_before_the_service_is_asked(night: Night) -> None:
    for typed, said in {
        f"nmma Kilonova 0.01 {LIGHT}": "Me2017",
        f"nmma Me2017 0 {LIGHT}": "the redshift is 0; a number above 0",
        'nmma Me2017 0.01 "filter,mjd,mag; g,57982,19"': "lacks the column magerr",
        'nmma Me2017 0.01 "filter,mjd,mag,magerr; g,57982,19,0.1"': "has 1 detections; 2 or more",
        f"nmma Me2017 0.01 {LIGHT} nlives=5": "no parameter 'nlives'",
    }.items():
        assert said in (await night.desk.ask(typed)).words
        assert "expected" not in (await night.desk.ask(typed, EMIL)).words
    assert await night.desk.rooms.jobs.jobs() == () and night.standin.calls == []


async def test_refusals_read_well_in_two_languages(night: Night) -> None:
    typed = 'nmma Me2017 0.01 "filter,mjd,mag,magerr; g,57982,19,x"'
    for language, who in (("en", ANA), ("fr", EMIL)):
        assert_golden(f"nmma-refused.{language}.txt", (await night.desk.ask(typed, who)).words, GOLDEN)


async def test_the_same_again_asks_first_and_a_viewer_asks_for_nothing(night: Night) -> None:
    await night.desk.ask(LINE, CHIDI)
    assert await night.desk.rooms.jobs.jobs() == ()
    await night.desk.ask(LINE)
    assert "asked before" in (await night.desk.ask(LINE)).words
    assert len(await night.desk.rooms.jobs.jobs()) == 1


async def test_without_a_service_it_is_said_what_to_configure(desk: AskedDesk) -> None:
    assert "[nmma] url" in (await desk.ask(LINE)).words
