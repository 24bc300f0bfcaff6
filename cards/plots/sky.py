"""The sky map of an event as a picture: all of the sky, and the region itself where that is small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse

from cards import wording
from cards.plots import style
from cards.plots.bodies import Bodies, bodies
from cards.plots.head import head_height, title_lines, write_head
from cards.plots.labels import Labels
from cards.plots.levels import Levels, raster
from cards.plots.overlay import Overlay
from cards.plots.projection import Floats, Mollweide
from cards.plots.zoom import Zoom, draw_zoom, zoom_field
from cards.reader import Reader
from facilities.facility import Facility
from skymaps.healpix import degrees_from_vectors
from skymaps.regions import greedy
from skymaps.skymap import SkyMap

Dashes: TypeAlias = Literal["-"] | tuple[float, Sequence[float]]

SKY, LEGEND, ZOOM, FOOT = 2.86, 0.62, 3.7, 0.12  # inches, from the top down
COLUMNS = 1000
SMALL_REGION = 3.0  # deg²; below, the region is a dot on the whole sky and gets a ring
SITES_SHOWN = 5
GRID_WEIGHT = 0.2


def sky_plot(
    skymap: SkyMap,
    *,
    title: str,
    reader: Reader,
    at: datetime | None = None,
    sites: Sequence[Facility] = (),
    others: Sequence[Overlay] = (),
    zoom: Zoom | None = None,
) -> bytes:
    """PNG of a sky map: Mollweide, RA in hours growing to the left, 50 and 90 % regions, galactic plane.

    `at` is the instant for sun, moon and the zeniths of `sites` (the map's own event time if None; left out
    where there is neither). Regions below 300 deg² are shown once more, enlarged, with a scale; `zoom` says
    what is enlarged instead. `title` is the verdict in the reader's language.
    """
    at = at or skymap.meta.event_time
    ranked = greedy(skymap)
    levels = Levels(
        skymap.density[ranked.index], ranked.probability, ranked.area_of(0.5), ranked.area_of(0.9)
    )
    zoom_width = style.WIDTH - 0.3
    aspect = zoom_width / ZOOM
    field = zoom.field(aspect) if zoom is not None else zoom_field(skymap, ranked, aspect)
    lines = title_lines(title)
    height = head_height(lines) + SKY + LEGEND + FOOT + (ZOOM if field else 0.0)
    made = style.figure(height)

    def axes(left: float, bottom: float, width: float, tall: float) -> Axes:
        return made.add_axes((left / style.WIDTH, bottom / height, width / style.WIDTH, tall / height))

    below = FOOT + (ZOOM if field else 0.0)
    write_head(made, lines, _when(at, reader), height)
    draw_all_sky(
        axes(0.15, below + LEGEND, style.WIDTH - 0.3, SKY),
        skymap,
        levels,
        bodies(at, sites[:SITES_SHOWN]) if at else None,
        others,
        reader,
    )
    _write_legend(made, levels, below / height, reader)
    if field is not None:
        draw_zoom(axes(0.15, FOOT, zoom_width, ZOOM), field, skymap, levels, others, reader)
    return style.png(made)


def _when(at: datetime | None, reader: Reader) -> str:
    if at is None:
        return ""
    utc = at.astimezone(UTC)
    return reader.say("Sun, moon and zeniths at {time} UTC", time=f"{reader.date(utc)} {utc:%H:%M}")


def draw_all_sky(
    axes: Axes,
    skymap: SkyMap,
    levels: Levels,
    shown: Bodies | None,
    others: Sequence[Overlay],
    reader: Reader,
) -> None:
    projection = Mollweide()
    axes.set(xlim=(-2.03, 2.03), ylim=(-1.03, 1.03), aspect="equal")
    axes.axis("off")
    x, y = np.linspace(-2, 2, COLUMNS), np.linspace(-1, 1, COLUMNS // 2)
    level = raster(skymap, levels, projection, x, y)
    axes.imshow(
        np.ma.masked_invalid(1.0 - level),
        extent=(-2, 2, -1, 1),
        origin="lower",
        cmap=style.PROBABILITY,
        interpolation="bilinear",
        vmin=0,
        vmax=1,
        zorder=1,
    )
    labels = Labels(axes)
    _draw_grid(axes, projection, labels)
    axes.contour(x, y, level, levels=[0.5, 0.9], colors=style.INK, linewidths=[1.5, 0.8], zorder=5)
    axes.add_patch(Ellipse((0, 0), 4, 2, fill=False, edgecolor=style.QUIET, linewidth=1.2, zorder=6))
    draw_line(axes, projection, *_galactic_plane(), color=style.PLANE, linewidth=1.5, linestyle=(0, (6, 3)))
    _mark_peak(axes, projection, skymap, levels, labels)
    marks = [*_other_marks(axes, projection, others), *(_body_marks(shown, reader) if shown else ())]
    _draw_marks(axes, projection, marks, labels)


def _draw_grid(axes: Axes, projection: Mollweide, labels: Labels) -> None:
    """Meridians every 4 h with their hours along the equator, parallels every 30° with their degrees."""
    along = np.linspace(-90, 90, 181)
    for hour in range(0, 24, 4):
        ra = np.full_like(along, hour * 15.0)
        draw_line(axes, projection, ra, along, color=style.GRID, linewidth=0.8, zorder=2)
        if hour:
            x, y = projection.project(hour * 15.0, 0.0)
            labels.keep_free(float(x), float(y) - 0.1, 11.0, GRID_WEIGHT)
            axes.text(
                float(x), float(y) - 0.02, f"{hour}ʰ", fontsize=style.SMALL, color=style.QUIET, ha="center",
                va="top", path_effects=style.HALO, zorder=4,
            )  # fmt: skip
    around = np.linspace(0.001, 359.999, 361)
    for dec in (-60, -30, 0, 30, 60):
        draw_line(
            axes, projection, around, np.full_like(around, dec), color=style.GRID, linewidth=0.8, zorder=2
        )
        if dec:
            x, y = projection.project(projection.centre_ra + 179.9, dec)
            labels.keep_free(float(x) + 0.19, float(y), 11.0, GRID_WEIGHT)
            axes.annotate(
                f"{dec:+d}°".replace("-", "−"), (float(x), float(y)), xytext=(12, 0),
                textcoords="offset points", va="center", fontsize=style.SMALL, color=style.QUIET,
                path_effects=style.HALO, zorder=4,
            )  # fmt: skip


def draw_line(
    axes: Axes,
    projection: Mollweide,
    ra: Floats,
    dec: Floats,
    *,
    color: str,
    linewidth: float,
    linestyle: Dashes = "-",
    zorder: float = 5,
) -> None:
    """A line on the sky, cut where it leaves at one edge and comes back at the other."""
    x, y = projection.project(ra, dec)
    jumps = np.flatnonzero(np.abs(np.diff(projection.offset(ra))) > 180.0) + 1
    x, y = np.insert(x, jumps, np.nan), np.insert(y, jumps, np.nan)
    axes.plot(x, y, color=color, linewidth=linewidth, linestyle=linestyle, zorder=zorder)


def _galactic_plane() -> tuple[Floats, Floats]:
    """The galactic equator, ICRS degrees (pole and node: ESA SP-1200 vol. 1, section 1.5.3)."""
    pole_ra, pole_dec, node = np.radians(192.85948), np.radians(27.12825), np.radians(32.93192)
    longitude = np.linspace(0.0, 2.0 * np.pi, 361) - node
    dec = np.arcsin(np.cos(pole_dec) * np.sin(longitude))
    ra = np.arctan2(np.cos(longitude), -np.sin(longitude) * np.sin(pole_dec)) + pole_ra
    return np.degrees(ra) % 360.0, np.degrees(dec)


def _mark_peak(axes: Axes, projection: Mollweide, skymap: SkyMap, levels: Levels, labels: Labels) -> None:
    ra, dec = degrees_from_vectors(skymap.unit_vectors[int(np.argmax(skymap.density))])
    x, y = (float(v) for v in projection.project(ra, dec))
    axes.plot(
        x, y, marker="x", markersize=9, markeredgewidth=2.4, color=style.ACCENT, zorder=8, clip_on=False
    )
    labels.keep_free(x, y)
    if levels.area_90 < SMALL_REGION:
        axes.plot(
            x, y, marker="o", markersize=22, fillstyle="none", color=style.INK, markeredgewidth=1.6, zorder=8
        )
        labels.keep_free(x, y, 13.0)


@dataclass(frozen=True)
class _Mark:
    """A symbol on the sky with its name beside."""

    name: str
    ra: float
    dec: float
    symbol: str
    size: float
    colour: str
    edge: str = style.INK


def _other_marks(axes: Axes, projection: Mollweide, others: Sequence[Overlay]) -> Iterator[_Mark]:
    for index, other in enumerate(others):
        colour = style.OTHERS[index % len(style.OTHERS)]
        edge = other.outline()
        if edge is not None:
            draw_line(axes, projection, *edge, color=colour, linewidth=2.0, linestyle=(0, (5, 2)), zorder=6)
        yield _Mark(other.name, other.ra, other.dec, "D", 7.0, colour, "white")


def _body_marks(shown: Bodies, reader: Reader) -> Iterator[_Mark]:
    light = wording.percent(shown.moon_illumination, reader)
    yield _Mark(reader.say("Sun"), shown.sun.ra, shown.sun.dec, "o", 15.0, style.SUN)
    yield _Mark(reader.say("Moon {light}", light=light), shown.moon.ra, shown.moon.dec, "o", 12.0, style.MOON)
    for zenith in shown.zeniths:
        yield _Mark(zenith.name, zenith.ra, zenith.dec, "^", 9.0, style.GREEN)


def _draw_marks(axes: Axes, projection: Mollweide, marks: Sequence[_Mark], labels: Labels) -> None:
    """All symbols first, so that no name covers one."""
    places = [tuple(float(v) for v in projection.project(mark.ra, mark.dec)) for mark in marks]
    for mark, (x, y) in zip(marks, places, strict=True):
        axes.plot(
            x,
            y,
            marker=mark.symbol,
            markersize=mark.size,
            color=mark.colour,
            markeredgecolor=mark.edge,
            zorder=7,
        )
        labels.keep_free(x, y, mark.size / 2 + 1)
    for mark, (x, y) in zip(marks, places, strict=True):
        labels.put(mark.name, x, y, gap=mark.size / 2 + 3)


def _write_legend(made: Figure, levels: Levels, bottom: float, reader: Reader) -> None:
    def line(width: float, colour: str = style.INK, dashes: Dashes = "-") -> Line2D:
        return Line2D([], [], color=colour, linewidth=width, linestyle=dashes)

    def mark(symbol: str, colour: str, width: float) -> Line2D:
        return Line2D(
            [], [], color=colour, marker=symbol, linestyle="none", markersize=9, markeredgewidth=width,
            markeredgecolor=style.INK if symbol == "^" else colour,
        )  # fmt: skip

    entries = [
        (line(2.4), reader.say("50 % in {area}", area=wording.area(levels.area_50, reader))),
        (line(1.3), reader.say("90 % in {area}", area=wording.area(levels.area_90, reader))),
        (mark("x", style.ACCENT, 2.4), reader.say("peak")),
        (mark("^", style.GREEN, 1.0), reader.say("zenith")),
        (line(1.5, style.PLANE, (0, (6, 3))), reader.say("galactic plane")),
    ]
    made.legend(
        [handle for handle, _ in entries],
        [text for _, text in entries],
        loc="lower center",
        bbox_to_anchor=(0.5, bottom),
        ncols=3,
        frameon=False,
        fontsize=style.SMALL,
        handlelength=1.5,
        columnspacing=1.0,
        handletextpad=0.5,
        labelspacing=0.25,
        borderaxespad=0.1,
    )
