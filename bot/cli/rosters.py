"""`nightdesk roster`: what a roster gives, before it is anybody's night."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli.inputs import InputError, parse_instant, print_json
from bot.cli.options import AsJson
from shifts.check import Check, check
from shifts.people_file import read_people
from shifts.roster_file import read_roster
from shifts.zones import zone_info

roster = typer.Typer(help="Rosters: what a file gives.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(roster, name="roster")


@roster.command("check")
def check_roster(
    file: Annotated[Path, typer.Argument(help="A roster file (YAML).")],
    begins: Annotated[str, typer.Option("--from", help="Instant or date, UTC unless it says otherwise.")],
    ends: Annotated[str, typer.Option("--to", help="Instant or date, not included.")],
    people: Annotated[
        Path | None, typer.Option("--people", help="A people file: each person's own zone and nights.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a roster file gives: shifts, gaps, overlaps, fairness, and what to look at twice."""
    start, end = parse_instant(begins), parse_instant(ends)
    if end <= start:
        raise InputError(f"--to {ends} is not after --from {begins}")
    checked = check(read_roster(file), start, end, read_people(people) if people else None)
    if as_json:
        print_json(checked.to_dict())
    else:
        print_check(checked)


def print_check(checked: Check) -> None:
    """The check as tables, for a person: local times with UTC beside them."""
    console = Console()
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
        table.add_row(Text(shift.role), Text(person), local, _span(shift.start, shift.end))
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
