"""A reaction's fit at the desk's own NMMA: light is waited for, read, sent once, and can be compared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot import web_fits
from bot.reacting import cannot_start
from bot.settings import Settings
from cards.reader import Reader
from cards.text import render_text
from commands.declared import book
from commands.desk import Desk
from commands.fit_starter import fit_starter
from commands.job_cards.frame import job_card
from commands.starters import JobStarts
from events.state import EventState
from notifiers.reactions.reaction import Reaction
from notifiers.reactions.starting import Begun, Wish
from notifiers.reactions.telling import Places
from notifiers.rules import compile_rule
from platforms.fit_answers import FitAnswers
from platforms.hooks import JobHooks
from platforms.instances import Instance
from platforms.job import Job, JobState
from platforms.nmma import FitWork, NmmaService
from platforms.rule_fits import RuleFitWork
from platforms.tracker import Tracker
from store.database import Database
from tests.commands.portal_night import MJD, Night, night
from tests.standins.nmma import NmmaStandIn

WITH = {"service": "nmma", "model": "Me2017", "object": "AT2026new", "nlive": 64}


@dataclass
class Fitting:
    """A desk with a SkyPortal that has the light and an NMMA service that fits it."""

    night: Night
    standin: NmmaStandIn
    service: NmmaService
    address: str

    async def begun(self, **changes: Any) -> Begun:
        """The rule's go, in the transaction of a decision."""
        rooms = self.night.desk.rooms
        starts = JobStarts(rooms.jobs, {"fit": fit_starter(rooms.platforms)}, Places())
        async with rooms.database.write() as session:
            state = await rooms.events.resolve(session, "Fermi:745811685")
            assert isinstance(state, EventState)
            return await starts.begin(session, state, Wish("fit", {**WITH, **changes}, "", "ana"))

    async def round(self, seconds: float = 0.0, number: int = 1) -> Job:
        """One round of a tracker of a new process, `seconds` later."""
        rooms = self.night.desk.rooms
        await self.night.desk.clock.advance(seconds)
        answers = FitAnswers(
            rooms.database, self.night.desk.clock, JobHooks(rooms.database, rooms.jobs), self.address
        )
        work = RuleFitWork(FitWork(self.service, answers.address, answers.answer), rooms.platforms.skyportals)
        await Tracker(rooms.database, self.night.desk.clock, {work.kind: work}).track_due()
        return await rooms.jobs.job(number)


@pytest.fixture
async def fitting(database: Database) -> AsyncIterator[Fitting]:
    async with night(database) as made, NmmaStandIn() as standin:
        desk = made.desk
        app = web.Application()
        hooks = JobHooks(database, desk.rooms.jobs)
        app.router.add_routes(web_fits.routes(FitAnswers(database, desk.clock, hooks, None)))
        service = NmmaService("nmma", standin.url)
        before = desk.rooms.platforms
        instances = {**before.instances, "nmma": Instance("nmma", "nmma", standin.url)}
        desk.rooms = replace(desk.rooms, platforms=replace(before, instances=instances, nmma=service))
        desk.desk = Desk(book(), desk.rooms)
        async with TestServer(app) as server:
            yield Fitting(made, standin, service, str(server.make_url("")))
        await service.close()


async def test_a_rules_fit_waits_for_light_and_a_redshift_says_for_what_and_is_asked_once(
    fitting: Fitting,
) -> None:
    world = fitting.night.world
    assert (await fitting.begun()).job == 1
    assert (await fitting.round()).said == "waits until fritz has a source called AT2026new"
    world.add_source("AT2026new", 150.1, 2.2)
    assert (await fitting.round(1000)).said == "waits for 2 detections of AT2026new at fritz"
    world.add_points(
        "AT2026new", (MJD + 0.5, "ztfr", 18.0, 0.05, 20.5), (MJD + 0.8, "ztfr", 18.3, 0.05, 20.5)
    )
    waiting = await fitting.round(1000)
    assert waiting.state is JobState.QUEUED and fitting.standin.asked == []
    words = render_text(job_card(Reader("fr"), waiting), Reader("fr"))
    assert "attend un décalage vers le rouge de AT2026new" in words
    world.add_source("AT2026new", 150.1, 2.2, redshift=0.03)
    assert (await fitting.round(1000)).state is JobState.RUNNING
    (asked,) = fitting.standin.asked
    assert asked["inputs"]["redshift"] == "redshift\n0.03\n"
    assert asked["inputs"]["analysis_parameters"] == {"source": "Me2017", "nlive": 64}
    assert len(asked["inputs"]["photometry"].splitlines()) == 3
    await fitting.round(200)
    assert len(fitting.standin.asked) == 1
    assert await fitting.standin.answer() == 204
    done = await fitting.round(200)
    assert done.state is JobState.DONE and fitting.standin.asked == []
    assert done.results["data"].startswith("2+0@")


async def test_a_redshift_of_the_rule_stands_for_one_that_nobody_knows(fitting: Fitting) -> None:
    await fitting.begun(object="AT2026old", redshift=0.05)
    assert (await fitting.round()).state is JobState.RUNNING
    assert fitting.standin.asked[0]["inputs"]["redshift"] == "redshift\n0.05\n"


async def test_what_is_cancelled_while_it_waits_is_never_asked_for(fitting: Fitting) -> None:
    await fitting.begun()
    await fitting.round()
    await fitting.night.desk.rooms.jobs.cancel(1, by="ana")
    fitting.night.world.add_source("AT2026new", 150.1, 2.2, redshift=0.03)
    assert (await fitting.round(1000)).state is JobState.CANCELLED and fitting.standin.asked == []


FRITZ = {"name": "fritz", "url": "http://127.0.0.1:9", "token": "t"}
NMMA = {"url": "http://127.0.0.1:9"}


@pytest.mark.parametrize(
    ("start", "given", "sections", "says"),
    [
        ("fit", WITH, {}, "the configuration has not the url of a [skyportal]"),
        ("fit", WITH, {"skyportals": [FRITZ]}, "[nmma] has no url"),
        ("fit", {**WITH, "model": "magic"}, {"skyportals": [FRITZ], "nmma": NMMA}, "one of Me2017"),
        ("fit", {**WITH, "nlive": "x"}, {"skyportals": [FRITZ], "nmma": NMMA}, "nlive is 'x'"),
        ("fit", {**WITH, "redshift": -1}, {"skyportals": [FRITZ], "nmma": NMMA}, "`with.redshift` is -1"),
        ("fit", {"service": "magic"}, {"skyportals": [FRITZ]}, "`with.service` is 'magic'"),
        ("mmoda", {"instrument": "spi_acs"}, {"mmoda": NMMA}, "which instrument and which product"),
        ("mmoda", {}, {}, "the configuration has not [mmoda] url"),
        ("plan", {"planner": "skyportal"}, {}, "ZTF: no SkyPortal is configured for ZTF"),
        ("plan", {"planner": "m4opt"}, {}, "ZTF: m4opt is not installed"),
        ("plan", {"exposure": 3, "planner": "instant"}, {}, "exposure"),
        ("plan", {"planner": "skyportal", "others": True}, {"skyportals": [FRITZ]}, "what others cover"),
    ],
)
def test_the_doctor_says_of_a_rule_why_it_could_start_nothing(
    start: str, given: dict[str, Any], sections: dict[str, Any], says: str, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    facilities = ("ZTF",) if start == "plan" else ()
    rule = Reaction("look", compile_rule("significant"), start, given, facilities)
    (problem,) = cannot_start(Settings.model_validate(sections), rule)
    assert says in problem


def test_the_doctor_finds_nothing_wrong_with_rules_that_can_start(tmp_path: Path) -> None:
    good = Settings.model_validate({"skyportals": [FRITZ], "nmma": NMMA, "mmoda": NMMA})
    product = {"instrument": "spi_acs", "product": "spi_acs_lc"}
    for start, given, facilities in (
        ("fit", WITH, ()), ("fit", {"service": 3}, ()), ("mmoda", product, ()),
        ("plan", {"planner": "instant", "others": True}, ("ZTF",)),
    ):  # fmt: skip
        assert (
            cannot_start(good, Reaction("look", compile_rule("significant"), start, given, facilities)) == ()
        )
