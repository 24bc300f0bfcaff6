"""A night whose people are in Slack and in Discord: the world of the nights, with both front ends running.

    async with open_chats(folder) as chats:
        await chats.alert(candidate("S261120a"))
        await chats.ana.presses("I have it", chats.world.channel("gw", "S261120a").message)

What they press and type goes through Slack's sockets and Discord's gateway to the hub's own front ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from store import audit
from store.audit import AuditEntry
from store.clock import ManualClock
from tests.conftest import SHARED_DATA
from tests.nights.world import EVENING, World, open_world
from tests.standins.discord import DiscordStandIn, Interaction, User
from tests.standins.discord import Message as DiscordMessage
from tests.standins.discord import Place as DiscordPlace
from tests.standins.slack_people import SlackPerson, SlackWithPeople

SPEC = SHARED_DATA.parent / "specs" / "slack-web-api.openapi-v2.json"
ANA, CHIDI = "U0000000ANA", "U000000CHID"

PEOPLE = """
people:
  - {{name: ana, slack: {ana}, email: ana@example.org, timezone: Europe/Paris, verified: true,
     permissions: [shifter, "trigger:ZTF"], contact: [{{after: 0, by: slack}}, {{after: 0, by: email}}]}}
  - {{name: bo, discord: "{bo}", phone: "+14155550102", timezone: America/Los_Angeles, verified: true,
     permissions: [shifter, "trigger:ZTF"], contact: [{{after: 0, by: {way}}}]}}
  - {{name: chidi, slack: {chidi}, timezone: Africa/Lagos, verified: true, permissions: [viewer],
     contact: [{{after: 0, by: slack}}]}}
"""


@dataclass
class Chats:
    """A night, the people's hands in both chats, and the place in Discord that the desk tells of events."""

    world: World
    slack: SlackWithPeople
    discord: DiscordStandIn
    place: DiscordPlace
    bo: User

    @property
    def ana(self) -> SlackPerson:
        return self.slack.person(ANA)

    @property
    def chidi(self) -> SlackPerson:
        return self.slack.person(CHIDI)

    async def asks(self, user: User, path: str, **given: object) -> Interaction:
        """Somebody runs a command in Discord; returns once it is answered."""
        made = await self.discord.interactions.command(user, path, given, place=self.place)
        return await self.discord.interactions.answered(made)

    async def presses(self, user: User, message: DiscordMessage, label: str) -> Interaction:
        """Somebody presses a button in Discord; returns once it is answered."""
        made = await self.discord.interactions.press(user, message, label)
        return await self.discord.interactions.answered(made)

    async def whispered(self, person: SlackPerson, words: str) -> str:
        """What Slack showed to them alone, once it says this."""
        mine = self.slack.whispers
        await self.slack.wait_for(lambda: any(w.user == person.id and words in w.words for w in mine))
        return person.whispered(words).words

    async def tells(self) -> None:
        """The desk tells what it owes: of duty, of pages, of events."""
        await self.world.hub.duty.news.step()
        await self.world.settle()

    def shown(self, *says: str) -> DiscordMessage:
        """What stands in Discord, anywhere, and says all this."""
        for message in self.discord.messages:
            if all(each in message.words for each in says):
                return message
        raise AssertionError(f"nothing in Discord says {says}: {[m.words for m in self.discord.messages]}")

    async def audited(self, found: Callable[[AuditEntry], bool]) -> AuditEntry:
        """The entry of the audit, once it is written."""
        entries: Sequence[AuditEntry] = ()
        for _ in range(1000):
            async with self.world.hub.database.read() as session:
                entries = await audit.entries(session)
            for entry in entries:
                if found(entry):
                    return entry
            await asyncio.sleep(0.005)
        raise AssertionError(entries)


@asynccontextmanager
async def open_chats(
    folder: Path, *, bo_by: str = "sms", second_person: Sequence[str] = ()
) -> AsyncIterator[Chats]:
    """A night with people in both chats. `bo_by` is the way by which Bo is told."""
    clock = ManualClock(EVENING)

    def seconds() -> float:
        return clock.now().timestamp()

    slack = SlackWithPeople(clock=seconds, spec=SPEC if SPEC.is_file() else None)
    async with DiscordStandIn(clock=seconds) as discord:
        place, bo = discord.add_channel("gw"), discord.add_user("bo")
        people = PEOPLE.format(ana=ANA, bo=bo.id, chidi=CHIDI, way=bo_by)
        async with open_world(
            folder,
            people=people,
            channels=[{"name": "gw-discord", "kind": "discord", "address": place.id}],
            told=("gw", "gw-discord"),
            more={
                "slack": {"app_token": "xapp-1"},
                "discord": {
                    "token": discord.token,
                    "api_url": discord.url,
                    "gateway_url": discord.gateway_url,
                },
                "commands": {"second_person": list(second_person)},
                "facilities": {"names": ["ZTF", "DECam"]},
            },
            slack=slack,
            clock=clock,
            strict=False,
        ) as world:
            hub = world.hub
            assert hub.slack is not None
            assert hub.discord is not None
            fronts = [asyncio.create_task(hub.slack.run()), asyncio.create_task(hub.discord.run())]
            try:
                await slack.connected()
                await discord.wait_for(lambda: hub.discord.connected or fronts[1].done())  # type: ignore[union-attr]
                assert hub.discord.connected, fronts[1].exception()
                yield Chats(world, slack, discord, place, bo)
            finally:
                for front in fronts:
                    front.cancel()
                await asyncio.gather(*fronts, return_exceptions=True)
    assert slack.violations == []
    assert [each[:200] for each in discord.violations] == []
