"""Who points where: `pointings` and `treasuremap …` as people ask them, against a Treasure Map of our own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.archives import archive_works, treasure_map_of
from cards.reader import Reader
from commands.pointed import report_wanted, taken_at
from commands.request import Account
from commands.retraction.taking_back import Way, backs_of
from events.state import EventState
from facilities.plan import Exposure, Plan
from gcn.notice import AlertType, Position
from platforms.instances import Instance, Platforms
from platforms.job import Job, JobState, Moved
from platforms.jobs import Wanted
from platforms.plan_making import Made, results_of
from platforms.planning import Planner
from platforms.treasure_map_works import CANCEL, COMPLETE, REPORT
from shifts.people_file import parse_people
from skymaps import healpix
from store.clock import SystemClock
from tests.cards.goldens import assert_golden
from tests.commands.desk import ANA, BO, CHIDI, Asked, AskedDesk
from tests.commands.platform_desk import follow, tracker_of, with_platforms
from tests.events.story import T0, attach, burst, superevent
from tests.standins.recordings import recordings
from tests.standins.treasure_map import TreasureMapStandIn

GOLDEN = Path(__file__).parent / "golden"
EMIL = Account("slack", "U0EMIL")
FRENCH = """
- {name: emil, timezone: Europe/Paris, locale: fr, slack: U0EMIL, permissions: [shifter, "trigger:ZTF"]}
"""
HERE = Position(ra=197.45, dec=23.38, radius=2.0, containment=0.9)
EVENT = "745811685"


@pytest.fixture
async def standin() -> AsyncIterator[TreasureMapStandIn]:
    async with TreasureMapStandIn() as standin:
        standin.events = {EVENT: "GRB 261120A"}
        yield standin


@pytest.fixture
async def night(desk: AskedDesk, standin: TreasureMapStandIn) -> AsyncIterator[AskedDesk]:
    await desk.rooms.people.put(parse_people(FRENCH), by="test")
    async with desk.rooms.database.write() as session:
        await attach(session, burst(EVENT, position=HERE))
    instances = {"treasuremap": Instance("treasuremap", "treasuremap", standin.url, "tm-token-desk")}
    platforms = Platforms(instances, treasure_map=treasure_map_of(instances, SystemClock()))
    yield with_platforms(desk, platforms)
    await platforms.close()


async def _state(night: AskedDesk) -> EventState:
    async with night.rooms.database.read() as session:
        found = await night.rooms.events.resolve(session, EVENT)
    assert isinstance(found, EventState)
    return found


def _plan(count: int = 3) -> Plan:
    exposures = tuple(
        Exposure(f"f{i}", 197.45 + 7 * i, 23.38, T0 + timedelta(minutes=5 * i), 30.0, "r", 0.2)
        for i in range(count)
    )
    end = T0 + timedelta(hours=1)
    return Plan("ZTF", "instant", "tiling", f"Fermi:{EVENT}", T0, (T0, end), exposures, 0.5, 100.0)


async def _reported(night: AskedDesk) -> None:
    state = await _state(night)
    ztf = night.rooms.registry.get("ZTF")
    wanted = await report_wanted(Reader(), night.rooms, state, ztf, _plan())
    await night.rooms.jobs.ask(wanted)


async def test_everybodys_pointings_are_drawn_and_counted(
    night: AskedDesk, standin: TreasureMapStandIn
) -> None:
    standin.add(197.45, 23.38, "2026-11-20T03:40:00", graceid=EVENT, user="ztf-team")
    standin.add(
        204.45, 23.38, "2026-11-20T04:40:00", graceid=EVENT, user="ztf-team", status="planned", band="g"
    )
    standin.add(10.0, -60.0, "2026-11-20T03:10:00", graceid=EVENT, instrumentid=2, instrument_name="Other")
    standin.add(197.45, 23.38, "2026-11-20T03:10:00", graceid=EVENT, status="cancelled")
    for language, who in (("en", ANA), ("fr", EMIL)):
        asked = await night.ask(f"pointings {EVENT}", who)
        words = asked.words.replace(standin.url, "http://treasuremap.test")
        assert_golden(f"pointings.{language}.txt", words, GOLDEN)
    (picture,) = asked.last.pictures.values()
    assert picture.startswith(b"\x89PNG")


async def test_nobody_and_an_unknown_event_are_told_apart(
    night: AskedDesk, standin: TreasureMapStandIn
) -> None:
    assert "Nobody has said so" in (await night.ask(f"pointings {EVENT}")).words
    standin.events = {}
    assert "does not know" in (await night.ask(f"pointings {EVENT}")).words


async def test_a_plan_is_reported_shown_observed_and_the_rest_cancelled(
    night: AskedDesk, standin: TreasureMapStandIn
) -> None:
    works = tuple(archive_works(night.rooms.platforms))
    standin.add(50.0, 5.0, "2026-11-20T03:00:00", graceid=EVENT, status="planned")  # another account's
    await _reported(night)
    assert (await follow(night, works, 1)).state is JobState.DONE
    shown = await night.ask("job show 1")
    assert "3 of 3 pointings are there" in shown.words
    night.clock.jump(timedelta(minutes=7))
    said = await night.ask(f'treasuremap observed {EVENT} ZTF until:"2026-11-20 03:06 UTC"')
    assert "Job 2" in said.words
    assert (await follow(night, works, 2)).state is JobState.DONE
    asked = await night.ask(f"treasuremap cancel {EVENT} ZTF")
    assert "Cancel 1 planned pointing of ZTF" in asked.words
    await night.press(asked.button("Yes"))
    assert (await follow(night, works, 3)).state is JobState.DONE
    states = {row["id"]: row["status"] for row in standin.rows}
    assert states == {1: "planned", 2: "completed", 3: "completed", 4: "cancelled"}
    assert "still planned" in (await night.ask(f"treasuremap cancel {EVENT} ZTF")).words


class MadeElsewhere:
    """A planner that has its plan at once."""

    kind = Planner.INSTANT.kind
    patience = 60.0

    async def start(self, job: Job) -> Moved:
        return Moved(JobState.DONE, results=results_of(Made(_plan())))

    async def look(self, job: Job) -> Moved:
        return await self.start(job)

    async def cancel(self, job: Job) -> Moved:
        return Moved(JobState.CANCELLED)


async def _planned(night: AskedDesk) -> None:
    """Job 1 is a plan of ZTF that is done."""
    state = await _state(night)
    await night.rooms.jobs.ask(
        Wanted(MadeElsewhere.kind, "instant", {}, "ana", event=state.event, facility="ZTF")
    )
    assert (await follow(night, (MadeElsewhere(),))).state is JobState.DONE


async def _yes(night: AskedDesk, line: str, who: Account = ANA) -> Asked:
    """Ask for it and say yes."""
    return await night.press((await night.ask(line, who)).button("Yes"), who)


async def test_a_plans_report_and_its_cancelling_outlive_a_process_that_dies_in_each(
    night: AskedDesk, standin: TreasureMapStandIn
) -> None:
    works = tuple(archive_works(night.rooms.platforms))
    await _planned(night)
    asked = await night.ask("plan treasuremap 1")
    assert "Report this plan of 745811685 for ZTF on Treasure Map?" in asked.words
    assert standin.rows == [], "nothing before somebody says yes"
    await night.press(asked.button("Yes"))
    standin.mute = True  # stored there, and nobody heard of it
    await tracker_of(night, works).track_due()
    assert len(standin.rows) == 3 and not (await night.rooms.jobs.job(2)).state.ended
    reported = await follow(night, works, 2)
    assert (reported.state, reported.remote["ids"]) == (JobState.DONE, [1, 2, 3])
    assert len(standin.rows) == 3, "each once"
    await _yes(night, f"treasuremap cancel {EVENT} ZTF")
    standin.mute = True
    await tracker_of(night, works).track_due()
    assert {row["status"] for row in standin.rows} == {"cancelled"}
    assert not (await night.rooms.jobs.job(3)).state.ended
    assert (await follow(night, works, 3)).state is JobState.DONE
    assert "3 of 3 are cancelled" in (await night.ask("job show 3")).words
    assert "Nothing of" in (await night.ask(f"job withdraw {EVENT}")).words, "it is taken back already"


async def test_marking_as_observed_outlives_a_process_that_dies_and_refusals_are_said(
    night: AskedDesk, standin: TreasureMapStandIn, shared_data: Path
) -> None:
    recorded = recordings(shared_data / "recordings" / "treasuremap")
    works = tuple(archive_works(night.rooms.platforms))
    await _reported(night)
    await follow(night, works, 1)
    for job, (number, words) in enumerate({"43": "refuses", "44": "does not accept the token"}.items(), 2):
        standin.script.append(recorded[number])
        asked = await _yes(night, f"treasuremap cancel {EVENT} ZTF")
        if "asked before" in asked.words:
            await night.press(asked.button("Ask again"))
        assert (await follow(night, works, job, rounds=2)).state is JobState.FAILED
        shown = (await night.ask(f"job show {job}")).words
        assert words in shown and "{'" not in shown and "tm-token" not in shown
    assert {row["status"] for row in standin.rows} == {"planned"}
    night.clock.jump(timedelta(hours=1))
    await night.ask(f"treasuremap observed {EVENT} ZTF")
    standin.mute = True  # marked there, and nobody heard of it
    await tracker_of(night, works).track_due()
    assert not (await night.rooms.jobs.job(4)).state.ended
    done = await follow(night, works, 4)
    assert (done.state, done.results["completed"]) == (JobState.DONE, 3)
    assert {row["status"] for row in standin.rows} == {"completed"}
    assert "still planned" in (await night.ask(f"treasuremap cancel {EVENT} ZTF")).words


async def test_what_was_reported_for_a_retracted_event_is_cancelled_by_one_button(
    night: AskedDesk, standin: TreasureMapStandIn
) -> None:
    works = tuple(archive_works(night.rooms.platforms))
    standin.events["S261120a"] = "GW261120"
    async with night.rooms.database.write() as session:
        await attach(session, superevent("S261120a"))
        state = await night.rooms.events.resolve(session, "S261120a")
    assert isinstance(state, EventState)
    other = standin.add(50.0, 5.0, "2026-11-20T03:00:00", graceid="S261120a", status="planned")
    ztf = night.rooms.registry.get("ZTF")
    await night.rooms.jobs.ask(await report_wanted(Reader(), night.rooms, state, ztf, _plan()))
    assert (await follow(night, works, 1)).state is JobState.DONE
    night.clock.jump(timedelta(minutes=7))
    await night.ask('treasuremap observed S261120a ZTF until:"2026-11-20 03:01 UTC"')
    assert (await follow(night, works, 2)).state is JobState.DONE
    async with night.rooms.database.write() as session:
        await attach(session, superevent("S261120a", AlertType.RETRACTION, 600))
    button = ("job.withdraw", "LVK:S261120a")
    assert "you may not trigger ZTF" in (await night.press(button, BO)).words
    assert "1: being taken back" in (await night.press(button)).words
    standin.mute = True  # the process dies while it cancels
    await tracker_of(night, works).track_due()
    assert (await follow(night, works, 3)).state is JobState.DONE
    states = {row["id"]: row["status"] for row in standin.rows}
    assert states == {other: "planned", 2: "completed", 3: "cancelled", 4: "cancelled"}
    assert "Nothing of S261120a can be taken back now" in (await night.press(button)).words


def _job(
    number: int, kind: str, state: JobState, parameters: dict[str, Any], ids: tuple[int, ...] = ()
) -> Job:
    """A job of ZTF at Treasure Map for one event."""
    return Job(
        id=number,
        mark=f"nd-{number}",
        kind=kind,
        platform="treasuremap",
        requester="ana",
        state=state,
        created=T0,
        deadline=T0,
        parameters={"event": "S1", **parameters},
        event="LVK:S1",
        facility="ZTF",
        remote={"ids": list(ids)},
    )


@pytest.mark.parametrize(
    ("state", "others", "ids"),
    [
        (JobState.DONE, (), [1, 2, 3]),
        (JobState.FAILED, (), [1, 2, 3]),
        (JobState.TIMED_OUT, (), [1, 2, 3]),
        (JobState.CANCELLED, (), None),
        (JobState.DONE, ((COMPLETE, JobState.DONE, {"marks": {"1": "t"}}),), [2, 3]),
        (JobState.DONE, ((COMPLETE, JobState.FAILED, {"marks": {"1": "t"}}),), [1, 2, 3]),
        (JobState.DONE, ((COMPLETE, JobState.DONE, {"marks": {"1": "t", "2": "t", "3": "t"}}),), None),
        (JobState.DONE, ((CANCEL, JobState.DONE, {"ids": [1, 2, 3, 8]}),), None),
        (JobState.DONE, ((CANCEL, JobState.DONE, {"ids": [3, 8]}),), [1, 2]),
    ],
)
def test_what_of_a_report_is_left_to_take_back(
    state: JobState, others: tuple[tuple[str, JobState, dict[str, Any]], ...], ids: list[int] | None
) -> None:
    report = _job(1, REPORT, state, {}, (3, 1, 2))
    jobs = [*(_job(n, *each) for n, each in enumerate(others, 2)), report]
    (back,) = [each for each in backs_of(jobs) if each.job is report]
    assert (back.undo.parameters["ids"] if back.undo else None) == ids
    assert back.way is (Way.UNDO if ids else Way.NOTHING)


async def test_only_who_may_trigger_a_telescope_changes_its_pointings(
    night: AskedDesk, standin: TreasureMapStandIn
) -> None:
    await night.ask(f"treasuremap observed {EVENT} ZTF", CHIDI)
    await night.ask(f"treasuremap cancel {EVENT} ZTF", CHIDI)
    assert await night.rooms.jobs.jobs() == ()


async def test_instruments_are_found_by_words_of_their_name(night: AskedDesk) -> None:
    words = (await night.ask("treasuremap instruments zwicky")).words
    assert "ZTF" in words and "Spectrograph" not in words
    assert "None of them" in (await night.ask("treasuremap instruments nosuch")).words


async def test_what_others_have_taken_is_given_to_planners(
    night: AskedDesk, standin: TreasureMapStandIn
) -> None:
    state, ztf = await _state(night), night.rooms.registry.get("ZTF")
    standin.add(197.45, 23.38, "2026-11-20T03:40:00", graceid=EVENT)
    standin.add(204.45, 23.38, "2026-11-20T04:40:00", graceid=EVENT, status="planned")
    everybody = await taken_at(Reader(), night.rooms, state)
    assert len(everybody) == 2
    others = await taken_at(Reader(), night.rooms, state, but=ztf)
    assert len(others) == 1
    inside = healpix.vectors_from_degrees([197.45, 204.45], [23.38, 23.38])
    assert others[0].holds(inside).tolist() == [True, False]


async def test_a_telescope_that_is_not_there_names_the_nearest(night: AskedDesk) -> None:
    decam = night.rooms.registry.get("DECam")
    with pytest.raises(Exception, match="no instrument called DECam") as raised:
        await report_wanted(Reader(), night.rooms, await _state(night), decam, _plan())
    assert "treasuremap_id" in str(raised.value)


async def test_without_a_treasure_map_it_is_said_what_to_configure(desk: AskedDesk) -> None:
    async with desk.rooms.database.write() as session:
        await attach(session, burst(EVENT, position=HERE))
    assert "[treasuremap] url" in (await desk.ask(f"pointings {EVENT}")).words
