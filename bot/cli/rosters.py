"""`nightdesk roster`: what a roster gives, before it is anybody's night."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.inputs import InputError, parse_instant, print_json
from bot.cli.options import AsJson

if TYPE_CHECKING:
    from shifts.check import Check

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
    png: Annotated[Path | None, typer.Option("--png", help="Draw the timeline into this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a roster file gives: shifts, gaps, overlaps, fairness, and what to look at twice."""
    from bot.cli.roster_tables import print_check
    from shifts.check import check
    from shifts.people_file import read_people
    from shifts.roster_file import read_roster

    start, end = parse_instant(begins), parse_instant(ends)
    if end <= start:
        raise InputError(f"--to {ends} is not after --from {begins}")
    rules = read_roster(file)
    checked = check(rules, start, end, read_people(people) if people else None)
    if png is not None:
        _draw(checked, rules.timezone, png)
    if as_json:
        print_json(checked.to_dict())
    else:
        print_check(checked)


def _draw(checked: Check, timezone: str, path: Path) -> None:
    from shifts.timeline import timeline_png

    image = timeline_png(checked, timezone)
    try:
        path.write_bytes(image)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
