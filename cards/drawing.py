"""One event's pictures for one reader: the work that a worker process does for the illustrator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cards.pictures import OBSERVABILITY, SKY_MAP
from cards.reader import Reader
from events.analysis import Desk, MapSource
from facilities.facility import Facility
from facilities.observability import FacilityObservability

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


@dataclass(frozen=True)
class SkyWork:
    """One sky map as somebody asked for it: with other things drawn on it, enlarged around a centre."""

    source: MapSource
    title: str
    reader: Reader
    at: datetime | None
    sites: tuple[Facility, ...] = ()
    others: tuple[tuple[str, float, float, float | None], ...] = ()  # name, RA, Dec, radius; degrees
    zoom: tuple[float, float, float] | None = None  # RA, Dec, height; degrees


def draw_sky(work: SkyWork) -> bytes:
    """PNG of what was asked for. Raises SkyMapError where the map cannot be read."""
    from cards.plots.overlay import Overlay
    from cards.plots.sky import sky_plot
    from cards.plots.zoom import Zoom

    return sky_plot(
        work.source.read(),
        title=work.title,
        reader=work.reader,
        at=work.at,
        sites=work.sites,
        others=[Overlay(*each) for each in work.others],
        zoom=Zoom(*work.zoom) if work.zoom else None,
    )


@dataclass(frozen=True)
class NightWork:
    """Who can see a map from an instant on, as numbers and as a picture."""

    source: MapSource
    title: str
    reader: Reader
    at: datetime
    desk: Desk
    facilities: tuple[str, ...] = ()  # those asked for; all of the desk's otherwise


def draw_night(work: NightWork) -> tuple[tuple[FacilityObservability, ...], bytes | None]:
    """The rows, best first, and a PNG of the best four (None where nobody sees anything)."""
    from cards.plots.observability import observability_plot
    from facilities.observability import observability

    wanted = [each for each in work.desk.facilities if not work.facilities or each.name in work.facilities]
    skymap = work.source.read()
    rows = observability(skymap, wanted, work.at, closures=work.desk.closures)
    by_name = {each.name: each for each in wanted if not each.space}
    shown = [
        by_name[row.name]
        for row in rows
        if row.name in by_name and (work.facilities or row.probability_tonight > 0)
    ]
    if not shown:
        return rows, None
    best = shown[:BEST_FACILITIES]
    return rows, observability_plot(skymap, best, work.at, title=work.title, reader=work.reader)
