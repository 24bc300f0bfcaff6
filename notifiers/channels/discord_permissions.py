"""What nightdesk may do in a Discord channel, worked out as Discord does.

https://discord.com/developers/docs/topics/permissions#permission-overwrites
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

ADMINISTRATOR = 1 << 3
NEEDED: Mapping[str, int] = {
    "View Channel": 1 << 10,
    "Send Messages": 1 << 11,
    "Embed Links": 1 << 14,
    "Attach Files": 1 << 15,
    "Read Message History": 1 << 16,
    "Create Public Threads": 1 << 35,
    "Send Messages in Threads": 1 << 38,
}
"""What cards, their threads, their pictures and finding them again need, by Discord's own names."""

INVITE = sum(NEEDED.values())
"""The same as the number that an invitation asks for."""


def missing(
    guild: str, channel: Mapping[str, Any], roles: Sequence[Mapping[str, Any]], member: Mapping[str, Any]
) -> tuple[str, ...]:
    """The permissions that a member lacks in a channel, by name."""
    held = allowed(guild, channel, roles, member)
    return tuple(name for name, bit in NEEDED.items() if not held & bit)


def allowed(
    guild: str, channel: Mapping[str, Any], roles: Sequence[Mapping[str, Any]], member: Mapping[str, Any]
) -> int:
    """The permissions of a member in a channel, as Discord's bit field."""
    own = {guild, *member.get("roles", ())}
    held = 0
    for role in roles:
        if role["id"] in own:
            held |= int(role["permissions"])
    if held & ADMINISTRATOR:
        return -1
    overwrites = {each["id"]: each for each in channel.get("permission_overwrites", ())}
    held = _overwritten(held, [overwrites[guild]] if guild in overwrites else [])
    held = _overwritten(held, [overwrites[role] for role in own - {guild} if role in overwrites])
    user = str(member.get("user", {}).get("id"))
    return _overwritten(held, [overwrites[user]] if user in overwrites else [])


def _overwritten(held: int, overwrites: Sequence[Mapping[str, Any]]) -> int:
    for overwrite in overwrites:
        held &= ~int(overwrite["deny"])
    for overwrite in overwrites:
        held |= int(overwrite["allow"])
    return held
