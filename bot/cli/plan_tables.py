"""Plans and their comparison as tables in the terminal."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from facilities.plan import Plan
from facilities.planning.comparison import Comparison

SHOWN = 20
WIDE = 120


def print_plan(plan: Plan) -> None:
    """The plan's numbers, what people should know, and its first exposures."""
    console = _console()
    start, end = plan.window
    console.print(
        Text(
            f"{plan.facility}: {plan.probability:.1%} of the probability, {plan.area:.4g} deg², "
            f"{plan.fields} fields in {len(plan.exposures)} exposures "
            f"({plan.planner}, {plan.strategy}), night {start:%d %b %H:%M} to {end:%d %b %H:%M} UTC"
        )
    )
    for note in plan.notes:
        console.print(Text(f"  {note}"))
    if not plan.exposures:
        return
    table = Table()
    for heading in ("", "field", "RA", "Dec", "start (UTC)", "s", "filter", "adds", "airmass"):
        table.add_column(heading)
    for number, each in enumerate(plan.exposures[:SHOWN], start=1):
        table.add_row(
            str(number),
            Text(each.field),
            f"{each.ra:.4f}",
            f"{each.dec:+.4f}",
            f"{each.start:%H:%M:%S}",
            f"{each.seconds:g}",
            Text(each.filter or ""),
            f"{each.probability:.2%}",
            f"{each.airmass:.2f}" if each.airmass else "",
        )
    console.print(table)
    if len(plan.exposures) > SHOWN:
        console.print(Text(f"  and {len(plan.exposures) - SHOWN} more: --format csv prints all"))


def print_comparison(compared: Comparison) -> None:
    """A row a plan, and what they share."""
    console = _console()
    table = Table(title="The plans beside each other", title_justify="left")
    headings = ["facility", "planner", "probability", "deg²", "fields", "first (UTC)", "last (UTC)"]
    for heading in (*headings, "min to half", "also covered by the others"):
        table.add_column(heading)
    for number, each in enumerate(compared.plans):
        shared = [
            f"{other.facility} {compared.overlaps[number][place]:.1%}"
            for place, other in enumerate(compared.plans)
            if place != number
        ]
        table.add_row(
            Text(each.facility),
            each.planner,
            f"{each.probability:.1%}",
            f"{each.area:.4g}",
            str(each.fields),
            _clock(each.start),
            _clock(each.end),
            f"{each.minutes_to_half:.0f}" if each.minutes_to_half is not None else "",
            Text(", ".join(shared)),
        )
    console.print(table)
    console.print(Text(f"Together {compared.together:.1%} in {compared.together_area:.4g} deg²"))


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=WIDE)


def _clock(at: datetime | None) -> str:
    return f"{at:%d %b %H:%M}" if at else ""
