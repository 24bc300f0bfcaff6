"""What was observed and what it would have found, through the desk: numbers, pictures, runs that hang."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from facilities.coverage import Observed, coverage
from facilities.facility import FieldOfView
from facilities.registry import load_registry
from platforms.job import JobState
from platforms.jobs import Wanted
from platforms.tracker import Tracker
from skymaps.shapes import Cone
from store.database import Database
from tests.commands.desk import ANA
from tests.commands.portal_night import DATEOBS, EVENT, MAP, Night, night
from tests.commands.test_sources import GIL
from tests.standins.skyportal.portal_sources import SEDM, ZTF

KEY = EVENT.replace(" ", ":")


@pytest.fixture
async def tonight(database: Database) -> AsyncIterator[Night]:
    async with night(database) as made:
        yield made


async def test_what_was_observed_is_drawn_and_counted_on_our_own_map(tonight: Night) -> None:
    tonight.world.add_observation(452, 148.0, 2.0, "2026-11-20T05:00:00")
    tonight.world.add_observation(452, 148.0, 2.0, "2026-11-20T06:00:00")
    tonight.world.add_observation(453, 150.5, 5.0, "2026-11-20T05:30:00")
    odd = {"id": 9, "name": "HomeScope", "telescope": {"name": "Garden", "nickname": "G"}}
    tonight.world.add_observation(1, 150.0, 2.0, "2026-11-20T05:30:00", odd)
    asked = await tonight.desk.ask(f"observed {KEY}")
    ztf = load_registry().get("ZTF")
    skymap = Cone(ra=150.1, dec=2.2, radius=3.0, containment=0.9).to_skymap()
    fields = ((148.0, 2.0), (150.5, 5.0))
    expected = coverage(skymap, [Observed("ZTF", ztf.field_of_view, fields)]).together.probability
    assert f"{round(100 * expected)} % of the probability in all" in asked.words
    assert "ZTF" in asked.words and "ztfr 20.5" in asked.words and "HomeScope" in asked.words
    assert asked.last.pictures["observed"].startswith(b"\x89PNG")


async def test_nothing_observed_yet_is_said_so(tonight: Night) -> None:
    assert "Nothing of its region was observed" in (await tonight.desk.ask(f"observed {KEY}")).words
    assert "Rien de sa région" in (await tonight.desk.ask(f"observed {KEY}", GIL)).words


async def test_a_plan_is_injected_into_and_its_efficiency_told_with_a_sentence_for_a_circular(
    tonight: Night,
) -> None:
    await _finished_plan(tonight)
    await tonight.desk.ask(f"efficiency {KEY} job:1 injections:100")
    job = await tonight.follow(2)
    assert job.state is JobState.DONE and tonight.world.runs[0]["plan"] == 16
    shown = await tonight.desk.ask("job show 2")
    assert "13 %" in shown.words and "(13 of 100)" in shown.words and "(13 of 40)" in shown.words
    assert "would have detected 13% of them (more than 8% at 95% confidence)" in shown.words
    assert shown.last.pictures["efficiency"].startswith(b"\x89PNG")


async def test_a_run_that_stays_running_for_ever_is_given_up(tonight: Night) -> None:
    tonight.world.stuck = True
    await _finished_plan(tonight)
    await tonight.desk.ask(f"efficiency {KEY} job:1 injections:100")
    job = await tonight.follow(2, seconds=4500)
    assert job.state is JobState.TIMED_OUT


@pytest.mark.parametrize("moment", ["reset", "mute"])
async def test_a_crash_while_a_run_is_started_starts_one(tonight: Night, moment: str) -> None:
    """Starting is a GET that creates: an answer that was lost must not make a second run."""
    await _finished_plan(tonight)
    await tonight.desk.ask(f"efficiency {KEY} job:1 injections:100")
    tonight.portal.fail(moment, "GET /api/observation_plan/16/simsurvey")
    assert (await tonight.follow(2, seconds=1200)).state is JobState.DONE
    assert len(tonight.world.runs) == 1


def _observed(tonight: Night) -> None:
    """ZTF has looked, and the desk has time on it there."""
    tonight.world.allocations += ((1, "ZTF-2026B", ZTF),)
    tonight.world.add_observation(452, 148.0, 2.0, "2026-11-20T05:00:00")


async def test_what_was_observed_is_injected_into_and_told_as_what_it_is(tonight: Night) -> None:
    _observed(tonight)
    await tonight.desk.ask(f"efficiency {KEY} ZTF executed:yes injections:100 model:linear")
    job = await tonight.follow()
    assert (job.state, job.facility) == (JobState.DONE, "ZTF")
    (run,) = tonight.world.runs
    assert run["instrument_id"] == 1 and run["payload"]["model_name"] == "linear"
    asked = run["query"]
    assert (asked["localizationDateobs"], asked["localizationName"]) == (DATEOBS, MAP)
    assert asked["startDate"] == "2026-11-20T03:00:01" and asked["endDate"] == "2026-11-20T22:00:00"
    assert asked["localizationCumprob"] == "0.95"
    for who, title in ((ANA, "Efficiency of what ZTF observed for a linear"), (GIL, "ZTF a observé")):
        shown = await tonight.desk.ask("job show 1", who)
        assert title in shown.words and "13 %" in shown.words.replace("\u202f", " ").replace("\xa0", " ")
        assert "would have detected 13% of them" in shown.words
        assert "with ZTF at 2026-11-20 05:00 UT, in 1 field. The median 5-sigma limiting" in shown.words
        assert "magnitude is r > 20.5 (AB" in shown.words
        assert shown.last.pictures["efficiency"].startswith(b"\x89PNG")


@pytest.mark.parametrize("moment", ["reset", "mute"])
async def test_a_crash_while_observations_are_injected_into_starts_one_run(
    tonight: Night, moment: str
) -> None:
    _observed(tonight)
    await tonight.desk.ask(f"efficiency {KEY} ZTF executed:yes injections:100")
    tonight.portal.fail(moment, "GET /api/observation/simsurvey/1")
    assert (await tonight.follow(seconds=1200)).state is JobState.DONE
    assert len(tonight.world.runs) == 1


async def test_two_telescopes_asked_at_once_have_a_run_each(tonight: Night) -> None:
    _observed(tonight)
    tonight.world.add_observation(9, 150.0, 2.0, "2026-11-20T05:30:00", SEDM)
    for telescope in ("ZTF", "SEDM"):
        await tonight.desk.ask(f"efficiency {KEY} {telescope} executed:yes injections:100")
        works = {work.kind: work for work in tonight.works}
        await Tracker(tonight.desk.rooms.database, tonight.desk.clock, works).track_due()
    for number in (1, 2):
        assert (await tonight.follow(number)).state is JobState.DONE
    assert [each["instrument_id"] for each in tonight.world.runs] == [1, 2]


async def test_what_cannot_be_injected_into_is_said(tonight: Night) -> None:
    say = tonight.desk.ask
    assert "Say which telescope's" in (await say(f"efficiency {KEY} executed:yes")).words
    assert "no time on ZTF" in (await say(f"efficiency {KEY} ZTF executed:yes")).words
    assert await tonight.desk.rooms.jobs.jobs() == ()
    tonight.world.allocations += ((1, "ZTF-2026B", ZTF),)
    await say(f"efficiency {KEY} ZTF executed:yes")
    assert (await tonight.follow()).state is JobState.FAILED
    assert "no observation into which" in (await say("job show 1")).words


async def test_without_a_finished_plan_it_says_so(tonight: Night) -> None:
    assert "no finished plan" in (await tonight.desk.ask(f"efficiency {KEY}")).words


def test_a_circle_that_holds_half_of_a_map_covers_half_of_it() -> None:
    """A Gaussian's 90 % radius of 3° has its half at 3 sqrt(ln 2 / ln 10) = 1.646°."""
    skymap = Cone(ra=150.1, dec=2.2, radius=3.0, containment=0.9).to_skymap()
    field = FieldOfView(shape="circle", width=2 * 1.646, height=2 * 1.646)
    found = coverage(skymap, [Observed("A", field, ((150.1, 2.2),))]).together.probability
    assert found == pytest.approx(0.5, abs=0.01)


async def _finished_plan(tonight: Night) -> None:
    """A plan of the SkyPortal's that was asked for and is done."""
    wanted = Wanted("skyportal.plan", "fritz", {}, "ana", event="Fermi:745811685", facility="ZTF")
    job = await tonight.desk.rooms.jobs.ask(wanted)
    await Tracker(tonight.desk.rooms.database, tonight.desk.clock, {"skyportal.plan": _Done()}).track_due()
    assert (await tonight.desk.rooms.jobs.job(job.id)).state is JobState.DONE


class _Done:
    kind, patience = "skyportal.plan", 60.0

    async def start(self, job: object) -> object:
        from platforms.job import Moved

        return Moved(JobState.DONE, remote={"plan": 16})
