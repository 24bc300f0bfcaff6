"""Fields of several telescopes on a sky map, each group in its colour: all of the sky, and enlarged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from cards.plots import style
from cards.plots.plan_colours import Tile, draw_on_plane, draw_on_sky
from cards.plots.plan_tiles import axes_at, field_around, levels_of
from cards.plots.projection import Mollweide
from cards.plots.sky import draw_all_sky
from cards.plots.zoom import draw_zoom
from cards.reader import Reader
from skymaps.regions import density_at
from skymaps.skymap import SkyMap

SKY = 2.86  # inches
EDGE = 0.15


@dataclass(frozen=True)
class FieldGroup:
    """Fields that are drawn alike; `fill` is how opaque they are when enlarged, 0 leaves an outline."""

    tiles: tuple[Tile, ...]
    colour: str
    fill: float


def draw_fields(
    made: Figure,
    height: float,
    skymap: SkyMap,
    groups: Sequence[FieldGroup],
    *,
    below: float,
    zoom: float,
    reader: Reader,
) -> None:
    """Draw into a figure `height` inches high: what is enlarged from `below` upwards, `zoom` inches, the
    whole sky above it. Without any field nothing is enlarged."""
    wide = style.WIDTH - 2 * EDGE
    levels = levels_of(skymap)
    sky = axes_at(made, height, EDGE, below + zoom, wide, SKY)
    draw_all_sky(sky, skymap, levels, None, (), reader)
    for group in groups:
        draw_on_sky(sky, Mollweide(), list(group.tiles), [group.colour] * len(group.tiles))
    everything = [tile for group in groups for tile in group.tiles]
    if not everything:
        return
    near = axes_at(made, height, EDGE, below, wide, zoom)
    worth = [float(density_at(skymap, tile.ra, tile.dec)) for tile in everything]
    field = field_around(everything, worth, wide / zoom)
    draw_zoom(near, field, skymap, levels, (), reader)
    for group in groups:
        colours = [group.colour] * len(group.tiles)
        draw_on_plane(near, field.centre, list(group.tiles), colours, fill=group.fill)
