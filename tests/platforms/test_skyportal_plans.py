"""Plans at a SkyPortal: asked for in its own form, followed to their end, sent, taken back, told plainly."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from facilities.plan import Plan
from facilities.plan_json import plan_from_dict, plan_to_dict
from platforms.job import Job, JobState, PlatformError
from platforms.jobs import AlreadyAsked
from platforms.skyportal import plan_reading, plans
from platforms.skyportal.client import SkyPortal, SkyPortalError
from platforms.skyportal.forms import FormError
from platforms.skyportal.plan_form import plan_form, plan_parameters
from platforms.skyportal.plan_work import PlanWork
from store.database import Database
from tests.platforms.skyportal_desk import EVENT, START, WINDOW, SkyPortalDesk, skyportal_desk
from tests.standins.skyportal.clocks import HurriedClock
from tests.standins.skyportal.portal import FULL, Account
from tests.standins.skyportal.recorded import RecordedPortal


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[SkyPortalDesk]:
    async with skyportal_desk(database) as opened:
        yield opened


async def recorded_client(served: RecordedPortal) -> SkyPortal:
    return SkyPortal("fritz", served.url, "TOKEN", HurriedClock(START))


async def test_the_recorded_form_becomes_fields_with_titles_choices_defaults_and_bounds() -> None:
    async with RecordedPortal("0469", "0456") as served:
        portal = await recorded_client(served)
        form = await plan_form(portal, ("ZTF",))
        ohp = await plan_form(portal, ("OHP-T120",), allocation=3)
        with pytest.raises(SkyPortalError, match=r"several allocations for T120-CCD: 3 .*, 4 "):
            await plan_form(portal, ("T120-CCD",))
        with pytest.raises(SkyPortalError, match="nearest: ZTF"):
            await plan_form(portal, ("ZTFF",))
        await portal.close()
    items = {each.key: each for each in form.items}
    assert not {"queue_name", "start_date", "end_date"} & set(items)
    airmass = items["maximum_airmass"]
    assert (airmass.label, airmass.default, airmass.minimum, airmass.maximum) == (
        "Maximum Airmass (1-3)",
        "2",
        1,
        3,
    )
    assert items["schedule_type"].choices == ("greedy", "greedy_slew", "sear", "airmass_weighted")
    assert items["max_nb_tiles"].brought_by == ("max_tiles", (True,))
    assert "max_nb_tiles" not in {each.key for each in form.shown({})}
    assert "max_nb_tiles" in {each.key for each in form.shown({"max_tiles": "yes"})}
    assert form.can_send and form.can_take_back and not ohp.can_take_back
    assert form.window(START)[1].year == 2026
    settings = form.settings({"exposure_time": "120", "max_nb_tiles": "12"})
    assert settings["exposure_time"] == 120 and settings["max_tiles"] is True and "queue_name" not in settings


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"maximum_airmass": "4"}, "maximum_airmass"),
        ({"schedule_type": "random"}, "schedule_type"),
        ({"filters": "ztfg,sdssu"}, "filters"),
        ({"exposure": "30"}, "exposure"),
        ({"queue_name": "mine"}, "queue_name"),
        ({"integrated_probability": "0.9"}, "integrated_probability"),  # it counts percent
    ],
)
async def test_what_the_form_does_not_take_is_refused_before_anything_is_sent(
    given: dict[str, str], key: str
) -> None:
    async with skyportal_desk() as desk:
        form = await plan_form(desk.client, ("ZTF",))
        with pytest.raises(FormError) as refused:
            plan_parameters(form, given, EVENT, WINDOW, START)
        assert refused.value.key == key and refused.value.expected
        for window in ((START, START), (START - timedelta(days=2), START - timedelta(days=1))):
            with pytest.raises(FormError):
                plan_parameters(form, {}, EVENT, window, START)
        assert not any("POST" in line for line in desk.portal.calls)


async def test_plans_of_several_facilities_are_followed_from_pending_to_their_numbers(
    desk: SkyPortalDesk,
) -> None:
    ztf = await desk.ask("skyportal.plan", await desk.parameters(exposure_time="60"))
    ohp = await desk.ask("skyportal.plan", await desk.parameters("OHP-T120"), "OHP-T120")
    await desk.tracker.track_due()
    assert {(await desk.jobs.job(each.id)).state for each in (ztf, ohp)} == {JobState.QUEUED}
    await desk.clock.advance(6)
    await desk.tracker.track_due()
    assert (await desk.jobs.job(ztf.id)).said == "fritz is computing the plan"
    done, other = await desk.until_ended(ztf, ohp)
    assert done.state is other.state is JobState.DONE
    wanted = ("observations", "fields", "probability", "area", "duration", "filters", "can_send")
    assert {key: done.results[key] for key in wanted} == {
        "observations": 6, "fields": 3, "probability": 0.92, "area": 141.9, "duration": 420,
        "filters": ["ztfg", "ztfr"], "can_send": True,
    }  # fmt: skip
    assert done.results["start"].startswith("2026-11-20T22:0")
    assert done.results["page"].endswith("/gcn_events/2026-11-20T20:15:03")
    plan = plan_from_dict(done.results["plan"])
    assert plan_to_dict(plan) == done.results["plan"] and plan.facility == "ZTF" and plan.event == EVENT.event
    assert [each.field for each in plan.exposures[:3]] == ["542", "543", "590"]
    assert sum(each.probability for each in plan.exposures) == pytest.approx(plan.probability)
    assert plan.window[1] == START + timedelta(hours=8)
    payload = desk.portal.plans[0]["payload"]  # with a T it is taken and fails without a reason
    assert re.fullmatch(r"2026-11-20 22:0\d:\d\d", payload["start_date"])
    assert payload["end_date"] == "2026-11-21 06:00:00"
    assert done.parameters["start"] is None and done.parameters["end"] == "2026-11-21T06:00:00Z"
    assert "ana" in payload["queue_name"] and done.mark in payload["queue_name"]


@pytest.mark.parametrize("fault", ["reset", "mute", "405", "503", "502", "429"])
async def test_a_start_that_was_interrupted_finds_its_plan_and_makes_no_second(
    desk: SkyPortalDesk, fault: str
) -> None:
    parameters = await desk.parameters()
    desk.portal.fail(fault, "POST /api/observation_plan")
    job = await desk.ask("skyportal.plan", parameters)
    await desk.tracker.track_due()
    desk.restart()
    (done,) = await desk.until_ended(job)
    assert done.state is JobState.DONE and len(desk.portal.plans) == 1


@pytest.mark.parametrize("fault", ["reset", "503", "502", "429"])
async def test_a_platform_that_is_away_while_the_plan_runs_costs_only_time(
    desk: SkyPortalDesk, fault: str
) -> None:
    job = await desk.ask("skyportal.plan", await desk.parameters())
    await desk.tracker.track_due()
    desk.portal.fail(fault, "GET /api/observation_plan", times=9)
    (done,) = await desk.until_ended(job)
    assert done.state is JobState.DONE and done.results["observations"] == 6


async def test_the_same_plan_asked_again_later_is_the_same_and_asks_again(desk: SkyPortalDesk) -> None:
    form = await plan_form(desk.client, ("ZTF",))
    first = plan_parameters(form, {}, EVENT, form.window(desk.clock.now()), desk.clock.now())
    await desk.ask("skyportal.plan", first)
    await desk.clock.advance(90)
    later = plan_parameters(form, {}, EVENT, form.window(desk.clock.now()), desk.clock.now())
    with pytest.raises(AlreadyAsked):
        await desk.ask("skyportal.plan", later)
    await desk.tracker.track_due()
    assert desk.portal.plans[0]["payload"]["end_date"] == "2026-11-21 05:32:34"  # the form's own night


async def test_a_plan_has_its_pictures_and_is_a_plan_without_them(desk: SkyPortalDesk) -> None:
    work = desk.works["skyportal.plan"]
    assert isinstance(work, PlanWork)

    async def drawn(job: Job, plan: Plan) -> dict[str, bytes]:
        return {"tiles": b"\x89PNG" + bytes(60)}

    async def not_drawn(job: Job, plan: Plan) -> dict[str, bytes]:
        raise PlatformError("no map is here")

    for number, (draw, names) in enumerate(((drawn, ["tiles"]), (not_drawn, []))):
        work.pictures = draw
        parameters = await desk.parameters(exposure_time=str(30 + number))
        (done,) = await desk.until_ended(await desk.ask("skyportal.plan", parameters))
        assert done.state is JobState.DONE and list(done.pictures) == names


async def test_a_failure_without_a_reason_is_told_with_advice(desk: SkyPortalDesk) -> None:
    desk.portal.habits.add("plans fail")
    galaxies = await desk.ask("skyportal.plan", await desk.parameters(schedule_strategy="galaxy"))
    tiles = await desk.ask("skyportal.plan", await desk.parameters())
    no_catalogue, unprocessed = await desk.until_ended(galaxies, tiles)
    assert unprocessed.state is no_catalogue.state is JobState.FAILED
    assert unprocessed.failure == "fritz could not process plan 2 and gives no reason"
    assert "72 h" in (unprocessed.advice or "") and "2026-11-20 22:0" in (unprocessed.advice or "")
    assert "galaxy catalogue" in (no_catalogue.advice or "")


async def test_complete_with_no_observation_in_it_is_said_plainly(desk: SkyPortalDesk) -> None:
    desk.portal.habits.add("empty plans")
    (done,) = await desk.until_ended(await desk.ask("skyportal.plan", await desk.parameters()))
    assert done.state is JobState.DONE and done.said == "no observation is possible"
    assert done.results["observations"] == 0 and not done.results["can_send"]
    assert plan_from_dict(done.results["plan"]).notes == (
        "fritz finished the plan without a single observation in it",
    )
    with pytest.raises(SkyPortalError, match="holds no observation"):
        await plans.send(desk.client, done.remote["plan"])
    with pytest.raises(SkyPortalError, match="nothing to announce"):
        await plans.circular(desk.client, done.remote["plan"], event="S261120ab", facility="ZTF")


async def test_a_field_that_never_rises_does_not_cost_the_table_of_tiles(desk: SkyPortalDesk) -> None:
    desk.portal.habits.add("never rises")
    (done,) = await desk.until_ended(await desk.ask("skyportal.plan", await desk.parameters()))
    plan = plan_from_dict(done.results["plan"])
    assert [each.field for each in plan.exposures[:3]] == ["542", "543", "590"]  # not 545, the database's


async def test_an_event_without_a_map_of_its_own_is_not_planned(desk: SkyPortalDesk) -> None:
    desk.portal.events[0]["localizations"][0]["localization_name"] = "S261120a-PRELIMINARY.multiorder.fits"
    (done,) = await desk.until_ended(await desk.ask("skyportal.plan", await desk.parameters()))
    assert done.state is JobState.FAILED and "without a sky map of its own" in (done.failure or "")


async def test_a_persons_own_token_asks_where_they_gave_one(desk: SkyPortalDesk) -> None:
    desk.portal.accounts["of-ana"] = Account(7, "ana")
    desk.tokens["ana", "fritz"] = "of-ana"
    await desk.until_ended(await desk.ask("skyportal.plan", await desk.parameters()))
    assert desk.portal.plans[0]["requester_id"] == 7


async def test_a_plan_is_deleted_when_its_job_is_taken_back(desk: SkyPortalDesk) -> None:
    job = await desk.ask("skyportal.plan", await desk.parameters())
    await desk.tracker.track_due()
    await desk.jobs.cancel(job.id, by="ana")
    (done,) = await desk.until_ended(job)
    assert done.state is JobState.CANCELLED and desk.portal.plans == []


async def made(desk: SkyPortalDesk) -> int:
    (done,) = await desk.until_ended(await desk.ask("skyportal.plan", await desk.parameters()))
    return int(done.remote["plan"])


async def test_a_plan_is_sent_once_and_taken_back_once(desk: SkyPortalDesk) -> None:
    number = await made(desk)
    desk.portal.fail("mute", f"POST /api/observation_plan/{number}/queue")
    (sent,) = await desk.until_ended(await desk.ask("skyportal.queue", {"plan": number, "do": "send"}))
    assert sent.state is JobState.DONE and sent.results["status"] == plans.SENT
    assert desk.portal.calls.count(f"POST /api/observation_plan/{number}/queue") == 1
    assert "in the telescope's queue" in await plans.circular(desk.client, number, event="S", facility="ZTF")
    (back,) = await desk.until_ended(await desk.ask("skyportal.queue", {"plan": number, "do": "take_back"}))
    assert back.results["status"] == "deleted from telescope queue"
    assert await plans.take_back(desk.client, number) == "deleted from telescope queue"
    assert desk.portal.calls.count(f"DELETE /api/observation_plan/{number}/queue") == 1


async def test_a_refusal_of_the_telescope_inside_a_success_is_a_failure_in_its_words(
    desk: SkyPortalDesk,
) -> None:
    number = await made(desk)
    desk.portal.habits.add("telescope refuses")
    (sent,) = await desk.until_ended(await desk.ask("skyportal.queue", {"plan": number, "do": "send"}))
    assert sent.state is JobState.FAILED
    assert sent.failure == "the telescope refused plan 1 of fritz: queue window in the past"


async def test_a_send_that_answers_well_and_does_nothing_is_found_out(desk: SkyPortalDesk) -> None:
    number = await made(desk)
    desk.portal.habits.add("cannot send")
    with pytest.raises(SkyPortalError, match="says plan 1 is “complete” after sending it"):
        await plans.send(desk.client, number)


async def test_a_plan_that_cannot_be_taken_back_says_to_call_the_telescope(desk: SkyPortalDesk) -> None:
    number = await made(desk)
    await plans.send(desk.client, number)
    desk.portal.habits.add("cannot remove")
    for _ in range(2):
        with pytest.raises(SkyPortalError, match="could not be taken back") as refused:
            await plans.take_back(desk.client, number)
        assert "call the telescope" in (refused.value.advice or "")


async def test_sending_without_the_permission_names_it(desk: SkyPortalDesk) -> None:
    number = await made(desk)
    desk.portal.accounts["of-ana"] = Account(7, "ana", FULL)
    with pytest.raises(SkyPortalError, match=r"your account .* “Manage observation plans” is missing"):
        await plans.send(desk.client, number, token="of-ana")


async def test_recorded_plans_are_read_as_they_were_answered() -> None:
    async with RecordedPortal() as served:
        portal = await recorded_client(served)
        sixteen = await plan_reading.read_plan(portal, 16)
        seen = await plan_reading.planned_observations(portal, sixteen)
        plan = plan_reading.plan_from(sixteen, seen, facility="ZTF", event=None, made=START)
        assert plan.fields == 3 and len(plan.exposures) == 6 and plan.exposures[0].field == "542"
        assert plan.probability == pytest.approx(0.9208037810742531) and plan.area == pytest.approx(
            141.9488, 1e-4
        )
        assert sum(each.probability for each in plan.exposures) == pytest.approx(plan.probability)
        assert plan.exposures[0].start == datetime(2026, 6, 6, 7, 24, 0, 40, tzinfo=UTC)
        (listed,) = [each for each in await plan_reading.plans_of(portal, 1) if each.id == 1]
        assert listed.name == "S250910b-ZTF-1"
        await portal.close()
    expected: dict[str, Any] = {"0598": (0, 0.0), "0532": (108, 0.43657800444497963)}
    for name, (count, probability) in expected.items():
        async with RecordedPortal(name) as served:
            portal = await recorded_client(served)
            request = await plan_reading.read_plan(portal, {"0598": 14, "0532": 10}[name])
            await portal.close()
        assert request.statistics is not None
        assert (request.statistics.num_observations, request.statistics.probability) == (count, probability)


async def test_recorded_refusals_of_the_telescope_and_of_taking_back_are_failures() -> None:
    async with RecordedPortal("0519", "0592", "0593") as served:
        portal = await recorded_client(served)
        with pytest.raises(SkyPortalError, match=r"refused plan 17 of fritz: queue window in the past"):
            await plans.send(portal, 17)
        await portal.close()
    async with RecordedPortal("0551", "0554") as served:
        portal = await recorded_client(served)
        with pytest.raises(SkyPortalError, match="could not be taken back") as refused:
            await plans.take_back(portal, 1)
        assert "call the telescope" in (refused.value.advice or "")
        await portal.close()


async def test_the_circular_of_a_plan_never_says_that_anything_was_observed() -> None:
    async with RecordedPortal("0525", "0542") as served:
        portal = await recorded_client(served)
        theirs = await portal.call("GET", "/api/observation_plan/1/gcn")
        ours = await plans.circular(portal, 1, event="S250910b", facility="ZTF")
        await portal.close()
    assert "We observed" in theirs and "observed" not in ours.casefold() and "obtained" not in ours
    for number in ("108", "4559.7", "48%"):
        assert number in ours
    assert "beginning at 2025-09-10 03:00 UTC" in ours
