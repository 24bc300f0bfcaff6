"""How a preview of an edit is shown: each one's shifts before and after on their own clock, then warnings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from bot.cli.roster_tables import WIDE, plain_table
from shifts.check import iso
from shifts.intervals import Interval, total
from shifts.preview import Preview
from shifts.zones import zone_info

SHOWN = 4
"""Changes of one person that are written out; the hours say what the others come to."""


MOST_GAPS = 6
"""Gaps that are written out; more of them have one cause."""


def print_preview(preview: Preview, zones: Mapping[str, str], *, to_stderr: bool = False) -> None:
    """What changes for whom, and what to look at twice. `zones` are where people live; else UTC."""
    console = Console(stderr=to_stderr)
    if not console.is_terminal:
        console = Console(stderr=to_stderr, width=WIDE)
    if not preview.changes:
        console.print("No shift changes.")
    else:
        _print_changes(console, preview, zones)
        _print_fairness(console, preview)
    for warning in warnings(preview, zones):
        console.print(Text(f"! {warning}"))


def _print_changes(console: Console, preview: Preview, zones: Mapping[str, str]) -> None:
    headings = ("person", "role", "hours", "before", "after")
    table = plain_table("What changes, in each person's own time", *headings)
    hours: dict[tuple[str, str], str] = {
        key: f"{change.hours:+.6g}" for key, change in preview.changes.items()
    }
    for person, changes in preview.personal.items():
        for number, change in enumerate(changes):
            if number == SHOWN:
                table.add_row("", "", "", f"and {len(changes) - SHOWN} more", "")
                break
            zone = zones.get(person, "UTC")
            name = f"{person} ({zone})" if number == 0 else ""
            share = hours.pop((person, change.role), "")
            spans = (_local(span, zone) if span else "–" for span in (change.before, change.after))
            table.add_row(Text(name), Text(change.role), share, *spans)
    console.print(table)


def _print_fairness(console: Console, preview: Preview) -> None:
    table = plain_table(
        "Fairness, before → after", "person", "hours", "nights", "weekend hours", "holiday hours"
    )
    for person, (was, now) in preview.fairness.items():
        pairs = (
            (was.hours, now.hours),
            (was.nights, now.nights),
            (was.weekend_hours, now.weekend_hours),
            (was.holiday_hours, now.holiday_hours),
        )
        table.add_row(Text(person), *(f"{a:.6g} → {b:.6g}" if a != b else f"{a:.6g}" for a, b in pairs))
    console.print(table)


def warnings(preview: Preview, zones: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each thing that somebody should have meant: gaps first."""
    for word, gaps in (("opens", preview.gaps_opened), ("closes", preview.gaps_closed)):
        if len(gaps) > MOST_GAPS:
            yield f"{len(gaps)} gaps {word.removesuffix('s')}, of which the first {MOST_GAPS}:"
        for gap in gaps[:MOST_GAPS]:
            paged = f"; {gap.fallback} would be paged" if gap.fallback else "; nobody would be paged"
            yield f"{gap.role}: a gap {word}: {_utc((gap.start, gap.end))}{paged if word == 'opens' else ''}"
    for each in preview.overlaps_opened:
        yield f"{each.role}: {', '.join(each.people)} are on at once: {_utc((each.start, each.end))}"
    for person, span in preview.short_rests:
        hours = total([span]).total_seconds() / 3600
        yield f"{person} rests only {hours:.1f} h from {_local(span, zones.get(person, 'UTC'))}"
    for person, spans in preview.while_away.items():
        yield f"{person} gains duty while away: {_several(spans, zones.get(person, 'UTC'))}"
    for person, spans in preview.at_night.items():
        hours = total(spans).total_seconds() / 3600
        nights = _several(spans, zones.get(person, "UTC"))
        yield f"{person} gains {hours:.6g} h of duty in their nights: {nights}"


def preview_to_dict(preview: Preview) -> dict[str, Any]:
    """The JSON of `roster preview --json`."""
    return {
        "touches": list(preview.touches),
        "changes": [
            {"person": person, "role": role, "hours": change.hours}
            | {"gained": _pairs(change.gained), "lost": _pairs(change.lost)}
            for (person, role), change in preview.changes.items()
        ],
        "gaps_opened": [_gap(gap.role, gap.start, gap.end) for gap in preview.gaps_opened],
        "gaps_closed": [_gap(gap.role, gap.start, gap.end) for gap in preview.gaps_closed],
        "overlaps_opened": [_gap(each.role, each.start, each.end) for each in preview.overlaps_opened],
        "short_rests": [
            {"person": person, "from": iso(span[0]), "to": iso(span[1])}
            for person, span in preview.short_rests
        ],
        "fairness": {
            person: {"before": was.to_dict(), "after": now.to_dict()}
            for person, (was, now) in preview.fairness.items()
        },
        "while_away": {person: _pairs(spans) for person, spans in preview.while_away.items()},
        "at_night": {person: _pairs(spans) for person, spans in preview.at_night.items()},
    }


def _gap(role: str, start: datetime, end: datetime) -> dict[str, str]:
    return {"role": role, "start": iso(start), "end": iso(end)}


def _pairs(spans: Sequence[Interval]) -> list[list[str]]:
    return [[iso(start), iso(end)] for start, end in spans]


def _utc(span: Interval) -> str:
    return f"{span[0]:%d %b %H:%M} – {span[1]:%d %b %H:%M} UTC"


def _local(span: Interval, zone: str) -> str:
    begins, ends = (instant.astimezone(zone_info(zone)) for instant in span)
    last = "%H:%M" if begins.date() == ends.date() else "%a %d %b %H:%M"
    return f"{begins:%a %d %b %H:%M} – {ends:{last}} {ends:%Z}"


def _several(spans: Sequence[Interval], zone: str) -> str:
    shown = ", ".join(_local(span, zone) for span in spans[:2])
    return shown if len(spans) <= 2 else f"{shown} and {len(spans) - 2} more"
