"""Default plans by rule: a person's go makes them, by each planner of the desk, and sends none of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from notifiers.tables import OutboxRow
from platforms.gwemopt.work import GwemoptInstall
from platforms.job import JobState
from platforms.plan_making import made_of
from platforms.worker_process import WorkerLimits
from tests.nights.alerts import skymap
from tests.nights.followups import FollowUp, open_follow_up
from tests.nights.world import candidate
from tests.platforms.plans import STANDIN
from tests.standins.skyportal.portal_events import add_event

RULE: dict[str, Any] = {
    "name": "default plans",
    "when": "significant && p.BNS > 0.5",
    "start": "plan",
    "facilities": ["ZTF", "WINTER", "DECam"],
    "with": {"exposure_time": 60},
}
FEW = {"max_tiles": 4}
PLANNING: list[dict[str, Any]] = [
    {"facility": "ZTF", "planner": "skyportal"},
    {"facility": "WINTER", "planner": "gwemopt", "send_to": ["gw"], "settings": FEW},
    {"facility": "DECam", "planner": "instant", "send_to": ["gw"], "settings": FEW},
]
MAP = skymap(6.0, 330.0, -5.0)
"""Seen in the evening from California and from Chile."""


async def test_a_go_makes_the_default_plans_of_all_planners_and_sends_none_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gwemopt = GwemoptInstall((sys.executable, "-I", str(STANDIN), "well"), WorkerLimits(60, 600))
    monkeypatch.setattr("bot.planning.gwemopt_of", lambda settings: gwemopt)
    monkeypatch.setattr("bot.hub.drawing_with", lambda compute: _undrawn)
    async with open_follow_up(
        tmp_path, monkeypatch, reactions=[RULE], planning=PLANNING, in_discord=False
    ) as night:
        add_event(night.portal, "2026-11-20T02:59:00", "LVC#S261120a", maps=("S261120a-PRELIMINARY.fits",))
        await night.alert(candidate("S261120a", skymap=MAP))
        question = night.card("S261120a: start an observing plan for ZTF, WINTER and DECam?")
        assert await night.jobs() == () and night.portal.plans == []  # nothing before a person says so
        await night.presses("Go", question, "said go", "job 1", "job 2", "job 3")
        await night.restarts()  # with the jobs written down and not begun
        await _each_planner_makes_its_own(night)
        await _nothing_is_sent_until_somebody_sends_it(night)


async def _undrawn(*_: object) -> dict[str, bytes]:
    return {}  # the numbers are what is looked at here


async def _each_planner_makes_its_own(night: FollowUp) -> None:
    for facility, kind in (
        ("ZTF", "skyportal.plan"), ("WINTER", "gwemopt.plan"), ("DECam", "instant.plan"),
    ):  # fmt: skip
        job = await night.ends(kind)
        assert (job.state, job.facility, job.requester) == (JobState.DONE, facility, "ana"), job.failure
        made = made_of(job.results)
        assert made is not None and made.plan.exposures
        assert {each.seconds for each in made.plan.exposures} == {60.0}
    assert night.portal.plans[0]["payload"]["exposure_time"] == 60
    for words in ("by skyportal", "would cover", "nightdesk, at once"):
        night.card("Plan of S261120a for", words, "Send it" if words != "would cover" else words)
    listed = await night.says("reactions list", "default plans")
    assert listed.words.count("done") == 3


async def _nothing_is_sent_until_somebody_sends_it(night: FollowUp) -> None:
    assert [each["sent"] for each in night.portal.plans] == [None]
    async with night.world.hub.database.read() as session:
        keys = list(await session.scalars(select(OutboxRow.key).where(OutboxRow.subject.like("plan:%"))))
    assert keys == []
    await night.says("plan send 1", "Send this plan of S261120a to ZTF?")  # and waits for a yes
