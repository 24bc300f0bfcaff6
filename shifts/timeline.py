"""A roster as a picture: a row for each person, bars for shifts, nights shaded, gaps hatched on top."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from shifts.check import Check
from shifts.fairness import night
from shifts.intervals import Interval, clip
from shifts.wall_clock import DAY, local_days
from shifts.zones import zone_info

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#666666")
"""Okabe and Ito's, which people with any colour vision tell apart; repeated when the roles are more."""
NIGHT, GAP = "#d9dce6", "#b00020"
LONGEST_BY_NIGHT = timedelta(days=45)
"""Beyond this a night is thinner than a line."""


def timeline_png(checked: Check, timezone: str, *, width: float = 14.0) -> bytes:
    """The picture as PNG, its days and hours in `timezone`; `width` in inches at 110 dots each.

    Each person's nights (22:00 to 06:00 where they live, or in the zone of their rules) are shaded in their
    own row. Slow: to be called in a worker process or by a command, never in the hub.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    roles = list(
        dict.fromkeys(
            [*(s.role for s in checked.resolution.shifts), *(g.role for g in checked.resolution.gaps)]
        )
    )
    rows = [*gap_rows(checked), *checked.fairness]
    figure = Figure(figsize=(width, 1.5 + 0.34 * len(rows)), dpi=110, layout="constrained")
    axes = figure.add_subplot()
    colours = {role: COLOURS[number % len(COLOURS)] for number, role in enumerate(roles)}
    _draw_rows(axes, checked, rows, colours)
    _draw_days(axes, checked, zone_info(timezone))
    _draw_legend(axes, checked, colours)
    axes.set_title(
        f"{checked.resolution.roster} · days of {timezone}", loc="left", fontsize=11, weight="bold"
    )
    image = io.BytesIO()
    FigureCanvasAgg(figure).print_png(image)  # type: ignore[no-untyped-call]
    return image.getvalue()


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
    period = (checked.resolution.start, checked.resolution.end)
    labels = []
    for row, name in enumerate(rows):
        if row < len(gaps):
            spans = [(gap.start, gap.end) for gap in checked.resolution.gaps if gap.role == name]
            _bars(axes, row, spans, 0.62, facecolor="white", edgecolor=GAP, hatch="////", linewidth=1.0)
            labels.append(f"gaps: {name}")
            continue
        if name in zones and period[1] - period[0] <= LONGEST_BY_NIGHT:
            _bars(
                axes,
                row,
                nights(period, zone_info(zones[name])),
                0.94,
                facecolor=NIGHT,
                linewidth=0.0,
                zorder=0.1,
            )
        own = [shift for shift in checked.resolution.shifts if shift.person == name]
        in_roles = [role for role in colours if any(shift.role == role for shift in own)]
        for place, role in enumerate(in_roles):
            for exceptional in (False, True):
                spans = [
                    (s.start, s.end)
                    for s in own
                    if s.role == role and (s.source != "rotation") == exceptional
                ]
                height = 0.62 / len(in_roles)
                at = row - 0.31 + (place + 0.5) * height
                edge, line = ("black", 1.6) if exceptional else ("white", 0.6)
                _bars(axes, at, spans, height, facecolor=colours[role], edgecolor=edge, linewidth=line)
        labels.append(f"{name}  ({zones[name]})" if name in zones else name)
    axes.set_yticks(range(len(rows)), labels, fontsize=9)
    axes.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)


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
    step = max(1, round(len(days) / 16))
    marked = [
        (day, begins)
        for number, (day, begins, _) in enumerate(days)
        if number % step == 0 and end - begins > DAY * step / 2
    ]
    axes.set_xticks(
        [_at(at) for _, at in marked],
        [f"{day:%a}\n{day:%d %b}" for day, _ in marked],
        fontsize=8,
        ha="left",
    )
    axes.set_xticks([_at(at) for _, at, _ in days], minor=True)
    axes.set_xlim(_at(start), _at(end))
    axes.grid(axis="x", which="major", color="#8a8f9c", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _draw_legend(axes: Axes, checked: Check, colours: Mapping[str, str]) -> None:
    from matplotlib.patches import Patch

    patches = [Patch(facecolor=colour, label=role) for role, colour in colours.items()]
    if any(shift.source != "rotation" for shift in checked.resolution.shifts):
        patches.append(Patch(facecolor="white", edgecolor="black", linewidth=1.6, label="override or swap"))
    if checked.resolution.gaps:
        patches.append(Patch(facecolor="white", edgecolor=GAP, hatch="////", label="gap"))
    if checked.resolution.end - checked.resolution.start <= LONGEST_BY_NIGHT:
        patches.append(Patch(facecolor=NIGHT, label="night where they live"))
    axes.legend(
        handles=patches, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=6, fontsize=8, frameon=False
    )
