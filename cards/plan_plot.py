"""The pictures of plans for one reader: the work that a worker process does."""

from __future__ import annotations

from dataclasses import dataclass

from cards.reader import Reader
from events.analysis import MapSource
from facilities.facility import Facility
from facilities.plan import Plan

TILES = "tiles"
NIGHT = "night"
COMPARISON = "comparison"


@dataclass(frozen=True)
class PlanDrawing:
    """One plan to be drawn; can be pickled. `title` is in the reader's language."""

    source: MapSource
    plan: Plan
    facility: Facility
    title: str
    reader: Reader


def draw_plan(work: PlanDrawing) -> dict[str, bytes]:
    """PNG files by name: `tiles`, and `night` where anything is exposed. Raises SkyMapError for a bad map."""
    from cards.plots.plan_night import night_plot
    from cards.plots.plan_tiles import tiles_plot

    title, reader = work.title, work.reader
    drawn = {TILES: tiles_plot(work.source.read(), work.plan, work.facility, title=title, reader=reader)}
    if work.plan.exposures:
        drawn[NIGHT] = night_plot(work.plan, work.facility, title=title, reader=reader)
    return drawn


@dataclass(frozen=True)
class PlansDrawing:
    """Two or more plans to be drawn beside each other, each with its telescope."""

    source: MapSource
    plans: tuple[tuple[Plan, Facility], ...]
    title: str
    reader: Reader


def draw_comparison(work: PlansDrawing) -> dict[str, bytes]:
    """A PNG file under `comparison`. Raises SkyMapError for a bad map, ValueError without any plan."""
    from cards.plots.plan_comparison import comparison_plot

    drawn = comparison_plot(work.source.read(), work.plans, title=work.title, reader=work.reader)
    return {COMPARISON: drawn}
