"""discord.py's client: the gateway kept open and resumed, what comes over it handed on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import discord
import yarl

from bot.discord_answers import PressableButton


class Hears(Protocol):
    """Who is told what the client hears."""

    connected: bool
    detail: str

    async def began(self, client: discord.Client) -> None: ...

    async def heard(self, interaction: discord.Interaction) -> None: ...

    async def pressed(self, interaction: discord.Interaction, action: str, value: str) -> None: ...


@dataclass(frozen=True)
class DiscordAccess:
    """How Discord is reached. `servers`: the only ones nightdesk answers in; empty for all it is in."""

    token: str
    api_url: str
    gateway_url: str
    servers: tuple[str, ...] = ()


class DiscordClient(discord.Client):
    """discord.py's client, which hands on what it hears."""

    def __init__(self, front: Hears) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.0,
        )
        self._front = front

    async def setup_hook(self) -> None:
        self.add_dynamic_items(PressableButton)
        await self._front.began(self)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        await self._front.heard(interaction)

    async def on_press(self, interaction: discord.Interaction, action: str, value: str) -> None:
        await self._front.pressed(interaction, action, value)

    async def on_connect(self) -> None:
        self._is_connected()

    async def on_resumed(self) -> None:
        self._is_connected()

    async def on_disconnect(self) -> None:
        self._front.connected, self._front.detail = False, "the gateway is away; connecting again"

    def _is_connected(self) -> None:
        name = self.user.name if self.user is not None else "?"
        self._front.connected, self._front.detail = True, f"listens as @{name}"


def point_discord_at(access: DiscordAccess) -> None:
    """discord.py keeps Discord's addresses in its classes: one Discord a process."""
    discord.http.Route.BASE = access.api_url.rstrip("/")
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(access.gateway_url)
