"""Asking Discord whose the configured token is, and which servers it was invited to."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from bot.settings import Settings
from notifiers.channels.base import DeliveryError
from notifiers.channels.discord_permissions import INVITE
from notifiers.channels.discord_server import DiscordServer

INVITATION = "https://discord.com/oauth2/authorize"


@dataclass(frozen=True)
class DiscordAnswer:
    """What Discord says of the token, or the `problem` with asking. `invitation` brings the bot in."""

    problem: str | None = None
    user: str = ""
    servers: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()  # ids of `discord.servers` that it is not in
    invitation: str = ""


async def ask_discord(settings: Settings) -> DiscordAnswer | None:
    """What Discord says of the token; None without one."""
    token = settings.discord.token
    if token is None:
        return None
    discord = DiscordServer(token.get_secret_value(), settings.discord.api_url)
    try:
        application = await discord.call("GET", "/oauth2/applications/@me")
        user = await discord.call("GET", "/users/@me")
        guilds = await discord.call("GET", "/users/@me/guilds")
    except DeliveryError as error:
        return DiscordAnswer(problem=str(error))
    finally:
        await discord.close()
    known = {str(guild["id"]) for guild in guilds}
    return DiscordAnswer(
        user=str(user["username"]),
        servers=tuple(str(guild["name"]) for guild in guilds),
        strangers=tuple(server for server in settings.discord.servers if server not in known),
        invitation=invitation(str(application["id"])),
    )


def invitation(application: str) -> str:
    """The address by which an administrator of a server lets nightdesk in, with what it needs there."""
    wanted = {"client_id": application, "scope": "bot applications.commands", "permissions": INVITE}
    return f"{INVITATION}?{urlencode(wanted)}"
