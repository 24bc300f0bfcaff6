"""How an event compares: with what the run was expected to bring, and with what this desk has seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from events.rules import likeliest_class
from events.state import EventState, Rank
from events.tables import AnalysisKind, AnalysisRow, AnalysisState, EventRow, RevisionRow
from gcn.notice import Role


@dataclass(frozen=True)
class Expected:
    """Median of the simulated detections of a run: 90 % area deg², 90 % volume Mpc³, distance Mpc."""

    area_90: float
    volume_90: float
    distance: float


MEDIANS: Mapping[str, Mapping[str, Expected]] = {
    "O3": {
        "BNS": Expected(1672.0, 6.62e6, 176.1),
        "NSBH": Expected(1970.0, 44.1e6, 337.6),
        "BBH": Expected(1069.0, 217e6, 871.0),
    },
    "O4": {
        "BNS": Expected(1820.0, 44.8e6, 352.8),
        "NSBH": Expected(1840.0, 191e6, 621.0),
        "BBH": Expected(335.0, 216e6, 1493.0),
    },
    "O5": {
        "BNS": Expected(1250.0, 125e6, 620.0),
        "NSBH": Expected(1076.0, 448e6, 1132.0),
        "BBH": Expected(230.3, 538e6, 2748.0),
    },
}
"""Petrov et al. 2022, ApJ 924, 54 (arXiv 2108.07277)."""

_RUNS = (
    (datetime(2020, 4, 1, tzinfo=UTC), "O3"),
    (datetime(2028, 1, 1, tzinfo=UTC), "O4"),  # IR1 included: the same network
    (datetime.max.replace(tzinfo=UTC), "O5"),
)


@dataclass(frozen=True)
class Comparison:
    """An event beside the median of its class in its run. Ratios are this event's over the median."""

    run: str
    source: str  # BNS, NSBH, BBH
    expected: Expected
    area: float
    volume: float | None
    distance: float | None


def run_of(trigger_time: datetime) -> str:
    """The observing run whose network saw a trigger of this time."""
    return next(run for until, run in _RUNS if trigger_time < until)


def comparison(state: EventState) -> Comparison | None:
    """A compact binary beside the expectation, or None: no class, no map, or no expectation for it."""
    revision = state.newest_with_map
    source = likeliest_class(state.described.notice.classification)
    if state.mission != "LVK" or revision is None or revision.statistics is None or source is None:
        return None
    run = run_of(state.trigger_time or revision.arrived)
    expected = MEDIANS[run].get(source)
    if expected is None:
        return None
    found = revision.statistics
    return Comparison(
        run=run,
        source=source,
        expected=expected,
        area=found.area_90 / expected.area_90,
        volume=None if found.volume_90 is None else found.volume_90 / expected.volume_90,
        distance=None if found.distance_mean is None else found.distance_mean / expected.distance,
    )


async def rank(session: AsyncSession, state: EventState) -> Rank | None:
    """Where the event stands by its newest 90 % area among the real events of its mission; None without."""
    rows = await session.execute(
        select(RevisionRow.event_id, AnalysisRow.statistics["area_90"].as_float())
        .join(AnalysisRow, AnalysisRow.revision_id == RevisionRow.id)
        .join(EventRow, EventRow.id == RevisionRow.event_id)
        .where(
            EventRow.mission == state.mission,
            (EventRow.role == Role.OBSERVATION.value) | (EventRow.id == state.id),
            EventRow.retracted.is_(False) | (EventRow.id == state.id),
            AnalysisRow.kind == AnalysisKind.SKYMAP.value,
            AnalysisRow.state == AnalysisState.DONE.value,
        )
        .order_by(RevisionRow.said)
    )
    area_of = {event_id: area for event_id, area in rows if area is not None}  # the newest wins
    mine = area_of.get(state.id)
    if mine is None:
        return None
    return Rank(smaller=sum(area < mine for area in area_of.values()), seen=len(area_of))


def in_words(found: Comparison) -> str:
    """`smaller than the O4 median for NSBH (1840 deg²)`, in English; within a tenth it is `near`."""
    how = "smaller than" if found.area < 1.0 else "larger than"
    if abs(found.area - 1.0) <= 0.1:
        how = "near"
    return f"{how} the {found.run} median for {found.source} ({found.expected.area_90:.0f} deg²)"
