"""Events at a SkyPortal from the chat: shown, mirrored, commented on, tagged; linked both ways."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.portal_advocates import PortalAdvocates
from bot.portal_links import PortalLinks
from bot.portals import Notices
from cards.card import Card
from cards.reader import Reader
from cards.text import render_text
from commands.advocates_told import UnknownAdvocates
from commands.declared import book
from commands.desk import Desk
from commands.job_cards.frame import job_card
from commands.jobs_told import JobCards
from commands.plan_deleting import DeletedPlans
from events.state import EventState
from notifiers.paging.advocates import hand_to
from notifiers.paging.parts import Parts
from notifiers.tables import OutboxRow
from platforms.instances import Platforms
from platforms.job import Job, JobState, Work
from platforms.jobs import JobService, Wanted
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.event_work import EventFinder, EventWork
from platforms.skyportal.identity import identity_of
from platforms.skyportal.plan_form import plan_form, plan_parameters
from platforms.skyportal.plan_work import PlanWork, QueueWork
from platforms.skyportal.posting import Posting, posting_of
from platforms.skyportal.ways import Ways
from platforms.tracker import Tracker
from shifts.people_file import parse_people
from store.database import Database
from store.wakeup import Bell
from tests.cards.goldens import assert_golden
from tests.commands.desk import ANA, CHIDI, AskedDesk
from tests.commands.test_goldens import EMIL, GOLDEN, NEW
from tests.events.story import at, attach, superevent
from tests.standins.skyportal.clocks import HurriedClock
from tests.standins.skyportal.portal import FULL, Account, Portal
from tests.standins.skyportal.portal_events import add_event


class PortalNight(AskedDesk):
    """A desk beside a SkyPortal that the chat calls fritz; S261120a is there, S261120b is not."""

    def __init__(self, database: Database, portal: Portal, clock: HurriedClock) -> None:
        super().__init__(database, clock)
        self.portal, self.database = portal, database
        self.client = SkyPortal("fritz", portal.url, portal.desk, clock)
        jobs = JobService(database, clock, Bell(clock))
        platforms = Platforms(skyportals={"fritz": self.client})
        self.rooms = replace(self.rooms, platforms=platforms, jobs=jobs)
        self.desk = Desk(book(), self.rooms)
        self.postings: dict[str, Posting] = {}
        ways, finder = Ways(platforms.skyportals), EventFinder(self._posting)
        works: list[Work] = [PlanWork(ways, clock, finder), QueueWork(ways), EventWork(ways, finder)]
        self.works = {work.kind: work for work in works}
        self.tracker = self.new_tracker("one")

    def new_tracker(self, owner: str) -> Tracker:
        async def tell(session: AsyncSession, job: Job) -> None:
            await DeletedPlans(self.clock).tell(session, job)
            await JobCards(self.clock).tell(session, job)
            await PortalLinks(self.rooms.events, Parts(), self.clock).link(session, job)
            await UnknownAdvocates(self.clock).tell(session, job)

        return Tracker(self.database, self.clock, self.works, tell=tell, owner=owner)

    async def _posting(self, event: str) -> Posting | None:
        return self.postings.get(event)

    async def worked(self) -> Job:
        """The newest job, once all have ended."""
        for _ in range(120):
            await self.tracker.track_due()
            found = await self.rooms.jobs.jobs()
            if found and all(job.state.ended for job in found):
                return found[0]
            await self.clock.advance(1.0)
        raise AssertionError("a job never ended")

    async def state(self, key: str) -> EventState:
        async with self.database.read() as session:
            found = await self.rooms.events.resolve(session, key)
        assert isinstance(found, EventState)
        return found

    def words(self, job: Job, locale: str = "en") -> str:
        reader = Reader(locale, "Europe/Paris")
        return self.plain(render_text(job_card(reader, job), reader))

    def plain(self, text: str) -> str:
        return text.replace(self.portal.url, "https://fritz.example.org")


@pytest.fixture
async def night(database: Database) -> AsyncIterator[PortalNight]:
    clock = HurriedClock(at(1200))
    async with Portal(clock=clock) as portal:
        found = add_event(
            portal, f"{at(0):%Y-%m-%dT%H:%M:%S}", "LVC#S261120a", tags=("GW", "BNS"),
            maps=("S261120a-PRELIMINARY.multiorder.fits",),
        )  # fmt: skip
        found["gcn_notices"].append({"id": 1, "ivorn": "LVC-1", "date": "2026-11-20T03:01:00"})
        desk = PortalNight(database, portal, clock)
        await desk.begin()
        await desk.rooms.people.put(parse_people(NEW), by="test")
        async with database.write() as session:
            await attach(session, superevent("S261120a"))
            await attach(session, superevent("S261120b", trigger_time=at(500), issued=560))
        value = {"superevent_id": "S261120b", "time_created": f"{at(560):%Y-%m-%dT%H:%M:%SZ}",
                 "event": {"time": f"{at(500):%Y-%m-%dT%H:%M:%SZ}"}}  # fmt: skip
        posting = posting_of(json.dumps(value).encode(), issued=at(560))
        assert posting is not None
        desk.postings["LVK:S261120b"] = posting
        yield desk
        await desk.client.close()


ASKED = {
    "skyportal-mirror": "skyportal mirror S261120b",
    "skyportal-comment": 'skyportal comment S261120a "Looks like a merger"',
    "skyportal-tag": "skyportal tag S261120a interesting",
    "skyportal-advocate": "skyportal advocate S261120a",
}


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_what_is_done_at_a_skyportal_reads_as_somebody_found_it_good(
    night: PortalNight, language: str
) -> None:
    account = EMIL if language == "fr" else ANA
    night.portal.accounts["x"] = Account(3, "emil" if language == "fr" else "ana")
    unknown = await night.ask("skyportal show S261120b", account)
    assert_golden(f"skyportal-unknown.{language}.txt", night.plain(unknown.words), GOLDEN)
    for name, line in ASKED.items():
        await night.ask(line, account)
        job = await night.worked()
        assert job.state is JobState.DONE, job.failure
        assert_golden(f"{name}.{language}.txt", night.words(job, language), GOLDEN)
    await planned(night)
    shown = await night.ask("skyportal show S261120a", account)
    assert_golden(f"skyportal-show.{language}.txt", night.plain(shown.words), GOLDEN)


async def planned(night: PortalNight, kind: str = "skyportal.plan", **more: object) -> Job:
    form = await plan_form(night.client, ("ZTF",))
    window, identity = (at(1200), at(9 * 3600)), identity_of(await night.state("S261120a"))
    parameters = plan_parameters(form, {}, identity, window, at(1200)) if kind == "skyportal.plan" else more
    await night.rooms.jobs.ask(
        Wanted(kind, "fritz", parameters, "ana", event="LVK:S261120a", facility="ZTF"), again=True
    )
    return await night.worked()


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_a_plan_its_sending_and_its_failures_read_as_somebody_found_them_good(
    night: PortalNight, language: str
) -> None:
    cards = {"skyportal-plan": await planned(night)}
    number = cards["skyportal-plan"].remote["plan"]
    cards["skyportal-sent"] = await planned(night, "skyportal.queue", plan=number, do="send")
    cards["skyportal-taken-back"] = await planned(night, "skyportal.queue", plan=number, do="take_back")
    night.portal.habits |= {"empty plans"}
    cards["skyportal-plan-empty"] = await planned(night)
    night.portal.habits |= {"plans fail"}
    cards["skyportal-plan-failed"] = await planned(night)
    for name, job in cards.items():
        assert_golden(f"{name}.{language}.txt", night.words(job, language), GOLDEN)


async def test_a_viewer_may_look_and_not_change(night: PortalNight) -> None:
    assert "at fritz" in (await night.ask("skyportal show S261120a", CHIDI)).words
    await night.ask("skyportal tag S261120a interesting", CHIDI)
    assert await night.rooms.jobs.jobs() == ()


async def test_a_sentence_without_quotes_is_one_comment(night: PortalNight) -> None:
    await night.ask("skyportal comment S261120a Looks like a merger")
    await night.worked()
    assert night.portal.comments[0]["text"] == "Looks like a merger\n\n(ana, by nightdesk)"


async def test_a_portal_that_is_down_is_said_and_the_job_waits_for_it(night: PortalNight) -> None:
    night.portal.fail("503", "GET", times=99)
    shown = await night.ask("skyportal show S261120a")
    assert "down for the moment" in shown.words
    await night.ask("skyportal tag S261120a interesting")
    await night.tracker.track_due()
    night.portal.faults.clear()
    assert (await night.worked()).state is JobState.DONE


async def test_without_a_skyportal_the_answer_says_how_to_have_one(night: PortalNight) -> None:
    night.desk = Desk(book(), replace(night.rooms, platforms=Platforms()))
    assert "No SkyPortal is configured" in (await night.ask("skyportal show S261120a")).words
    night.desk = Desk(book(), night.rooms)
    assert "No SkyPortal is called" in (await night.ask("skyportal show S261120a at:icare")).words


async def test_the_events_own_card_leads_to_its_page_there_once_it_is_known(night: PortalNight) -> None:
    assert (await night.state("S261120a")).links == ()
    await night.ask("skyportal mirror S261120a")
    await night.worked()
    page = f"{night.portal.url}/gcn_events/{at(0):%Y-%m-%dT%H:%M:%S}"
    assert (await night.state("S261120a")).links == (("fritz", page),)
    assert page in (await night.ask("event show S261120a")).words


async def test_who_acknowledges_here_is_the_advocate_there_also_after_a_crash(night: PortalNight) -> None:
    night.portal.accounts |= {"a": Account(3, "ana"), "b": Account(4, "bo", FULL)}
    event = night.portal.events[0]["id"]

    def passed_on() -> PortalAdvocates:  # each is a process of its own
        return PortalAdvocates(night.database, night.clock, night.rooms.jobs, night.rooms.people, ["fritz"])

    async with night.database.write() as session:
        await hand_to(session, "LVK:S261120a", "ana", night.clock.now(), via="slack")
    assert await passed_on().step() == 1 and await passed_on().step() == 0
    await night.worked()
    assert night.portal.advocates == [(event, 3)]
    await night.clock.advance(60)
    async with night.database.write() as session:
        await hand_to(session, "LVK:S261120a", "bo", night.clock.now(), via="slack")
    assert await passed_on().step() == 1
    await night.worked()
    assert night.portal.advocates == [(event, 3), (event, 4)]
    assert await passed_on().step() == 0


async def test_whom_the_portal_does_not_know_is_told_so_once_and_only_by_day(night: PortalNight) -> None:
    people = NEW.replace("slack: U0EMIL", "slack: U0EMIL, verified: true")
    await night.rooms.people.put(parse_people(people), by="test")
    for event in ("S261120a", "S261120b"):
        async with night.database.write() as session:
            await hand_to(session, f"LVK:{event}", "emil", night.clock.now(), via="slack")
        passed = PortalAdvocates(night.database, night.clock, night.rooms.jobs, night.rooms.people, ["fritz"])
        assert await passed.step() == 1
        job = await night.worked()
        assert (
            job.state is JobState.FAILED and job.failure is not None and "no account of emil" in job.failure
        )
    async with night.database.read() as session:
        rows = list(await session.scalars(select(OutboxRow).where(OutboxRow.key.like("%no account%"))))
    (row,) = rows
    assert row.channel == "@emil/slack" and row.card is not None
    words = render_text(Card.from_dict(row.card), Reader("fr"))
    assert "S261120a" in words and "me token fritz" in words and "skyportal advocate S261120a" in words
    assert night.portal.advocates == []


class Killed(BaseException):
    """The process died here."""


@pytest.mark.parametrize("line", [*ASKED.values(), "plan", "send"])
async def test_a_process_that_dies_after_the_portal_did_it_does_nothing_twice(
    night: PortalNight, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.portal.accounts["x"] = Account(3, "ana")
    if line == "send":
        number = (await planned(night)).remote["plan"]
        wanted = Wanted("skyportal.queue", "fritz", {"plan": number, "do": "send"}, "ana")
        await night.rooms.jobs.ask(wanted)
    elif line == "plan":
        form = await plan_form(night.client, ("ZTF",))
        identity = identity_of(await night.state("S261120a"))
        parameters = plan_parameters(form, {}, identity, (at(1200), at(9 * 3600)), at(1200))
        await night.rooms.jobs.ask(Wanted("skyportal.plan", "fritz", parameters, "ana", event="LVK:S261120a"))
    else:
        await night.ask(line)

    async def dies(self: Tracker, *_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Tracker, "_write_down", dies)
        with pytest.raises(Killed):
            await night.tracker.track_due()
    night.tracker = night.new_tracker("another")
    await night.clock.advance(200)  # the claim of the dead runs out
    job = await night.worked()
    assert job.state is JobState.DONE, job.failure
    there = night.portal
    assert len(there.comments) <= 1 and len(there.plans) <= 1 and len(there.advocates) <= 1
    assert there.events[0]["tags"].count("interesting") <= 1
    assert len(there.events) <= 2 and sum(len(each["gcn_notices"]) for each in there.events) <= 2
    assert sum(call.endswith("/queue") for call in there.calls) <= 1


async def test_the_newest_notice_with_a_map_is_what_is_posted(night: PortalNight) -> None:
    assert await Notices(night.database).newest("LVK:S261120b") is None  # it came without its message
    assert await Notices(night.database).newest("LVK:S261120zz") is None
