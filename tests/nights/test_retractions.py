"""Nights on which it was not real after all: who is told, how loudly, and who sleeps on."""

from __future__ import annotations

from pathlib import Path

from notifiers.paging.answers import Answer
from notifiers.paging.tables import PageState
from tests.nights.world import ON_CALL, candidate, open_world, retracted
from tests.standins.twilio import Fault


async def test_it_is_retracted_while_ana_is_getting_up(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        page = world.ana.sees("Page 1", "S261120a")
        world.ana.gets_sms("S261120a")
        await world.pass_(minutes=4)
        world.ana.is_called("two neutron stars")
        await world.alert(retracted("S261120a", minute=4))
        world.channel("gw", "retracted")
        world.channel("gw", "LVK took it back")
        assert "there is nothing to do" in page.words
        world.ana.sees("Retracted: there is nothing to do.")
        world.ana.gets_sms("Retracted: there is nothing to do")  # we rang just now: she is up because of us
        await world.pass_(hours=12)  # nobody telephones her, and bo never hears of it
        assert (await world.page()).state is PageState.STOPPED


async def test_it_is_retracted_hours_later_and_who_went_back_to_sleep_sleeps_on(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        world.ana.sees("Page 1", "S261120a")
        world.ana.gets_sms("S261120a")
        await world.pass_(minutes=5.1)
        world.ana.is_called("two neutron stars")
        bo = world.bo.gets_sms("S261120a")  # it is evening in Los Angeles
        await bo.replies("1")
        world.ana.gets_sms("bo has it since")
        await world.pass_(minutes=60)  # 05:05 in Paris: ana sleeps again
        await world.alert(retracted("S261120a", minute=65))
        world.channel("gw", "retracted")
        world.channel("gw", "LVK took it back")
        world.bo.gets_sms("Retracted")  # he has it
        await world.pass_(minutes=110)  # 06:56
        await world.pass_(minutes=10)
        world.ana.gets_sms("Retracted")  # in the morning
        world.ana.sees("Retracted: there is nothing to do.")


async def test_who_was_never_reached_is_not_told_of_the_retraction(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        world.twilio.fail(*[_busy() for _ in range(40)])
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        world.ana.sees("Page 1", "S261120a")
        await world.alert(retracted("S261120a", minute=0.2))
        world.channel("gw", "retracted")
        world.channel("gw", "LVK took it back")
        await world.pass_(hours=12)
        assert world.twilio.messages == []
        world.slack.channel("U0000000ANA").messages[-1].expected = True


async def test_a_page_that_is_done_says_it_too_when_the_event_is_taken_back(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        page = world.ana.sees("Page 1", "S261120a")
        world.ana.gets_sms("S261120a")
        await world.ana.answers(1, Answer.ACKNOWLEDGE)
        await world.ana.answers(1, Answer.RESOLVE)
        assert "Done, *ana* says" in page.words
        await world.alert(retracted("S261120a", minute=10))
        world.channel("gw", "retracted")
        world.channel("gw", "LVK took it back")
        world.ana.gets_sms("Retracted")
        world.ana.sees("Retracted")
        assert "there is nothing to do" in page.words


async def test_a_second_notice_pages_nobody_a_second_time(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.alert(candidate("S261120a"))
        card = world.channel("gw", "S261120a")
        world.ana.sees("Page 1")
        await world.ana.gets_sms("S261120a").replies("1")
        await world.alert(candidate("S261120a", "INITIAL", minute=20))
        for message in world.slack.channel("gw").thread(card.message.ts):
            message.expected = True
        await world.pass_(hours=2)
        assert len(await world.hub.pages.open_pages()) == 1


async def test_what_is_not_significant_or_a_mock_wakes_nobody(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.alert(candidate("MS261120a"))
        await world.alert(candidate("S261120b", significant=False))
        await world.pass_(hours=1)
        assert await world.hub.pages.open_pages() == ()


async def test_all_of_the_roster_are_asked_and_those_who_sleep_without_a_shift_sleep_on(
    tmp_path: Path,
) -> None:
    """They hear of it at breakfast, if it is still open then."""
    steps = [{"who": "all:gw", "wait": 200}]
    async with open_world(tmp_path, escalations=[{**ON_CALL, "steps": steps}]) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        world.ana.sees("Page 1")
        world.ana.gets_sms("S261120a")  # on shift
        world.bo.gets_sms("S261120a")  # awake: 19:00 in Los Angeles
        await world.pass_(minutes=4)
        world.ana.is_called()
        await world.pass_(minutes=118)
        world.chidi.gets_sms("S261120a")  # 06:00 in Lagos: his quiet hours are over
        mail = world.chidi.gets_mail("S261120a")
        await mail.answers()
        world.bo.gets_sms("chidi has it")
        await world.pass_(minutes=90)
        world.ana.gets_sms("chidi has it")  # not at 06:02: she was rung two hours ago and sleeps until seven


def _busy() -> Fault:
    return Fault(status=429, body={"code": 20429, "message": "later"}, retry_after="30")
