"""A night in Slack: an instrument's own form as a modal, a fit with its picture, through a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from commands.jobs_told import JobCards
from platforms.instances import Instance, Platforms
from platforms.skyportal.analyses import AnalysisWork
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.followup_work import FollowupWork
from platforms.skyportal.ways import Ways
from platforms.tracker import LEASE, Tracker
from shifts.people_file import parse_people
from tests.commands.portal_night import fill
from tests.nights.chats import ANA, Chats, open_chats
from tests.standins.skyportal.clocks import HurriedClock
from tests.standins.skyportal.portal import Portal
from tests.standins.skyportal.portal_sources import SECRET, SourceWorld

MAY = f"""
people:
  - {{name: ana, slack: {ANA}, email: ana@example.org, timezone: Europe/Paris, verified: true,
     permissions: [shifter, "trigger:SEDM"], contact: [{{after: 0, by: slack}}]}}
"""


@dataclass
class FollowUpNight:
    chats: Chats
    world: SourceWorld
    portal: Portal
    client: SkyPortal
    tracker: Tracker

    async def passes(self, seconds: float) -> None:
        """Let the tracker and the outbox work for so long."""
        for _ in range(4):
            await self.chats.world.clock.advance(seconds / 4)
            await self.tracker.track_due()
            await self.chats.world.settle()

    async def restarts(self) -> None:
        """Another process goes on from what is written down."""
        self.tracker = tracker_of(self.chats, self.client, "another process")
        self.chats.world.dispatchers[:] = [self.chats.world.hub._dispatcher()]
        await self.chats.world.clock.advance(LEASE + 1)


def tracker_of(chats: Chats, client: SkyPortal, owner: str) -> Tracker:
    hub, ways = chats.world.hub, Ways({"fritz": client})
    works = {work.kind: work for work in (FollowupWork(ways), AnalysisWork(ways))}
    return Tracker(hub.database, hub.clock, works, tell=JobCards(hub.clock).tell, owner=owner)


@asynccontextmanager
async def open_night(folder: Path) -> AsyncIterator[FollowUpNight]:
    async with open_chats(folder) as chats:
        hub = chats.world.hub
        await hub.desk.rooms.people.put(parse_people(MAY), by="test")
        async with Portal(clock=hub.clock) as portal:
            world = SourceWorld()
            portal.rooms.insert(0, lambda there, account, call: world.answer(there, account, call))
            fill(world)
            client = SkyPortal("fritz", portal.url, portal.desk, HurriedClock(hub.clock.now()))
            platforms = Platforms(
                {"fritz": Instance("fritz", "skyportal", portal.url, portal.desk)},
                skyportals={"fritz": client},
            )
            hub.desk.rooms = replace(hub.desk.rooms, platforms=platforms)
            yield FollowUpNight(chats, world, portal, client, tracker_of(chats, client, "one process"))
            await client.close()


async def test_an_instruments_form_is_filled_in_corrected_confirmed_and_followed(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        ana, slack = night.chats.ana, night.chats.slack
        gw = slack.channel("gw")
        await ana.types("/nd", "followup AT2026kn SEDM", "#gw")
        await slack.wait_for(lambda: len(ana.views) == 1)
        labels = {
            block["block_id"]: block["label"]["text"] for block in ana.views[-1]["blocks"] if "label" in block
        }
        assert labels["settings.observation_type"] == "Mode" and labels["settings.priority"] == "Priority"

        wrong = await ana.submits(**{"settings.priority": "9"})
        assert wrong.answer is not None and "1…5" in wrong.answer["errors"]["settings.priority"]
        assert not night.world.followups

        await ana.submits(**{"settings.priority": "4"})
        await slack.wait_for(lambda: gw.find("Ask SEDM to observe AT2026kn?") is not None)
        await ana.presses("Yes", gw.expect("Ask SEDM to observe AT2026kn?"))
        await night.chats.whispered(ana, "is asked of fritz")
        await night.passes(8)
        (made,) = night.world.followups
        card = gw.expect("SEDM for AT2026kn")
        assert made["payload"]["priority"] == 4 and "submitted" in card.words

        await night.restarts()
        made["status"] = "complete"
        await night.passes(1200)
        assert len(night.world.followups) == 1 and ": done" in card.words
        assert not any(SECRET in message.words for message in gw.said)


async def test_a_fit_shows_its_numbers_and_its_picture_after_a_restart(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        gw = night.chats.slack.channel("gw")
        await night.chats.ana.types("/nd", "fit AT2026kn Me2017", "#gw")
        await night.chats.whispered(night.chats.ana, "is asked of fritz")
        await night.passes(4)
        card = gw.expect("Fit of AT2026kn with Me2017")
        assert "running" in card.words
        await night.restarts()
        await night.passes(400)
        assert "log10_mej" in card.words and "± 0.20" in card.words and len(card.pictures) == 1
        assert len(night.world.analyses) == 1
