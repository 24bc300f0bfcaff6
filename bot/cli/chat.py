"""`nightdesk chat`: ask the running hub from a terminal of its machine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.inputs import InputError
from bot.cli.options import Config


def register(app: typer.Typer) -> None:
    app.command()(chat)


def chat(
    words: Annotated[
        list[str] | None, typer.Argument(help="One command, as `event latest`; a prompt without any.")
    ] = None,
    config: Config = None,
) -> None:
    """Ask the running hub in the same words as in the chats, at a prompt or one command at a time."""
    from bot.settings import load_settings

    settings = load_settings(config)
    if settings.chat.socket is None:
        raise InputError(
            "chat.socket: not set; name a file there, as nightdesk.sock, and start the hub again"
        )
    asyncio.run(_converse(settings.chat.socket, " ".join(words or ())))


async def _converse(path: Path, line: str) -> None:
    from rich.console import Console

    from bot.asking import completing
    from bot.chat_socket import AskingBySocket
    from bot.prompt import Prompt
    from bot.typed_lines import OneLine, lines_of_stdin

    asking = await AskingBySocket.open(path)
    try:
        history = Path.home() / ".nightdesk_history"
        lines = OneLine(line) if line else lines_of_stdin(completing(asking), history)
        await Prompt(Console(), asking, lines, Path("nightdesk-pictures"), greet=not line).run()
    finally:
        await asking.close()
