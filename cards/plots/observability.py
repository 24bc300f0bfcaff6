"""Tonight for the best facilities: how high the peak stands, and how much of the probability can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from cards import wording
from cards.cleaning import clean, shorten
from cards.plots import style
from cards.plots.head import head_height, title_lines, write_head
from cards.plots.projection import Floats
from cards.reader import Reader
from facilities.curves import ObservabilityCurve, observability_curve
from facilities.facility import Facility
from skymaps.skymap import SkyMap

FACILITIES_SHOWN = 4
ABOVE, ROW, GAP, FOOT = 0.3, 1.3, 0.42, 1.0  # inches
TICK_HOURS = 4
LONGEST_NAME = 30


def observability_plot(
    skymap: SkyMap, facilities: Sequence[Facility], at: datetime, *, title: str, reader: Reader
) -> bytes:
    """PNG of the 24 h from `at` with a panel for each of the first four facilities, in the order given.

    Bars are the observable probability at each instant (left scale, percent), the line is the altitude of the
    peak (right scale, degrees), the dotted one that of the moon. Night is shaded; the axis shows the reader's
    clock, the upper one UTC. Raises ValueError without any facility.
    """
    if not facilities:
        raise ValueError("an observability plot needs at least one facility")
    curves = [observability_curve(skymap, facility, at) for facility in facilities[:FACILITIES_SHOWN]]
    return curves_plot(curves, now=at, title=title, reader=reader)


def curves_plot(curves: Sequence[ObservabilityCurve], *, now: datetime, title: str, reader: Reader) -> bytes:
    """The same from curves on one grid of instants; `now` is marked by a line."""
    lines = title_lines(title)
    head = head_height(lines) + ABOVE
    height = head + len(curves) * (ROW + GAP) + FOOT
    made = style.figure(height)
    start, end = curves[0].times[0], curves[0].times[-1]
    clocks = reader.say("UTC above, {zone} below", zone=reader.timezone)
    write_head(made, lines, f"{reader.date(reader.local(start))} · {clocks}", height)
    for index, curve in enumerate(curves):
        bottom = height - head - (index + 1) * (ROW + GAP) + 0.12
        axes = made.add_axes((0.135, bottom / height, 0.75, ROW / height))
        _draw_facility(axes, curve, now, start, end, reader)
        _draw_hours(axes, start, end, reader, first=index == 0, last=index == len(curves) - 1)
    _write_legend(made, reader, height)
    return style.png(made)


def _draw_facility(
    axes: Axes, curve: ObservabilityCurve, now: datetime, start: datetime, end: datetime, reader: Reader
) -> None:
    hours = _hours(curve.times, start)
    probability = np.nan_to_num(100.0 * np.asarray(curve.probability, dtype=np.float64))
    axes.set(xlim=(0.0, (end - start) / timedelta(hours=1)), ylim=(0, 105), yticks=[0, 50, 100])
    axes.tick_params(labelsize=style.SMALL, colors=style.INK, length=3)
    _shade_night(axes, hours, curve)
    axes.fill_between(hours, probability, color=style.BLUE, alpha=0.45, linewidth=0, step="mid", zorder=3)
    axes.plot(hours, probability, color=style.BLUE, linewidth=1.4, drawstyle="steps-mid", zorder=4)
    best = wording.percent(float(probability.max(initial=0.0)) / 100.0, reader)
    facility = shorten(clean(curve.name), LONGEST_NAME)
    said = reader.say("{facility}: at most {percent} at once", facility=facility, percent=best)
    name = axes.set_title(said, loc="left", fontsize=style.NORMAL, color=style.INK, pad=5)
    name.set_parse_math(False)
    if curve.peak_altitude is not None:
        _draw_altitudes(axes, hours, curve)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if start <= now <= end:
        axes.axvline((now - start) / timedelta(hours=1), color=style.ACCENT, linewidth=2.2, zorder=7)


def _draw_altitudes(axes: Axes, hours: Floats, curve: ObservabilityCurve) -> None:
    """Peak and moon above the horizon, degrees on the right, and the lowest altitude the facility takes."""
    heights = axes.twinx()
    heights.set(ylim=(0, 94.5), yticks=[0, 45, 90])
    heights.set_yticklabels(["0°", "45°", "90°"])
    heights.tick_params(labelsize=style.SMALL, colors=style.INK, length=3)
    for side in ("top", "left"):
        heights.spines[side].set_visible(False)
    heights.plot(hours, _above(curve.peak_altitude), color=style.INK, linewidth=2.0, zorder=5)
    heights.plot(
        hours, _above(curve.moon_altitude), color=style.QUIET, linewidth=1.6, linestyle=":", zorder=4
    )
    heights.axhline(curve.altitude_limit, color=style.QUIET, linewidth=0.8, linestyle=(0, (6, 4)), zorder=2)


def _shade_night(axes: Axes, hours: Floats, curve: ObservabilityCurve) -> None:
    """Full night where the facility works, and the sun's stay below the horizon paler."""
    if curve.sun_altitude is None:
        return
    sun = np.nan_to_num(np.asarray(curve.sun_altitude), nan=90.0)
    everywhere = axes.get_xaxis_transform()
    for limit, alpha in ((0.0, 0.55), (-12.0, 1.0)):
        axes.fill_between(
            hours, 0, 1, where=(sun < limit).tolist(), transform=everywhere, color=style.NIGHT, alpha=alpha,
            linewidth=0, zorder=0,
        )  # fmt: skip


def _draw_hours(
    axes: Axes, start: datetime, end: datetime, reader: Reader, *, first: bool, last: bool
) -> None:
    """Whole hours of the reader's clock below the last panel, of UTC above the first."""
    local = [(start + step, reader.local(start + step)) for step in _steps(start, end, reader)]
    ticks = [(at - start) / timedelta(hours=1) for at, _ in local]
    axes.set_xticks(ticks, [f"{there:%H:%M}" for _, there in local] if last else [])
    axes.grid(axis="x", color=style.GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    if first:
        for tick, (at, _) in zip(ticks, local, strict=True):
            axes.text(
                tick, 1.36, f"{at.astimezone(UTC):%H:%M}", transform=axes.get_xaxis_transform(), ha="center",
                fontsize=style.SMALL, color=style.QUIET,
            )  # fmt: skip


def _write_legend(made: Figure, reader: Reader, height: float) -> None:
    entries = [
        (Patch(facecolor=style.BLUE, alpha=0.45), reader.say("observable, %")),
        (Line2D([], [], color=style.INK, linewidth=2.0), reader.say("altitude of the peak")),
        (
            Line2D([], [], color=style.QUIET, linewidth=0.8, linestyle=(0, (6, 4))),
            reader.say("lowest allowed"),
        ),
        (Line2D([], [], color=style.QUIET, linewidth=1.6, linestyle=":"), reader.say("moon")),
        (Line2D([], [], color=style.ACCENT, linewidth=2.2), reader.say_as("instant", "now")),
    ]
    made.legend(
        [handle for handle, _ in entries], [text for _, text in entries], loc="lower center", ncols=2,
        bbox_to_anchor=(0.5, 0.01 / height), frameon=False, fontsize=style.SMALL, handlelength=1.6,
        columnspacing=1.2, labelspacing=0.25, borderaxespad=0.1,
    )  # fmt: skip


def _steps(start: datetime, end: datetime, reader: Reader) -> list[timedelta]:
    """From `start` to each of the reader's whole hours that divide by the tick step."""
    length = round((end - start) / timedelta(minutes=15))
    quarters = [timedelta(minutes=15 * k) for k in range(length + 1)]
    base = start.replace(minute=0, second=0, microsecond=0) - start
    hours = [base + quarter for quarter in quarters if base + quarter >= timedelta(0)]
    return [
        step
        for step in hours
        if (there := reader.local(start + step)).minute == 0 and there.hour % TICK_HOURS == 0
    ]


def _hours(times: Sequence[datetime], start: datetime) -> Floats:
    return np.array([(at - start) / timedelta(hours=1) for at in times])


def _above(altitude: Floats | None) -> Floats:
    """Altitudes with NaN below the horizon, so that lines end there."""
    values = np.asarray([] if altitude is None else altitude, dtype=np.float64)
    return np.where(values >= 0.0, values, np.nan)
