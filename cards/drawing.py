"""One event's pictures for one reader: the work that a worker process does for the illustrator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cards.pictures import OBSERVABILITY, SKY_MAP
from cards.reader import Reader
from events.analysis import Desk, MapSource

BEST_FACILITIES = 4
SITES = 12


@dataclass(frozen=True)
class DrawingWork:
    """All that the pictures of one map need; can be pickled.

    `seen` names the facilities that have a chance, the best first. Observability counts from `at`; sun, moon
    and zeniths are those of `event_time`, or of `at` where the event has none.
    """

    source: MapSource
    title: str
    reader: Reader
    at: datetime
    event_time: datetime | None
    desk: Desk
    seen: tuple[str, ...]


def draw(work: DrawingWork) -> dict[str, bytes]:
    """PNG files by the card's key of the picture. Raises SkyMapError where the map cannot be read."""
    from cards.plots.observability import observability_plot
    from cards.plots.sky import sky_plot

    known = {facility.name: facility for facility in work.desk.facilities if not facility.space}
    ground = [known[name] for name in work.seen if name in known]
    skymap, at = work.source.read(), work.event_time or work.at
    drawn = {SKY_MAP: sky_plot(skymap, title=work.title, reader=work.reader, at=at, sites=ground[:SITES])}
    if ground:
        best = ground[:BEST_FACILITIES]
        drawn[OBSERVABILITY] = observability_plot(skymap, best, work.at, title=work.title, reader=work.reader)
    return drawn
