"""What a platform measured, as a picture: a curve with its errors, an image with its scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cards.cleaning import clean, shorten
from cards.plots import style
from cards.plots.head import head_height, title_lines, write_head

Floats = NDArray[np.float64]

PANEL, FOOT = 3.1, 0.12  # inches
POINTS_WITH_ERRORS = 400
LONGEST_LABEL = 40
MOST_PIXELS = 1024


@dataclass(frozen=True)
class Curve:
    """`y` over `x`, with one-sigma errors where there are any; `mark` is the event's place on `x`.

    Labels are the platform's own words.
    """

    x: Floats
    y: Floats
    error: Floats | None = None
    x_label: str = ""
    y_label: str = ""
    mark: float | None = None


@dataclass(frozen=True)
class Raster:
    """Numbers on a grid, the first row below. `x` and `y` are the axes' ends; None counts pixels. `mark` is
    the event's place on `x`."""

    values: Floats
    x: tuple[float, float] | None = None
    y: tuple[float, float] | None = None
    x_label: str = ""
    y_label: str = ""
    mark: float | None = None


def curve_plot(curve: Curve, *, title: str, quiet: str = "") -> bytes:
    """PNG of a curve; what is not finite is left out, errors are drawn where points are few enough."""
    good = np.isfinite(curve.x) & np.isfinite(curve.y)
    x, y = curve.x[good], curve.y[good]
    made, axes = _panel(title, quiet)
    if curve.error is not None and len(x) <= POINTS_WITH_ERRORS:
        error = np.nan_to_num(np.abs(curve.error[good]), nan=0.0, posinf=0.0)
        axes.errorbar(x, y, error, fmt=".", markersize=3.5, color=style.BLUE, ecolor=style.MOON, linewidth=1)
    else:
        axes.plot(x, y, color=style.BLUE, linewidth=0.9)
    axes.grid(color=style.GRID, linewidth=0.6)
    _mark(axes, curve.mark)
    _label(axes, curve.x_label, curve.y_label)
    return style.png(made)


def raster_plot(raster: Raster, *, title: str, quiet: str = "") -> bytes:
    """PNG of an image: colours from the 1st to the 99.5th percentile, with their scale beside it."""
    step = max(1, int(np.ceil(max(raster.values.shape) / MOST_PIXELS)))
    values = raster.values[::step, ::step]
    finite = values[np.isfinite(values)]
    low, high = np.percentile(finite, [1.0, 99.5]) if finite.size else (0.0, 1.0)
    made, axes = _panel(title, quiet)
    height, width = raster.values.shape
    ends = (*(raster.x or (0.0, float(width))), *(raster.y or (0.0, float(height))))
    shown = axes.imshow(
        np.ma.masked_invalid(values),
        origin="lower",
        extent=ends,
        aspect="auto" if raster.x or raster.y else "equal",
        cmap=style.PROBABILITY,
        vmin=float(low),
        vmax=float(high) if high > low else float(low) + 1.0,
        interpolation="nearest",
    )
    bar = made.colorbar(shown, ax=axes, fraction=0.05, pad=0.02)
    bar.ax.tick_params(labelsize=style.SMALL - 3)
    _mark(axes, raster.mark)
    _label(axes, raster.x_label, raster.y_label)
    return style.png(made)


def _panel(title: str, quiet: str) -> tuple[Any, Any]:
    lines = title_lines(title)
    height = head_height(lines) + PANEL + FOOT
    made = style.figure(height)
    write_head(made, lines, clean(quiet), height)
    left, bottom, right = 0.95, 0.6, 0.2  # inches
    wide, tall = 1 - (left + right) / style.WIDTH, (PANEL - bottom) / height
    axes = made.add_axes((left / style.WIDTH, (FOOT + bottom) / height, wide, tall))
    axes.tick_params(labelsize=style.SMALL - 2)
    axes.ticklabel_format(useOffset=False)
    return made, axes


def _mark(axes: Any, place: float | None) -> None:
    """A line at the event, where it lies inside what is shown."""
    if place is not None and axes.get_xlim()[0] < place < axes.get_xlim()[1]:
        axes.axvline(place, color=style.ACCENT, linewidth=1.5, linestyle=(0, (4, 3)), zorder=5)


def _label(axes: Any, x_label: str, y_label: str) -> None:
    for put, words in ((axes.set_xlabel, x_label), (axes.set_ylabel, y_label)):
        put(shorten(clean(words), LONGEST_LABEL), fontsize=style.SMALL - 1, color=style.INK, parse_math=False)


def labelled(name: str, unit: str | None) -> str:
    """An axis' label: `RATE (count/s)`."""
    return f"{name} ({unit})" if unit else name
