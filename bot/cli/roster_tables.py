"""How a roster is shown to a person: local times with UTC beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shifts.check import Check, iso, shift_to_dict
from shifts.fairness import Burden
from shifts.service import OnDuty
from shifts.shift import Shift
from shifts.zones import zone_info

WIDE = 140
"""Columns for output that no terminal limits: a line is not broken in a file or a pipe."""


def print_check(checked: Check) -> None:
    """Shifts, gaps, overlaps, fairness and warnings, as tables."""
    console = console_of()
    result = checked.resolution
    period = f"{result.start:%Y-%m-%d %H:%M} to {result.end:%Y-%m-%d %H:%M} UTC"
    console.print(_shift_table(checked, f"{result.roster}, {period}"))
    if result.gaps:
        gaps = plain_table(
            "Gaps: fewer people than the role needs", "role", "from (UTC)", "to (UTC)", "on", "paged instead"
        )
        for gap in result.gaps:
            paged = gap.fallback or "nobody"
            gaps.add_row(Text(gap.role), _utc(gap.start), _utc(gap.end), str(gap.on), Text(paged))
        console.print(gaps)
    else:
        console.print("No gaps.")
    if result.overlaps:
        overlaps = plain_table("Overlaps: several turns at once", "role", "from (UTC)", "to (UTC)", "people")
        for each in result.overlaps:
            overlaps.add_row(Text(each.role), _utc(each.start), _utc(each.end), Text(", ".join(each.people)))
        console.print(overlaps)
    console.print(fairness_table(checked.fairness))
    for warning in checked.warnings:
        console.print(Text(f"! {warning}"))


def _shift_table(checked: Check, title: str) -> Table:
    table = plain_table(title, "role", "person", "local", "UTC")
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


def fairness_table(burdens: Mapping[str, Burden]) -> Table:
    """What duty costs each person, and all of it in one number."""
    headings = ("person", "hours", "nights", "weekend hours", "holiday hours", "pages", "weight")
    table = plain_table("Fairness", *headings)
    for person, each in burdens.items():
        numbers = (each.hours, each.nights, each.weekend_hours, each.holiday_hours, each.pages, each.weight)
        table.add_row(Text(person), *(f"{number:.6g}" for number in numbers))
    return table


def plain_table(title: str, *headings: str) -> Table:
    """A table of text without lines down the sides."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading)
    return table


def _utc(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}"


Following = Mapping[tuple[str, str], Sequence[Shift]]
"""Who comes on next, by roster and role."""


def print_duty(
    duties: Sequence[OnDuty], following: Following, at: datetime, zones: Mapping[str, str]
) -> None:
    """Who is on at an instant, role by role, until when on the person's own clock, and who is next."""
    headings = ("roster", "role", "person", "until", "until (UTC)", "then")
    table = plain_table(f"On duty at {_utc(at)} UTC", *headings)
    for duty in duties:
        then = Text(_then(following.get((duty.roster, duty.role), ()), zones))
        for shift in duty.shifts:
            zone = zone_info(zones.get(shift.person, shift.timezone))
            until = f"{shift.end.astimezone(zone):%a %d %b %H:%M %Z}"
            table.add_row(
                Text(duty.roster), Text(duty.role), Text(shift.person), until, _utc(shift.end), then
            )
        if len({shift.person for shift in duty.shifts}) < duty.minimum:
            missing = "too few" if duty.shifts else "nobody"
            paged = f"{missing}; {duty.fallback} would be paged" if duty.fallback else missing
            table.add_row(Text(duty.roster), Text(duty.role), Text(paged), "", "", then)
    console_of().print(table if duties else "There is no roster; `nightdesk roster import FILE` brings one.")


def _then(shifts: Sequence[Shift], zones: Mapping[str, str]) -> str:
    said = []
    for shift in shifts:
        begins = shift.start.astimezone(zone_info(zones.get(shift.person, shift.timezone)))
        said.append(f"{shift.person} from {begins:%a %d %b %H:%M %Z}")
    return ", ".join(said)


def duty_to_dict(
    duties: Sequence[OnDuty], following: Following, at: datetime, zones: Mapping[str, str]
) -> dict[str, object]:
    """The JSON of `duty --json`: `at`, `on` and `next` with a shift each, `gaps`: roles that have too few."""

    def written(roster: str, shift: Shift) -> dict[str, str]:
        return {"roster": roster, **shift_to_dict(shift, zones.get(shift.person, shift.timezone))}

    gaps = [
        {"roster": d.roster, "role": d.role, "on": len(d.shifts), "fallback": d.fallback}
        for d in duties
        if len({shift.person for shift in d.shifts}) < d.minimum
    ]
    return {
        "at": iso(at),
        "on": [written(duty.roster, shift) for duty in duties for shift in duty.shifts],
        "next": [written(roster, shift) for (roster, _), shifts in following.items() for shift in shifts],
        "gaps": gaps,
    }


def console_of() -> Console:
    """The terminal, or a wide page where there is none."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDE)
