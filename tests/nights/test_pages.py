"""Nights on which somebody is paged: answered, unanswered, passed on, put off, taken over."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifiers.paging.answers import Answer, Why
from notifiers.paging.tables import PageState
from tests.nights.world import ON_CALL, candidate, open_world


async def test_ana_is_woken_and_says_at_once_that_she_has_it(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a", "nobody has it yet")
        world.ana.sees("Page 1", "S261120a", "Nobody has it yet")
        sms = world.ana.gets_sms("S261120a", "Reply 1 = mine, 0 = not me")
        await world.pass_(minutes=1)
        await sms.replies("1")
        world.ana.sees("has it since", "04:01")
        world.channel("gw", "*ana* has it since")
        await world.pass_(hours=12)  # and nobody else ever hears of it
        assert (await world.page()).holder == "ana"


async def test_nobody_answers_and_it_goes_on_to_the_fallback_and_the_administrators(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        world.ana.sees("Page 1")
        world.ana.gets_sms("S261120a")
        await world.pass_(minutes=4)
        world.ana.is_called("two neutron stars")
        await world.pass_(minutes=1.1)
        world.bo.gets_sms("S261120a")
        await world.pass_(minutes=5)
        world.chidi.gets_sms("S261120a")  # 04:10 in Lagos: he is the fallback, it is what he agreed to
        world.chidi.gets_mail("S261120a")
        await world.pass_(minutes=5)
        world.dana.sees("Page 1", "S261120a")
        await world.pass_(minutes=5)
        world.channel("desk", "Page 1: nobody has answered", "chidi and dana")
        await world.pass_(hours=23)
        assert (await world.page()).state is PageState.OPEN
        await world.pass_(hours=2)
        assert (await world.page()).state is PageState.EXPIRED


async def test_nobody_is_on_and_the_fallback_is_paged_at_once(tmp_path: Path) -> None:
    escalation = {**ON_CALL, "steps": [{"who": "role:gw/observer"}]}
    async with open_world(tmp_path, escalations=[escalation]) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        world.channel("desk", "nobody is on for role:gw/observer", "Asked instead: chidi")
        await world.chidi.gets_sms("S261120a").replies("ack")
        world.chidi.gets_mail("S261120a")


async def test_bo_takes_it_when_ana_passes_it_on(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        world.ana.sees("Page 1")
        sms = world.ana.gets_sms("S261120a")
        assert await sms.replies("0") == "Noted: page 1 does not ask you again."
        bo = world.bo.gets_sms("S261120a")  # at once, not after five minutes
        assert "You have it" in await bo.replies("Ack 1")
        world.ana.gets_sms("bo has it since")  # she was woken: she may sleep now
        await world.pass_(hours=10)


async def test_ana_puts_it_off_for_ten_minutes_and_is_asked_again(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        world.ana.sees("Page 1")
        sms = world.ana.gets_sms("S261120a")
        assert await sms.replies("wait 10") == "Page 1 goes on at 04:10."
        await world.pass_(minutes=9)
        await world.pass_(minutes=1.1)
        world.ana.sees("Nobody has it yet")
        await world.ana.gets_sms("S261120a").replies("1")
        await world.pass_(hours=2)


async def test_two_people_are_needed_and_the_second_settles_it(tmp_path: Path) -> None:
    async with open_world(tmp_path, escalations=[{**ON_CALL, "acknowledgements": 2}]) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        world.ana.sees("Page 1")
        assert "1 more person is needed" in await world.ana.gets_sms("S261120a").replies("1")
        await world.pass_(minutes=5.1)  # her telephone stays silent, bo's rings
        assert "You have it" in await world.bo.gets_sms("S261120a").replies("1")
        world.ana.gets_sms("has it since")
        assert (await world.page()).acknowledged_by == ("ana", "bo")


async def test_she_fell_asleep_again_and_the_page_comes_back(tmp_path: Path) -> None:
    async with open_world(tmp_path, escalations=[{**ON_CALL, "reopen_after": 45}]) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        world.ana.sees("Page 1")
        await world.ana.gets_sms("S261120a").replies("1")
        await world.pass_(minutes=44)
        await world.pass_(minutes=1.1)
        world.ana.sees("Nobody did anything since: asked again")
        await world.ana.gets_sms("S261120a").replies("done")
        await world.pass_(hours=3)
        assert (await world.page()).state is PageState.RESOLVED


async def test_two_say_it_in_the_same_second_and_one_has_it(tmp_path: Path) -> None:
    import asyncio

    steps = [{"who": ["role:gw/advocate", "person:bo"]}]
    async with open_world(tmp_path, escalations=[{**ON_CALL, "steps": steps}]) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        world.ana.sees("Page 1")
        ana, bo = world.ana.gets_sms("S261120a"), world.bo.gets_sms("S261120a")
        first, second = await asyncio.gather(ana.replies("1"), bo.replies("1"))
        holder = (await world.page()).holder
        assert sorted([first.startswith("You have it"), second.startswith("You have it")]) == [False, True]
        loser = "bo" if holder == "ana" else "ana"
        assert f"{holder} has it since" in (second if holder == "ana" else first)
        world.people[loser].gets_sms(f"{holder} has it")


async def test_an_old_button_acts_once(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        old = world.ana.sees("Page 1").button("Escalate")
        world.ana.gets_sms("S261120a")
        assert (await world.ana.presses(old)).why is Why.DONE
        world.bo.gets_sms("S261120a")
        assert (await world.ana.presses(old)).why is Why.REPEATED  # Slack delivers it twice, or she does
        await world.bo.answers(1, Answer.ACKNOWLEDGE)
        world.ana.gets_sms("bo has it")
        await world.ana.presses(old)
        await world.pass_(minutes=30)
        assert (await world.page()).holder == "bo"


async def test_ana_answers_in_slack(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        card = world.ana.sees("Page 1", "Nobody has it yet")
        world.ana.gets_sms("S261120a")
        await card.clicks("I have it", by=world.ana)
        assert "*ana* has it since" in card.words
        assert card.button("Take over")
        with pytest.raises(AssertionError, match="no button 'I have it'"):
            card.button("I have it")
        await world.pass_(hours=1)


async def test_ana_presses_four_on_the_telephone(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        world.ana.sees("Page 1")
        world.ana.gets_sms("S261120a")
        await world.pass_(minutes=3.1)
        call = world.ana.is_called("two neutron stars", "Press 4 if you have it")
        assert "You have it" in await call.presses("4")
        await world.pass_(hours=1)


async def test_chidi_answers_by_the_link_in_his_mail_and_the_scanner_that_opened_it_did_not(
    tmp_path: Path,
) -> None:
    steps = [{"who": "person:chidi", "by": ["email"]}]
    async with open_world(tmp_path, escalations=[{**ON_CALL, "steps": steps}]) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        mail = world.chidi.gets_mail("S261120a")
        page = await mail.opens()
        assert "S261120a" in page
        assert "I have it" in page
        assert (await world.page()).state is PageState.OPEN  # looking changes nothing
        assert "You have it: page 1" in await mail.answers()
        assert (await world.page()).holder == "chidi"
        assert "chidi has it since" in await mail.answers()  # once more: nothing happens


async def test_a_link_that_was_tampered_with_or_is_old_opens_nothing(tmp_path: Path) -> None:
    steps = [{"who": "person:chidi", "by": ["email"], "wait": 1440}]
    async with open_world(tmp_path, escalations=[{**ON_CALL, "steps": steps}]) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        mail = world.chidi.gets_mail("S261120a")
        forged = mail.link[:-3] + "AAA"
        assert "not valid" in await world.http("POST", forged)
        assert (await world.page()).state is PageState.OPEN
        assert "You have it" in await mail.answers()
        await world.pass_(hours=49)
        assert "not valid" in await mail.opens()


async def test_chidi_answers_his_mail_above_the_words_it_quotes(tmp_path: Path) -> None:
    steps = [{"who": "person:chidi", "by": ["email"]}]
    async with open_world(tmp_path, escalations=[{**ON_CALL, "steps": steps}]) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        mail = world.chidi.gets_mail("S261120a")
        answer = await mail.replies("\nOK!\n\nOn Friday nightdesk wrote:\n> Page 1: no, escalate, done\n")
        assert "You have it" in answer


async def test_it_is_answered_at_the_terminal_and_handed_over_in_the_morning(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.alert(candidate("S261120a"))
        card = world.channel("gw", "S261120a")
        page = world.ana.sees("Page 1")
        world.ana.gets_sms("S261120a")
        await world.ana.answers(1, Answer.ACKNOWLEDGE)
        await world.pass_(hours=5)
        await world.bo.answers(1, Answer.TAKE_OVER)
        assert "*bo* has it since" in page.words
        assert "*bo* has it since" in card.words
        world.ana.gets_sms("bo has it since")
