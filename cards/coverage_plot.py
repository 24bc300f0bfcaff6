"""What everybody has pointed at, drawn on an event's map and counted: the work that a worker process does."""

from __future__ import annotations

from dataclasses import dataclass

from cards.reader import Reader
from events.analysis import MapSource
from facilities.pointed import Pointed, PointedShare, pointed_share

COVERAGE = "coverage"


@dataclass(frozen=True)
class CoverageDrawing:
    """Fields of several instruments on one map; can be pickled. `title` is in the reader's language."""

    source: MapSource
    groups: tuple[Pointed, ...]
    title: str
    reader: Reader


@dataclass(frozen=True)
class CoverageDrawn:
    """The picture, PNG, and what the fields hold."""

    png: bytes
    covered: PointedShare


def draw_coverage(work: CoverageDrawing) -> CoverageDrawn:
    """Raises SkyMapError for a bad map."""
    from cards.plots.coverage import coverage_plot

    skymap = work.source.read()
    held = pointed_share(skymap, work.groups)
    png = coverage_plot(skymap, work.groups, held, title=work.title, reader=work.reader)
    return CoverageDrawn(png, held)
