"""A small region enlarged: the tangent plane around it, with a scale, north and east."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from scipy.ndimage import gaussian_filter

from cards import coordinates, wording
from cards.plots import style
from cards.plots.labels import Labels
from cards.plots.levels import Levels, raster
from cards.plots.overlay import Overlay
from cards.plots.projection import Gnomonic
from cards.reader import Reader
from skymaps import healpix
from skymaps.healpix import degrees_from_vectors
from skymaps.regions import Greedy
from skymaps.skymap import SkyMap

LARGEST_AREA = 300.0  # deg²; above, the whole sky shows enough
FURTHEST = 30.0  # degrees from the peak; what is beyond is another region
MARGIN = 1.35
ROWS = 440
SMOOTHING = 2.1  # pixels; a field is some hundred cells high
HIGHEST = 25.0  # degrees of half a height: a gnomonic field cannot show a hemisphere
_SCALES = [s / 3600 for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30)]
_SCALES += [m / 60 for m in (1, 2, 5, 10, 20, 30)] + [1.0, 2.0, 5.0, 10.0, 20.0]


@dataclass(frozen=True)
class Field:
    """What is enlarged: its centre and the half of its width and height, in degrees."""

    centre: Gnomonic
    half_width: float
    half_height: float


@dataclass(frozen=True)
class Zoom:
    """What a person wants enlarged: a centre (ICRS, degrees) and the field's height in degrees."""

    ra: float
    dec: float
    height: float

    def field(self, aspect: float) -> Field:
        """The field, `aspect` times as wide as high."""
        half = min(self.height / 2.0, HIGHEST)
        return Field(Gnomonic(self.ra, self.dec), half * aspect, half)


def zoom_field(skymap: SkyMap, ranked: Greedy, aspect: float) -> Field | None:
    """The field of the 90 % region near the peak, `aspect` times as wide as high; None for large regions."""
    if ranked.area_of(0.9) > LARGEST_AREA:
        return None
    cells = ranked.cells_of(0.9)
    vectors, peak = skymap.unit_vectors[cells], skymap.unit_vectors[cells[0]]
    near = healpix.separation(vectors, peak) <= math.radians(FURTHEST)
    middle = np.average(vectors[near], axis=0, weights=skymap.probability[cells][near])
    ra, dec = degrees_from_vectors(middle / np.linalg.norm(middle))
    plane = Gnomonic(float(ra), float(dec))
    x, y = plane.project(*degrees_from_vectors(vectors[near]))
    cell = np.degrees(np.sqrt(skymap.area[cells][near]))
    width = float(np.max(np.abs(x) + cell)) * MARGIN
    height = float(np.max(np.abs(y) + cell)) * MARGIN
    height = max(height, width / aspect)
    return Field(plane, height * aspect, height)


def draw_zoom(
    axes: Axes, field: Field, skymap: SkyMap, levels: Levels, others: Sequence[Overlay], reader: Reader
) -> None:
    """Shading, 50 and 90 % regions, peak, scale, and the directions of north and east."""
    x = np.linspace(-field.half_width, field.half_width, round(ROWS * field.half_width / field.half_height))
    y = np.linspace(-field.half_height, field.half_height, ROWS)
    level = raster(skymap, levels, field.centre, x, y)
    extent = (x[0], x[-1], y[0], y[-1])
    axes.imshow(
        1.0 - level,
        extent=extent,
        origin="lower",
        cmap=style.PROBABILITY,
        interpolation="bilinear",
        vmin=0,
        vmax=1,
        aspect="auto",
    )
    # Smoothed by less than a cell, so that the lines show the region and not the grid it is kept on.
    smooth = gaussian_filter(level, SMOOTHING)
    axes.contour(x, y, smooth, levels=[0.5, 0.9], colors=style.INK, linewidths=[2.2, 1.2])
    axes.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set_color(style.QUIET)
    labels = Labels(axes)
    _mark_peak(axes, field, skymap, labels)
    _draw_others(axes, field, others, labels)
    _compass(axes, reader)
    _scale_bar(axes, field, reader)


def scale_length(half_width: float) -> float:
    """A round length in degrees of about a quarter of the field's width."""
    fitting = [length for length in _SCALES if length <= 0.7 * half_width]
    return fitting[-1] if fitting else 10 ** math.floor(math.log10(0.7 * half_width))


def _mark_peak(axes: Axes, field: Field, skymap: SkyMap, labels: Labels) -> None:
    ra, dec = degrees_from_vectors(skymap.unit_vectors[int(np.argmax(skymap.density))])
    x, y = (float(v) for v in field.centre.project(ra, dec))
    axes.plot(x, y, marker="x", markersize=11, markeredgewidth=2.6, color=style.ACCENT, zorder=8)
    labels.keep_free(x, y)
    axes.plot(
        0.035,
        0.93,
        marker="x",
        markersize=9,
        markeredgewidth=2.4,
        color=style.ACCENT,
        transform=axes.transAxes,
    )
    axes.text(
        0.065, 0.93, coordinates.position(float(ra), float(dec), field.half_height / 5),
        transform=axes.transAxes, va="center", fontsize=style.SMALL, color=style.INK, path_effects=style.HALO,
    )  # fmt: skip


def _draw_others(axes: Axes, field: Field, others: Sequence[Overlay], labels: Labels) -> None:
    for index, other in enumerate(others):
        colour = style.OTHERS[index % len(style.OTHERS)]
        edge = other.outline()
        if edge is not None:
            axes.plot(
                *field.centre.project(*edge), color=colour, linewidth=2.0, linestyle=(0, (5, 2)), zorder=6
            )
        x, y = (float(v) for v in field.centre.project(other.ra, other.dec))
        if abs(x) < field.half_width and abs(y) < field.half_height:
            axes.plot(x, y, marker="D", markersize=7, color=colour, markeredgecolor="white", zorder=8)
            labels.keep_free(x, y)
            labels.put(other.name, x, y)


def _compass(axes: Axes, reader: Reader) -> None:
    """North up, east left, in the upper right corner."""
    corner = (0.955, 0.80)
    for tip, name, spot in (
        ((0.955, 0.93), reader.say_as("compass", "N"), (0.955, 0.96)),
        ((0.89, 0.80), reader.say_as("compass", "E"), (0.872, 0.80)),
    ):
        axes.annotate(
            "",
            tip,
            corner,
            xycoords="axes fraction",
            arrowprops={
                "arrowstyle": "-|>",
                "color": style.INK,
                "linewidth": 1.4,
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )
        axes.text(
            *spot, name, transform=axes.transAxes, fontsize=style.SMALL, ha="center", va="center",
            color=style.INK, path_effects=style.HALO,
        )  # fmt: skip


def _scale_bar(axes: Axes, field: Field, reader: Reader) -> None:
    length = scale_length(field.half_width)
    start, height = -0.94 * field.half_width, -0.86 * field.half_height
    axes.plot(
        [start, start + length],
        [height, height],
        color=style.INK,
        linewidth=3,
        solid_capstyle="butt",
        zorder=8,
    )
    axes.annotate(
        wording.angle(length, reader).replace(wording.decimal_sign(reader) + "0", ""),
        (start + length / 2, height),
        xytext=(0, 9),
        textcoords="offset points",
        ha="center",
        fontsize=style.SMALL,
        color=style.INK,
        path_effects=style.HALO,
        zorder=8,
    )
