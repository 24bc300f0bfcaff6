"""`reactions …` and what becomes of a retracted event's jobs: asked, started, listed, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from cards.answer_card import answer_card
from cards.card import Card
from cards.reader import Reader
from cards.text import render_text
from commands.declared import book
from commands.desk import Desk
from commands.open_jobs import open_blocks
from commands.plan_withdrawing import plan_key, plan_subject
from commands.product_starter import product_starter
from commands.retraction.telling import RetractedJobs
from commands.starters import STARTS, CannotStart, JobStarts
from events.state import EventState
from gcn.notice import AlertType
from notifiers.channels.base import ChannelConfig
from notifiers.decide import decide
from notifiers.messages import notify
from notifiers.paging.advocates import hand_to
from notifiers.reactions.decide import decide_reactions
from notifiers.reactions.parts import ReactionParts
from notifiers.reactions.reaction import Reaction
from notifiers.reactions.starting import Wish
from notifiers.reactions.telling import Places
from notifiers.routes import Route
from notifiers.rules import compile_rule
from notifiers.tables import Kind, OutboxRow
from platforms.job import Job, JobState, Moved, PlatformError
from platforms.jobs import Wanted
from platforms.tracker import Tracker
from shifts.people_file import parse_people
from store.clock import ManualClock
from store.database import Database
from tests.commands.desk import ANA, BO, CHIDI, PEOPLE, AskedDesk
from tests.events.story import attach, superevent

ROUTE = Route("all", compile_rule("true"), ("gw",))
CONFIGS = {"gw": ChannelConfig("gw", "slack", "C1")}


def starts_a_product(state: EventState, wish: Wish) -> Wanted:
    return Wanted("mmoda.product", "mmoda", {"instrument": "spi_acs", "product": "spi_acs_lc"})


def cannot(state: EventState, wish: Wish) -> Wanted:
    raise CannotStart("the allocation is used up")


@dataclass
class Platform:
    """A platform on which jobs run until they are cancelled; some it will not cancel."""

    kind: str
    ends: bool = False
    refuses: bool = False
    patience: float = 3600.0

    async def start(self, job: Job) -> Moved:
        return Moved(JobState.DONE if self.ends else JobState.RUNNING, remote={"id": job.id})

    async def look(self, job: Job) -> Moved:
        return await self.start(job)

    async def cancel(self, job: Job) -> Moved:
        if self.refuses:
            raise PlatformError("the telescope is observing it")
        return Moved(JobState.CANCELLED)


class Reacting:
    """A desk with reactions and a tracker of jobs."""

    def __init__(self, desk: AskedDesk, *reactions: Reaction) -> None:
        rooms = desk.rooms
        self.desk, self.database, self.clock = desk, rooms.database, desk.clock
        places = Places(CONFIGS, {}, ("gw",))
        starters = {"mmoda": starts_a_product, "fit": cannot}
        parts = ReactionParts(reactions, JobStarts(rooms.jobs, starters, places), places)
        self.retracted = RetractedJobs(rooms.jobs, desk.clock, CONFIGS)
        desk.rooms = replace(rooms, reactions=parts, retracted=self.retracted)
        desk.desk = Desk(book(), desk.rooms)
        self.parts = parts
        self.works = {
            "mmoda.product": Platform("mmoda.product"),
            "skyportal.queue": Platform("skyportal.queue", ends=True),
        }
        self.tracker = Tracker(self.database, desk.clock, self.works, tell=self.retracted.tell)

    async def comes(self, alert: AlertType = AlertType.PRELIMINARY, issued: float = 60) -> EventState:
        """A notice comes and is decided about, as the hub does it: all in one transaction."""
        async with self.database.write() as session:
            attached = await attach(session, superevent(alert=alert, issued=issued))
            state = await self.desk.rooms.events.state(session, attached.event_id)
            now = self.clock.now()
            await decide(session, state, None, [ROUTE], CONFIGS, now)
            await decide_reactions(
                session, state, self.parts.reactions, now, self.parts.starts, self.parts.places
            )
            await self.retracted.landed(session, state, now)
        return state

    async def told(self, subject: str) -> dict[str, str]:
        """What each channel or person reads now of a subject."""
        async with self.database.read() as session:
            rows = await session.scalars(
                select(OutboxRow).where(OutboxRow.subject.like(subject)).order_by(OutboxRow.id)
            )
            return {
                row.channel: render_text(Card.from_dict(row.card), Reader())
                for row in rows
                if row.card is not None
            }

    async def sent(self, person: str = "ana") -> Job:
        """A plan of the event that stands in a telescope's queue."""
        parameters = {"plan": 7, "do": "send"}
        wanted = Wanted("skyportal.queue", "fritz", parameters, person, "LVK:S261120a", "ZTF")
        job = await self.desk.rooms.jobs.ask(wanted)
        await self.tracker.track_due()
        return await self.desk.rooms.jobs.job(job.id)


def reaction(name: str = "look", **options: object) -> Reaction:
    values: dict[str, object] = {"start": "mmoda"} | options
    return Reaction(name, compile_rule("significant"), **values)  # type: ignore[arg-type]


async def _jobs(reacting: Reacting) -> Sequence[Job]:
    return await reacting.desk.rooms.jobs.jobs()


async def test_a_go_starts_the_job_in_the_name_of_who_said_it_and_the_list_tells_its_result(
    desk: AskedDesk,
) -> None:
    reacting = Reacting(desk, reaction())
    await reacting.comes()
    asked = await desk.ask("reactions list")
    assert "waits for an answer" in asked.words
    started = await desk.press(("reactions.go", "1"), ANA)
    assert "ana said go" in started.words
    (job,) = await _jobs(reacting)
    assert (job.kind, job.requester, job.event) == ("mmoda.product", "ana", "LVK:S261120a")
    assert job.place is not None
    assert (job.place.front, job.place.channel) == ("channel", "gw")
    listed = await desk.ask("reactions list latest")
    assert "started by ana" in listed.words
    assert "job 1, being asked for" in listed.words
    late = await desk.press(("reactions.no", "1"), BO)
    assert "ana said go" in late.words  # answered once
    assert len(await _jobs(reacting)) == 1


async def test_who_is_no_shifter_and_may_trigger_nothing_is_refused(desk: AskedDesk) -> None:
    reacting = Reacting(desk, reaction())
    await reacting.comes()
    refused = await desk.press(("reactions.go", "1"), CHIDI)
    assert "Shifters answer this" in refused.words
    assert await _jobs(reacting) == ()
    assert "There is no reaction 9" in (await desk.ask("reactions go 9")).words


async def test_what_runs_already_is_not_started_twice_and_what_cannot_start_says_why(desk: AskedDesk) -> None:
    fit = reaction("fit", start="fit", ask_first=False)
    reacting = Reacting(desk, reaction(ask_first=False), reaction("again", ask_first=False), fit)
    await reacting.comes()
    (job,) = await _jobs(reacting)
    assert job.requester == "rule look"
    listed = (await desk.ask("reactions list")).words
    assert "the allocation is used up" in listed
    told = await reacting.told("reaction:2")
    assert "job 1, which was there already" in told["gw"]


async def test_a_dry_run_says_what_each_rule_would_do_and_starts_nothing(desk: AskedDesk) -> None:
    far = Reaction("far", compile_rule("distance_mean > 400"), "mmoda")
    never = Reaction("never", compile_rule("!significant"), "mmoda")
    plan = reaction("plan", start="plan", facilities=("ZTF",))
    reacting = Reacting(desk, reaction(), far, never, plan)
    async with desk.rooms.database.write() as session:
        await attach(session, superevent())
    words = (await desk.ask("reactions try latest")).words
    assert "look: would ask whether to start an MMODA product" in words
    assert "far: nothing: what the event lacks leaves its rule open" in words
    assert "never: nothing: its rule does not hold" in words
    assert "plan: waits for a sky map" in words
    assert await _jobs(reacting) == ()
    await desk.clock.advance(timedelta(days=3).total_seconds())
    assert "look: nothing: the event is too old" in (await desk.ask("reactions try latest")).words


async def test_a_retraction_lists_what_was_started_to_who_did_and_to_the_advocate_once(
    desk: AskedDesk,
) -> None:
    reacting = Reacting(desk, reaction())
    await desk.rooms.people.put(parse_people(PEOPLE.replace("slack:", "verified: true, slack:")), by="test")
    await reacting.comes()
    await desk.press(("reactions.go", "1"), ANA)
    await reacting.tracker.track_due()
    await reacting.sent()
    async with desk.rooms.database.write() as session:
        await hand_to(session, "LVK:S261120a", "dora", desk.clock.now(), via="slack")
    await reacting.comes(AlertType.RETRACTION, 600)
    told = await reacting.told("retracted:%")
    assert set(told) == {"gw", "@ana/slack", "@dora/slack"}
    assert "S261120a was retracted: 2 jobs were started for it" in told["gw"]
    assert "can be taken back" in told["gw"]
    assert "S261120a" in told["@dora/slack"]
    assert "rétracté" in told["@dora/slack"]  # in her language
    await reacting.comes(AlertType.RETRACTION, 900)
    async with reacting.database.read() as session:
        rows = select(OutboxRow).where(
            OutboxRow.subject.like("retracted:%"), OutboxRow.kind != Kind.EDIT.value
        )
        assert len(list(await session.scalars(rows))) == 3


async def test_one_button_takes_back_all_that_can_be_and_says_of_the_others_why_not(desk: AskedDesk) -> None:
    reacting = Reacting(desk, reaction())
    await reacting.comes()
    await desk.press(("reactions.go", "1"), ANA)
    await reacting.sent()
    await reacting.comes(AlertType.RETRACTION, 600)
    assert "it is ana's" in (await desk.press(("job.withdraw", "LVK:S261120a"), CHIDI)).words
    others = await desk.press(("job.withdraw", "LVK:S261120a"), BO)
    assert "you may not trigger ZTF" in others.words  # no rank includes it
    done = await desk.press(("job.withdraw", "LVK:S261120a"), ANA)
    assert "2: being taken back" in done.words
    await reacting.tracker.track_due()
    jobs = {job.id: job for job in await _jobs(reacting)}
    assert jobs[1].state is JobState.CANCELLED
    assert (jobs[3].parameters, jobs[3].state) == ({"plan": 7, "do": "take_back"}, JobState.DONE)
    assert jobs[3].requester == "ana"
    told = (await reacting.told("retracted:%"))["gw"]
    assert "cancelled" in told
    assert "taken back" in told
    assert "Cancel all" not in told
    again = await desk.press(("job.withdraw", "LVK:S261120a"), ANA)
    assert "Nothing of S261120a can be taken back now" in again.words


async def test_what_a_platform_will_not_cancel_is_said_with_its_reason(desk: AskedDesk) -> None:
    reacting = Reacting(desk, reaction())
    reacting.works["mmoda.product"].refuses = True
    await reacting.comes()
    await desk.press(("reactions.go", "1"), ANA)
    await reacting.tracker.track_due()
    await reacting.comes(AlertType.RETRACTION, 600)
    await desk.press(("job.withdraw", "LVK:S261120a"), ANA)
    await reacting.tracker.track_due()
    told = (await reacting.told("retracted:%"))["gw"]
    assert "it could not be cancelled: the telescope is observing it" in told


async def test_what_a_rule_started_and_was_sent_since_is_taken_back_by_the_rule_that_says_so(
    desk: AskedDesk,
) -> None:
    rule = reaction(ask_first=False, cancel_on_retraction=True)
    reacting = Reacting(desk, rule)
    await reacting.comes()
    await reacting.tracker.track_due()
    await reacting.comes(AlertType.RETRACTION, 600)
    (job,) = await _jobs(reacting)
    assert job.state is JobState.CANCELLING
    await reacting.tracker.track_due()
    (job,) = await _jobs(reacting)
    assert job.state is JobState.CANCELLED
    assert "Cancel all" not in (await reacting.told("retracted:%"))["gw"]


async def test_an_event_that_stands_is_asked_about_before_its_jobs_are_taken_back(desk: AskedDesk) -> None:
    reacting = Reacting(desk, reaction())
    await reacting.comes()
    await desk.press(("reactions.go", "1"), ANA)
    asked = await desk.ask("job withdraw latest")
    assert "is not retracted" in asked.words
    (job,) = await _jobs(reacting)
    assert job.state is JobState.STARTING


async def test_a_crash_while_a_retraction_is_decided_loses_nothing_of_it(
    any_database: Database, clock: ManualClock
) -> None:
    desk = AskedDesk(any_database, clock)
    await desk.begin()
    reacting = Reacting(desk, reaction(ask_first=False, cancel_on_retraction=True))
    await reacting.comes()

    class Killed(RuntimeError):
        pass

    with pytest.raises(Killed):
        async with any_database.write() as session:
            attached = await attach(session, superevent(alert=AlertType.RETRACTION, issued=600))
            state = await desk.rooms.events.state(session, attached.event_id)
            await reacting.retracted.landed(session, state, clock.now())
            raise Killed
    assert await reacting.told("retracted:%") == {}
    assert (await _jobs(reacting))[0].state is JobState.STARTING
    await reacting.comes(AlertType.RETRACTION, 600)
    assert set(await reacting.told("retracted:%")) == {"gw"}
    assert (await _jobs(reacting))[0].state is JobState.CANCELLED


async def test_a_product_is_asked_for_around_the_events_time_and_place(desk: AskedDesk) -> None:
    async with desk.rooms.database.write() as session:
        attached = await attach(session, superevent())
        state = await desk.rooms.events.state(session, attached.event_id)
    given = {"instrument": "spi_acs", "product": "spi_acs_lc", "before": 100, "after": 200, "time_bin": 0.5}
    wanted = product_starter(state, Wish("mmoda", given, "", "ana"))
    assert wanted.kind == "mmoda.product"
    assert wanted.parameters == {
        "instrument": "spi_acs",
        "product": "spi_acs_lc",
        "parameters": {
            "T1": "2026-11-20T02:58:20.000",
            "T2": "2026-11-20T03:03:20.000",
            "T_format": "isot",
            "time_bin": "0.5",
        },
        "event_time": "2026-11-20T03:00:00.000",
    }
    with pytest.raises(CannotStart, match="which instrument"):
        product_starter(state, Wish("mmoda", {}, "", "ana"))


async def test_nothing_that_a_reaction_starts_is_sent_to_a_telescope(desk: AskedDesk) -> None:
    assert set(STARTS) == {"plan", "mmoda", "fit"}
    reacting = Reacting(desk, reaction(ask_first=False))
    await reacting.comes()
    assert all(job.kind != "skyportal.queue" for job in await _jobs(reacting))


async def test_a_handover_and_the_events_card_name_open_jobs_and_questions(desk: AskedDesk) -> None:
    reacting = Reacting(desk, reaction("open"), reaction(ask_first=False))
    await reacting.comes()
    shown = (await desk.ask("event show latest")).words
    assert "spi_acs" in shown
    assert "rule look" in shown
    reader = Reader()
    async with desk.rooms.database.read() as session:
        blocks = await open_blocks(session, "gw", desk.clock.now(), reader)
    words = render_text(answer_card(reader, "Handover", *blocks), reader)
    assert "Open jobs and plans" in words
    assert "S261120a" in words
    assert "Waits for a go" in words
    assert "an MMODA product" in words


async def test_what_a_rule_started_may_be_cancelled_by_any_shifter(desk: AskedDesk) -> None:
    reacting = Reacting(desk, reaction(ask_first=False))
    await reacting.comes()
    assert "only they, roster managers" in (await desk.ask("job cancel 1", CHIDI)).words
    assert "Cancel job 1?" in (await desk.ask("job cancel 1", ANA)).words


async def test_a_plan_that_went_to_a_telescope_as_a_message_is_taken_back_by_word(desk: AskedDesk) -> None:
    reacting = Reacting(desk, reaction())
    await reacting.comes()
    wanted = Wanted("instant.plan", "here", {}, "ana", "LVK:S261120a", "ZTF")
    job = await desk.rooms.jobs.ask(wanted)
    reacting.tracker = Tracker(
        reacting.database, desk.clock, {"instant.plan": Platform("instant.plan", ends=True)}
    )
    await reacting.tracker.track_due()
    card = answer_card(Reader(), "Please observe S261120a with ZTF")
    async with desk.rooms.database.write() as session:
        key, subject = plan_key(job.id, "instant"), plan_subject(job.id)
        await notify(session, card, ["night-log"], key=key, now=desk.clock.now(), subject=subject)
    await reacting.comes(AlertType.RETRACTION, 600)
    assert "can be taken back" in (await reacting.told("retracted:%"))["gw"]
    assert "you may not trigger ZTF" in (await desk.press(("job.withdraw", "LVK:S261120a"), BO)).words
    assert "1: taken back" in (await desk.press(("job.withdraw", "LVK:S261120a"), ANA)).words
    async with reacting.database.read() as session:
        rows = await session.scalars(select(OutboxRow).where(OutboxRow.channel == "night-log"))
        said = [str(row.card) for row in rows]
    assert all("Please do not observe S261120a with ZTF" in each for each in said)
    assert len(said) == 2  # the message itself, and a word of its own where none can be changed
    told = (await reacting.told("retracted:%"))["gw"]
    assert "taken back" in told and "Cancel all" not in told
