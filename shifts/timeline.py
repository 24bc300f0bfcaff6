"""A roster as a picture: a row for each person, bars for shifts, nights shaded, gaps hatched on top."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from shifts.check import Check
from shifts.fairness import SATURDAY, night
from shifts.intervals import Interval, clip
from shifts.roster_file import SHADOW
from shifts.vtimezone import offset_changes
from shifts.wall_clock import DAY, local_days
from shifts.zones import zone_info

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#666666")
"""Okabe and Ito's, which people with any colour vision tell apart; repeated when the roles are more."""
NIGHT, WEEKEND, GAP, FAINT = "#c9cfe0", "#f4f4ee", "#b00020", "#6b7280"
LONGEST_BY_NIGHT = timedelta(days=45)
"""Beyond this a night is thinner than a line."""
WIDTH, ROW, DOTS = 9.0, 0.46, 150
"""Inches, and dots of an inch: to be read on a phone that is held upright, and sharp when it is zoomed."""
BAR = 0.66
"""The part of its row that a bar takes."""


def timeline_png(checked: Check, timezone: str, *, width: float = WIDTH) -> bytes:
    """The picture as PNG, its days and hours in `timezone`; `width` in inches at 150 dots each.

    Each person's nights (22:00 to 06:00 where they live, or in the zone of their rules) are shaded in their
    own row; a gap runs through all rows. Slow: to be called in a worker process or by a command, never in the
    hub.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = [*gap_rows(checked), *checked.fairness]
    figure = Figure(figsize=(width, 1.75 + ROW * max(len(rows), 1)), dpi=DOTS, layout="constrained")
    axes = figure.add_subplot()
    colours = role_colours(checked)
    _draw_rows(axes, checked, rows, colours)
    _draw_days(axes, checked, zone_info(timezone))
    _draw_legend(axes, checked, colours)
    start, end = (
        at.astimezone(zone_info(timezone)) for at in (checked.resolution.start, checked.resolution.end)
    )
    axes.set_title(checked.resolution.roster, loc="left", fontsize=15, weight="bold", pad=38)
    axes.annotate(
        f"{start:%d %b} to {end:%d %b %Y}, days of {timezone}", (0.0, 1.0), (0, 20), "axes fraction",
        "offset points", fontsize=10.5, color=FAINT, va="bottom",
    )  # fmt: skip
    image = io.BytesIO()
    FigureCanvasAgg(figure).print_png(image)  # type: ignore[no-untyped-call]
    return image.getvalue()


def role_colours(checked: Check) -> dict[str, str]:
    """A colour for each role in the order of the file; a trainee's is that of the role they shadow."""
    result = checked.resolution
    roles = dict.fromkeys([*(s.role for s in result.shifts), *(g.role for g in result.gaps)])
    own = dict.fromkeys(role.removesuffix(SHADOW) for role in roles)
    colours = {role: COLOURS[number % len(COLOURS)] for number, role in enumerate(own)}
    return {role: colours[role.removesuffix(SHADOW)] for role in roles}


def gap_rows(checked: Check) -> list[str]:
    """The roles that have gaps: each gets a row above the people."""
    return list(dict.fromkeys(gap.role for gap in checked.resolution.gaps))


def home_zones(checked: Check) -> dict[str, str]:
    """The zone by which each person's nights are shaded."""
    of_rules = {shift.person: shift.timezone for shift in reversed(checked.resolution.shifts)}
    return {**of_rules, **checked.zones}


def _draw_rows(axes: Axes, checked: Check, rows: list[str], colours: Mapping[str, str]) -> None:
    gaps = gap_rows(checked)
    zones = home_zones(checked)
    for row, name in enumerate(rows):
        if row < len(gaps):
            _draw_gaps(axes, checked, row, len(rows), name)
            _label(axes, row, "nobody" if _empty(checked, name) else "too few", name, GAP)
        else:
            _draw_person(axes, checked, row, name, zones.get(name), colours)
            city = zones.get(name, "").rsplit("/", 1)[-1].replace("_", " ")
            _label(axes, row, name, city, "black")
        if row:
            axes.axhline(row - 0.5, color="#e3e5ea", linewidth=0.8, zorder=0.3)
    axes.set_yticks([])
    axes.set_ylim(max(len(rows), 1) - 0.5, -0.5)


def _label(axes: Axes, row: int, name: str, below: str, colour: str) -> None:
    """Who it is, and under it where: left of the row."""
    from matplotlib.transforms import blended_transform_factory

    place = blended_transform_factory(axes.transAxes, axes.transData)
    style: dict[str, Any] = {"transform": place, "ha": "right", "clip_on": False}
    axes.text(-0.012, row - (0.04 if below else -0.1), name, fontsize=12, weight="bold", color=colour,
              va="bottom" if below else "center", **style)  # fmt: skip
    axes.text(-0.012, row + 0.02, below, fontsize=9, color=FAINT, va="top", **style)


def _empty(checked: Check, role: str) -> bool:
    return all(gap.on == 0 for gap in checked.resolution.gaps if gap.role == role)


def _draw_gaps(axes: Axes, checked: Check, row: int, rows: int, role: str) -> None:
    spans = [(gap.start, gap.end) for gap in checked.resolution.gaps if gap.role == role]
    _bars(axes, row, spans, BAR, facecolor="white", edgecolor=GAP, hatch="/////", linewidth=1.4)
    for start, end in spans:
        down = 1 - (row + 0.5) / rows
        axes.axvspan(_at(start), _at(end), 0, down, color=GAP, alpha=0.10, linewidth=0, zorder=0.2)


def _draw_person(
    axes: Axes, checked: Check, row: int, name: str, zone: str | None, colours: Mapping[str, str]
) -> None:
    period = (checked.resolution.start, checked.resolution.end)
    if zone is not None and period[1] - period[0] <= LONGEST_BY_NIGHT:
        _bars(axes, row, nights(period, zone_info(zone)), 1.0, facecolor=NIGHT, linewidth=0.0, zorder=0.15)
    own = [shift for shift in checked.resolution.shifts if shift.person == name]
    in_roles = [role for role in colours if any(shift.role == role for shift in own)]
    for place, role in enumerate(in_roles):
        height = BAR / len(in_roles)
        at = row - BAR / 2 + (place + 0.5) * height
        for exceptional in (False, True):
            spans = [
                (s.start, s.end) for s in own if s.role == role and (s.source != "rotation") == exceptional
            ]
            style: dict[str, Any] = {"facecolor": colours[role], "edgecolor": "white", "linewidth": 0.8}
            if role.endswith(SHADOW):
                style |= {"facecolor": "white", "edgecolor": colours[role], "hatch": "....", "linewidth": 1.2}
            if exceptional:
                style |= {"edgecolor": "black", "linewidth": 1.8}
            _bars(axes, at, spans, height, **style)


def nights(period: Interval, zone: ZoneInfo) -> Iterator[Interval]:
    """The nights of `zone` that touch `period`, cut to it."""
    for day, _, _ in local_days(period[0] - DAY, period[1], zone):
        yield from clip([night(day, zone)], *period)


def _bars(axes: Axes, row: float, spans: Iterable[Interval], height: float, **style: Any) -> None:
    widths = [(_at(start), _at(end) - _at(start)) for start, end in spans]
    if widths:
        axes.broken_barh(widths, (row - height / 2, height), **style)


def _at(instant: datetime) -> float:
    """The place of an instant on matplotlib's axis of days."""
    from matplotlib.dates import date2num

    days: float = date2num(instant)  # type: ignore[no-untyped-call]
    return days


def _draw_days(axes: Axes, checked: Check, zone: ZoneInfo) -> None:
    start, end = checked.resolution.start, checked.resolution.end
    days = list(local_days(start, end, zone))
    seen = [each for each in days if each[2] - each[1] > DAY / 4]  # the others have no room for a name
    step = max(1, -(-len(seen) // 15))
    marked = seen[::step]
    form = "{:%a}\n{:%d}\n{:%b}" if len(marked) > 9 else "{:%a}\n{:%d %b}\n"
    axes.set_xticks(
        [_at(begins + (ends - begins) / 2) if step == 1 else _at(begins) for _, begins, ends in marked],
        [form.format(day, day, day).rstrip() for day, _, _ in marked],
        fontsize=10,
        ha="center" if step == 1 else "left",
    )
    axes.tick_params(axis="x", length=0)
    ruled = days if len(days) <= 21 else marked
    for _, begins, _ in ruled:
        axes.axvline(_at(begins), color="#9aa1ae", linewidth=0.7, zorder=0.25)
    for day, begins, ends in days:
        if day.weekday() >= SATURDAY:
            axes.axvspan(_at(begins), _at(ends), color=WEEKEND, linewidth=0, zorder=0.05)
    for change in offset_changes(zone, start, end):
        axes.axvline(_at(change), color=FAINT, linewidth=1.6, linestyle=(0, (3, 2)), zorder=0.4)
        axes.text(
            _at(change), 1.005, "clocks change", transform=axes.get_xaxis_transform(), fontsize=9,
            color=FAINT, ha="center", va="bottom",
        )  # fmt: skip
    axes.set_xlim(_at(start), _at(end))
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _draw_legend(axes: Axes, checked: Check, colours: Mapping[str, str]) -> None:
    from matplotlib.patches import Patch

    patches = [
        Patch(facecolor="white", edgecolor=colour, hatch="....", label=role)
        if role.endswith(SHADOW)
        else Patch(facecolor=colour, label=role)
        for role, colour in colours.items()
    ]
    if any(shift.source != "rotation" for shift in checked.resolution.shifts):
        patches.append(Patch(facecolor="white", edgecolor="black", linewidth=1.8, label="override or swap"))
    if checked.resolution.gaps:
        patches.append(Patch(facecolor="white", edgecolor=GAP, hatch="////", label="gap"))
    if checked.resolution.end - checked.resolution.start <= LONGEST_BY_NIGHT:
        patches.append(Patch(facecolor=NIGHT, label="night where they live"))
    axes.figure.legend(
        handles=patches, loc="outside lower left", ncols=min(3, len(patches)), fontsize=11, frameon=False
    )
