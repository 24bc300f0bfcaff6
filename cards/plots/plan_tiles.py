"""A plan's fields on the sky map: all of the sky, and where most of them are enlarged."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cards import wording
from cards.plots import style
from cards.plots.head import head_height, title_lines, write_head
from cards.plots.levels import Levels
from cards.plots.plan_colours import TIME, Tile, draw_on_plane, draw_on_sky, tiles_of
from cards.plots.projection import Gnomonic, Mollweide
from cards.plots.sky import draw_all_sky
from cards.plots.zoom import HIGHEST, Field, draw_zoom
from cards.reader import Reader
from facilities.facility import Facility
from facilities.plan import Plan
from skymaps import healpix
from skymaps.regions import greedy
from skymaps.skymap import SkyMap

SKY, ZOOM, BAR, FOOT = 2.86, 3.9, 0.55, 0.15  # inches, from the top down
NUMBERED = 12
ROOM = 1.25
SMALLEST = 0.05  # degrees of half a height


def tiles_plot(skymap: SkyMap, plan: Plan, facility: Facility, *, title: str, reader: Reader) -> bytes:
    """PNG of a plan: its fields on the sky map coloured by time, the first twelve numbered where enlarged."""
    tiles = tiles_of(plan, facility)
    lines = title_lines(title)
    height = head_height(lines) + SKY + (ZOOM + BAR if tiles else 0.0) + FOOT
    made = style.figure(height)
    write_head(made, lines, summary(plan, reader), height)
    levels = levels_of(skymap)
    colours = [TIME(tile.along) for tile in tiles]
    sky = axes_at(made, height, 0.15, height - head_height(lines) - SKY, style.WIDTH - 0.3, SKY)
    draw_all_sky(sky, skymap, levels, None, (), reader)
    draw_on_sky(sky, Mollweide(), tiles, colours)
    if tiles:
        near = axes_at(made, height, 0.15, FOOT + BAR, style.WIDTH - 0.3, ZOOM)
        field = field_around(tiles, [each.probability for each in plan.exposures], (style.WIDTH - 0.3) / ZOOM)
        draw_zoom(near, field, skymap, levels, (), reader)
        draw_on_plane(near, field.centre, tiles, colours, fill=0.35)
        _number(near, field, tiles)
        _write_bar(made, plan, reader, height)
    return style.png(made)


def summary(plan: Plan, reader: Reader) -> str:
    """The quiet line: probability, area, fields."""
    return reader.say_many(
        "{percent} of the probability, {area}, {count} field",
        "{percent} of the probability, {area}, {count} fields",
        plan.fields,
        percent=wording.percent(plan.probability, reader),
        area=wording.area(plan.area, reader),
    )


def levels_of(skymap: SkyMap) -> Levels:
    """The map's credible levels, for shading."""
    ranked = greedy(skymap)
    return Levels(skymap.density[ranked.index], ranked.probability, ranked.area_of(0.5), ranked.area_of(0.9))


def axes_at(made: Figure, height: float, left: float, bottom: float, width: float, tall: float) -> Axes:
    """Axes at a place in inches of a figure of this height."""
    return made.add_axes((left / style.WIDTH, bottom / height, width / style.WIDTH, tall / height))


def field_around(tiles: Sequence[Tile], worth: Sequence[float], aspect: float) -> Field:
    """The field that shows the tiles near the best one, as far as a tangent plane can."""
    centres = healpix.vectors_from_degrees([t.ra for t in tiles], [t.dec for t in tiles])
    best = centres[int(np.argmax(worth[: len(tiles)]))] if len(worth) >= len(tiles) else centres[0]
    near = healpix.separation(centres, best) <= math.radians(HIGHEST)
    middle = centres[near].mean(axis=0)
    ra, dec = healpix.degrees_from_vectors(middle / np.linalg.norm(middle))
    plane = Gnomonic(float(ra), float(dec))
    corners = [plane.project(*tile.corners) for tile, close in zip(tiles, near, strict=True) if close]
    x = np.nan_to_num(np.concatenate([each[0] for each in corners]))
    y = np.nan_to_num(np.concatenate([each[1] for each in corners]))
    half = max(float(np.abs(y).max()), float(np.abs(x).max()) / aspect, SMALLEST) * ROOM
    half = min(half, HIGHEST)
    return Field(plane, half * aspect, half)


def _number(axes: Axes, field: Field, tiles: Sequence[Tile]) -> None:
    """The numbers of the first fields, where they do not cover each other."""
    taken: list[tuple[float, float]] = []
    for tile in tiles[:NUMBERED]:
        x, y = (float(v) for v in field.centre.project(tile.ra, tile.dec))
        inside = abs(x) < 0.97 * field.half_width and abs(y) < 0.97 * field.half_height
        apart = 0.075 * field.half_height
        if not inside or any(abs(x - a) < 1.3 * apart and abs(y - b) < apart for a, b in taken):
            continue
        taken.append((x, y))
        _, edge = field.centre.project(*tile.corners)
        small = float(np.ptp(edge)) < 0.12 * field.half_height
        axes.annotate(
            str(tile.number), (x, y), xytext=(-13, 0) if small else (0, 0), textcoords="offset points",
            ha="center", va="center", fontsize=style.SMALL, fontweight="bold", color=style.INK,
            path_effects=style.HALO, zorder=9,
        )  # fmt: skip


def _write_bar(made: Figure, plan: Plan, reader: Reader, height: float) -> None:
    """What the colours mean: from the first exposure to the last, on the reader's clock."""
    first, last = (reader.local(plan.exposures[k].start) for k in (0, -1))
    bar = axes_at(made, height, 2.15, FOOT + 0.12, style.WIDTH - 2.95, 0.18)
    bar.imshow(np.linspace(0, 1, 256)[None, :], aspect="auto", cmap=TIME)
    bar.set(xticks=[], yticks=[])
    for x, text, align in ((2.07, f"{first:%H:%M}", "right"), (style.WIDTH - 0.72, f"{last:%H:%M}", "left")):
        made.text(
            x / style.WIDTH, (FOOT + 0.21) / height, text, ha=align, va="center", fontsize=style.SMALL,
            color=style.INK,
        )  # fmt: skip
    for up, text in ((0.21, reader.date(first)), (-0.04, reader.timezone)):
        made.text(0.03, (FOOT + up) / height, text, va="center", fontsize=style.SMALL, color=style.QUIET)
