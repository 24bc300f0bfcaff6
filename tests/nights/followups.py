"""A night of follow-up: people in Slack and Discord, a small SkyPortal, jobs that move as the clock does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from platforms.job import Job
from platforms.tracker import Tracker
from tests.events.inline_compute import InlineCompute
from tests.nights.chats import ANA, PEOPLE, SPEC, Chats
from tests.nights.world import EVENING, World, open_world
from tests.patience import PATIENCE
from tests.standins.discord import DiscordStandIn
from tests.standins.discord import Message as DiscordMessage
from tests.standins.skyportal.clocks import HurriedClock
from tests.standins.skyportal.portal import Portal
from tests.standins.skyportal.portal_sources import SourceWorld
from tests.standins.slack_people import SlackPerson, SlackWithPeople
from tests.standins.slack_world import Message

LOOK_AGAIN = 0.01  # s
CHIDI = "U000000CHID"


@dataclass
class FollowUp:
    """The night. `says` types a command and waits for its answer; `works` lets jobs move."""

    chats: Chats
    portal: Portal
    sources: SourceWorld
    fronts: list[asyncio.Task[None]] = field(default_factory=list)

    async def opens(self) -> None:
        """The desk listens to its chats, and follows its jobs."""
        hub = self.world.hub
        assert hub.slack is not None
        discord = hub.discord
        self.tracker: Tracker = hub._tracker()
        self.fronts = [asyncio.create_task(hub.slack.run())]
        await self.chats.slack.connected()
        if discord is not None:
            self.fronts.append(asyncio.create_task(discord.run()))
            await self.chats.discord.wait_for(lambda: discord.connected or self.fronts[1].done())

    async def hangs_up(self) -> None:
        """The desk hears nobody any more."""
        for front in self.fronts:
            front.cancel()
        await asyncio.gather(*self.fronts, return_exceptions=True)

    async def restarts(self) -> None:
        """Another process goes on from what is written down: what this one knew by heart is gone."""
        await self.hangs_up()
        await self.chats.slack.wait_for(lambda: self.chats.slack.connections == 0)
        await self.world.restarts()
        await self.opens()

    @property
    def world(self) -> World:
        return self.chats.world

    @property
    def ana(self) -> SlackPerson:
        return self.chats.ana

    async def alert(self, content: bytes) -> None:
        """GCN sends a notice: it is read, its map's numbers land, and what follows from them is decided."""
        await self.world.alert(content)
        analyst = self.world.hub._analyst()
        while await analyst.analyse_next():
            pass
        await self.world.settle()

    async def works(self, times: int = 12, seconds: float = 30.0) -> None:
        """Let so many rounds of jobs be done, with the clock moving between them."""
        for _ in range(times):
            await self.tracker.track_due()
            await self.world.settle()
            if all(job.state.ended for job in await self.jobs()):
                return
            await self.world.clock.advance(seconds)
        await self.world.settle()

    async def ends(self, kind: str, **wanted: Any) -> Job:
        """The newest job of a kind, once it has ended."""
        for _ in range(60):
            found = [job for job in await self.jobs(**wanted) if job.kind == kind]
            if found and found[0].state.ended:
                await self.world.settle()
                return found[0]
            await self.tracker.track_due()
            await self.world.clock.advance(5.0)
            await asyncio.sleep(LOOK_AGAIN)
        raise AssertionError(f"no job {kind} has ended: {await self.jobs()}; {self.shown()}")

    async def jobs(self, **wanted: Any) -> tuple[Job, ...]:
        return await self.world.hub.jobs.jobs(**wanted)

    async def says(self, line: str, *words: str, by: SlackPerson | None = None) -> Any:
        """Somebody types a command in #gw; what answers it with these words: a message or a whisper."""
        before = set(self._marks())
        await (by or self.ana).types("/nd", line, "#gw")
        return await self.reads(*words, before=before)

    async def presses(self, label: str, where: Any, *words: str, by: SlackPerson | None = None) -> Any:
        """Somebody presses a button; what answers with these words."""
        before = set(self._marks())
        await (by or self.ana).presses(label, where)
        return await self.reads(*words, before=before)

    async def reads(self, *words: str, before: set[tuple[str, str]] | None = None) -> Any:
        """What stands anywhere in Slack with all these words, newer than `before`, as soon as it does."""
        known = before or set()
        looked: object = None
        for _ in range(int(PATIENCE / LOOK_AGAIN)):
            slack = self.chats.slack
            now = [(m.ts, m.edits, m.deleted) for m in slack.messages], [w.replaced for w in slack.whispers]
            for each in self._all() if now != looked else ():
                if (_name(each), each.words) not in known and all(word in each.words for word in words):
                    return each
            looked = now
            await asyncio.sleep(LOOK_AGAIN)
        raise AssertionError(f"nothing says {words}; shown was {self.shown()}")

    async def confirms_in_discord(self, path: str, subject: str) -> None:
        """Bo, in Discord, says yes to what ana asked and what waits for a second person."""
        listed = await self.chats.asks(self.chats.bo, "confirmations")
        assert path in listed.words, listed.words
        assert "asked by ana" in listed.words, listed.words
        await self.chats.presses(self.chats.bo, listed.shown[0], "Yes to 1")
        entry = await self.chats.audited(
            lambda each: (each.what, each.subject, each.result) == (path, subject, "done")
        )
        assert (entry.who, entry.details["why"]) == ("bo", "asked by ana, confirmed by bo")

    def card(self, *words: str) -> Message:
        """What stands in #gw, in any thread, and says all this: the newest."""
        for message in reversed(self.chats.slack.channel("gw").said):
            if not message.deleted and all(word in message.words for word in words):
                return message
        raise AssertionError(f"nothing in #gw says {words}; shown was {self.shown()}")

    def in_discord(self, *words: str) -> DiscordMessage:
        return self.chats.shown(*words)

    def shown(self) -> str:
        return "\n---\n".join(each.words for each in self._all())

    def _all(self) -> list[Any]:
        slack = self.chats.slack
        return [*(m for m in reversed(slack.messages) if not m.deleted), *reversed(slack.whispers)]

    def _marks(self) -> list[tuple[str, str]]:
        return [(_name(each), each.words) for each in self._all()]


def _name(each: Any) -> str:
    return str(getattr(each, "ts", "") or id(each))


@asynccontextmanager
async def open_follow_up(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    second_person: Sequence[str] = (),
    reactions: Sequence[Mapping[str, Any]] = (),
    in_discord: bool = True,
    **sections: Any,
) -> AsyncIterator[FollowUp]:
    """A night with people in both chats and a SkyPortal that gives ZTF's time; heavy work is done at once.

    Without Discord (`in_discord`) it opens in a third of the time.
    """
    monkeypatch.setattr("bot.hub.compute_of", lambda settings: InlineCompute())
    clock = HurriedClock(EVENING)

    def seconds() -> float:
        return clock.now().timestamp()

    slack = SlackWithPeople(clock=seconds, spec=SPEC if SPEC.is_file() else None)
    sources = SourceWorld()
    portal = Portal(clock=clock)
    portal.rooms.insert(1, sources.answer)
    async with DiscordStandIn(clock=seconds) as discord, portal:
        place, bo = discord.add_channel("gw"), discord.add_user("bo")
        people = PEOPLE.format(ana=ANA, bo=bo.id, chidi=CHIDI, way="discord")
        people = people.replace('"trigger:ZTF"', '"trigger:ZTF", "trigger:SEDM"')
        more: dict[str, Any] = {
            "slack": {"app_token": "xapp-1"},
            "commands": {"second_person": list(second_person)},
            "facilities": {"names": ["ZTF", "DECam"]},
            "skyportal": {"url": portal.url, "token": portal.desk, **sections.pop("skyportal", {})},
            "reactions": [dict(each) for each in reactions],
            **sections,
        }
        if in_discord:
            address = {"token": discord.token, "api_url": discord.url, "gateway_url": discord.gateway_url}
            more["discord"] = address
        channel = {"name": "gw-discord", "kind": "discord", "address": place.id}
        async with open_world(
            folder,
            people=people,
            channels=[channel] if in_discord else [],
            told=("gw", "gw-discord") if in_discord else ("gw",),
            more=more,
            slack=slack,
            clock=clock,
            strict=False,
        ) as world:
            night = FollowUp(Chats(world, slack, discord, place, bo), portal, sources)
            try:
                await night.opens()
                yield night
            finally:
                await night.hangs_up()
