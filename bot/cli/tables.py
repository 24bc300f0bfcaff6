"""How the reading commands show their results to a person."""

from __future__ import annotations

import json
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot import schema
from bot.cli.inputs import print_json
from bot.settings import Settings
from facilities.observability import FacilityObservability
from facilities.registry import Registry
from gcn.inbox import Inbox
from gcn.message import FailedMessage
from gcn.notice import Notice, iso
from skymaps.statistics import SkyMapStatistics
from store.clock import SystemClock
from store.database import Database
from store.wakeup import Bell


def print_notice(notice: Notice) -> None:
    """A notice as a list of what it says; what it does not say is left out."""
    table = Table(show_header=False, box=None, padding=(0, 1))
    for key, value in notice.to_dict().items():
        if value not in (None, [], {}):
            table.add_row(
                key, Text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
            )
    Console().print(Text(f"{notice.mission} {notice.kind}", style="bold"), table, "")


def print_statistics(statistics: SkyMapStatistics) -> None:
    table = Table(show_header=False, box=None, padding=(0, 1))
    for key, value in statistics.to_dict().items():
        if isinstance(value, dict):
            value = ", ".join(f"{name} {number:.4f}" for name, number in value.items())
        table.add_row(
            key, "unknown" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
        )
    Console().print(table)


def print_observability(rows: tuple[FacilityObservability, ...], at: datetime) -> None:
    table = Table(title=f"Who can see it in the 24 h from {iso(at)}", title_justify="left")
    for heading in (
        "facility",
        "now",
        "tonight",
        "first (UTC)",
        "last (UTC)",
        "hours",
        "airmass",
        "tiles 90 %",
        "reason",
    ):
        table.add_column(heading)
    for row in rows:
        table.add_row(
            row.name,
            f"{row.probability_now:.1%}",
            f"{row.probability_tonight:.1%}",
            f"{row.first:%d %b %H:%M}" if row.first else "",
            f"{row.last:%d %b %H:%M}" if row.last else "",
            f"{row.hours:.1f}" if row.hours else "",
            f"{row.best_airmass:.2f}" if row.best_airmass else "",
            str(row.tiles_90) if row.tiles_90 else "",
            Text(row.reason or ""),
        )
    Console().print(table)


def facility_table(registry: Registry) -> Table:
    table = Table(title=f"{len(registry)} facilities", title_justify="left")
    for heading in (
        "name",
        "site",
        "latitude",
        "longitude",
        "elevation / m",
        "field / deg²",
        "filters",
        "status",
    ):
        table.add_column(heading)
    for facility in registry:
        place = [facility.latitude, facility.longitude, facility.elevation]
        table.add_row(
            facility.name,
            Text(facility.site),
            *("space" if value is None else f"{value:.4g}" for value in place),
            f"{facility.field_of_view.effective_area:.3g}",
            Text(" ".join(facility.filters)),
            facility.status,
        )
    return table


async def show_failed_messages(settings: Settings, as_json: bool) -> None:
    """The stored messages that could not be read, newest first, each with its error."""
    database = Database(settings.database.async_url)
    clock = SystemClock()
    try:
        await schema.ensure(database)
        failed = await Inbox(database, clock, Bell(clock)).failed()
    finally:
        await database.dispose()
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
