"""From settings to parts: channels, routes, facilities, the stream's configuration, the workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

from rich.console import Console

from bot.settings import ChannelSettings, RouteSettings, Settings, SettingsError
from cards.reader import Reader, ReaderError
from events.analysis import Desk
from events.dask_compute import DaskCompute
from events.local_compute import LocalCompute
from facilities.facility import Facility
from facilities.registry import load_registry
from gcn.stream_settings import StreamSettings
from notifiers.channels.base import Channel, ChannelConfig, ChannelError
from notifiers.channels.discord_server import DiscordServer
from notifiers.channels.kept_pictures import Load
from notifiers.channels.registry import Connections, open_channel
from notifiers.channels.slack_workspace import SlackWorkspace
from notifiers.paging.plan import Escalation, EscalationError, check_pages, parse_escalation
from notifiers.routes import Route, RouteError, Tell, check_routes
from notifiers.rules import RuleError, compile_rule
from notifiers.switchboard import Switchboard

DEFAULT_RULE = 'mission != "LVK" || significant'
"""What is told everywhere while no route is configured: all of the real sky but gravitational-wave candidates
below the threshold of significance."""


@dataclass(frozen=True)
class Tools:
    """What the settings ask for, ready to use. `warnings` are the channels told about the desk itself."""

    configs: Mapping[str, ChannelConfig]
    channels: Mapping[str, Channel]
    switchboard: Switchboard
    routes: tuple[Route, ...]
    facilities: tuple[Facility, ...]
    desk: Desk
    warnings: tuple[str, ...]
    slack: SlackWorkspace | None = None
    escalations: Mapping[str, Escalation] = field(default_factory=dict)
    discord: DiscordServer | None = None

    async def close(self) -> None:
        """Close the connections that were opened."""
        if self.slack is not None:
            await self.slack.close()
        if self.discord is not None:
            await self.discord.close()


def tools_of(
    settings: Settings, pictures: Path, console: Console | None = None, load: Load | None = None
) -> Tools:
    """Everything the settings ask for. `load` reads a stored picture by its SHA-256.

    Raises `SettingsError` that names the entry that cannot be used.
    """
    configs = {each.name: _channel_config(each) for each in settings.channels}
    if len(configs) < len(settings.channels):
        raise SettingsError("channels: two channels have the same name; names are how routes mean them")
    token = settings.slack.bot_token
    slack = SlackWorkspace(token.get_secret_value(), settings.slack.api_url) if token else None
    discord = discord_of(settings, load)
    connections = Connections(slack=slack, discord=discord, console=console, pictures=pictures)
    try:
        channels = {name: open_channel(config, connections) for name, config in configs.items()}
        routes = tuple(_route(each) for each in settings.routes) or (_default_route(configs),)
        check_routes(routes, configs)
        escalations = {each.name: parse_escalation(each.written) for each in settings.escalations}
        check_pages([(route.name, route.page) for route in routes if route.page], escalations)
    except (ChannelError, RouteError, EscalationError) as error:
        raise SettingsError(str(error)) from None
    warnings = settings.desk.warnings or tuple(configs)[:1]
    for name in warnings:
        if name not in configs:
            raise SettingsError(
                f"desk.warnings: there is no channel {name!r}; known: {', '.join(configs) or 'none'}"
            )
    facilities = facilities_of(settings)
    switchboard = Switchboard(channels, partial(open_channel, connections=connections), connections.ways)
    return Tools(
        configs,
        channels,
        switchboard,
        routes,
        facilities,
        Desk.of(facilities),
        warnings,
        slack,
        escalations,
        discord,
    )


def discord_of(settings: Settings, load: Load | None = None) -> DiscordServer | None:
    """Discord, if there is a token for it."""
    token = settings.discord.token
    if token is None:
        return None
    return DiscordServer(token.get_secret_value(), settings.discord.api_url, load=load)


def facilities_of(settings: Settings) -> tuple[Facility, ...]:
    """The telescopes of this desk: those that `facilities.names` lists, or the whole registry."""
    registry = load_registry(settings.facilities.files)
    if not settings.facilities.names:
        return registry.all()
    return tuple(registry.get(name) for name in settings.facilities.names)


def compute_of(settings: Settings) -> LocalCompute | DaskCompute:
    """Where heavy work runs."""
    if settings.compute.dask_address:
        return DaskCompute(settings.compute.dask_address)
    return LocalCompute(settings.compute.workers)


def stream_settings_of(settings: Settings) -> StreamSettings:
    """How the stream is read."""
    gcn = settings.gcn
    return StreamSettings(
        topics=gcn.topics,
        bootstrap_servers=gcn.bootstrap_servers,
        security_protocol=gcn.security_protocol,
        client_id=gcn.client_id,
        client_secret=gcn.client_secret.get_secret_value() if gcn.client_secret else None,
        domain=gcn.domain,
        group_id=gcn.group_id,
        extra=gcn.consumer,
    )


def _channel_config(settings: ChannelSettings) -> ChannelConfig:
    try:
        reader = Reader(settings.locale, settings.timezone)
    except ReaderError as error:
        raise SettingsError(f"channels.{settings.name}: {error}") from None
    address = settings.address.get_secret_value() if settings.address else None
    return ChannelConfig(settings.name, settings.kind, address, reader)


def _route(settings: RouteSettings) -> Route:
    try:
        rule = compile_rule(settings.when)
    except RuleError as error:
        raise SettingsError(f"routes.{settings.name}.when: {error}") from None
    max_age = None if settings.max_age is None else timedelta(hours=settings.max_age)
    return Route(settings.name, rule, settings.channels, settings.page, Tell(settings.tell), max_age)


def _default_route(configs: Mapping[str, ChannelConfig]) -> Route:
    return Route("everything", compile_rule(DEFAULT_RULE), tuple(configs))
