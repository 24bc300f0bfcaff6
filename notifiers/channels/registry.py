"""The registry: a kind of channel is one module, named here once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from rich.console import Console

from notifiers.channels.base import Channel, ChannelConfig, ChannelError
from notifiers.channels.discord import DiscordChannel
from notifiers.channels.discord_server import DiscordServer
from notifiers.channels.slack import SlackChannel
from notifiers.channels.slack_workspace import SlackWorkspace
from notifiers.channels.terminal import TerminalChannel


@dataclass(frozen=True)
class Connections:
    """What channels speak through; None for what is not configured."""

    slack: SlackWorkspace | None = None
    discord: DiscordServer | None = None
    console: Console | None = None
    pictures: Path = Path("pictures")  # where the terminal puts them

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways to people (`@ana/slack`) for which there is a provider."""
        providers = {"slack": self.slack, "discord": self.discord}
        return tuple(way for way, provider in providers.items() if provider is not None)


def open_channel(config: ChannelConfig, connections: Connections) -> Channel:
    """The channel of a configuration. Raises ChannelError that says what it lacks."""
    if config.kind not in KINDS:
        raise ChannelError(
            f"channel {config.name!r} is of kind {config.kind!r}; known are: {', '.join(sorted(KINDS))}"
        )
    return KINDS[config.kind](config, connections)


def _slack(config: ChannelConfig, connections: Connections) -> Channel:
    if connections.slack is None:
        raise ChannelError(f"channel {config.name!r} is in Slack, which has no token: set slack.bot_token")
    return SlackChannel(config, connections.slack)


def _discord(config: ChannelConfig, connections: Connections) -> Channel:
    if connections.discord is None:
        raise ChannelError(f"channel {config.name!r} is in Discord, which has no token: set discord.token")
    return DiscordChannel(config, connections.discord)


def _terminal(config: ChannelConfig, connections: Connections) -> Channel:
    return TerminalChannel(config, connections.console or Console(), connections.pictures)


Opener: TypeAlias = Callable[[ChannelConfig, Connections], Channel]

KINDS: Mapping[str, Opener] = {"discord": _discord, "slack": _slack, "terminal": _terminal}
