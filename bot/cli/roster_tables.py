"""How a roster is shown to a person: local times with UTC beside them."""

from __future__ import annotations

from datetime import datetime

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shifts.check import Check
from shifts.zones import zone_info

WIDE = 140
"""Columns for output that no terminal limits: a line is not broken in a file or a pipe."""


def print_check(checked: Check) -> None:
    """Shifts, gaps, overlaps, fairness and warnings, as tables."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    result = checked.resolution
    period = f"{result.start:%Y-%m-%d %H:%M} to {result.end:%Y-%m-%d %H:%M} UTC"
    console.print(_shift_table(checked, f"{result.roster}, {period}"))
    if result.gaps:
        gaps = _table(
            "Gaps: fewer people than the role needs", "role", "from (UTC)", "to (UTC)", "on", "paged instead"
        )
        for gap in result.gaps:
            paged = gap.fallback or "nobody"
            gaps.add_row(Text(gap.role), _utc(gap.start), _utc(gap.end), str(gap.on), Text(paged))
        console.print(gaps)
    else:
        console.print("No gaps.")
    if result.overlaps:
        overlaps = _table("Overlaps: several turns at once", "role", "from (UTC)", "to (UTC)", "people")
        for each in result.overlaps:
            overlaps.add_row(Text(each.role), _utc(each.start), _utc(each.end), Text(", ".join(each.people)))
        console.print(overlaps)
    console.print(_fairness_table(checked))
    for warning in checked.warnings:
        console.print(Text(f"! {warning}"))


def _shift_table(checked: Check, title: str) -> Table:
    table = _table(title, "role", "person", "local", "UTC")
    for shift in checked.resolution.shifts:
        zone = zone_info(checked.zone_of(shift))
        begins, ends = shift.start.astimezone(zone), shift.end.astimezone(zone)
        person = shift.person if shift.source == "rotation" else f"{shift.person} ({shift.source})"
        local = f"{_span(begins, ends)} {ends:%Z}"
        table.add_row(
            Text(shift.role), Text(person), local, f"{shift.start:%d %b %H:%M} – {shift.end:%d %b %H:%M}"
        )
    return table


def _span(begins: datetime, ends: datetime) -> str:
    """From when to when, the second date only where it is another."""
    same_day = begins.date() == ends.date()
    return f"{begins:%a %d %b %H:%M} – {ends:{'%H:%M' if same_day else '%a %d %b %H:%M'}}"


def _fairness_table(checked: Check) -> Table:
    table = _table("Fairness", "person", "hours", "nights", "weekend hours", "holiday hours")
    for person, burden in checked.fairness.items():
        numbers = (burden.hours, burden.nights, burden.weekend_hours, burden.holiday_hours)
        table.add_row(Text(person), *(f"{number:.10g}" for number in numbers))
    return table


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading)
    return table


def _utc(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}"
