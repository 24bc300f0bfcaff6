"""What events start by rule: asked first, once, answered once, withdrawn, expired, and never for a mock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cards.reaction_card import Came, ReactionFacts, Stands, reaction_card
from cards.reader import Reader
from cards.text import render_text
from events.state import EventState
from gcn.notice import Role
from notifiers.channels.base import ChannelConfig
from notifiers.reactions.answers import Answered, answer, reaction_row
from notifiers.reactions.decide import decide_reactions
from notifiers.reactions.keeper import close_expired
from notifiers.reactions.reaction import Again, Reaction, ReactionError, check_reactions
from notifiers.reactions.starting import Begun, Wish
from notifiers.reactions.tables import ReactionJobRow, ReactionRow, ReactionState
from notifiers.reactions.telling import Places
from notifiers.rules import compile_rule
from notifiers.tables import OutboxRow
from store import audit
from store.clock import ManualClock
from store.database import Database
from tests.notifiers.desk import Desk
from tests.notifiers.stories import TRIGGER, grb, initial, nsbh, retraction


def reaction(name: str = "plan", when: str = "significant", **options: Any) -> Reaction:
    values = {"start": "plan", "facilities": ("DECam",), "parameters": {"strategy": "tiling"}} | options
    return Reaction(name, compile_rule(when), **values)


@dataclass
class Jobs:
    """Starts what is wished for, but for those facilities that cannot."""

    cannot: tuple[str, ...] = ()
    maps: bool = True
    wishes: list[Wish] = field(default_factory=list)

    def needs_map(self, start: str) -> bool:
        return self.maps

    async def begin(self, session: AsyncSession, state: EventState, wish: Wish) -> Begun:
        if wish.facility in self.cannot:
            return Begun(wish.facility, None, "its dome is closed")
        self.wishes.append(wish)
        return Begun(wish.facility, len(self.wishes))


@dataclass
class Reacting:
    """A desk that reacts."""

    desk: Desk
    jobs: Jobs = field(default_factory=Jobs)

    @property
    def places(self) -> Places:
        return Places(self.desk.configs, {}, ("gw",))

    async def comes(self, state: EventState, *reactions: Reaction) -> tuple[int, ...]:
        await self.desk.told(state)
        return await self.decided(state, *reactions)

    async def decided(self, state: EventState, *reactions: Reaction) -> tuple[int, ...]:
        async with self.desk.database.write() as session:
            made = await decide_reactions(
                session, state, reactions, self.desk.clock.now(), self.jobs, self.places
            )
        await self.desk.deliver()
        return made

    async def answers(self, number: int, state: EventState, *, go: bool, person: str = "ana") -> Answered:
        async with self.desk.database.write() as session:
            row = await reaction_row(session, number)
            assert row is not None
            outcome = await answer(
                session,
                row,
                state,
                go=go,
                person=person,
                via="slack",
                now=self.desk.clock.now(),
                starts=self.jobs,
                places=self.places,
            )
        await self.desk.deliver()
        return outcome.came

    async def expires(self) -> int:
        async with self.desk.database.write() as session:
            closed = await close_expired(session, self.desk.clock.now(), self.places)
        await self.desk.deliver()
        return closed

    async def rows(self) -> list[ReactionRow]:
        async with self.desk.database.read() as session:
            return list(await session.scalars(select(ReactionRow).order_by(ReactionRow.id)))

    async def states(self) -> list[str]:
        return [row.state for row in await self.rows()]

    def said(self) -> list[str]:
        """The cards of reactions, as they stand in the event's thread."""
        gw = self.desk.slack.channel("gw")
        return [m.words for m in gw.said if m.thread_ts is not None and "*plan*" in m.words]


@pytest.fixture
def reacting(desk: Desk) -> Reacting:
    return Reacting(desk)


async def test_an_event_that_meets_the_rule_is_asked_about_in_its_thread_and_nothing_starts(
    reacting: Reacting,
) -> None:
    assert await reacting.comes(nsbh(), reaction()) == (1,)
    (card,) = reacting.said()
    assert "S261120h: start an observing plan for DECam?" in card
    assert "Go" in card
    assert "strategy=tiling" in card
    assert "sends nothing to a telescope" in card
    assert reacting.jobs.wishes == []


async def test_the_same_decision_taken_again_asks_nothing_more(reacting: Reacting) -> None:
    await reacting.comes(nsbh(), reaction())
    assert await reacting.comes(nsbh(), reaction()) == ()
    later = initial(nsbh())
    assert await reacting.comes(later, reaction()) == ()  # once for an event
    assert await reacting.states() == ["asked"]
    assert len(reacting.said()) == 1


async def test_an_event_that_does_not_meet_the_rule_certainly_is_not_asked_about(reacting: Reacting) -> None:
    assert await reacting.comes(nsbh(), reaction(when="distance_mean < 100")) == ()
    reacting.jobs.maps = False
    assert await reacting.comes(grb(), reaction(when="!(distance_mean < 100)")) == ()


async def test_a_go_starts_it_in_that_persons_name_once_and_the_card_says_so(reacting: Reacting) -> None:
    state = nsbh()
    await reacting.comes(state, reaction())
    assert await reacting.answers(1, state, go=True) is Answered.STARTED
    assert await reacting.answers(1, state, go=True, person="bo") is Answered.SETTLED
    assert await reacting.answers(1, state, go=False, person="bo") is Answered.SETTLED
    assert [(wish.facility, wish.requester) for wish in reacting.jobs.wishes] == [("DECam", "ana")]
    (card,) = reacting.said()
    assert "*ana* said go at" in card
    assert "job 1" in card
    assert "No" not in card.split("\n")


async def test_a_no_starts_nothing(reacting: Reacting) -> None:
    state = nsbh()
    await reacting.comes(state, reaction())
    assert await reacting.answers(1, state, go=False) is Answered.DECLINED
    assert reacting.jobs.wishes == []
    assert "*ana* said no at" in reacting.said()[0]


async def test_without_asking_it_is_started_at_once_by_the_rule_for_each_telescope_and_audited(
    reacting: Reacting,
) -> None:
    reacting.jobs = Jobs(cannot=("ZTF",))
    await reacting.comes(nsbh(), reaction(ask_first=False, facilities=("DECam", "ZTF")))
    assert [(wish.facility, wish.requester) for wish in reacting.jobs.wishes] == [("DECam", "rule plan")]
    (card,) = reacting.said()
    assert "Started by the rule *plan*" in card
    assert "*DECam*: job 1" in card
    assert "*ZTF*: could not be started: its dome is closed" in card
    async with reacting.desk.database.read() as session:
        (entry,) = await audit.entries(session, who="rule plan")
        jobs = list(await session.scalars(select(ReactionJobRow).order_by(ReactionJobRow.id)))
    assert (entry.what, entry.subject) == ("reactions go", "LVK:S261120h")
    assert [(job.facility, job.job_id, job.problem) for job in jobs] == [
        ("DECam", 1, None),
        ("ZTF", None, "its dome is closed"),
    ]


async def test_a_changed_map_asks_anew_where_the_rule_says_so_and_withdraws_the_question_before(
    reacting: Reacting,
) -> None:
    first = nsbh()
    await reacting.comes(first, reaction(again=Again.MAP))
    assert await reacting.comes(first, reaction(again=Again.MAP)) == ()
    second = initial(first)
    assert await reacting.comes(second, reaction(again=Again.MAP)) == (2,)
    assert await reacting.states() == ["overtaken", "asked"]
    old, new = reacting.said()
    assert "A newer sky map came" in old
    assert "start an observing plan" in new
    assert await reacting.answers(1, second, go=True) is Answered.SETTLED
    assert reacting.jobs.wishes == []


async def test_what_needs_a_map_waits_for_one(reacting: Reacting) -> None:
    state = grb()
    assert await reacting.comes(state, reaction(when="true")) == ()
    reacting.jobs.maps = False
    assert await reacting.comes(state, reaction(when="true")) == (1,)


async def test_a_retraction_withdraws_the_question_and_starts_nothing(reacting: Reacting) -> None:
    state = nsbh()
    await reacting.comes(state, reaction())
    gone = retraction(state)
    assert await reacting.comes(gone, reaction(), reaction("other")) == ()
    assert await reacting.states() == ["stopped"]
    assert "retracted" in reacting.said()[0]
    assert await reacting.answers(1, gone, go=True) is Answered.SETTLED
    assert reacting.jobs.wishes == []


async def test_mock_and_test_events_start_nothing_unless_the_rule_asks_for_them(reacting: Reacting) -> None:
    mock = replace(nsbh(), role=Role.MOCK)
    assert await reacting.decided(mock, reaction(when="true", ask_first=False)) == ()
    assert reacting.jobs.wishes == []
    assert await reacting.decided(mock, reaction(when="mock", ask_first=False)) == (1,)


async def test_nobody_answers_and_the_card_says_so_and_a_late_go_starts_nothing(reacting: Reacting) -> None:
    state = nsbh()
    await reacting.comes(state, reaction(waits=timedelta(hours=2)))
    assert await reacting.expires() == 0
    await reacting.desk.clock.advance(2 * 3600.0)
    assert await reacting.answers(1, state, go=True) is Answered.EXPIRED  # before anybody looked
    assert "Nobody answered the rule *plan*" in reacting.said()[0]
    assert reacting.jobs.wishes == []
    assert await reacting.expires() == 0


async def test_the_keeper_closes_what_expired_while_no_process_ran(reacting: Reacting) -> None:
    await reacting.comes(nsbh(), reaction(waits=timedelta(hours=2)))
    await reacting.desk.clock.advance(30 * 3600.0)
    assert await reacting.expires() == 1
    assert await reacting.states() == [ReactionState.EXPIRED.value]
    assert "was not started" in reacting.said()[0]


async def test_an_event_of_long_ago_starts_nothing(reacting: Reacting) -> None:
    await reacting.desk.clock.advance(25 * 3600.0)
    assert reacting.desk.clock.now() - TRIGGER > timedelta(hours=24)
    assert await reacting.decided(nsbh(), reaction(ask_first=False)) == ()
    assert await reacting.decided(nsbh(), reaction(max_age=timedelta(days=3))) == (1,)


async def test_a_question_that_would_be_read_nowhere_goes_where_the_desks_warnings_go(
    reacting: Reacting,
) -> None:
    await reacting.decided(nsbh(), reaction())  # no route told anybody of the event
    assert any("start an observing plan" in m.words for m in reacting.desk.slack.channel("gw").messages)


async def test_a_question_rings_no_telephone(database: Database, clock: ManualClock) -> None:
    configs = {"sms": ChannelConfig("sms", "sms", "+33612345601"), "gw": ChannelConfig("gw", "slack", "C1")}
    named = {"plan": ("sms", "gw")}
    async with database.write() as session:
        await decide_reactions(
            session, nsbh(), (reaction(),), clock.now(), Jobs(), Places(configs, named, ("gw",))
        )
    async with database.read() as session:
        assert list(await session.scalars(select(OutboxRow.channel))) == ["gw"]


async def test_a_crash_in_the_middle_of_a_decision_leaves_nothing_and_the_next_makes_it_whole(
    any_desk: Desk,
) -> None:
    reacting = Reacting(any_desk)
    await any_desk.told(nsbh())
    with pytest.raises(ZeroDivisionError):
        async with any_desk.database.write() as session:
            await decide_reactions(
                session, nsbh(), (reaction(),), any_desk.clock.now(), Jobs(), reacting.places
            )
            raise ZeroDivisionError
    assert await reacting.rows() == []
    assert await reacting.decided(nsbh(), reaction()) != ()
    assert await reacting.decided(nsbh(), reaction()) == ()
    assert len(reacting.said()) == 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"start": "plann"}, "did you mean 'plan'"),
        ({"facilities": ()}, "name at least one"),
        ({"start": "mmoda"}, "for no telescope"),
        ({"channels": ("gv",)}, "did you mean 'gw'"),
    ],
)
def test_a_reaction_that_could_do_nothing_is_refused(wrong: Mapping[str, Any], says: str) -> None:
    with pytest.raises(ReactionError, match=r"reactions\.plan") as refused:
        check_reactions([reaction(**wrong)], ["gw"], {"plan": True, "mmoda": False})
    assert says in str(refused.value)


def test_two_reactions_of_one_name_are_refused() -> None:
    with pytest.raises(ReactionError, match="two reactions"):
        check_reactions([reaction(), reaction()], [], {"plan": True})


def test_the_question_reads_as_french_in_french() -> None:
    facts = ReactionFacts(
        1, "plan", "plan", "S261120h", "LVK:S261120h", Stands.ASKED, TRIGGER, ("DECam", "ZTF"), {}, TRIGGER
    )
    words = render_text(reaction_card(facts, Reader("fr", "Europe/Paris")), Reader("fr", "Europe/Paris"))
    assert "lancer un plan d’observation pour DECam et ZTF" in words
    done = replace(facts, stands=Stands.STARTED, by="ana", came=(Came("DECam", 4),))
    assert "tâche 4" in render_text(reaction_card(done, Reader("fr")), Reader("fr"))
