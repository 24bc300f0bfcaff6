"""`plan …` where a SkyPortal plans: its own form, its failures, its telescope's queue, a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from commands.declared import book
from commands.desk import Desk
from platforms.instances import Instance
from platforms.job import JobState
from platforms.planning import FacilityPlanning, Planner, Planning
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
