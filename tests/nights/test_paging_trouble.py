"""Nights on which something else goes wrong while somebody is paged."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from notifiers.paging.answers import Answer, Why
from notifiers.paging.tables import PageState
from shifts.people import PeopleService
from store.database import Database
from tests.nights.world import EVENING, ON_CALL, PEOPLE, ROSTER, candidate, open_world
from tests.standins.twilio import Fault

DOWN = Fault(status=503, body={"code": 20500, "message": "down"})


async def test_twilio_is_down_for_an_hour_and_the_page_goes_on_by_other_ways(tmp_path: Path) -> None:
    steps = [{"who": "role:gw/advocate", "wait": 120}]
    async with open_world(tmp_path, escalations=[{**ON_CALL, "steps": steps}]) as world:
        world.twilio.fail(*[DOWN] * 1000)
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        card = world.ana.sees("Page 1")
        await world.pass_(minutes=20)
        assert world.twilio.messages == []
        world.channel("desk", "Not delivered: S261120a to @ana/voice", "while it was of use")
        await card.clicks("I have it", by=world.ana)
        await world.pass_(minutes=40)
        world.twilio._faults.clear()
        await world.pass_(hours=2)
        assert world.twilio.messages == []  # it is no page any more: nothing rings when Twilio is back
        assert world.twilio.calls == []


async def test_slack_is_down_and_the_telephone_is_not(tmp_path: Path) -> None:
    from tests.standins.slack import Fault as SlackFault

    async with open_world(tmp_path) as world:
        world.slack.fail("*", *[SlackFault("http", number=503)] * 12)
        await world.alert(candidate("S261120a"))
        await world.ana.gets_sms("S261120a").replies("1")
        await world.pass_(minutes=15)
        world.channel("gw", "S261120a", "*ana* has it since")
        for message in world.slack.messages:
            message.expected = True
        assert len([m for m in world.slack.messages if "S261120a" in m.words]) <= 2


async def test_ana_wrote_stop_and_is_reached_by_the_ways_that_are_left(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await PeopleService(world.hub.database, world.clock).stop("phone", "+33612345601")
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        await world.ana.sees("Page 1").clicks("I have it", by=world.ana)
        await world.pass_(hours=1)
        assert world.twilio.messages == []


async def test_nobody_can_be_reached_and_the_desk_says_so(tmp_path: Path) -> None:
    people = PEOPLE.replace("slack: U0000000ANA, email: ana@example.org, ", "").replace(
        "{after: 0, by: slack}, ", ""
    )
    async with open_world(tmp_path, people=people) as world:
        await PeopleService(world.hub.database, world.clock).stop("phone", "+33612345601")
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        world.channel("desk", "Page 1: nobody is on for role:gw/advocate", "chidi")
        world.chidi.gets_mail("S261120a")
        await world.chidi.gets_sms("S261120a").replies("1")


async def test_the_shift_changes_hands_in_mid_page_and_the_new_advocate_is_asked(tmp_path: Path) -> None:
    """The handover is at 12:00 UTC; the page's first step began before, its repeat comes after."""
    roster = ROSTER.replace("members: [ana]", "members: [ana, bo]").replace("{weeks: 1}", "{days: 1}")
    steps = [{"who": "role:gw/advocate", "wait": 5, "repeat": 1}]
    starts = datetime(2026, 11, 20, 11, 57, tzinfo=UTC)
    async with open_world(
        tmp_path, rosters=[roster], starts=starts, escalations=[{**ON_CALL, "steps": steps}]
    ) as world:
        on = {shift.person for duty in await world.hub.rosters.on_duty(starts) for shift in duty.shifts}
        first, second = (world.ana, world.bo) if on == {"ana"} else (world.bo, world.ana)
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        first.gets_sms("S261120a")
        await world.pass_(minutes=5.1)
        await second.gets_sms("S261120a").replies("1")
        for message in world.slack.channel("U0000000ANA").messages:
            message.expected = True
        for call in world.twilio.calls:
            world._taken.add(call.sid)
        first.gets_sms(f"{second.person.name} has it")
        assert (await world.page()).holder == second.person.name


async def test_the_clocks_are_set_back_and_quiet_hours_end_when_the_clock_on_the_wall_says(
    tmp_path: Path,
) -> None:
    """25 October 2026 in Paris: 03:00 becomes 02:00. Seven o'clock is 06:00 UTC, not 05:00."""
    night = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30, for the first time
    roster = """
roster: gw
timezone: UTC
people: [ana, bo]
layers:
  - {name: one, role: advocate, members: [bo], starts: 2026-10-01, handoff: "12:00", turn: {weeks: 1}}
"""
    steps = [{"who": "all:gw", "wait": 600}]
    escalation = {"name": "on-call", "steps": steps}
    people = PEOPLE.replace(
        "{after: 0, by: slack}, {after: 0, by: sms}, {after: 3, by: voice}", "{after: 0, by: sms}"
    )
    async with open_world(
        tmp_path, people=people, rosters=[roster], starts=night, escalations=[escalation]
    ) as world:
        await world.alert(candidate("S261025a"))
        world.channel("gw", "S261025a")
        world.bo.gets_sms("S261025a")
        await world.pass_(minutes=5 * 60 + 29)  # 05:59 UTC, 06:59 in Paris
        assert [m.to for m in world.twilio.messages] == ["+14155550102"]
        await world.pass_(minutes=2)
        await world.ana.gets_sms("S261025a").replies("1")
        await world.pass_(minutes=1)
        for message in world.twilio.messages:
            world._taken.add(message.sid)


async def test_a_reader_in_french_is_paged_answered_and_told_in_french(tmp_path: Path) -> None:
    people = PEOPLE.replace("timezone: Europe/Paris,", "timezone: Europe/Paris, locale: fr,")
    async with open_world(tmp_path, people=people) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        card = world.ana.sees("Appel 1", "Personne ne s'en charge encore")
        world.ana.gets_sms("S261120a", "Répondre 1")
        await world.pass_(minutes=3.1)
        call = world.ana.is_called()
        assert "C'est à vous" in await call.presses("4")
        assert "s'en charge depuis" in card.words
        card.button("Reprendre")


async def test_two_pages_are_open_and_an_answer_that_names_none_is_asked_which(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.alert(candidate("S261120a"))
        await world.alert(candidate("S261120b"))
        world.channel("gw", "S261120a")
        world.channel("gw", "S261120b")
        world.ana.sees("Page 1")
        world.ana.sees("Page 2")
        world.ana.gets_sms("S261120a")
        await world.pass_(minutes=1.2)
        second = world.ana.gets_sms("S261120b", "Reply 2 = mine")
        assert await second.replies("ok") == "Which page? 1: S261120a; 2: S261120b. Reply ack 1"
        assert "page 2, S261120b" in await second.replies("2")
        assert "page 1, S261120a" in await second.replies("ack 1")
        assert (
            await second.replies("hello")
            == "Reply ack, no, next, wait or done, with the page's number: ack 12"
        )
        assert await second.replies("ack 77") == "There is no page 77."


async def test_a_stranger_answers_and_nothing_happens(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        world.ana.sees("Page 1")
        world.ana.gets_sms("S261120a")
        assert await world.hears_sms("+33699999999", "ack 1") == ""  # a stranger is told nothing
        assert (await world.page()).state is PageState.OPEN
        await world.ana.answers(1, Answer.ACKNOWLEDGE)


async def test_twilio_delivers_the_same_answer_three_times(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        world.ana.sees("Page 1")
        sms = world.ana.gets_sms("S261120a")
        for _ in range(3):
            await sms.replies("next 1", sid=f"SM{1:032x}")
        world.bo.gets_sms("S261120a")
        assert (await world.page()).step == 2  # one step further, not three
        await world.bo.answers(1, Answer.ACKNOWLEDGE)
        world.ana.gets_sms("bo has it")


async def test_four_replicas_share_the_night_and_everything_is_said_once(any_database: Database) -> None:
    url = any_database.url.render_as_string(hide_password=False)
    async with open_world(url, replicas=4) as world:
        for name in ("S261120a", "S261120b"):
            await world.alert(candidate(name))
            world.channel("gw", name)
            world.ana.sees(name)
        await world.pass_(minutes=1.2)
        world.ana.gets_sms("S261120a")
        world.ana.gets_sms("S261120b")
        await world.pass_(minutes=5)
        for _ in range(2):
            world.ana.is_called()
            world.bo.gets_sms("S2611")
        await world.bo.answers(1, Answer.ACKNOWLEDGE)
        settled = await world.bo.answers(1, Answer.ACKNOWLEDGE)
        assert settled.why is Why.REPEATED
        await world.bo.answers(2, Answer.ACKNOWLEDGE)
        await world.pass_(minutes=2)
        for _ in range(2):
            world.ana.gets_sms("bo has it")


async def test_the_machine_stood_still_for_two_hours_and_the_steps_are_not_made_up_for(
    tmp_path: Path,
) -> None:
    async with open_world(tmp_path) as world:
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        world.ana.sees("Page 1")
        world.ana.gets_sms("S261120a")
        await world.clock.advance(2 * 3600.0)
        await world.settle()
        world.ana.is_called()  # what was due, once
        await world.bo.gets_sms("S261120a").replies("1")  # the next step, and not all of them at once
        await world.pass_(hours=4)
        for message in world.twilio.messages:
            world._taken.add(message.sid)
        assert world.clock.now() > EVENING
        assert not any(m.to == "+2348031234503" for m in world.twilio.messages)
