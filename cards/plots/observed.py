"""What has been observed of a sky map: the fields of each telescope on it, in its colour."""

from __future__ import annotations

from collections.abc import Sequence

from cards import wording
from cards.cleaning import clean, shorten
from cards.plots import style
from cards.plots.fields_on_map import SKY, FieldGroup, draw_fields
from cards.plots.head import head_height, title_lines, write_head
from cards.plots.plan_colours import SEVERAL, Tile
from cards.reader import Reader
from facilities.coverage import Coverage, Observed
from facilities.planning.footprints import outline
from skymaps.skymap import SkyMap

ZOOM, ROW, FOOT = 3.7, 0.29, 0.2  # inches, from the top down


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
    groups = [
        FieldGroup(tuple(_tiles(each)), colour, 0.18) for each, colour in zip(shown, SEVERAL, strict=False)
    ]
    below = FOOT + ROW * len(shown)
    draw_fields(made, height, skymap, groups, below=below, zoom=ZOOM, reader=reader)
    for row, (group, each) in enumerate(zip(groups, shown, strict=True)):
        y = (FOOT + ROW * (len(shown) - row - 0.5)) / height
        made.text(0.03, y, "■", color=group.colour, fontsize=style.LARGE, va="center")
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
