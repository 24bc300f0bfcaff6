"""Fields that instruments have pointed at on an event's sky map: done filled, planned as outlines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cards import wording
from cards.cleaning import clean, shorten
from cards.plots import style
from cards.plots.fields_on_map import SKY, FieldGroup, draw_fields
from cards.plots.head import head_height, title_lines, write_head
from cards.plots.plan_colours import SEVERAL, Tile
from cards.reader import Reader
from facilities.pointed import Pointed, PointedShare
from skymaps.skymap import SkyMap

ZOOM, ROW, FOOT = 3.9, 0.27, 0.12  # inches
MOST = 6  # groups named below
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def coverage_plot(
    skymap: SkyMap, groups: Sequence[Pointed], held: PointedShare, *, title: str, reader: Reader
) -> bytes:
    """PNG: all of the sky, the best-covered part enlarged, and which colour is whose with how much of it."""
    colours = [SEVERAL[index % len(SEVERAL)] for index in range(len(groups))]
    drawn = [
        FieldGroup(tuple(_tiles(group)), colour, 0.0 if group.planned else 0.3)
        for group, colour in zip(groups, colours, strict=True)
    ]
    zoom = ZOOM if any(each.tiles for each in drawn) else 0.0
    lines = title_lines(title)
    below = FOOT + ROW * min(len(groups), MOST)
    height = head_height(lines) + SKY + zoom + below
    made = style.figure(height)
    write_head(made, lines, _summary(held, reader), height)
    draw_fields(made, height, skymap, drawn, below=below, zoom=zoom, reader=reader)
    _write_rows(made, groups[:MOST], held, colours, height, reader)
    return style.png(made)


def _tiles(group: Pointed) -> list[Tile]:
    return [
        Tile(number, group.name, ra, dec, _NO_TIME, 0.0, tuple(np.array(patch.corners).T))
        for number, ((ra, dec), patch) in enumerate(zip(group.centres, group.patches(), strict=True), 1)
    ]


def _summary(held: PointedShare, reader: Reader) -> str:
    done = wording.percent(held.done, reader)
    if held.with_planned > held.done:
        both = wording.percent(held.with_planned, reader)
        return reader.say(
            "{done} of the probability observed, {both} with what is planned", done=done, both=both
        )
    return reader.say("{done} of the probability observed", done=done)


def _write_rows(
    made: Figure,
    groups: Sequence[Pointed],
    held: PointedShare,
    colours: Sequence[str],
    height: float,
    reader: Reader,
) -> None:
    for row, group in enumerate(groups):
        y = (FOOT + ROW * (len(groups) - row - 0.5)) / height
        x = 0.3 / style.WIDTH
        made.add_artist(
            Line2D(
                [x, x + 0.05], [y, y], color=colours[row], linewidth=5.0 if not group.planned else 1.6,
                transform=made.transFigure,
            )
        )  # fmt: skip
        share = wording.percent(held.alone[row], reader)
        name = shorten(clean(group.name), 28)
        count = reader.say_many("{count} field", "{count} fields", len(group.centres))
        words = [share, count]
        if group.planned:
            words.append(reader.say("planned"))
        text = made.text(
            x + 0.07,
            y,
            f"{name}: {' · '.join(words)}",
            va="center",
            fontsize=style.SMALL,
            color=style.INK,
        )
        text.set_parse_math(False)
