"""From Discord's interactions to the desk's calls: who asks, where, which command with which options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import discord

from commands.request import Account, Front, Place

SUBCOMMANDS = (1, 2)


@dataclass(frozen=True)
class Asked:
    """A command as Discord sends it. `focused` is the option that is being typed, where one is."""

    path: str
    given: Mapping[str, str]
    focused: str | None = None


def asked(interaction: discord.Interaction) -> Asked:
    """What was asked by an application command, or is being typed into one."""
    data: Mapping[str, Any] = interaction.data or {}
    words, options = [str(data.get("name", ""))], list(data.get("options") or ())
    while options and options[0].get("type") in SUBCOMMANDS:
        words.append(str(options[0]["name"]))
        options = list(options[0].get("options") or ())
    focused = next((str(each["name"]) for each in options if each.get("focused")), None)
    return Asked(" ".join(words), dict(_given(options)), focused)


def account_of(interaction: discord.Interaction) -> Account:
    """Who asks. Discord knows people's language, not their zone: what it shows is in theirs anyway."""
    user = interaction.user
    return Account("discord", str(user.id), name=user.name, locale=str(interaction.locale.value))


def place_of(interaction: discord.Interaction, event: str | None = None) -> Place:
    """Where it was asked. `event` is that whose thread this is."""
    channel = str(interaction.channel.id) if interaction.channel is not None else ""
    return Place(Front.DISCORD, channel, private=interaction.guild_id is None, event=event)


def delivery_of(interaction: discord.Interaction) -> str:
    """The same for what Discord delivers twice."""
    return f"discord:{interaction.id}"


def _given(options: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for option in options:
        value = option.get("value")
        if isinstance(value, bool):
            yield str(option["name"]), "yes" if value else "no"
        elif isinstance(value, float) and value.is_integer():
            yield str(option["name"]), str(int(value))
        elif value is not None:
            yield str(option["name"]), str(value)
