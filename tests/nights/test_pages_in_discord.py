"""Nights on which somebody is paged in Discord: answered by button or command, shown in Slack, told once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.nights.world import EVENING, PEOPLE, World, candidate, open_world, retracted
from tests.standins.discord import DiscordStandIn, Interaction, Message, User


@dataclass
class Night:
    """A world in which ana and eve read Discord."""

    world: World
    discord: DiscordStandIn
    ana: User
    eve: User

    def sees(self, *says: str) -> Message:
        """A direct message to ana that says this."""
        for message in self.discord.channel("@ana").messages:
            if all(each in message.words for each in says):
                message.expected = True
                return message
        raise AssertionError(
            f"ana sees nothing that says {says}: {self.discord.channel('@ana').transcript()}"
        )

    async def presses(self, user: User, message: Message, label: str) -> Interaction:
        pressed = await self.discord.interactions.press(user, message, label)
        await self.discord.interactions.answered(pressed)
        await self.world.settle()
        return pressed


@asynccontextmanager
async def night_in_discord(folder: Path) -> AsyncIterator[Night]:
    async with DiscordStandIn(clock=EVENING.timestamp) as discord:
        ana, eve = discord.add_user("ana"), discord.add_user("eve")
        people = PEOPLE.replace("slack: U0000000ANA", f'discord: "{ana.id}"').replace(
            "by: slack}, {", "by: discord}, {", 1
        )
        people = people.replace("{after: 0, by: sms}, {after: 3, by: voice}", "{after: 3, by: voice}")
        people += (
            f'  - {{name: eve, discord: "{eve.id}", timezone: UTC, verified: true, permissions: [viewer]}}\n'
        )
        access = {"token": discord.token, "api_url": discord.url, "gateway_url": discord.gateway_url}
        async with open_world(folder, people=people, more={"discord": access}) as world:
            assert world.hub.discord is not None
            front = asyncio.create_task(world.hub.discord.run())
            try:
                await discord.gateway.connected()
                yield Night(world, discord, ana, eve)
                assert discord.unexpected == []
                assert discord.violations == []
            finally:
                front.cancel()
                await asyncio.gather(front, return_exceptions=True)


async def test_ana_has_it_by_a_button_in_discord_and_slack_shows_it(tmp_path: Path) -> None:
    async with night_in_discord(tmp_path) as night:
        await night.world.alert(candidate("S261120a"))
        night.world.channel("gw", "S261120a", "nobody has it yet")
        card = night.sees("Page 1", "S261120a", "Nobody has it yet")
        pressed = await night.presses(night.ana, card, "I have it")
        pressed.shown[0].expected = True
        assert "You have it" in pressed.words
        assert "has it since" in card.words
        night.world.channel("gw", "*ana* has it since")
        await night.world.pass_(hours=12)  # and nobody else ever hears of it
        assert (await night.world.page()).holder == "ana"


async def test_somebody_who_may_not_is_told_so_and_the_page_goes_on(tmp_path: Path) -> None:
    async with night_in_discord(tmp_path) as night:
        await night.world.alert(candidate("S261120a"))
        night.world.channel("gw", "S261120a")
        night.sees("Page 1")
        place = night.discord.add_channel("gw")
        asked = await night.discord.interactions.command(
            night.eve, "page acknowledge", {"page": "1"}, place=place
        )
        await night.discord.interactions.answered(asked)
        (refusal,) = asked.shown
        assert refusal.ephemeral
        assert "needs the permission shifter" in refusal.words
        await night.world.pass_(minutes=3.1)
        night.world.ana.is_called("two neutron stars")
        asked = await night.discord.interactions.command(
            night.ana, "page acknowledge", {"page": "1"}, place=place
        )
        await night.discord.interactions.answered(asked)
        await night.world.settle()
        assert "You have it" in asked.words
        assert (await night.world.page()).holder == "ana"


async def test_the_button_of_a_page_that_was_stopped_does_nothing_any_more(tmp_path: Path) -> None:
    async with night_in_discord(tmp_path) as night:
        await night.world.alert(candidate("S261120a"))
        night.world.channel("gw", "S261120a")
        card = night.sees("Page 1")
        label = next(each for each in card.buttons if each["label"] == "I have it")["custom_id"]
        before = dict(card.payload)
        await night.world.alert(retracted("S261120a", 2))
        for message in night.discord.channel("@ana").messages:
            message.expected = True
        for message in night.world.slack.channel("gw").said:
            message.expected = True
        card.payload = before  # as a client that has not been told yet still shows it
        pressed = await night.presses(night.ana, card, label)
        assert pressed.shown
        assert "You have it" not in pressed.words
        pressed.shown[0].expected = True
