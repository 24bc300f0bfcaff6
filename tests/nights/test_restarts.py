"""`nightdesk` killed in the middle of all that platforms are asked for: real processes, real deaths."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import aiohttp
import pytest

from tests.nights.platform_night import EVENT, PlatformNight, open_platform_night, outbox_id
from tests.nights.world import retracted
from tests.standins.skyportal import portal_sources

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

LIVES = int(os.environ.get("KILLED_LIVES", "4"))
"""How often a process is killed at random; more than the usual 4: also at the steps that are seldom hit."""

MORE = LIVES > 4
SEED = 20261120
TWICE_AT_NMMA = "after calling POST /analysis"
"""The service has neither ids nor a status: it is asked again (docs/platforms.md)."""


@dataclass(frozen=True)
class Errand:
    """What ana asks for, and the step at which the process that hears it dies.

    `line` may be made of what stands there by then; `first` is a job that must have ended before.
    """

    step: str
    line: str | Callable[[PlatformNight], str]
    kind: str
    first: Callable[[PlatformNight], int] | None = None
    cancels: bool = False
    often: bool = True  # else the process dies there only where more lives are asked for


def _plan(number: int) -> Callable[[PlatformNight], int]:
    return lambda night: night.jobs("skyportal.plan")[number].id


def _of_plan(words: str, number: int = 0) -> Callable[[PlatformNight], str]:
    return lambda night: words % _plan(number)(night)


def _newest(kind: str) -> Callable[[PlatformNight], int]:
    return lambda night: night.jobs(kind)[-1].id


def _cancel(kind: str, number: int) -> Callable[[PlatformNight], str]:
    return lambda night: f"job cancel {night.jobs(kind)[number].id}"


def _observed(night: PlatformNight) -> str:
    times = sorted(str(row["time"]) for row in night.map.rows)
    return f"treasuremap observed {EVENT} ZTF until={times[len(times) // 2]}Z"


FOLLOWED = "skyportal.followup"
MIRRORED = _newest("skyportal.event")
COMMENT = f'skyportal comment {EVENT} "remark %d"'
TAG = f"skyportal tag {EVENT} %s"
MAKE = f"plan make {EVENT} ZTF exposure_time=%d planner=%s"
FOLLOW = "followup AT2026k%d SEDM observation_type=IFU priority=3"
FIT = "fit AT2026k%d NMMA/Me2017"
RUN = f"mmoda run spi_acs spi_acs_lc event={EVENT} before=%d after=200"
TYPED = 'nmma Me2017 0.00%d "filter,mjd,mag,magerr; ztfg,61364.1,19.2,0.1; ztfr,61364.2,19.6,0.1"'
INJECT = f"efficiency {EVENT} ZTF job=%d injections="
SENT = "calling POST /api/observation_plan/"
POINTED = "after calling POST /api/v1/pointings"

ERRANDS = (
    Errand("after calling POST /api/gcn_event$", f"skyportal mirror {EVENT}", "skyportal.event", often=False),
    Errand("after calling POST /api/gcn_event/.*comments", COMMENT % 1, "skyportal.event", MIRRORED),
    Errand("after noting", COMMENT % 2, "skyportal.event", often=False),
    Errand("after calling POST /api/gcn_event/tags", TAG % "one", "skyportal.event", often=False),
    Errand("before calling POST /api/gcn_event/tags", TAG % "two", "skyportal.event", often=False),
    Errand("after calling POST /api/observation_plan$", MAKE % (61, "skyportal"), "skyportal.plan"),
    Errand("before storing", MAKE % (62, "skyportal"), "skyportal.plan", often=False),
    Errand("after asking", MAKE % (63, "instant"), "instant.plan", often=False),
    Errand("before writing", MAKE % (64, "instant"), "instant.plan", often=False),
    Errand("after uploading", MAKE % (65, "instant"), "instant.plan", often=False),
    Errand("before uploading", MAKE % (66, "instant"), "instant.plan", often=False),
    Errand("before calling POST /api/followup_request", FOLLOW % 1, "skyportal.followup", often=False),
    Errand("after calling POST /api/followup_request", FOLLOW % 2, "skyportal.followup"),
    Errand("after calling PUT /api/followup_request", FOLLOW % 3, "skyportal.followup", often=False),
    Errand("after questioning", FOLLOW % 4, "skyportal.followup"),
    Errand("before settling", FOLLOW % 5, "skyportal.followup"),
    Errand("after settling", FOLLOW % 6, "skyportal.followup", often=False),
    Errand("after calling POST /api/obj", FIT % 1, "skyportal.analysis"),
    Errand("after committing", FIT % 2, "skyportal.analysis"),
    Errand("after posting", FIT % 3, "skyportal.analysis"),
    Errand("before posting", FIT % 4, "skyportal.analysis", often=False),
    Errand("after calling POST /run_analysis", RUN % 100, "mmoda.product"),
    Errand("after storing", RUN % 110, "mmoda.product", often=False),
    Errand("after telling", RUN % 120, "mmoda.product", often=False),
    Errand("after editing", RUN % 130, "mmoda.product", often=False),
    Errand(TWICE_AT_NMMA, TYPED % 1, "nmma.fit"),
    Errand("after writing", TYPED % 2, "nmma.fit", often=False),
    Errand("after replying", TYPED % 3, "nmma.fit", often=False),
    Errand(f"after {SENT}", _of_plan("plan send %d"), "skyportal.queue", _plan(0)),
    Errand(f"before {SENT}", _of_plan("plan send %d", 1), "skyportal.queue", _plan(1), often=False),
    Errand(
        r"after calling GET /api/observation_plan/\d+/simsurvey",
        _of_plan(f"{INJECT}100"), "skyportal.efficiency",
    ),
    Errand("before editing", _of_plan(f"{INJECT}110"), "skyportal.efficiency", often=False),
    Errand(POINTED, _of_plan("plan treasuremap %d"), "treasuremap.report"),
    Errand(POINTED, _observed, "treasuremap.complete", _newest("treasuremap.report"), often=False),
    Errand(
        "after calling POST /api/v1/update_pointings",
        f"treasuremap cancel {EVENT} ZTF", "treasuremap.cancel",
        _newest("treasuremap.complete"), often=False,
    ),
    Errand(
        "after calling DELETE /api/observation_plan/", _of_plan("plan take_back %d"), "skyportal.queue",
        _newest("skyportal.queue"),
    ),
    Errand(
        "after calling DELETE /api/followup_request", _cancel("skyportal.followup", 0),
        "skyportal.followup", cancels=True, often=False),
    # These planners' processes work on until the night lets them go; every death ends them.
    Errand("after asking", MAKE % (67, "gwemopt"), "gwemopt.plan", often=False),
    Errand("after taking", MAKE % (68, "m4opt"), "m4opt.plan"),
    Errand("before asking", MAKE % (69, "gwemopt"), "gwemopt.plan", often=False),
    Errand("before replying", "fit AT2026k5 direct/Me2017", "nmma.fit", often=False),
    Errand("before telling", "fit AT2026k6 NMMA/Me2017", "skyportal.analysis", often=False),
    Errand("before cancelling", _cancel(FOLLOWED, 1), FOLLOWED, cancels=True, often=False),
    Errand("after cancelling", _cancel("gwemopt.plan", 0), "gwemopt.plan", cancels=True, often=False),
    Errand("before finishing", _cancel("nmma.fit", 2), "nmma.fit", cancels=True, often=False),
)  # fmt: skip


GOES = ("after committing", "before finishing")
RETRACTED = ("after attaching", "before landing", "after committing")
ANSWERED = "after receiving"


async def test_killed_at_every_step_of_every_command_the_desk_ends_all_jobs_and_asks_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portal_sources, "RUNS", timedelta(seconds=20))
    async with open_platform_night(tmp_path) as night:
        dying = [errand.step for errand in ERRANDS if errand.often or MORE]
        night.steps.extend([*dying, *GOES, *RETRACTED, ANSWERED])
        steps = list(night.steps)
        await night.lives()
        gw = night.slack.channel("gw")
        await night.until(lambda: gw.find("start an observing plan") is not None, "the rule to ask")
        for errand in ERRANDS:
            await _done(night, errand)
        await _gone(night)
        night.let_planners_go()
        await night.ends(night.jobs("m4opt.plan")[0].id)
        await _retracted(night)
        await _answered(night)
        await _all_end(night)
        assert night.deaths == steps
        check(night)
        twice = night.jobs("nmma.fit")[0].mark
        assert Counter(each["resource_id"] for each in night.nmma.asked)[twice] == 2
        await night.stops()


EVERYTHING = (
    Errand("", COMMENT % 1, "skyportal.event"),
    Errand("", TAG % "one", "skyportal.event"),
    Errand("", MAKE % (62, "instant"), "instant.plan"),
    Errand("", MAKE % (63, "gwemopt"), "gwemopt.plan"),
    Errand("", MAKE % (64, "m4opt"), "m4opt.plan"),
    Errand("", TYPED % 1, "nmma.fit"),
    Errand("", RUN % 100, "mmoda.product"),
    Errand("", FOLLOW % 1, "skyportal.followup"),
    Errand("", FIT % 1, "skyportal.analysis"),
    Errand("", _of_plan("plan treasuremap %d"), "treasuremap.report"),
    Errand("", _of_plan("plan send %d"), "skyportal.queue"),
    Errand("", _of_plan(f"{INJECT}100"), "skyportal.efficiency"),
    Errand("", _cancel("skyportal.followup", 0), "skyportal.followup", cancels=True),
)


async def test_killed_at_random_while_jobs_of_every_kind_run_the_desk_loses_and_doubles_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portal_sources, "RUNS", timedelta(seconds=20))
    async with open_platform_night(tmp_path) as night:
        await night.lives()
        gw = night.slack.channel("gw")
        await night.until(lambda: gw.find("start an observing plan") is not None, "the rule to ask")
        await night.ends((await night.asks(f"skyportal mirror {EVENT}", "skyportal.event")).id)
        await night.ends((await night.asks(MAKE % (61, "skyportal"), "skyportal.plan")).id)
        reaper = asyncio.create_task(_reap(night, Random(f"{SEED}")))
        for errand in EVERYTHING:
            await _asked(night, errand)
        await reaper
        await _all_end(night, but=("gwemopt.plan", "m4opt.plan", "nmma.fit"))
        night.let_planners_go()
        for asked in list(night.nmma.asked):
            await night.nmma.answer(request=asked)
        await _all_end(night)
        assert len(night.deaths) == LIVES
        check(night)
        await night.stops()


async def _reap(night: PlatformNight, rng: Random) -> None:
    """Kill whichever process is up, at instants that a seed says."""
    for _ in range(LIVES):
        await asyncio.sleep(rng.uniform(0.2, 4.0))
        await night.until(lambda: night.is_up, "a process to be killed")
        assert night.life is not None
        night.life.kill()


async def _asked(night: PlatformNight, errand: Errand) -> None:
    """One errand, however many processes it takes."""
    if errand.first is not None:
        await night.ends(errand.first(night))
    line = errand.line if isinstance(errand.line, str) else errand.line(night)
    if errand.cancels:
        job = int(line.split()[-1])
        await night.has(line, lambda: night.job(job).state in ("cancelled", "cancelling"), step=errand.step)
    else:
        await night.asks(line, errand.kind, step=errand.step)


async def _done(night: PlatformNight, errand: Errand) -> None:
    """One errand, through the death that is meant for it."""
    await _asked(night, errand)
    if errand.often or MORE:
        await night.dies(errand.step)


async def _gone(night: PlatformNight) -> None:
    """Two reactions have asked since the alert; a go starts each once."""
    gw = night.slack.channel("gw")
    for step, words, number, kind in zip(
        GOES,
        ("start an observing plan", "start an MMODA product"),
        (1, 2),
        ("instant.plan", "mmoda.product"),
        strict=True,
    ):
        (question,) = [m for m in gw.said if words in m.words and EVENT in m.words]
        wanted = night.count(kind) + 1
        await night.presses(
            "Go",
            question,
            f"reactions go {number}",
            lambda kind=kind, wanted=wanted: night.count(kind) == wanted,
        )
        await night.dies(step)
        assert night.count(kind) == wanted
        await night.ends(night.jobs(kind)[-1].id)


async def _retracted(night: PlatformNight) -> None:
    """Whoever started something is told once; one button takes back what stands in a telescope's queue."""
    attaching, landing, pressing = RETRACTED
    await night.alert(retracted(EVENT, 60))
    for step in (attaching, landing):
        await night.dies(step)
    gw = night.slack.channel("gw")
    await night.until(lambda: gw.find(f"{EVENT} was retracted") is not None, "the list of what was started")
    (listed,) = [m for m in gw.said if f"{EVENT} was retracted" in m.words]
    sent = _plan(1)(night)
    back = [job for job in night.jobs("skyportal.queue") if job.parameters["do"] == "take_back"]
    assert len(back) == 1, "only the first plan was taken back, by hand"
    await night.presses(
        "Cancel all", listed, f"job withdraw LVK:{EVENT}",
        lambda: len([j for j in night.jobs("skyportal.queue") if j.parameters["do"] == "take_back"]) == 2,
    )  # fmt: skip
    await night.dies(pressing)
    await night.ends(night.jobs("skyportal.queue")[-1].id)
    assert night.jobs("skyportal.queue")[-1].parameters["plan"] == night.job(sent).remote["plan"]


async def _answered(night: PlatformNight) -> None:
    """The service of fits posts each answer once; the process dies with one on disk, before it thanks."""
    (first, *others) = night.nmma.asked
    with pytest.raises(aiohttp.ClientError):
        await night.nmma.answer(request=first)
    await night.dies(ANSWERED)
    for asked in others:
        await night.nmma.answer(request=asked)


async def _all_end(night: PlatformNight, but: tuple[str, ...] = ()) -> None:
    """Every job comes to its end but those kinds, however many processes that takes, and all is said."""

    def quiet() -> bool:
        jobs = [job for job in night.jobs() if job.kind not in but]
        waiting = {job.mark for job in night.jobs("nmma.fit") if job.state != "cancelled"} - _marks(night)
        return night.is_up and all(job.ended for job in jobs) and not night.outbox() and not waiting

    while not quiet():
        await night.until(lambda: not night.is_up or quiet(), "all to end, and everything to be said")
        if not night.is_up:
            await night.is_dead("")
            await night.lives()


def _marks(night: PlatformNight) -> set[str]:
    """Of the fits that the service was asked for."""
    return {str(each["resource_id"]) for each in night.nmma.asked}


def check(night: PlatformNight) -> None:
    """Everything once, everywhere; every job at its end, and one card that says so."""
    jobs = night.jobs()
    assert [job for job in jobs if job.state not in ("done", "cancelled")] == []
    for job in jobs:
        cards = night.cards_of(job.id)
        assert len(cards) == 1, f"{job} has {len(cards)} cards"
        assert job.state in cards[0].words, (job, cards[0].words)
    _check_skyportal(night)
    rows = Counter((row["ra"], row["dec"], row["time"], row["band"]) for row in night.map.rows)
    ids = {row["id"] for row in night.map.rows}
    assert len(rows) == len(ids), "a pointing was stored twice"
    assert night.mmoda.computed == night.count("mmoda.product")
    assert _marks(night) == {job.mark for job in night.jobs("nmma.fit")}
    assert night.workers() == []
    posted = Counter(outbox_id(each) for each in night.slack.messages if each.metadata is not None)
    assert set(posted.values()) == {1}, "something was posted twice"


def _check_skyportal(night: PlatformNight) -> None:
    portal, sources = night.portal, night.sources
    assert len(portal.events) == 1
    assert len(portal.events[0]["gcn_notices"]) == 1
    tags = [job.parameters["tag"] for job in night.jobs("skyportal.event") if job.parameters["do"] == "tag"]
    assert Counter(portal.events[0]["tags"]) == Counter(tags), "each tag once"
    texts = [job.parameters["text"] for job in night.jobs("skyportal.event") if "text" in job.parameters]
    assert len(portal.comments) == len(texts)
    assert len(portal.plans) == night.count("skyportal.plan")
    assert len(sources.followups) == night.count("skyportal.followup")
    assert len(sources.analyses) == night.count("skyportal.analysis")
    assert len(sources.runs) == night.count("skyportal.efficiency")
    queue = Counter(line for line in portal.calls if line.endswith("/queue"))
    assert set(queue.values()) == {1}, "a plan was sent or taken back twice"
    assert sum(queue.values()) == night.count("skyportal.queue")
