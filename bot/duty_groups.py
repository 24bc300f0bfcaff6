"""From `[[duty_groups]]` to what in the chats follows who is on."""

from __future__ import annotations

from bot.settings import DutyGroupSettings, Settings, SettingsError
from cards.reader import Reader, ReaderError
from notifiers.channels.followers import DiscordRole, DiscordTopic, Follower, SlackGroup, SlackTopic
from notifiers.channels.registry import Connections
from notifiers.group_sync import Target


def targets_of(settings: Settings, connections: Connections) -> tuple[Target, ...]:
    """Every target of the configuration. Raises `SettingsError` that names the entry that cannot be used."""
    names = [each.name for each in settings.duty_groups]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"duty_groups.{name}: two of them have this name")
    return tuple(_target(each, settings, connections) for each in settings.duty_groups)


def _target(entry: DutyGroupSettings, settings: Settings, connections: Connections) -> Target:
    try:
        reader = Reader(entry.locale, settings.desk.timezone)
    except ReaderError as error:
        raise SettingsError(f"duty_groups.{entry.name}: {error}") from None
    follower = _follower(entry, connections)
    return Target(entry.name, entry.roster, frozenset(entry.roles), follower, reader)


def _follower(entry: DutyGroupSettings, connections: Connections) -> Follower:
    slack, discord = connections.slack, connections.discord
    where = f"duty_groups.{entry.name}"
    if entry.kind.startswith("slack"):
        if slack is None:
            raise SettingsError(f"{where}: {entry.kind} needs slack.bot_token")
        return (
            SlackGroup(slack, entry.address)
            if entry.kind == "slack-group"
            else SlackTopic(slack, entry.address)
        )
    if discord is None:
        raise SettingsError(f"{where}: {entry.kind} needs discord.token")
    if entry.kind == "discord-topic":
        return DiscordTopic(discord, entry.address)
    server, slash, role = entry.address.partition("/")
    if not (slash and server.isdigit() and role.isdigit()):
        raise SettingsError(f"{where}.address: {entry.address!r} is no role; expected SERVER/ROLE, two ids")
    return DiscordRole(discord, server, role)
