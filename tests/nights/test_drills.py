"""Nights on which the desk is tried out: drills, self-tests, and what watches it from outside."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
from aiohttp import web
from sqlalchemy import select

from bot.cli.drills import lines_of
from bot.dead_mans_switch import DeadMansSwitch
from bot.drill_work import DrillWork
from bot.drills import begin_drill, report_of
from bot.self_test import SelfTest
from commands.drill_commands import KIND
from notifiers.paging.tables import DrillRow, SelfTestRow
from platforms.job import JobState
from platforms.jobs import Wanted
from tests.nights.chats import open_chats
from tests.nights.world import candidate, open_world


async def test_a_drill_goes_the_whole_way_and_says_who_did_not_answer(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        drill = await begin_drill(world.hub.database, world.clock, by="dana", seed=1)
        await world.reads()
        name = drill.event.partition(":")[2]
        world.channel("gw", f"DRILL: BNS candidate {name}")
        world.ana.sees("DRILL: Page 1", name)
        world.ana.gets_sms("DRILL", "Reply 1 = mine")
        await world.pass_(minutes=5.2)
        world.ana.is_called("drill")
        await world.bo.gets_sms("DRILL").replies("1")
        world.ana.gets_sms("DRILL", "bo has it")
        async with world.hub.database.read() as session:
            report = await report_of(session, drill)
        assert report.answered == "bo"
        assert report.silent_people == ("ana",)
        assert report.acknowledged is not None
        assert timedelta(minutes=5) < report.acknowledged < timedelta(minutes=6)
        assert report.page is not None
        assert report.page < timedelta(seconds=10)
        lines = lines_of(report, silent=False)
        assert any(line.startswith("did not answer") and "ana" in line for line in lines)


async def test_a_silent_drill_rings_nowhere_and_shows_no_card(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        drill = await begin_drill(world.hub.database, world.clock, route="near", silent=True, seed=1)
        await world.reads()
        await world.pass_(minutes=6)
        async with world.hub.database.read() as session:
            report = await report_of(session, drill)
        assert report.page is not None
        assert report.asked == ("ana", "bo")
        assert report.card is None


async def test_a_mock_superevent_a_day_is_the_self_test_and_nobody_hears_of_it(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.alert(candidate("MS261120a"))
        test = SelfTest(world.hub.database, world.clock, "night", world.hub._warn)
        await test.step()
        async with world.hub.database.read() as session:
            assert [row.events for row in await session.scalars(select(SelfTestRow))] == [1]
            assert (await session.scalars(select(DrillRow))).all() == []
        await world.pass_(hours=23)
        await test.step()
        await world.clock.advance(2 * 3600.0)  # the stream's own mock events have stopped
        await test.step()
        await world.reads()  # so the desk sent itself one, which is told to nobody
        await world.clock.advance(1200.0)
        await test.step()
        async with world.hub.database.read() as session:
            assert len((await session.scalars(select(SelfTestRow))).all()) == 2


async def test_a_self_test_that_does_not_come_through_is_told_once(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        test = SelfTest(world.hub.database, world.clock, "night", world.hub._warn)
        await test.step()  # asks for one, which nobody reads
        for _ in range(4):
            await world.clock.advance(900.0)
            await test.step()
            await world.settle()
        world.channel("desk", "The self-test did not come through")


async def test_the_outside_hears_from_the_desk_only_while_all_of_it_moves(tmp_path: Path) -> None:
    heard: list[str] = []

    async def hear(request: web.Request) -> web.Response:
        heard.append(request.path)
        return web.Response(text="OK")

    app = web.Application()
    app.router.add_get("/ping", hear)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/ping"
    async with open_world(tmp_path) as world, aiohttp.ClientSession() as client:
        switch = DeadMansSwitch(url, world.clock, world.standing_still)
        await world.settle()
        assert await switch.step(client)
        await world.alert(candidate("S261120a"))
        world.channel("gw", "S261120a")
        world.ana.sees("Page 1")
        world.ana.gets_sms("S261120a")
        assert await switch.step(client)
        await world.clock.advance(600.0)  # nobody moves the page on: step 2 was due five minutes ago
        assert not await switch.step(client)
        await world.settle()
        world.ana.is_called()
        world.bo.gets_sms("S261120a")
        assert await switch.step(client)
        assert heard == ["/ping"] * 3
    await runner.cleanup()


async def test_a_drill_asked_in_slack_is_followed_there_by_one_card_to_its_end(tmp_path: Path) -> None:
    async with open_chats(tmp_path) as chats:
        world, gw = chats.world, chats.slack.channel("gw")
        people, wanted = world.hub.desk.rooms.people, {"permissions": ["administrator"]}
        await people.change("ana", wanted, by="test", administrator=True)
        tracker = world.hub._tracker()

        async def follow() -> None:
            await world.clock.advance(3.0)
            await tracker.track_due()
            await world.settle()

        await chats.ana.types("/nd", "drill", "#gw")
        await chats.slack.wait_for(lambda: any("Hold a drill?" in m.words for m in gw.said))
        question = gw.expect("Hold a drill?")
        assert "every message begins with DRILL" in question.words
        await chats.ana.presses("Yes", question)
        await chats.whispered(chats.ana, "Its card comes here")
        await follow()
        await follow()
        card = gw.expect("somebody was paged")
        assert "not yet" in card.words
        await chats.ana.types("/nd", "drill", "#gw")
        await chats.whispered(chats.ana, "A drill is going on already: job 1, asked for by ana")

        await world.reads()
        await follow()
        await world.pass_(minutes=5.2)
        await world.bo.gets_sms("DRILL").replies("1")
        await follow()
        assert "bo had it after 5 min" in card.text
        assert "Has not answered: ana" in card.words
        assert ": done" in card.words
        assert "not yet" not in card.words
        assert len([m for m in gw.said if "Drill " in m.words]) == 1


async def test_a_drill_whose_start_was_interrupted_is_put_in_once_and_taking_it_back_ends_its_pages(
    tmp_path: Path,
) -> None:
    async with open_world(tmp_path, strict=False) as world:
        hub = world.hub
        job = await hub.jobs.ask(Wanted(KIND, "here", {"route": None, "silent": False}, "ana"))
        work = DrillWork(hub.database, world.clock, hub.pages)
        first = await work.start(job)
        await world.clock.advance(30.0)
        assert (await work.start(job)).remote == first.remote
        async with hub.database.read() as session:
            assert len((await session.scalars(select(DrillRow))).all()) == 1
        await world.reads()
        world.ana.sees("DRILL: Page 1")
        begun = replace(job, remote=first.remote or {})
        assert (await work.cancel(begun)).state is JobState.CANCELLED
        before = len(world.twilio.messages)
        await world.pass_(minutes=6)  # after five bo would be asked
        assert len(world.twilio.messages) == before
        assert await hub.pages.open_pages() == ()
        await world.clock.advance(900.0)
        late = await work.look(begun)
        assert (late.state, late.results and late.results["did_not_answer"]) == (JobState.FAILED, ["ana"])
