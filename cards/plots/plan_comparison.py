"""Plans beside each other: their fields on one map, and which of them covers how much by when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from matplotlib.axes import Axes

from cards import wording
from cards.cleaning import clean, shorten
from cards.plots import style
from cards.plots.head import head_height, title_lines, write_head
from cards.plots.plan_colours import SEVERAL, draw_on_plane, draw_on_sky, tiles_of
from cards.plots.plan_night import draw_progress, hour_ticks
from cards.plots.plan_tiles import axes_at, field_around, levels_of
from cards.plots.projection import Mollweide
from cards.plots.sky import draw_all_sky
from cards.plots.zoom import draw_zoom
from cards.reader import Reader
from facilities.facility import Facility
from facilities.plan import Exposure, Plan
from skymaps.skymap import SkyMap

SKY, ZOOM, GAP, COVERED, ROW, FOOT = 2.86, 3.6, 0.55, 1.7, 0.27, 0.6  # inches, from the top down
SHOWN = len(SEVERAL)


def comparison_plot(
    skymap: SkyMap, plans: Sequence[tuple[Plan, Facility]], *, title: str, reader: Reader
) -> bytes:
    """PNG of up to six plans, a colour each: fields on the sky, enlarged, and probability covered over time.

    Raises ValueError without any plan.
    """
    if not plans:
        raise ValueError("a comparison needs at least one plan")
    shown = plans[:SHOWN]
    lines = title_lines(title)
    head = head_height(lines)
    height = head + SKY + ZOOM + ROW * len(shown) + GAP + COVERED + FOOT
    made = style.figure(height)
    times = [each.start for plan, _ in shown for each in plan.exposures]
    quiet = reader.date(reader.local(min(times))) if times else ""
    write_head(made, lines, quiet, height)
    levels = levels_of(skymap)
    sky = axes_at(made, height, 0.15, height - head - SKY, style.WIDTH - 0.3, SKY)
    draw_all_sky(sky, skymap, levels, None, (), reader)
    near = axes_at(made, height, 0.15, height - head - SKY - ZOOM, style.WIDTH - 0.3, ZOOM)
    drawn = [(tiles_of(plan, facility), colour) for (plan, facility), colour in _coloured(shown)]
    everything = [tile for tiles, _ in drawn for tile in tiles]
    if everything:
        worth = [each.probability for plan, _ in shown for each in _firsts(plan)]
        field = field_around(everything, worth, (style.WIDTH - 0.3) / ZOOM)
        draw_zoom(near, field, skymap, levels, (), reader)
        for tiles, colour in drawn:
            draw_on_sky(sky, Mollweide(), tiles, [colour] * len(tiles))
            draw_on_plane(near, field.centre, tiles, [colour] * len(tiles), fill=0.12)
    else:
        near.axis("off")
    covered = axes_at(made, height, 0.8, FOOT, style.WIDTH - 1.0, COVERED)
    _draw_covered(covered, shown, reader)
    for row, ((plan, _), colour) in enumerate(_coloured(shown)):
        y = (FOOT + COVERED + GAP - 0.2 + ROW * (len(shown) - row - 0.5)) / height
        made.text(0.03, y, "■", color=colour, fontsize=style.LARGE, va="center")
        text = made.text(0.08, y, _in_words(plan, reader), fontsize=style.SMALL, color=style.INK, va="center")
        text.set_parse_math(False)
    return style.png(made)


def _coloured(plans: Sequence[tuple[Plan, Facility]]) -> list[tuple[tuple[Plan, Facility], str]]:
    return list(zip(plans, SEVERAL, strict=False))


def _firsts(plan: Plan) -> list[Exposure]:
    """The first exposure of each field."""
    return list({each.field: each for each in reversed(plan.exposures)}.values())[::-1]


def _in_words(plan: Plan, reader: Reader) -> str:
    return reader.say_many(
        "{facility} ({planner}): {percent}, {count} field",
        "{facility} ({planner}): {percent}, {count} fields",
        plan.fields,
        facility=shorten(clean(plan.facility), 20),
        planner=plan.planner,
        percent=wording.percent(plan.probability, reader),
    )


def _draw_covered(axes: Axes, plans: Sequence[tuple[Plan, Facility]], reader: Reader) -> None:
    exposed = [plan for plan, _ in plans if plan.exposures]
    if not exposed:
        axes.axis("off")
        return
    start = min(plan.exposures[0].start for plan in exposed) - timedelta(minutes=20)
    end = max(p.exposures[-1].start + timedelta(seconds=p.exposures[-1].seconds) for p in exposed)
    end += timedelta(minutes=20)
    most = max(1e-6, 110.0 * max(plan.probability for plan in exposed))
    axes.set(xlim=(0.0, (end - start) / timedelta(hours=1)), ylim=(0.0, most))
    axes.tick_params(labelsize=style.SMALL, colors=style.INK, length=3)
    axes.locator_params(axis="y", nbins=4)
    axes.set_ylabel(reader.say("covered, %"), fontsize=style.SMALL, color=style.INK)
    ticks = hour_ticks(start, end)
    places = [(at - start) / timedelta(hours=1) for at in ticks]
    axes.set_xticks(places, [f"{reader.local(at):%H:%M}" for at in ticks])
    axes.grid(axis="x", color=style.GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for (plan, _), colour in _coloured(plans):
        if plan.exposures:
            draw_progress(axes, plan.exposures, start, colour=colour)
    axes.set_xlabel(
        reader.say("time in {zone}", zone=reader.timezone), fontsize=style.SMALL, color=style.QUIET
    )
