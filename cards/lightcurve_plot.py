"""A light curve as a picture: magnitudes by filter, arrows for what was not seen, time since the event."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from cards import wording
from cards.cleaning import clean, shorten
from cards.plots import style
from cards.plots.head import head_height, title_lines, write_head
from cards.reader import Reader
from events.lightcurve import Measurement

PANEL, FOOT, ROW = 3.5, 0.75, 0.27  # inches
FILTERS_A_ROW = 4
MOST_FILTERS = 12
LEAST_BEFORE = timedelta(days=10)
COLOURS = {
    "u": style.BLUE, "g": style.GREEN, "r": style.ACCENT, "i": "#6a2c91", "z": "#4d4d4d", "y": "#000000",
    "c": "#17a2a2", "o": style.SUN, "b": style.BLUE, "v": "#56b4e9", "l": "#6b6b6b", "j": "#cc79a7",
    "h": "#b03a6b", "k": "#6d1f3f",
}  # fmt: skip
SYMBOLS = ("o", "s", "^", "D", "P", "X", "*", "<", ">", "p", "h", "d")
SPARE = (style.BLUE, style.QUIET, *style.OTHERS)


def lightcurve_plot(
    points: Sequence[Measurement], *, title: str, reader: Reader, trigger: datetime | None = None
) -> bytes:
    """PNG of a light curve, bright up. Limits are arrows that point to the fainter.

    Days count from `trigger` where it is given (marked by a line), else from the first measurement. What was
    measured long before the event is left out and counted below: years of limits would squeeze the days
    that matter. A filter has a colour and a symbol of its own. Raises ValueError without any measurement.
    """
    usable = [each for each in points if each.magnitude is not None or each.limit is not None]
    if not usable:
        raise ValueError("a light curve needs at least one measurement")
    usable, left = _about_the_event(usable, trigger)
    names = list(dict.fromkeys(each.filter for each in sorted(usable, key=_from_blue)))[:MOST_FILTERS]
    start = trigger or min(each.at for each in usable)
    lines = title_lines(title)
    rows = math.ceil((len(names) + 1) / FILTERS_A_ROW)
    head = head_height(lines)
    height = head + PANEL + FOOT + rows * ROW
    made = style.figure(height)
    write_head(made, lines, _when(start, trigger is not None, reader), height)
    bottom = FOOT + rows * ROW
    axes = made.add_axes((0.115, bottom / height, 0.86, (PANEL - 0.1) / height))
    marks = {name: (_colour(name, place), SYMBOLS[place]) for place, name in enumerate(names)}
    for each in usable:
        if each.filter in marks:
            _draw(axes, each, (each.at - start) / timedelta(days=1), *marks[each.filter])
    _frame(axes, usable, start, trigger, left, reader)
    handles = [
        Line2D([], [], color=colour, marker=symbol, linestyle="none", markersize=8)
        for colour, symbol in marks.values()
    ]
    arrow = Line2D([], [], color=style.QUIET, marker="v", linestyle="none", markersize=8, fillstyle="none")
    made.legend(
        [*handles, arrow],
        [*(shorten(clean(name), 12) for name in names), reader.say("not seen, limit")],
        loc="lower center", ncols=FILTERS_A_ROW, bbox_to_anchor=(0.5, 0.01 / height), frameon=False,
        fontsize=style.SMALL, handlelength=1.0, columnspacing=1.0, handletextpad=0.4, labelspacing=0.25,
        borderaxespad=0.1,
    )  # fmt: skip
    return style.png(made)


def band_of(name: str) -> str:
    """The letter that stands for a filter: `r` of `ztfr`, `sdssr`, `ps1::r`, `bessellr`; `` where none."""
    tail = name.casefold().replace("::", "").rstrip("'_ ")
    return tail[-1:] if tail[-1:] in COLOURS else ""


def _colour(name: str, place: int) -> str:
    return COLOURS.get(band_of(name), SPARE[place % len(SPARE)])


def _from_blue(each: Measurement) -> tuple[int, str]:
    order = "ubgcvrloizyjhk"
    band = band_of(each.filter)
    return (order.index(band) if band else len(order)), each.filter


def _draw(axes: Axes, each: Measurement, days: float, colour: str, symbol: str) -> None:
    if each.magnitude is not None:
        axes.errorbar(
            days, each.magnitude, yerr=each.error or 0.0, color=colour, marker=symbol, markersize=7,
            markeredgecolor="white", markeredgewidth=0.6, elinewidth=1.4, capsize=0, linestyle="none",
            zorder=6,
        )  # fmt: skip
        return
    axes.annotate(
        "", (days, _height(each)), xytext=(0, -20), textcoords="offset points", xycoords="data",
        arrowprops={"arrowstyle": "<|-", "color": colour, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0},
        zorder=4,
    )  # fmt: skip
    axes.plot(days, _height(each), marker="_", markersize=11, color=colour, markeredgewidth=1.8, zorder=4)


def _height(each: Measurement) -> float:
    """Where it stands on the axis."""
    return each.magnitude if each.magnitude is not None else each.limit or 0.0


def _frame(
    axes: Axes,
    usable: Sequence[Measurement],
    start: datetime,
    trigger: datetime | None,
    left: int,
    reader: Reader,
) -> None:
    days = [(each.at - start) / timedelta(days=1) for each in usable]
    if trigger is not None:
        days.append(0.0)
        axes.axvline(0.0, color=style.INK, linewidth=1.6, linestyle=(0, (6, 3)), zorder=3)
    width = max(max(days) - min(days), 0.2)
    shown = [_height(each) for each in usable]
    room = max(max(shown) - min(shown), 0.8)
    axes.set(
        xlim=(min(days) - 0.05 * width, max(days) + 0.05 * width),
        ylim=(max(shown) + 0.22 * room, min(shown) - 0.12 * room),
    )
    axes.grid(color=style.GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.locator_params(nbins=7)
    axes.tick_params(labelsize=style.SMALL, colors=style.INK, length=3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    sign = wording.decimal_sign(reader)

    def written(value: float, _: object = None) -> str:
        return f"{value:g}".replace("-", "−").replace(".", sign)

    axes.xaxis.set_major_formatter(written)
    axes.yaxis.set_major_formatter(written)
    axes.set_xlabel(_days(trigger is not None, left, reader), fontsize=style.SMALL, color=style.INK)
    axes.set_ylabel(reader.say("AB magnitude"), fontsize=style.SMALL, color=style.INK)


def _about_the_event(
    points: Sequence[Measurement], trigger: datetime | None
) -> tuple[list[Measurement], int]:
    """What is drawn: as long before the event as after it, `LEAST_BEFORE` at least; how much is left out.

    Everything, where nothing was measured since.
    """
    since = [each for each in points if trigger is not None and each.at >= trigger]
    if trigger is None or not since:
        return list(points), 0
    span = max(LEAST_BEFORE, max(each.at for each in since) - trigger)
    shown = [each for each in points if each.at >= trigger - span]
    return shown, len(points) - len(shown)


def _days(event: bool, left: int, reader: Reader) -> str:
    """What stands below the axis of days."""
    if event and left:
        return reader.say_many(
            "days since the event; {count} earlier point left out",
            "days since the event; {count} earlier points left out",
            left,
        )
    return reader.say("days since the event") if event else reader.say("days since the first measurement")


def _when(start: datetime, event: bool, reader: Reader) -> str:
    at = f"{reader.date(start)} {start:%H:%M}"
    if event:
        return reader.say("Day 0 is the event, {time} UTC", time=at)
    return reader.say("Day 0 is the first measurement, {time} UTC", time=at)
