"""A plan over its night: how high its fields stand when they are exposed, and what is covered by when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from cards.plots import style
from cards.plots.head import head_height, title_lines, write_head
from cards.plots.plan_colours import TIME, Tile, tiles_of
from cards.plots.plan_tiles import axes_at, summary
from cards.plots.projection import Floats
from cards.reader import Reader
from facilities import constraints
from facilities.ephemeris import Sky, sky_at
from facilities.facility import Facility
from facilities.plan import Exposure, Plan
from skymaps import healpix

SHOWN = 9
ABOVE, HEIGHTS, GAP, COVERED, FOOT = 0.35, 3.0, 0.3, 1.2, 1.2  # inches
STEP = timedelta(minutes=5)
AROUND = timedelta(minutes=45)
TWILIGHT = ((0.0, 0.4), (-6.0, 0.6), (-12.0, 0.8), (-18.0, 1.0))


def night_plot(plan: Plan, facility: Facility, *, title: str, reader: Reader) -> bytes:
    """PNG of the plan's night: altitudes of nine fields from the first to the last, every exposure at its
    altitude, moon and twilight (not in space); below it the probability covered so far.

    The axis shows the reader's clock, the upper one UTC. Raises ValueError for an empty plan.
    """
    if not plan.exposures:
        raise ValueError("a plan without exposures has no night to draw")
    start, end = _window(plan)
    heights = HEIGHTS + GAP if not facility.space else 0.0
    lines = title_lines(title)
    head = head_height(lines) + ABOVE
    height = head + heights + COVERED + FOOT
    made = style.figure(height)
    write_head(made, lines, summary(plan, reader), height)
    covered = axes_at(made, height, 0.8, FOOT, style.WIDTH - 1.0, COVERED)
    _draw_covered(covered, plan, start, end, reader)
    clocks = "UTC"
    if reader.timezone != "UTC":
        clocks = reader.say("UTC above, {zone} below", zone=reader.timezone)
    covered.set_xlabel(
        f"{reader.date(reader.local(start))} · {clocks}", fontsize=style.SMALL, color=style.QUIET
    )
    top = covered
    if not facility.space:
        top = axes_at(made, height, 0.8, FOOT + COVERED + GAP, style.WIDTH - 1.0, HEIGHTS)
        _draw_heights(top, plan, facility, start, end, reader)
    for axes in {top, covered}:
        _draw_hours(axes, start, end, reader, local=axes is covered, utc=axes is top)
    _write_legend(made, reader, facility)
    return style.png(made)


def draw_progress(
    axes: Axes, exposures: Sequence[Exposure], start: datetime, *, colour: str, label: str | None = None
) -> None:
    """Percent covered so far as a staircase over hours since `start`."""
    held = np.cumsum([100.0 * each.probability for each in exposures])
    ends = [_hours(each.start + timedelta(seconds=each.seconds), start) for each in exposures]
    begin = _hours(exposures[0].start, start)
    axes.step([begin, *ends], [0.0, *held], where="post", color=colour, linewidth=2.0, zorder=5, label=label)


def _window(plan: Plan) -> tuple[datetime, datetime]:
    """The plan's window, shortened to what is exposed where that is little of it, with a margin."""
    first = plan.exposures[0].start
    last = plan.exposures[-1].start + timedelta(seconds=plan.exposures[-1].seconds)
    return max(first - AROUND, plan.window[0] - AROUND), max(last, first + timedelta(minutes=30)) + AROUND


def _draw_heights(
    axes: Axes, plan: Plan, facility: Facility, start: datetime, end: datetime, reader: Reader
) -> None:
    count = int((end - start) / STEP) + 2
    times = [start + k * STEP for k in range(count)]
    sky = sky_at(np.array([at.timestamp() for at in times]))
    hours = np.array([_hours(at, start) for at in times])
    axes.set(xlim=(0.0, _hours(end, start)), ylim=(0, 92), yticks=[0, 30, 60, 90])
    axes.set_yticklabels(["0°", "30°", "60°", "90°"])
    axes.tick_params(labelsize=style.SMALL, colors=style.INK, length=3)
    _shade_twilight(axes, hours, constraints.sun_altitude(sky, facility))
    zenith = constraints.zenith_of(sky, facility)
    moon = constraints.altitude_of(constraints.moon_from(sky, facility), zenith)
    axes.plot(hours, _up(moon), color=style.QUIET, linewidth=1.6, linestyle=":", zorder=3)
    axes.axhline(facility.altitude_limit, color=style.QUIET, linewidth=0.8, linestyle=(0, (6, 4)), zorder=2)
    for tile in _spread(tiles_of(plan, facility)):
        altitude = _altitude(sky, zenith, tile.ra, tile.dec)
        axes.plot(hours, _up(altitude), color=TIME(tile.along), linewidth=1.0, alpha=0.7, zorder=4)
    _mark_exposures(axes, plan, facility, start, reader)


def _mark_exposures(axes: Axes, plan: Plan, facility: Facility, start: datetime, reader: Reader) -> None:
    """A mark for every exposure at its altitude; the first fields' numbers beside theirs."""
    shots = plan.exposures
    sky = sky_at(np.array([each.start.timestamp() for each in shots]))
    zenith = constraints.zenith_of(sky, facility)
    directions = sky.of_date(healpix.vectors_from_degrees([e.ra for e in shots], [e.dec for e in shots]))
    altitude = constraints.altitude_of(directions, zenith)
    hours = np.array([_hours(each.start, start) for each in shots])
    along = (hours - hours[0]) / max(1e-9, hours[-1] - hours[0])
    size = 22.0 if len(shots) < 120 else 9.0
    axes.scatter(hours, altitude, s=size, c=along, cmap=TIME, vmin=0, vmax=1, zorder=6, linewidths=0)
    last = -1.0
    for tile in _spread(tiles_of(plan, facility)):
        place = next(k for k, each in enumerate(shots) if each.field == tile.name)
        if hours[place] - last < 0.03 * axes.get_xlim()[1]:
            continue
        last = float(hours[place])
        axes.annotate(
            str(tile.number), (hours[place], altitude[place]), xytext=(0, 9), textcoords="offset points",
            ha="center", fontsize=style.SMALL, color=style.INK, path_effects=style.HALO, zorder=8,
        )  # fmt: skip


def _spread(tiles: tuple[Tile, ...]) -> list[Tile]:
    """Some of the tiles, the first and the last among them."""
    return [tiles[k] for k in sorted({round(x) for x in np.linspace(0, len(tiles) - 1, SHOWN)})]


def _altitude(sky: Sky, zenith: Floats, ra: float, dec: float) -> Floats:
    direction = sky.of_date(healpix.vectors_from_degrees([ra], [dec]))
    return constraints.altitude_of(np.broadcast_to(direction[0], zenith.shape), zenith)


def _draw_covered(axes: Axes, plan: Plan, start: datetime, end: datetime, reader: Reader) -> None:
    most = max(1e-6, 110.0 * plan.probability)
    axes.set(xlim=(0.0, _hours(end, start)), ylim=(0, most))
    axes.tick_params(labelsize=style.SMALL, colors=style.INK, length=3)
    axes.locator_params(axis="y", nbins=4)
    axes.set_ylabel(reader.say("covered, %"), fontsize=style.SMALL, color=style.INK)
    draw_progress(axes, plan.exposures, start, colour=style.BLUE)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _shade_twilight(axes: Axes, hours: Floats, sun: Floats) -> None:
    """Darker the deeper the sun: horizon, civil, nautical, astronomical."""
    everywhere = axes.get_xaxis_transform()
    for limit, alpha in TWILIGHT:
        axes.fill_between(
            hours, 0, 1, where=(sun < limit).tolist(), transform=everywhere, color=style.NIGHT,
            alpha=alpha / 1.6, linewidth=0, zorder=0,
        )  # fmt: skip


def _draw_hours(
    axes: Axes, start: datetime, end: datetime, reader: Reader, *, local: bool, utc: bool
) -> None:
    """Whole hours of the reader's clock below, UTC above."""
    ticks = hour_ticks(start, end)
    places = [_hours(at, start) for at in ticks]
    axes.set_xticks(places, [f"{reader.local(at):%H:%M}" for at in ticks] if local else [])
    axes.grid(axis="x", color=style.GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    if utc:
        for place, at in zip(places, ticks, strict=True):
            axes.text(
                place, 1.03, f"{at:%H:%M}", transform=axes.get_xaxis_transform(), ha="center",
                fontsize=style.SMALL, color=style.QUIET,
            )  # fmt: skip


def hour_ticks(start: datetime, end: datetime) -> list[datetime]:
    """Whole hours between two instants, at most seven of them; quarters where there are only two hours."""
    minutes = next(
        (m for m in (15, 30, 60, 120, 180, 240, 360) if (end - start) / timedelta(minutes=m) <= 7), 480
    )
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    first = -((midnight - start) // timedelta(minutes=minutes))
    ticks = [midnight + (first + k) * timedelta(minutes=minutes) for k in range(9)]
    return [at for at in ticks if start <= at <= end]


def _write_legend(made: Figure, reader: Reader, facility: Facility) -> None:
    if facility.space:
        return
    entries = [
        (Line2D([], [], color=TIME(0.4), marker="o", linewidth=1.0), reader.say("fields, exposures")),
        (Line2D([], [], color=style.QUIET, linewidth=1.6, linestyle=":"), reader.say("moon")),
        (
            Line2D([], [], color=style.QUIET, linewidth=0.8, linestyle=(0, (6, 4))),
            reader.say("lowest allowed"),
        ),
        (Patch(facecolor=style.NIGHT), reader.say("night and twilight")),
    ]
    made.legend(
        [handle for handle, _ in entries], [text for _, text in entries], loc="lower center", ncols=2,
        bbox_to_anchor=(0.5, 0.0), frameon=False, fontsize=style.SMALL, handlelength=1.5, columnspacing=1.2,
    )  # fmt: skip


def _hours(at: datetime, start: datetime) -> float:
    return (at - start) / timedelta(hours=1)


def _up(altitude: Floats) -> Floats:
    """Altitudes with NaN below the horizon, so that lines end there."""
    return np.where(altitude >= 0.0, altitude, np.nan)
