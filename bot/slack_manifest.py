"""The Slack app manifest, made from the declarations: what `nightdesk slack-manifest` prints.

https://docs.slack.dev/reference/app-manifest; published schema: slackapi/manifest-schema, version 1.
"""

from __future__ import annotations

from typing import Any

from bot.settings import Settings
from commands.book import Book
from commands.command import Command

SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:manage",
    "channels:read",
    "chat:write",
    "chat:write.public",
    "commands",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "links:read",
    "links:write",
    "usergroups:read",
    "usergroups:write",
    "users:read",
)
EVENTS = ("app_home_opened", "app_mention", "link_shared", "message.im")
TAKEN = frozenset(
    [
        "active",
        "apps",
        "archive",
        "away",
        "call",
        "collapse",
        "dm",
        "dnd",
        "expand",
        "feed",
        "feedback",
        "help",
        "invite",
        "invite_people",
        "join",
        "kick",
        "leave",
        "me",
        "msg",
        "mute",
        "open",
        "prefs",
        "remind",
        "remove",
        "rename",
        "search",
        "shortcuts",
        "shrug",
        "star",
        "status",
        "topic",
        "who",
    ]
)
"""Slash commands of Slack's own, which no app may register."""

DOMAINS = ("gracedb.ligo.org",)


def manifest(book: Book, settings: Settings) -> dict[str, Any]:
    """The manifest of this desk: every command under its root, short names for those that have one.

    Raises ValueError for a root or short name that Slack keeps for itself.
    """
    root = settings.commands.root
    over_http = settings.slack.app_token is None and settings.slack.signing_secret is not None
    url = f"{(settings.web.public_url or '').rstrip('/')}/slack/events"
    names = [root, *(command.short for command in book if command.short)]
    wrong = sorted(TAKEN.intersection(names))
    if wrong:
        raise ValueError(f"Slack keeps /{', /'.join(wrong)} for itself; name the root of commands otherwise")
    groups = ", ".join(sorted(book.groups))
    commands = [_command(root, f"Ask the desk: {groups}, help", "event latest | help", url, over_http)]
    commands += [
        _command(command.short, command.summary, _hint(command), url, over_http)
        for command in book
        if command.short
    ]
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": settings.desk.name[:35],
            "description": "The night desk of multi-messenger astronomy",
            "background_color": "#1b2a41",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": settings.desk.name[:80], "always_online": True},
            "slash_commands": commands,
            "shortcuts": [
                {
                    "name": command.shortcut[:24],
                    "type": "message",
                    "callback_id": command.path.replace(" ", "."),
                    "description": command.summary[:150],
                }
                for command in book
                if command.shortcut
            ],
            "unfurl_domains": [*DOMAINS, *_own_domain(settings)],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {
                "bot_events": list(EVENTS),
                **({"request_url": url} if over_http else {}),
            },
            "interactivity": {
                "is_enabled": True,
                **({"request_url": url, "message_menu_options_url": url} if over_http else {}),
            },
            "org_deploy_enabled": False,
            "socket_mode_enabled": not over_http,
            "token_rotation_enabled": False,
        },
    }


def _command(name: str | None, summary: str, hint: str, url: str, over_http: bool) -> dict[str, Any]:
    made: dict[str, Any] = {
        "command": f"/{name}",
        "description": summary[:2000],
        "usage_hint": hint[:1000],
        "should_escape": False,
    }
    return {**made, "url": url} if over_http else made


def _hint(command: Command) -> str:
    return " ".join(option.name if option.required else f"[{option.name}]" for option in command.options)


def _own_domain(settings: Settings) -> list[str]:
    host = (settings.web.public_url or "").partition("://")[2].partition("/")[0].partition(":")[0]
    return [host] if "." in host and not host.replace(".", "").isdigit() else []
