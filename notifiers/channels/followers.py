"""What in a chat shows who is on: a Slack user group, a Discord role, the topic of a channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from notifiers.channels.base import Never
from notifiers.channels.discord_errors import Refusal, delivery_error
from notifiers.channels.discord_server import DiscordServer
from notifiers.channels.slack_workspace import SlackWorkspace
from shifts.contact import AddressKind

UNKNOWN_MEMBER = 10007
"""Discord's code: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json"""

SLACK_TOPIC, DISCORD_TOPIC = 250, 1024
"""Characters that a topic may have."""


class Follower(Protocol):
    """Shows either the `members` who are on (by their ids of an address kind) or, of None, a text."""

    @property
    def members(self) -> AddressKind | None: ...

    async def show(self, wanted: Sequence[str], shown: Sequence[str] | None) -> None:
        """Make it show `wanted`; `shown` is what it was last made to show. Raises DeliveryError.

        Done twice it changes nothing more.
        """
        ...


class SlackGroup:
    """A user group as `@gw-oncall`, by its id (S…). Slack wants a paid plan, and never an empty group."""

    members: AddressKind | None = "slack"

    def __init__(self, workspace: SlackWorkspace, group: str) -> None:
        self._workspace = workspace
        self._group = group

    async def show(self, wanted: Sequence[str], shown: Sequence[str] | None) -> None:
        if not wanted:
            raise Never("nobody who is on has a Slack account, and Slack keeps no empty user group")
        update = self._workspace.client.usergroups_users_update(usergroup=self._group, users=list(wanted))
        await self._workspace.call(update)


class SlackTopic:
    """The topic of a channel, by its id (C…)."""

    members: AddressKind | None = None

    def __init__(self, workspace: SlackWorkspace, channel: str) -> None:
        self._workspace = workspace
        self._channel = channel

    async def show(self, wanted: Sequence[str], shown: Sequence[str] | None) -> None:
        topic = " ".join(wanted)[:SLACK_TOPIC]
        client = self._workspace.client
        await self._workspace.call(client.conversations_setTopic(channel=self._channel, topic=topic))


class DiscordRole:
    """A role of a server; nightdesk's own role has to stand above it and may manage roles."""

    members: AddressKind | None = "discord"

    def __init__(self, server: DiscordServer, guild: str, role: str) -> None:
        self._server = server
        self._guild = guild
        self._role = role

    async def show(self, wanted: Sequence[str], shown: Sequence[str] | None) -> None:
        for member in wanted:
            await self._server.call("PUT", self._path(member))
        for member in shown or ():
            if member not in wanted:
                await self._taken_off(member)

    async def _taken_off(self, member: str) -> None:
        try:
            await self._server.request("DELETE", self._path(member))
        except Refusal as refusal:
            if refusal.code != UNKNOWN_MEMBER:  # who has left the server has no role there
                raise delivery_error(refusal) from None

    def _path(self, member: str) -> str:
        return f"/guilds/{self._guild}/members/{member}/roles/{self._role}"


class DiscordTopic:
    """The topic of a channel. Discord takes two changes in ten minutes."""

    members: AddressKind | None = None

    def __init__(self, server: DiscordServer, channel: str) -> None:
        self._server = server
        self._channel = channel

    async def show(self, wanted: Sequence[str], shown: Sequence[str] | None) -> None:
        topic = " ".join(wanted)[:DISCORD_TOPIC]
        await self._server.call("PATCH", f"/channels/{self._channel}", {"topic": topic})
