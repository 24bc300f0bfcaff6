"""Whole follow-ups through the chats: from the alert to the circular, and what a retraction takes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from platforms.job import JobState
from tests.nights.alerts import skymap
from tests.nights.followups import FollowUp, open_follow_up
from tests.nights.world import candidate, retracted
from tests.standins.skyportal.portal_events import add_event

LOOK: dict[str, Any] = {
    "name": "look",
    "when": "significant",
    "start": "mmoda",
    "ask_first": False,
    "cancel_on_retraction": True,
    "with": {"instrument": "spi_acs", "product": "spi_acs_lc", "before": 100, "after": 200},
}
FIRST_PLAN: dict[str, Any] = {
    "name": "first plan",
    "when": "significant && p.BNS > 0.5",
    "start": "plan",
    "facilities": ["ZTF"],
    "with": {"planner": "instant", "exposure_time": 60},
}
MAP = skymap(6.0, 308.0, 14.0)
"""Over Palomar in the evening, where the small SkyPortal has its three fields."""

MJD = 61364.0  # 2026-11-20T00:00


async def test_a_follow_up_from_the_alert_to_the_circular_and_a_retraction_that_takes_a_plan_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_follow_up(
        tmp_path,
        monkeypatch,
        second_person=["plan send"],
        reactions=[FIRST_PLAN],
        planning=[{"facility": "ZTF", "planner": "skyportal"}],
    ) as night:
        for stage in (
            _alert_page_acknowledged,
            _plan_by_rule_with_a_go,
            _plan_compared,
            _sent_with_a_second_person,
            _observed,
            _candidate_ranked,
            _followed_up,
            _fitted,
            _circular_drafted,
            _another_event_is_retracted,
        ):
            await stage(night)
            await night.restarts()  # each goes on from what the one before has written down


async def _alert_page_acknowledged(night: FollowUp) -> None:
    add_event(night.portal, "2026-11-20T02:59:00", "LVC#S261120a", maps=("S261120a-PRELIMINARY.fits",))
    await night.alert(candidate("S261120a", skymap=MAP))
    card = night.card("S261120a", "nobody has it yet")
    await night.presses("I have it", card, "You have S261120a in hand")
    await night.world.settle()
    assert (await night.world.page()).holder == "ana"
    assert "ana** has it since" in night.in_discord("S261120a").words


async def _plan_by_rule_with_a_go(night: FollowUp) -> None:
    question = night.card("S261120a: start an observing plan for ZTF?")
    assert await night.jobs() == ()  # nothing before a person says so
    await night.presses("Go", question, "said go", "job 1")
    job = await night.ends("instant.plan")
    assert (job.state, job.requester, job.facility) == (JobState.DONE, "ana", "ZTF")
    night.card("Plan of S261120a for ZTF", "nightdesk, at once")
    assert night.portal.plans == []  # made, and sent nowhere


async def _plan_compared(night: FollowUp) -> None:
    await night.says("plan make S261120a ZTF", "Job 2 is asked of skyportal")
    await night.tracker.track_due()
    await night.restarts()  # while it is computed there
    job = await night.ends("skyportal.plan")
    assert job.state is JobState.DONE, job.failure
    assert len(night.portal.plans) == 1
    await night.says("plan compare S261120a", "beside each other", "SkyPortal", "instant")


async def _sent_with_a_second_person(night: FollowUp) -> None:
    question = await night.says("plan send 2", "Send this plan of S261120a to ZTF?")
    await night.restarts()  # with the question open, and then with a second person's yes missing
    await night.presses("Yes", question, "A second person has to say yes")
    await night.restarts()
    assert [each["sent"] for each in night.portal.plans] == [None]
    await night.confirms_in_discord("plan send", "2")
    job = await night.ends("skyportal.queue")
    assert (job.state, job.results["do"]) == (JobState.DONE, "send")
    assert night.portal.plans[0]["sent"] == "submitted to telescope queue"


async def _observed(night: FollowUp) -> None:
    await night.world.clock.advance(2 * 3600.0)
    at = f"{night.world.clock.now():%Y-%m-%dT%H:%M:%S}"
    night.sources.add_observation(542, 305.9, 11.75, at)
    night.sources.add_observation(543, 313.2, 11.75, at)
    await night.says("observed S261120a", "ZTF", "%")


async def _candidate_ranked(night: FollowUp) -> None:
    days = (night.world.clock.now().hour + 1) / 24
    night.sources.add_source("AT2026abc", 307.9, 13.8, redshift=0.01)
    night.sources.add_points(
        "AT2026abc",
        (MJD - 0.9, "ztfr", None, None, 20.6),
        (MJD + days - 0.05, "ztfr", 17.6, 0.05, 20.5),
        (MJD + days - 0.03, "ztfg", 17.8, 0.05, 20.5),
    )
    night.sources.add_source("AT2026old", 311.0, 16.0)
    night.sources.add_points(
        "AT2026old", (MJD - 30, "ztfr", 19.0, 0.05, 20.5), (MJD + days - 0.05, "ztfr", 19.0, 0.05, 20.5)
    )
    listed = await night.says("candidates S261120a", "AT2026abc", "AT2026old")
    assert listed.words.index("AT2026abc") < listed.words.index("AT2026old")
    await night.says("candidate confirm AT2026abc S261120a why:young and rising", "noted at skyportal")


async def _followed_up(night: FollowUp) -> None:
    question = await night.says(
        "followup AT2026abc SEDM observation_type=IFU priority=3", "Ask SEDM to observe AT2026abc?"
    )
    await night.presses("Yes", question, "is asked of skyportal")
    await night.tracker.track_due()
    assert [each["status"] for each in night.sources.followups] == ["submitted"]


async def _fitted(night: FollowUp) -> None:
    await night.says("fit AT2026abc Me2017", "is asked of skyportal")
    job = await night.ends("skyportal.analysis")
    assert job.state is JobState.DONE, job.failure
    await night.says("fits AT2026abc", "Me2017")


async def _circular_drafted(night: FollowUp) -> None:
    await night.says("circular S261120a", "SUBJECT", "S261120a")


async def _another_event_is_retracted(night: FollowUp) -> None:
    """One plan of it stands in the telescope's queue, another is still being made."""
    add_event(night.portal, "2026-11-20T02:57:00", "LVC#S261120b", maps=("S261120b-PRELIMINARY.fits",))
    await night.alert(candidate("S261120b", skymap=MAP, minute=180, time="2026-11-20T02:57:00.000Z"))
    await night.says("plan make S261120b ZTF", "is asked of skyportal")
    done = await night.ends("skyportal.plan", event="LVK:S261120b")
    question = await night.says(f"plan send {done.id}", "Send this plan of S261120b to ZTF?")
    await night.presses("Yes", question, "A second person has to say yes")
    await night.confirms_in_discord("plan send", str(done.id))
    queued = await night.ends("skyportal.queue", event="LVK:S261120b")
    await night.says("plan make S261120b ZTF exposure_time=120", "is asked of skyportal")
    await night.tracker.track_due()
    assert len(night.portal.plans) == 3

    await night.alert(retracted("S261120b", 200))
    listed = night.card("S261120b was retracted: 3 jobs were started for it")
    assert "can be taken back" in listed.words
    night.world.ana.sees("S261120b was retracted")  # who started them
    await night.restarts()  # before anybody has pressed the button
    await night.presses("Cancel all", listed, "Taken back for S261120b")
    back = await night.ends("skyportal.queue", event="LVK:S261120b")
    await night.works()
    assert (back.parameters["do"], back.state) == ("take_back", JobState.DONE)
    assert back.id != queued.id
    jobs = await night.jobs(event="LVK:S261120b")
    assert [job.state for job in jobs if job.kind == "skyportal.plan"] == [JobState.CANCELLED, JobState.DONE]
    assert [each["sent"] for each in night.portal.plans] == [
        "submitted to telescope queue",  # the first event's stands
        "deleted from telescope queue",
    ]
    told = night.card("S261120b was retracted: 3 jobs").words
    assert "taken back" in told
    assert "cancelled" in told
    assert "Cancel all" not in told


async def test_a_retraction_of_the_event_cancels_what_a_rule_started_and_tells_the_advocate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mmoda = {"url": "http://127.0.0.1:9"}  # nobody answers there: the job waits
    async with open_follow_up(tmp_path, monkeypatch, reactions=[LOOK], mmoda=mmoda) as night:
        await night.alert(candidate("S261120b"))
        night.card("Started by the rule *look*", "job 1")
        card = night.card("S261120b", "nobody has it yet")
        await night.presses("I have it", card, "You have S261120b in hand")
        await night.tracker.track_due()
        await night.alert(retracted("S261120b", 30))
        await night.works()
        (job,) = await night.jobs()
        assert job.state is JobState.CANCELLED
        listed = night.card("S261120b was retracted: 1 job was started for it")
        assert "cancelled" in listed.words
        assert "Cancel all" not in listed.words
        night.world.ana.sees("S261120b was retracted: 1 job was started for it")  # she has it in hand
        await night.alert(retracted("S261120b", 31))
        assert sum("1 job was started" in m.words for m in night.chats.slack.messages) == 2
