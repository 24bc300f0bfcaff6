"""Nights of jobs: asked in a chat, followed through a restart, cancelled by a button, failed with advice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from commands.command import Command, Nature
from commands.jobs_asked import ask_job
from commands.jobs_told import JobCards
from commands.options import Option, OptionKind
from commands.request import Reply, Request
from commands.rooms import Rooms
from platforms.job import JobPlace, PlatformError
from platforms.jobs import Wanted
from platforms.tracker import LEASE, Tracker
from tests.nights.chats import Chats, open_chats
from tests.nights.world import candidate
from tests.platforms.works import Portal, PortalWork


async def _asked(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    wanted = Wanted("portal.thing", "portal", {"strategy": request.text("strategy")}, facility="ZTF")
    async for reply in ask_job(request, rooms, wanted):
        yield reply


THING = Command(
    "thing",
    "Asks a platform for a thing",
    _asked,
    options=(Option("strategy", OptionKind.TEXT, "How", default="tiling"),),
    nature=Nature.STARTS,
    examples=("thing tiling",),
)


@dataclass
class JobNight:
    """A night in both chats with one more platform, and the tracker that follows its jobs."""

    chats: Chats
    portal: Portal
    tracker: Tracker

    async def passes(self, seconds: float) -> None:
        """Let the tracker and the outbox work for so long."""
        for _ in range(int(seconds / 2)):
            await self.chats.world.clock.advance(2.0)
            await self.tracker.track_due()
            await self.chats.world.settle()

    async def restarts(self) -> None:
        """The process is gone with all it knew by heart; another begins from what is written down."""
        self.tracker = tracker_of(self.chats, self.portal, "another process")
        self.chats.world.dispatchers[:] = [self.chats.world.hub._dispatcher()]
        await self.chats.world.clock.advance(LEASE + 1)

    async def is_asked(self, line: str, where: str = "#gw") -> None:
        await self.chats.ana.types("/nd", line, where)


def tracker_of(chats: Chats, portal: Portal, owner: str) -> Tracker:
    hub = chats.world.hub
    tell = JobCards(hub.clock).tell
    works = {PortalWork.kind: PortalWork(portal)}
    return Tracker(hub.database, hub.clock, works, tell=tell, owner=owner)


@asynccontextmanager
async def open_night(folder: Path) -> AsyncIterator[JobNight]:
    async with open_chats(folder) as chats:
        chats.world.hub.desk.book.commands[THING.path] = THING
        portal = Portal()
        yield JobNight(chats, portal, tracker_of(chats, portal, "one process"))


async def test_a_job_asked_in_slack_survives_a_restart_and_its_one_card_shows_the_pictures(
    tmp_path: Path,
) -> None:
    async with open_night(tmp_path) as night:
        gw = night.chats.slack.channel("gw")
        await night.is_asked("thing tiling")
        await night.chats.whispered(night.chats.ana, "is asked of portal")
        await night.passes(8)
        card = gw.expect("portal.thing")
        assert "running, 40 %" in card.words and "computing tiles" in card.words
        assert "asked for by ana" in card.words

        await night.restarts()
        (mark,) = night.portal.made
        night.portal.made[mark] = "done"
        await night.passes(70)

        assert night.portal.creations == {mark: 1}
        assert ": done" in card.words and "tiles: 17" in card.words
        assert len(card.pictures) == 1, "the picture was uploaded and the card edited to show it"
        assert [m for m in gw.said if "portal.thing" in m.words] == [card], "one card, edited"
        assert "Cancel it" not in card.words

        await night.is_asked("thing tiling")
        whisper = await night.chats.whispered(night.chats.ana, "The same was asked before")
        assert ": done" in whisper
        await night.chats.ana.presses("Ask again", night.chats.ana.whispered("The same was asked before"))
        await night.chats.slack.wait_for(
            lambda: sum("is asked of portal" in w.words for w in night.chats.slack.whispers) == 2
        )
        await night.passes(6)
        assert len([m for m in gw.said if "portal.thing" in m.words]) == 2
        assert len(night.portal.made) == 2


async def test_a_job_is_cancelled_by_its_button_in_the_thread_of_its_card(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        gw = night.chats.slack.channel("gw")
        await night.is_asked("thing tiling")
        await night.chats.whispered(night.chats.ana, "is asked of portal")
        await night.passes(6)
        card = gw.expect("portal.thing")

        await night.chats.chidi.presses("Cancel it", card)
        await night.chats.whispered(night.chats.chidi, "only they, roster managers")
        await night.chats.ana.presses("Cancel it", card)
        await night.chats.slack.wait_for(lambda: gw.find("Cancel job 1?") is not None)
        await night.chats.ana.presses("Yes", gw.expect("Cancel job 1?"))
        await night.chats.audited(lambda entry: (entry.what, entry.result) == ("job cancel", "done"))
        await night.passes(6)
        assert "cancelled" in card.words
        assert list(night.portal.made.values()) == ["cancelled"]


async def test_a_job_that_fails_says_the_platforms_reason_and_what_to_do(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        chats = night.chats
        night.portal.fails = [
            PlatformError("portal has no instrument <ZTF>", advice="ask its administrator to add it")
        ]
        await chats.asks(chats.bo, "job show", job="1")
        await night.is_asked("thing galaxies")
        await chats.whispered(chats.ana, "is asked of portal")
        await night.passes(4)
        card = chats.slack.channel("gw").expect("portal.thing")
        assert "failed" in card.words and "portal has no instrument" in card.words
        assert "What to do: ask its administrator to add it" in card.words
        listed = await chats.asks(chats.bo, "jobs")
        assert "portal.thing" in listed.words and "failed" in listed.words


async def test_where_the_app_is_no_member_whoever_asked_gets_the_card_directly(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        elsewhere = night.chats.slack.add_channel("elsewhere", member=False)
        await night.is_asked("thing tiling", "#elsewhere")
        await night.chats.whispered(night.chats.ana, "is asked of portal")
        await night.passes(8)
        assert [m for m in elsewhere.said if "portal.thing" in m.words] == []
        (mark,) = night.portal.made
        night.portal.made[mark] = "done"
        await night.passes(60)
        assert ": done" in night.chats.world.ana.sees("portal.thing").words


async def test_a_job_asked_in_discord_has_its_card_there_and_is_cancelled_there(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        chats = night.chats
        place = JobPlace("discord", chats.place.id, timezone="America/Los_Angeles")
        await chats.world.hub.jobs.ask(Wanted("portal.thing", "portal", {}, "bo", place=place))
        await night.passes(8)
        card = chats.shown("portal.thing", "running, 40")
        assert card in chats.place.messages
        question = await chats.presses(chats.bo, card, "Cancel it")
        assert "Cancel job 1?" in question.words
        await chats.presses(chats.bo, question.shown[0], "Yes, do it")
        await night.passes(6)
        assert "cancelled" in card.words
        assert list(night.portal.made.values()) == ["cancelled"]


async def test_what_a_rule_asks_is_told_in_the_thread_of_the_events_card(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        world = night.chats.world
        await world.alert(candidate("S261120a"))
        card = world.channel("gw", "S261120a")
        place = JobPlace("channel", "gw")
        wanted = Wanted("portal.thing", "portal", {}, "rule plan", "LVK:S261120a", "ZTF", place=place)
        await world.hub.jobs.ask(wanted)
        await night.passes(8)
        (mark,) = night.portal.made
        night.portal.made[mark] = "done"
        await night.passes(60)
        thread = night.chats.slack.channel("gw").thread(card.message.ts)
        told = [message for message in thread if "portal.thing" in message.words]
        assert len(told) == 1 and ": done" in told[0].words and len(told[0].pictures) == 1
