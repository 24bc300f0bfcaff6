"""What a page does while nobody answers, and what each answer does to it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifiers.paging.advocates import advocate_of, advocates
from notifiers.paging.answers import Answer, PageError, Why
from notifiers.paging.tables import PageState
from notifiers.paging.telling import USEFUL
from shifts.errors import RosterError
from tests.notifiers.paging.pagedesk import STEPS, PageDesk, names
from tests.notifiers.stories import nsbh


async def test_each_step_asks_whom_it_means_as_their_rules_say(any_pages: PageDesk) -> None:
    page = await any_pages.page()
    assert await any_pages.pass_(2.5) == ["ana/slack", "ana/sms"]
    assert await any_pages.pass_(2) == ["ana/voice"]
    assert await any_pages.pass_(0.5) == ["bo/slack"]
    assert await any_pages.pass_(4.5) == ["bo/sms"]  # 19:07 in Los Angeles: awake
    assert names(await any_pages.pass_(0.5)) == {"chidi"}
    assert await any_pages.pass_(5) == ["chidi/voice", "dana/slack"]
    assert await any_pages.pass_(5) == ["desk"]
    assert (await any_pages.pages.page(page)).state is PageState.OPEN
    assert [what for _, what, _, _ in await any_pages.pages.history(page)][-1] == "unanswered"


async def test_an_acknowledgement_stops_everything_and_is_seen_by_all_who_were_asked(pages: PageDesk) -> None:
    page = await pages.page()
    await pages.pass_(6)
    settled = await pages.answer(page, Answer.ACKNOWLEDGE, "bo")
    assert settled.acted
    assert settled.page.holder == "bo"
    told = await pages.pass_(60)
    assert told == ["ana/sms"]  # she was rung a minute ago; nobody calls her again
    (card,) = await pages.cards("@ana/slack")
    assert "bo" in card.summary
    assert "s'en charge depuis" in card.summary  # in her language
    assert [b.action for b in _buttons(card)] == ["page.take_over", "page.escalate", "page.resolve"]


async def test_of_two_answers_the_second_is_told_who_was_first(pages: PageDesk) -> None:
    page = await pages.page()
    await pages.pass_(6)
    first = await pages.answer(page, Answer.ACKNOWLEDGE, "ana")
    second = await pages.answer(page, Answer.ACKNOWLEDGE, "bo")
    again = await pages.answer(page, Answer.ACKNOWLEDGE, "ana")
    assert (first.why, second.why, again.why) == (Why.DONE, Why.ALREADY, Why.REPEATED)
    assert second.page.holder == "ana"
    taken = await pages.answer(page, Answer.TAKE_OVER, "bo")
    assert taken.acted
    assert taken.page.holder == "bo"


async def test_a_button_on_an_old_card_does_not_act_twice(pages: PageDesk) -> None:
    page = await pages.page()
    await pages.pass_(1)
    seen = (await pages.pages.page(page)).turn
    assert (await pages.answer(page, Answer.ESCALATE, "ana", seen=seen)).why is Why.DONE
    await pages.pass_(1)
    assert (await pages.pages.page(page)).step == 2
    assert (await pages.answer(page, Answer.ESCALATE, "ana", seen=seen)).why is Why.REPEATED
    assert (await pages.answer(page, Answer.ESCALATE, "bo", seen=seen)).why is Why.OUTDATED
    await pages.pass_(1)
    assert (await pages.pages.page(page)).step == 2


async def test_a_message_that_its_provider_delivers_twice_counts_once(pages: PageDesk) -> None:
    page = await pages.page()
    await pages.pass_(1)
    assert (await pages.answer(page, Answer.ESCALATE, "ana", once="SM1")).acted
    await pages.pass_(1)
    assert not (await pages.answer(page, Answer.ESCALATE, "ana", once="SM1")).acted
    assert (await pages.pages.page(page)).step == 2


async def test_not_for_me_goes_on_at_once_where_nobody_of_the_step_is_left(pages: PageDesk) -> None:
    page = await pages.page({**STEPS, "steps": [{**STEPS["steps"][0], "repeat": 3}, STEPS["steps"][1]]})
    await pages.pass_(1)
    await pages.answer(page, Answer.DECLINE, "ana")
    assert await pages.pass_(0) == ["bo/slack"]  # and not ana again, three times


async def test_a_snooze_asks_the_same_people_again_when_it_ends(pages: PageDesk) -> None:
    page = await pages.page()
    await pages.pass_(1)
    await pages.answer(page, Answer.SNOOZE, "ana", minutes=20)
    assert await pages.pass_(19.5) == []
    assert await pages.pass_(1) == ["ana/slack", "ana/sms"]
    settled = await pages.answer(page, Answer.SNOOZE, "ana", minutes=600)
    assert settled.page.next_due == pages.clock.now() + timedelta(minutes=30)  # as long as it may be


async def test_a_page_that_needs_two_waits_for_the_second(pages: PageDesk) -> None:
    page = await pages.page({**STEPS, "acknowledgements": 2})
    await pages.pass_(1)
    first = await pages.answer(page, Answer.ACKNOWLEDGE, "ana")
    assert first.why is Why.WAITING
    assert (await pages.answer(page, Answer.ACKNOWLEDGE, "ana")).why is Why.REPEATED
    assert await pages.pass_(5) == ["bo/slack"]  # ana's telephone does not ring any more
    second = await pages.answer(page, Answer.ACKNOWLEDGE, "bo")
    assert second.why is Why.DONE
    assert (second.page.holder, second.page.acknowledged_by) == ("ana", ("ana", "bo"))


async def test_a_page_nobody_acts_on_comes_back_if_that_was_agreed(pages: PageDesk) -> None:
    page = await pages.page({**STEPS, "reopen_after": 60})
    await pages.pass_(1)
    await pages.answer(page, Answer.ACKNOWLEDGE, "ana")
    assert await pages.pass_(59.5) == []
    assert await pages.pass_(1) == ["ana/slack", "ana/sms"]
    assert (await pages.pages.page(page)).state is PageState.OPEN


async def test_where_nobody_is_on_the_fallback_is_asked_at_once_and_the_gap_is_told(pages: PageDesk) -> None:
    await pages.page({**STEPS, "steps": [{"who": "role:gw/observer"}]})
    told = await pages.pass_(0)
    assert {"desk", "chidi/slack", "chidi/sms"} == set(told)
    (card,) = await pages.cards("desk")
    assert "nobody is on for role:gw/observer" in card.summary
    assert "chidi" in card.summary


async def test_somebody_who_is_not_on_and_did_not_ask_for_it_sleeps_until_their_morning(
    pages: PageDesk,
) -> None:
    """All of the roster: chidi is asleep in Lagos (04:00) without a shift; his quiet hours end at 06:00."""
    await pages.page({"name": "all", "steps": [{"who": "all:gw", "wait": 300}]})
    assert "chidi" not in names(await pages.pass_(119))
    assert "chidi/sms" in await pages.pass_(1.5)


async def test_a_step_that_says_so_wakes_them(pages: PageDesk) -> None:
    await pages.page({"name": "all", "steps": [{"who": "all:gw", "wake": True}]})
    assert "chidi/sms" in await pages.pass_(0)


async def test_whom_no_way_reaches_is_reported_and_the_next_step_begins_at_once(pages: PageDesk) -> None:
    from shifts.people import PeopleService

    await PeopleService(pages.database, pages.clock).stop("phone", "+33612345601")
    await pages.page({**STEPS, "steps": [{"who": "role:gw/advocate", "by": ["sms"]}]})
    assert "ana/slack" in await pages.pass_(0)  # by the way there is, rather than by none


async def test_a_page_that_is_not_there_and_a_person_nobody_knows_are_said(pages: PageDesk) -> None:
    page = await pages.page()
    with pytest.raises(PageError, match="there is no page 99"):
        await pages.answer(99, Answer.ACKNOWLEDGE, "ana")
    with pytest.raises(RosterError, match="did you mean ana"):
        await pages.answer(page, Answer.ACKNOWLEDGE, "anna")
    with pytest.raises(PageError, match="names no page"):
        await pages.pages.press("page.acknowledge", "twelve", person="ana", via="slack")


async def test_the_plan_is_frozen_and_who_is_on_is_asked_at_each_step(pages: PageDesk) -> None:
    from shifts.service import RosterService
    from tests.notifiers.paging.pagedesk import ROSTER

    await pages.page()
    await pages.pass_(1)
    await RosterService(pages.database, pages.clock).publish(
        ROSTER.replace("members: [bo]", "members: [chidi]"), by="test"
    )
    assert names(await pages.pass_(4)) == {"ana", "chidi"}


async def test_what_somebody_does_for_the_event_keeps_the_page_from_coming_back(pages: PageDesk) -> None:
    event = nsbh()
    pages.stories.states[event.id] = event
    page = await pages.page({**STEPS, "reopen_after": 60}, event=event, key="event")
    await pages.pass_(1)
    await pages.answer(page, Answer.ACKNOWLEDGE, "ana")
    await pages.pass_(50)
    async with pages.database.write() as session:
        await pages.pages.note_action(session, event.event, "ana")
    assert await pages.pass_(55) == []
    assert "ana/sms" in await pages.pass_(6)


async def test_who_acknowledged_is_the_events_advocate_until_it_is_handed_over(pages: PageDesk) -> None:
    event = nsbh()
    pages.stories.states[event.id] = event
    page = await pages.page(event=event, key="event")
    await pages.pass_(1)
    await pages.answer(page, Answer.ACKNOWLEDGE, "ana")
    await pages.pass_(30)
    await pages.pages.take_event(event, person="bo", via="discord")
    async with pages.database.read() as session:
        had = [each.person for each in await advocates(session, event.event)]
        now = await advocate_of(session, event.event)
    assert had == ["ana", "bo"]
    assert now is not None
    assert now.person == "bo"
    assert (await pages.pages.page(page)).holder == "bo"


async def test_a_way_for_which_the_desk_has_no_provider_is_no_way(pages: PageDesk) -> None:
    pages.ways = frozenset({"slack"})
    await pages.page({**STEPS, "steps": [{"who": "person:ana", "by": ["sms", "voice"]}]})
    assert await pages.pass_(4) == ["ana/slack"]


def test_a_try_that_rings_is_of_no_use_an_hour_later() -> None:
    assert USEFUL["voice"] < USEFUL["sms"] <= timedelta(hours=1)


def _buttons(card: object) -> list[object]:
    from cards.card import Buttons, Card

    assert isinstance(card, Card)
    return [b for block in card.blocks if isinstance(block, Buttons) for b in block.buttons]
