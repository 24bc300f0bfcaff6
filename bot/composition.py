"""From settings to parts: channels, routes, facilities, the stream's configuration, the workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

from rich.console import Console

from bot.channel_connections import close, connections_of
from bot.settings import ChannelSettings, ReactionSettings, RouteSettings, Settings, SettingsError
from cards.reader import Reader, ReaderError
from commands.starters import STARTS
from events.analysis import Desk
from events.dask_compute import DaskCompute
from events.local_compute import LocalCompute
from facilities.facility import Facility, FacilityError
from facilities.registry import Registry, load_registry
from gcn.stream_settings import StreamSettings
from notifiers.channels.base import Channel, ChannelConfig, ChannelError, Pace
from notifiers.channels.registry import Connections, open_channel
from notifiers.deciding import Habits
from notifiers.limits import Group, Staleness
from notifiers.paging.plan import Escalation, EscalationError, check_pages, parse_escalation
from notifiers.reactions.reaction import Again, Reaction, ReactionError, check_reactions
from notifiers.routes import Route, RouteError, Tell, check_routes
from notifiers.rules import RuleError, compile_rule
from notifiers.ruling import Urgency
from notifiers.switchboard import Switchboard
from notifiers.targets import TargetError, parse_targets
from store.clock import Clock
from store.database import Database

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
    connections: Connections = field(default_factory=Connections)
    escalations: Mapping[str, Escalation] = field(default_factory=dict)
    reactions: tuple[Reaction, ...] = ()

    async def close(self) -> None:
        """Close the connections that were opened."""
        await close(self.connections)


def tools_of(
    settings: Settings,
    pictures: Path,
    console: Console | None = None,
    *,
    database: Database | None = None,
    clock: Clock | None = None,
) -> Tools:
    """Everything the settings ask for. Raises `SettingsError` that names the entry that cannot be used."""
    configs = {each.name: _channel_config(each) for each in settings.channels}
    if len(configs) < len(settings.channels):
        raise SettingsError("channels: two channels have the same name; names are how routes mean them")
    connections = connections_of(settings, pictures, console, database=database, clock=clock)
    try:
        channels = {name: open_channel(config, connections) for name, config in configs.items()}
        routes = tuple(_route(each) for each in settings.routes) or (_default_route(configs),)
        check_routes(routes, configs)
        escalations = {each.name: parse_escalation(each.written) for each in settings.escalations}
        check_pages([(route.name, route.page) for route in routes if route.page], escalations)
        reactions = _reactions(settings)
        check_reactions(reactions, configs, STARTS)
    except (ChannelError, RouteError, EscalationError, ReactionError) as error:
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
        connections,
        escalations,
        reactions,
    )


def paces_of(settings: Settings) -> Mapping[str, Pace]:
    """How fast each provider may be spoken to, whatever the number of destinations."""
    by_twilio = Pace(1.0 / settings.twilio.per_second, burst=10)
    return {
        "slack": Pace(1.0 / settings.slack.per_second, burst=10),
        "email": Pace(1.0 / settings.email.per_second, burst=20),
        "sms": by_twilio,
        "voice": by_twilio,
        "whatsapp": by_twilio,
    }


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
    secret = settings.secret.get_secret_value() if settings.secret else None
    return ChannelConfig(settings.name, settings.kind, address, reader, secret)


def _route(settings: RouteSettings) -> Route:
    try:
        rule = compile_rule(settings.when)
    except RuleError as error:
        raise SettingsError(f"routes.{settings.name}.when: {error}") from None
    try:
        targets = parse_targets(settings.targets, f"routes.{settings.name}")
    except TargetError as error:
        raise SettingsError(str(error)) from None
    return Route(
        settings.name,
        rule,
        settings.channels,
        settings.page,
        Tell(settings.tell),
        None if settings.max_age is None else timedelta(hours=settings.max_age),
        targets,
        Urgency(settings.urgency),
        settings.wakes,
        settings.at_most,
        None if settings.group is None else Group(settings.group),
        timedelta(minutes=settings.group_minutes),
        settings.by,
    )


def _reactions(settings: Settings) -> tuple[Reaction, ...]:
    if not settings.reactions:
        return ()
    registry = load_registry(settings.facilities.files)
    return tuple(_reaction(each, registry) for each in settings.reactions)


def _reaction(settings: ReactionSettings, registry: Registry) -> Reaction:
    try:
        rule = compile_rule(settings.when)
    except RuleError as error:
        raise SettingsError(f"reactions.{settings.name}.when: {error}") from None
    try:
        facilities = tuple(registry.get(name).name for name in settings.facilities)
    except FacilityError as error:
        raise SettingsError(f"reactions.{settings.name}.facilities: {error}") from None
    return Reaction(
        settings.name,
        rule,
        settings.start,
        settings.parameters,
        facilities,
        settings.ask_first,
        Again(settings.again),
        settings.cancel_on_retraction,
        settings.channels,
        timedelta(hours=settings.waits),
        timedelta(hours=settings.max_age),
    )


def habits_of(settings: Settings) -> Habits:
    """What the desk does unless a route says otherwise."""
    desk = settings.desk
    staleness = Staleness(timedelta(minutes=desk.stale_after), desk.stale_cards) if desk.stale_after else None
    return Habits(staleness, desk.digest_at)


def _default_route(configs: Mapping[str, ChannelConfig]) -> Route:
    return Route("everything", compile_rule(DEFAULT_RULE), tuple(configs))
