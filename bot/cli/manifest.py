"""`nightdesk slack-manifest`, `discord-commands`: what the chats are told of the declared commands."""

from __future__ import annotations

import typer

from bot.cli.inputs import InputError, print_json
from bot.cli.options import Config


def register(app: typer.Typer) -> None:
    app.command(name="slack-manifest")(slack_manifest)
    app.command(name="discord-commands")(discord_commands)


def slack_manifest(config: Config = None) -> None:
    """The manifest of the Slack app: paste it where Slack asks for one ("Create an app from a manifest")."""
    from bot.settings import load_settings
    from bot.slack_manifest import manifest
    from commands.declared import book

    try:
        made = manifest(book(), load_settings(config))
    except ValueError as error:
        raise InputError(f"commands.root: {error}") from None
    print_json(made)


def discord_commands() -> None:
    """Print the commands as the hub tells them to Discord by itself, whenever they have changed."""
    from bot.cli.inputs import print_json
    from bot.discord_tree import command_tree
    from commands.declared import book

    print_json(command_tree(book()))
