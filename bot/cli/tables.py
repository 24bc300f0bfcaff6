"""How the reading commands show their results to a person."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gcn.notice import Notice, iso

if TYPE_CHECKING:  # values of rooms that only some commands need
    from facilities.observability import FacilityObservability
    from facilities.registry import Registry
    from skymaps.statistics import SkyMapStatistics


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


def print_facilities(registry: Registry) -> None:
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
    Console().print(table)
