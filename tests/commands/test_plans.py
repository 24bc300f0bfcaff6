"""`plan …` asked of a desk: made, compared, sent with permission only, taken back, written as files."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.plan_subjects import PlanSubjects
from commands.request import Account
from events.service import EventService
from events.state import EventState
from facilities.facility import Facility
from facilities.planning import Patch
from gcn.notice import AlertType, MapSource, SkyMapRef
from notifiers.tables import OutboxRow
from platforms.gwemopt.work import GwemoptInstall, GwemoptWork
from platforms.instances import Platforms
from platforms.job import Job, JobState, PlatformError
from platforms.plan_making import made_of
from platforms.plan_work import InstantWork
from platforms.planning import FacilityPlanning, Planner, Planning
from platforms.tables import JobRow
from platforms.tracker import Tracker
from platforms.worker_process import WorkerLimits
from shifts.people_file import parse_people
from skymaps.writer import write_skymap
from tests.cards.goldens import assert_golden
from tests.commands.desk import ANA, CHIDI, REGISTRY, Asked, AskedDesk
from tests.commands.platform_desk import with_platforms
from tests.events.story import attach, superevent
from tests.facilities.maps import cone
from tests.patience import PATIENCE
from tests.platforms.plans import STANDIN, Remembering

GOLDEN = Path(__file__).parent / "golden"
EMIL = Account("slack", "U0EMIL")
NEW = """
- {name: emil, timezone: Europe/Paris, locale: fr, slack: U0EMIL,
   permissions: [shifter, "trigger:ZTF", "trigger:WINTER"]}
"""
PLANNING = Planning(
    {
        "ZTF": FacilityPlanning(
            "ZTF",
            Planner.INSTANT,
            settings={"exposure_time": "60"},
            classes={"bns": {"exposure_time": "180", "filters": "g,r"}},
            send_to=("night-log", "p48@dome"),
        ),
        "WINTER": FacilityPlanning("WINTER", Planner.GWEMOPT),
    },
    frozenset({Planner.INSTANT, Planner.GWEMOPT}),
)


class PlanDesk:
    """A desk that plans by itself, and the tracker that does it."""

    def __init__(self, desk: AskedDesk, folder: Path) -> None:
        self.desk = with_platforms(desk, Platforms(planning=PLANNING))
        rooms, self.clock = desk.rooms, desk.clock
        subjects = PlanSubjects(rooms.database, rooms.clock, EventService(), REGISTRY, self._taken)
        making = Remembering(subjects)
        self.treasure_map = "well"
        install = GwemoptInstall((sys.executable, "-I", str(STANDIN), "well"), WorkerLimits(30, 600))
        self.gwemopt = GwemoptWork(making, install, folder, rooms.clock, owner="desk:1")
        self.works = {each.kind: each for each in (InstantWork(making), self.gwemopt)}

    async def _taken(self, state: EventState, facility: Facility) -> tuple[Patch, ...]:
        """Others have the middle of the map."""
        if self.treasure_map == "down":
            raise PlatformError("treasuremap gave no answer", later=True)
        if self.treasure_map == "empty":
            return ()
        return (Patch.of_field(60.0, 25.0, facility.field_of_view),)

    async def ask(self, line: str, account: Account = ANA) -> Asked:
        return await self.desk.ask(line, account)

    async def worked(self) -> Job:
        """The newest job, once all have ended; each round is tracked by a new tracker."""
        rooms = self.desk.rooms
        async with asyncio.timeout(PATIENCE):
            while True:
                await Tracker(rooms.database, rooms.clock, self.works).track_due()
                jobs = await rooms.jobs.jobs()
                if all(job.state.ended for job in jobs):
                    return jobs[0]
                await self.clock.advance(3.0)
                await asyncio.sleep(0.02)

    async def owed(self) -> list[tuple[str, str, str]]:
        """What the outbox owes: channel, kind, and the words."""
        async with self.desk.rooms.database.read() as session:
            rows = await session.scalars(select(OutboxRow).order_by(OutboxRow.id))
            return [(row.channel, row.kind, str(row.card)) for row in rows]


@pytest.fixture
async def plans(desk: AskedDesk, tmp_path: Path) -> AsyncIterator[PlanDesk]:
    """An event whose map of some hundred square degrees stands high over California tonight."""
    made = PlanDesk(desk, tmp_path)
    await desk.rooms.people.put(parse_people(NEW), by="test")
    content = write_skymap(cone(60.0, 25.0, 4.0))
    async with desk.rooms.database.write() as session:
        await attach(session, superevent("S261120a", skymap=SkyMapRef(MapSource.EMBEDDED, content=content)))
    yield made
    await made.gwemopt.close()


async def test_a_plan_is_made_by_whom_the_configuration_says_with_its_settings(plans: PlanDesk) -> None:
    asked = await plans.ask("plan S261120a ZTF")
    assert "Job 1" in asked.words
    job = await plans.worked()
    assert (job.kind, job.facility, job.state) == ("instant.plan", "ZTF", JobState.DONE)
    made = made_of(job.results)
    assert made is not None and made.plan.settings["exposure_time"] == [180.0, 180.0]
    shown = (await plans.ask("plan show 1")).words
    assert "Planned by nightdesk, at once (tiling)" in shown and "Send it" in shown


async def test_the_caller_has_the_last_word_over_what_the_class_of_an_event_sets(plans: PlanDesk) -> None:
    await plans.ask("plan make S261120a ZTF exposure_time=90")
    job = await plans.worked()
    assert job.parameters["settings"] == {"exposure_time": "90", "filters": "g,r"}


async def test_several_telescopes_are_asked_at_once_each_by_its_planner(plans: PlanDesk) -> None:
    words = (await plans.ask("plan make S261120a ZTF,WINTER")).words
    assert "ZTF: job 1, planned by instant" in words and "WINTER: job 2, planned by gwemopt" in words
    again = (await plans.ask("plan make S261120a ZTF,WINTER")).words
    assert "ZTF: the same was asked before, job 1" in again
    await plans.worked()
    listed = (await plans.ask("plan list S261120a")).words
    assert "WINTER" in listed and "ZTF" in listed
    compared = (await plans.ask("plan compare S261120a")).words
    assert "All of them together" in compared and compared.count("WINTER") == 2, "gwemopt's and ours"


async def test_a_setting_that_cannot_be_is_said_at_its_field_with_a_form_to_mend_it(plans: PlanDesk) -> None:
    asked = await plans.ask("plan make S261120a ZTF exposure_tim=120")
    assert "exposure_tim is not a setting of a plan; did you mean exposure_time?" in asked.words
    asked = await plans.ask("plan make S261120a ZTF filters=Ks")
    assert "ZTF has no filter “Ks”" in asked.words
    form = asked.last.form
    assert form is not None and form.given["facilities"] == "ZTF"
    assert {each.option: each.given for each in form.fields}["settings.filters"] == "Ks"
    wrong = [each.option for each in form.fields if each.error]
    assert wrong == ["settings.filters"]


async def test_the_form_has_the_configured_defaults_and_makes_the_plan(plans: PlanDesk) -> None:
    form = (await plans.ask("plan make S261120a ZTF form:yes")).last.form
    assert form is not None
    given = {**form.given, **{each.option: each.given for each in form.fields if each.given}}
    assert given["settings.exposure_time"] == "180"
    filled = await plans.desk.fill(form.path, {**given, "settings.exposure_time": "45"})
    assert "Job 1" in filled.words
    assert (await plans.worked()).parameters["settings"]["exposure_time"] == "45"


async def test_a_planner_that_is_not_installed_is_said(plans: PlanDesk) -> None:
    words = (await plans.ask("plan make S261120a ZTF planner:m4opt")).words
    assert "m4opt is not installed on this desk; there is: gwemopt, instant" in words


async def test_only_who_may_trigger_a_telescope_sends_and_only_after_a_yes(plans: PlanDesk) -> None:
    await plans.ask("plan make S261120a ZTF")
    await plans.ask("plan make S261120a WINTER")
    await plans.worked()
    assert "You may not do this for WINTER; ask bo" in (await plans.ask("plan send 2")).words
    assert "plan send" in (await plans.ask("plan send 1", CHIDI)).words
    asked = await plans.ask("plan send 1")
    assert "Send this plan of S261120a to ZTF?" in asked.words
    assert "As a message to night-log and p48@dome." in asked.words
    assert await plans.owed() == []
    done = await plans.desk.press(asked.button("Yes, do it"))
    assert "is on its way to night-log and p48@dome" in done.words
    owed = await plans.owed()
    assert [(channel, "Please observe S261120a with ZTF" in words) for channel, _, words in owed] == [
        ("night-log", True), ("p48@dome", True),
    ]  # fmt: skip
    again = await plans.ask("plan send 1")
    assert "was sent before" in (await plans.desk.press(again.button("Yes, do it"))).words
    assert len(await plans.owed()) == 2


async def test_what_was_sent_is_taken_back_where_it_went(plans: PlanDesk) -> None:
    await plans.ask("plan make S261120a ZTF")
    await plans.worked()
    assert (
        "was not sent from here" in (await plans.ask("plan take_back 1")).words
    )  # nobody is asked for a yes
    await plans.desk.press((await plans.ask("plan send 1")).button("Yes, do it"))
    back = await plans.ask("plan take_back 1")
    assert "was taken back" in (await plans.desk.press(back.button("Yes, do it"))).words
    told = [words for channel, _, words in await plans.owed() if channel == "p48@dome"]
    assert any("Please do not observe S261120a with ZTF" in words for words in told)


async def test_what_was_sent_is_taken_back_where_it_went_whatever_is_configured_by_then(
    plans: PlanDesk,
) -> None:
    await plans.ask("plan make S261120a ZTF")
    await plans.worked()
    await plans.desk.press((await plans.ask("plan send 1")).button("Yes, do it"))
    elsewhere = replace(PLANNING.facilities["ZTF"], send_to=("new-dome",))
    plans.desk = with_platforms(plans.desk, Platforms(planning=Planning({"ZTF": elsewhere}, PLANNING.here)))
    again = await plans.ask("plan send 1")
    assert "was sent before" in (await plans.desk.press(again.button("Yes, do it"))).words
    back = await plans.ask("plan take_back 1")
    assert "It went as a message to night-log and p48@dome." in back.words
    words = (await plans.desk.press(back.button("Yes, do it"))).words
    assert "night-log and p48@dome are told" in words
    told = {channel for channel, _, words in await plans.owed() if "Please do not observe" in words}
    assert told == {"night-log", "p48@dome"}
    # said before anybody is asked for a yes
    assert "was taken back before" in (await plans.ask("plan take_back 1")).words


async def test_a_plan_made_here_is_deleted_at_once_and_its_readers_are_told(plans: PlanDesk) -> None:
    await plans.ask("plan make S261120a ZTF")
    await plans.ask("plan make S261120a WINTER")
    await plans.worked()
    await plans.desk.press((await plans.ask("plan send 1")).button("Yes, do it"))
    refused = (await plans.ask("plan delete 2", EMIL)).words  # emil may trigger WINTER, but it was not sent
    assert "ana" in refused and (await plans.desk.rooms.jobs.job(2)).results.get("plan"), refused
    asked = await plans.ask("plan delete 1")
    await plans.desk.press(asked.button("Yes, do it"))
    assert any("Please do not observe" in words for _, _, words in await plans.owed())
    job = await plans.desk.rooms.jobs.job(1)
    assert job.state is JobState.CANCELLED and job.results == {"deleted_by": "ana"}
    listed = (await plans.ask("plan list S261120a")).words
    assert "WINTER" in listed and "ZTF" not in listed


async def test_a_plan_without_a_place_to_go_says_what_to_configure(plans: PlanDesk) -> None:
    await plans.ask("plan make S261120a WINTER")
    await plans.worked()
    words = (await plans.ask("plan send 1", EMIL)).words
    assert "plan export 1" in words and "send_to" in words


async def test_the_plan_that_was_not_chosen_can_be_named(plans: PlanDesk) -> None:
    await plans.ask("plan make S261120a WINTER")
    job = await plans.worked()
    made = made_of(job.results)
    assert made is not None and made.other is not None
    words = (await plans.ask(f"plan export 1 json planner:{made.other.planner}")).words
    assert f'"planner": "{made.other.planner}"' in words.replace("“", '"').replace("”", '"')
    assert "This job has no plan by m4opt" in (await plans.ask("plan export 1 csv planner:m4opt")).words


async def test_a_plan_is_written_in_every_format(plans: PlanDesk) -> None:
    await plans.ask("plan make S261120a ZTF")
    await plans.worked()
    for form, said in (("csv", "field,ra,dec"), ("ecsv", "ECSV"), ("geojson", "Feature")):
        words = (await plans.ask(f"plan export 1 {form}")).words
        assert said in words and "nightdesk plan-export 1 --format" in words


async def test_a_retracted_event_is_not_planned(plans: PlanDesk) -> None:
    async with plans.desk.rooms.database.write() as session:
        await attach(session, superevent("S261120a", AlertType.RETRACTION, issued=900))
    assert "was retracted" in (await plans.ask("plan make S261120a ZTF")).words


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_each_answer_reads_as_somebody_found_it_good(plans: PlanDesk, language: str) -> None:
    account = EMIL if language == "fr" else ANA
    plans.clock.jump(timedelta(minutes=20))
    await plans.ask("plan make S261120a ZTF exposure_time=120 max_tiles=6", account)
    await plans.ask("plan make S261120a WINTER max_tiles=20", account)
    ended = plans.clock.now() + timedelta(minutes=1)
    await plans.worked()
    async with plans.desk.rooms.database.write() as session:  # a worker takes as long as it takes
        await session.execute(update(JobRow).values(ended=ended))
    for name, line in {
        "plan-show": "plan show 1",
        "plan-show-two": "plan show 2",
        "plan-list": "plan list S261120a",
        "plan-compare": "plan compare S261120a",
        "plan-send": "plan send 1",
        "plan-circular": "plan circular 1",
        "plan-form": "plan make S261120a ZTF form:yes",
    }.items():
        asked = await plans.ask(line, account)
        assert_golden(f"{name}.{language}.txt", asked.words, GOLDEN)


async def test_what_others_cover_is_left_out_where_that_is_asked_for(plans: PlanDesk) -> None:
    await plans.ask("plan make S261120a ZTF max_tiles=4")
    alone = made_of((await plans.worked()).results)
    await plans.ask("plan make S261120a ZTF max_tiles=4 others:yes")
    beside = made_of((await plans.worked()).results)
    assert alone is not None and beside is not None
    assert "What others have covered was left out." in beside.plan.notes
    assert beside.plan.probability < alone.plan.probability


async def test_leaving_out_what_others_cover_is_a_telescopes_default_where_that_is_configured(
    plans: PlanDesk,
) -> None:
    lines = {name: replace(line, others=True) for name, line in PLANNING.facilities.items()}
    lines["DECam"] = FacilityPlanning("DECam", Planner.SKYPORTAL, "fritz")
    plans.desk = with_platforms(plans.desk, Platforms(planning=Planning(lines, PLANNING.here)))
    words = "What others have covered was left out."
    await plans.ask("plan make S261120a WINTER max_tiles=20")
    made = made_of((await plans.worked()).results)
    assert made is not None and made.other is not None
    assert {made.plan.planner, made.other.planner} == {"instant", "gwemopt"}
    assert words in made.plan.notes and words in made.other.notes
    assert words in (await plans.ask("plan show 1")).words
    await plans.ask("plan make S261120a WINTER max_tiles=20 others:no")
    alone = made_of((await plans.worked()).results)
    assert alone is not None and words not in alone.plan.notes
    refused = (await plans.ask("plan make S261120a DECam others:yes")).words
    assert "A SkyPortal cannot be told what others cover" in refused


@pytest.mark.parametrize(
    ("how", "words"), [("down", "Treasure Map cannot be reached"), ("empty", "nobody else's pointings")]
)
async def test_a_plan_does_not_wait_for_what_others_cover_and_says_what_is_known_of_it(
    plans: PlanDesk, how: str, words: str
) -> None:
    plans.treasure_map = how
    await plans.ask("plan make S261120a ZTF max_tiles=4 others:yes")
    assert (await plans.worked()).state is JobState.DONE
    assert words in (await plans.ask("plan show 1")).words


async def test_a_plan_is_reported_only_where_there_is_a_treasure_map(plans: PlanDesk) -> None:
    await plans.ask("plan make S261120a ZTF max_tiles=4")
    await plans.worked()
    asked = await plans.ask("plan treasuremap 1")
    assert "No Treasure Map is configured" in asked.words
