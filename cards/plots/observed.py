"""What has been observed of a sky map: the fields of each telescope on it, in its colour."""

from __future__ import annotations

from collections.abc import Sequence

from cards import wording
from cards.cleaning import clean, shorten
from cards.plots import style
from cards.plots.head import head_height, title_lines, write_head
from cards.plots.plan_colours import SEVERAL, Tile, draw_on_plane, draw_on_sky
from cards.plots.plan_tiles import axes_at, field_around, levels_of
from cards.plots.projection import Mollweide
from cards.plots.sky import draw_all_sky
from cards.plots.zoom import draw_zoom
from cards.reader import Reader
from facilities.coverage import Coverage, Observed
from facilities.planning.footprints import outline
from skymaps.regions import density_at
from skymaps.skymap import SkyMap

SKY, ZOOM, ROW, FOOT = 2.86, 3.7, 0.29, 0.2  # inches, from the top down


def observed_plot(
    skymap: SkyMap, observed: Sequence[Observed], covered: Coverage, *, title: str, reader: Reader
) -> bytes:
    """PNG of up to six telescopes' fields on the sky map and enlarged, each with what it covers.

    Raises ValueError where nothing was observed.
    """
    shown = [each for each in observed if each.pointings][: len(SEVERAL)]
    if not shown:
        raise ValueError("a picture of what was observed needs at least one field")
    lines = title_lines(title)
    head = head_height(lines)
    height = head + SKY + ZOOM + ROW * len(shown) + FOOT
    made = style.figure(height)
    write_head(made, lines, _together(covered, reader), height)
    levels = levels_of(skymap)
    sky = axes_at(made, height, 0.15, height - head - SKY, style.WIDTH - 0.3, SKY)
    draw_all_sky(sky, skymap, levels, None, (), reader)
    drawn = [(_tiles(each), colour) for each, colour in zip(shown, SEVERAL, strict=False)]
    everything = [tile for tiles, _ in drawn for tile in tiles]
    near = axes_at(made, height, 0.15, height - head - SKY - ZOOM, style.WIDTH - 0.3, ZOOM)
    worth = [float(density_at(skymap, tile.ra, tile.dec)) for tile in everything]
    field = field_around(everything, worth, (style.WIDTH - 0.3) / ZOOM)
    draw_zoom(near, field, skymap, levels, (), reader)
    for row, ((tiles, colour), each) in enumerate(zip(drawn, shown, strict=True)):
        draw_on_sky(sky, Mollweide(), tiles, [colour] * len(tiles))
        draw_on_plane(near, field.centre, tiles, [colour] * len(tiles), fill=0.18)
        y = (FOOT + ROW * (len(shown) - row - 0.5)) / height
        made.text(0.03, y, "■", color=colour, fontsize=style.LARGE, va="center")
        words = _in_words(each, covered, reader)
        text = made.text(0.08, y, words, fontsize=style.SMALL, color=style.INK, va="center")
        text.set_parse_math(False)
    return style.png(made)


def _tiles(observed: Observed) -> list[Tile]:
    places = sorted(set(observed.pointings))
    return [
        Tile(number, "", ra, dec, None, 0.0, outline(ra, dec, observed.field))
        for number, (ra, dec) in enumerate(places, 1)
    ]


def _in_words(each: Observed, covered: Coverage, reader: Reader) -> str:
    here = covered.by_name[each.name]
    return reader.say_many(
        "{facility}: {percent}, {count} field, {area}",
        "{facility}: {percent}, {count} fields, {area}",
        len(set(each.pointings)),
        facility=shorten(clean(each.name), 24),
        percent=wording.percent(here.probability, reader),
        area=wording.area(here.area, reader),
    )


def _together(covered: Coverage, reader: Reader) -> str:
    return reader.say(
        "{percent} of the probability in all, {area}",
        percent=wording.percent(covered.together.probability, reader),
        area=wording.area(covered.together.area, reader),
    )
