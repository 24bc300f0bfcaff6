"""`plan …` where a SkyPortal plans: its own form, its failures, its telescope's queue, a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from commands.declared import book
from commands.desk import Desk
from commands.retraction.taking_back import backs_of
from platforms.instances import Instance
from platforms.job import JobState
from platforms.planning import FacilityPlanning, Planner, Planning
from store.audit import entries
from tests.commands.desk import ANA, CHIDI
from tests.commands.test_skyportal import PortalNight, night  # noqa: F401 - the fixture below stands on it

LINE = FacilityPlanning(
    "ZTF",
    Planner.SKYPORTAL,
    "fritz",
    settings={"exposure_time": "120"},
    classes={"BNS": {"max_tiles": "yes"}},
)


@pytest.fixture
async def desk(night: PortalNight) -> AsyncIterator[PortalNight]:  # noqa: F811
    platforms = replace(
        night.rooms.platforms,
        instances={"fritz": Instance("fritz", "skyportal", night.portal.url, facilities=("ZTF",))},
        planning=Planning({"ZTF": LINE}),
    )
    night.rooms = replace(night.rooms, platforms=platforms)
    night.desk = Desk(book(), night.rooms)
    yield night


async def test_a_plan_is_made_sent_after_a_yes_and_taken_back(desk: PortalNight) -> None:
    await desk.ask("plan make S261120a ZTF filters=ztfr")
    made = await desk.worked()
    assert made.state is JobState.DONE and made.platform == "fritz"
    payload = desk.portal.plans[0]["payload"]
    assert (payload["exposure_time"], payload["filters"]) == (120, "ztfr")
    asked = await desk.ask(f"plan send {made.id}")
    assert not any(call.endswith("/queue") for call in desk.portal.calls)  # nothing before somebody says yes
    desk.tracker = desk.new_tracker("another process")
    await desk.press(asked.button("Yes"), ANA)
    assert (await desk.worked()).results["status"] == "submitted to telescope queue"
    back = await desk.ask(f"plan take_back {made.id}")
    await desk.press(back.button("Yes"), ANA)
    assert (await desk.worked()).results["status"] == "deleted from telescope queue"
    words = (await desk.ask(f"plan circular {made.id}")).words
    assert "We observed" not in words and "plan" in words.casefold()


async def test_what_the_form_does_not_take_is_said_where_it_stands(desk: PortalNight) -> None:
    for line, word in (
        ("exposure_time=0", "Exposure Time"), ("filters=sdssu", "ztfg"), ("integrated_probability=0.9", "90"),
        ("exposure=30", "exposure"),
    ):  # fmt: skip
        said = (await desk.ask(f"plan make S261120a ZTF {line}")).words
        assert word in said, said
    assert desk.portal.plans == [] and await desk.rooms.jobs.jobs() == ()


async def test_who_may_not_trigger_the_telescope_sends_nothing(desk: PortalNight) -> None:
    await desk.ask("plan make S261120a ZTF")
    made = await desk.worked()
    await desk.ask(f"plan send {made.id}", CHIDI)
    assert not any(call.endswith("/queue") for call in desk.portal.calls)


async def test_the_telescopes_refusal_reaches_the_chat_in_its_own_words(desk: PortalNight) -> None:
    await desk.ask("plan make S261120a ZTF")
    made = await desk.worked()
    desk.portal.habits.add("telescope refuses")
    asked = await desk.ask(f"plan send {made.id}")
    await desk.press(asked.button("Yes"), ANA)
    refused = await desk.worked()
    assert refused.state is JobState.FAILED
    assert "queue window in the past" in desk.words(refused)


async def test_the_same_plan_twice_asks_again(desk: PortalNight) -> None:
    await desk.ask("plan make S261120a ZTF")
    await desk.worked()
    again = await desk.ask("plan make S261120a ZTF")
    assert "asked before" in again.words and len(desk.portal.plans) == 1


async def test_a_portal_that_is_down_when_a_plan_is_asked_for_is_said(desk: PortalNight) -> None:
    desk.portal.fail("503", "GET", times=99)
    assert "down for the moment" in (await desk.ask("plan make S261120a ZTF")).words


async def test_a_plan_is_deleted_out_of_the_queue_first_and_forgotten_here(desk: PortalNight) -> None:
    await desk.ask("plan make S261120a ZTF")
    made = await desk.worked()
    await desk.press((await desk.ask(f"plan send {made.id}")).button("Yes"), ANA)
    await desk.worked()
    refused = (await desk.ask(f"plan delete {made.id}", CHIDI)).words
    assert "plan delete" in refused and "shifter" in refused, refused
    asked = await desk.ask(f"plan delete {made.id}")
    assert "out of the telescope's queue first, then deleted on fritz and here" in asked.words
    assert len(desk.portal.plans) == 1
    await desk.press(asked.button("Yes"), ANA)
    desk.tracker = desk.new_tracker("another process")
    gone = await desk.worked()
    assert gone.state is JobState.DONE and desk.portal.plans == []
    calls = [call for call in desk.portal.calls if call.startswith("DELETE")]
    assert calls == ["DELETE /api/observation_plan/1/queue", "DELETE /api/observation_plan/1"]
    forgotten = await desk.rooms.jobs.job(made.id)
    assert forgotten.results == {"deleted_by": "ana"} and not forgotten.pictures
    assert "ana had this plan deleted" in desk.words(forgotten)
    for line in ("plan show", "plan send", "plan delete", "plan export"):
        assert f"The plan of job {made.id} was deleted by ana" in (await desk.ask(f"{line} {made.id}")).words
    assert "None yet" in (await desk.ask("plan list S261120a")).words
    asked_anew = (await desk.ask("plan make S261120a ZTF")).words
    assert "asked before" not in asked_anew
    async with desk.database.read() as session:
        audited = [(each.what, each.who, each.result) for each in await entries(session, what="plan delete")]
    assert ("plan delete", "ana", "done") in audited and ("plan delete", "chidi", "refused") in audited


@pytest.mark.parametrize("trouble", ["stays in the queue", "no permission", "gone already"])
async def test_a_plan_that_cannot_be_deleted_stays_and_one_that_is_gone_is_forgotten(
    desk: PortalNight, trouble: str
) -> None:
    await desk.ask("plan make S261120a ZTF")
    made = await desk.worked()
    match trouble:
        case "stays in the queue":
            await desk.press((await desk.ask(f"plan send {made.id}")).button("Yes"), ANA)
            await desk.worked()
            desk.portal.habits.add("cannot remove")
        case "no permission":
            desk.portal.accounts[desk.portal.desk] = replace(
                desk.portal.accounts[desk.portal.desk], acls=frozenset({"Comment"})
            )
        case "gone already":
            desk.portal.plans.clear()
    await desk.press((await desk.ask(f"plan delete {made.id}")).button("Yes"), ANA)
    job = await desk.worked()
    words, listed = desk.words(job), (await desk.ask("plan list S261120a")).words
    if trouble == "gone already":
        assert job.state is JobState.DONE and "not there any more" in words and "None yet" in listed
        return
    assert job.state is JobState.FAILED and len(desk.portal.plans) == 1 and "ZTF" in listed
    wanted = {"stays in the queue": "call the telescope", "no permission": "Manage observation plans"}
    assert wanted[trouble] in words, words


async def test_a_retraction_does_not_take_back_what_was_deleted(desk: PortalNight) -> None:
    await desk.ask("plan make S261120a ZTF")
    made = await desk.worked()
    await desk.press((await desk.ask(f"plan send {made.id}")).button("Yes"), ANA)
    await desk.worked()
    assert any(each.possible for each in backs_of(await desk.rooms.jobs.jobs(event="LVK:S261120a")))
    await desk.press((await desk.ask(f"plan delete {made.id}")).button("Yes"), ANA)
    await desk.worked()
    assert not any(each.possible for each in backs_of(await desk.rooms.jobs.jobs(event="LVK:S261120a")))
