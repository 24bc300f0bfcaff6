"""The stored messages that could not be read."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot import schema
from bot.cli.inputs import print_json
from bot.cli.opening import opened
from bot.settings import Settings
from gcn.inbox import Inbox
from gcn.message import FailedMessage
from gcn.notice import iso
from store.clock import SystemClock
from store.wakeup import Bell


async def show_failed_messages(settings: Settings, as_json: bool) -> None:
    """The stored messages that could not be read, newest first, each with its error."""
    clock = SystemClock()
    async with opened(settings) as database:
        await schema.ensure(database)
        failed = await Inbox(database, clock, Bell(clock)).failed()
    if as_json:
        print_json([_failed_to_dict(message) for message in failed])
        return
    table = Table(title=f"{len(failed)} messages could not be read", title_justify="left")
    for heading in ("message", "arrived (UTC)", "topic", "bytes", "error"):
        table.add_column(heading)
    for message in failed:
        arrived = f"{message.arrived:%Y-%m-%d %H:%M:%S}"
        table.add_row(str(message.id), arrived, Text(message.topic), str(message.size), Text(message.error))
    Console().print(table)


def _failed_to_dict(message: FailedMessage) -> dict[str, object]:
    return {
        "id": message.id,
        "arrived": iso(message.arrived),
        "topic": message.topic,
        "sha256": message.sha256,
        "bytes": message.size,
        "error": message.error,
    }
