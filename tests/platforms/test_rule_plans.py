"""Plans that a rule asked for at a SkyPortal: its form is read when the job begins."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from platforms.job import Job, JobState
from platforms.skyportal.plan_work import PlanWork
from platforms.skyportal.rule_plans import RulePlanWork, rule_parameters
from store.database import Database
from tests.platforms.skyportal_desk import EVENT, SkyPortalDesk, skyportal_desk


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[SkyPortalDesk]:
    async with skyportal_desk(database) as opened:
        plans = opened.works["skyportal.plan"]
        assert isinstance(plans, PlanWork)
        opened.works["skyportal.plan"] = RulePlanWork(plans, opened.clock)
        opened.restart()
        yield opened


async def _asked(desk: SkyPortalDesk, **settings: str) -> Job:
    parameters = rule_parameters(EVENT, ["ZTF"], settings, None)
    return await desk.ask("skyportal.plan", parameters)


async def test_the_form_is_read_at_the_start_and_the_plan_is_followed_to_its_numbers(
    desk: SkyPortalDesk,
) -> None:
    (done,) = await desk.until_ended(await _asked(desk, exposure_time="60"))
    assert done.state is JobState.DONE, done.failure
    assert done.results["observations"] == 6
    assert desk.portal.plans[0]["payload"]["exposure_time"] == 60
    assert desk.portal.plans[0]["sent"] is None  # made, and sent nowhere
    assert done.remote["asked"]["instrument"] == "ZTF"


async def test_a_plan_whose_start_was_cut_off_is_found_again_and_not_made_twice(desk: SkyPortalDesk) -> None:
    job = await _asked(desk)
    desk.portal.fail("mute", "POST /api/observation_plan")  # done there; nobody here heard of it
    await desk.tracker.track_due()
    desk.restart()
    (done,) = await desk.until_ended(job)
    assert done.state is JobState.DONE, done.failure
    assert len(desk.portal.plans) == 1


async def test_a_setting_the_form_does_not_take_fails_the_job_with_the_reason(desk: SkyPortalDesk) -> None:
    (failed,) = await desk.until_ended(await _asked(desk, filters="ztfg,sdssu"))
    assert failed.state is JobState.FAILED
    assert failed.failure is not None and "sdssu" in failed.failure
    assert failed.advice is not None and "with" in failed.advice
    assert desk.portal.plans == []


async def test_it_is_taken_back_while_it_is_made(desk: SkyPortalDesk) -> None:
    job = await _asked(desk)
    await desk.tracker.track_due()
    assert len(desk.portal.plans) == 1
    await desk.jobs.cancel(job.id, by="rule plan")
    (gone,) = await desk.until_ended(job)
    assert gone.state is JobState.CANCELLED
    assert desk.portal.plans == []


async def test_what_a_person_asked_in_the_form_is_made_as_before(desk: SkyPortalDesk) -> None:
    (done,) = await desk.until_ended(await desk.ask("skyportal.plan", await desk.parameters()))
    assert done.state is JobState.DONE
    assert "asked" not in done.remote
