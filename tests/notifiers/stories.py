"""Events in a few words, for the tests of routes, cards and channels."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from events.state import EventState, RevisionState
from facilities.observability import FacilityObservability
from gcn.notice import AlertType, Notice, Position, Role
from skymaps.statistics import Peak, SkyMapStatistics

TRIGGER = datetime(2026, 11, 20, 2, 21, tzinfo=UTC)
PEAK = Peak(96.8, -45.1)


def statistics(
    area_90: float = 1002.0, distance_mean: float | None = 276.0, peak: Peak = PEAK
) -> SkyMapStatistics:
    near = distance_mean or 0.0
    known = distance_mean is not None
    return SkyMapStatistics(
        pixels=19200,
        max_order=9,
        area_50=area_90 / 4,
        area_90=area_90,
        probability_in_100_deg2=0.2,
        probability_in_500_deg2=0.7,
        peak=peak,
        distance_mean=distance_mean,
        distance_std=79.0 if known else None,
        distance_05=near - 120 if known else None,
        distance_50=near - 3 if known else None,
        distance_95=near + 130 if known else None,
        volume_50=1.5e6 if known else None,
        volume_90=1.1e7 if known else None,
        galactic_fraction=0.1,
        sun_separation=71.0,
        moon_separation=86.0,
        modes_90=2,
    )


def facility(name: str, tonight: float, tiles: int | None = 212) -> FacilityObservability:
    return FacilityObservability(
        name=name,
        probability_now=tonight,
        probability_tonight=tonight,
        first=TRIGGER if tonight else None,
        last=TRIGGER + timedelta(hours=2) if tonight else None,
        hours=1.4 if tonight else 0.0,
        best_airmass=1.2 if tonight else None,
        peak_visible_now=tonight > 0.5,
        minutes_to_peak=0.0 if tonight else None,
        night_starts=TRIGGER,
        night_ends=TRIGGER + timedelta(hours=8),
        moon_illumination=0.3,
        moon_separation=86.0,
        tiles_50=60 if tonight else None,
        tiles_90=tiles if tonight else None,
        reason=None if tonight else "peak never above airmass 2.5",
        reason_code=None if tonight else "airmass",
    )


NSBH_NOTICE = Notice(
    format="igwn-json",
    mission="LVK",
    kind="PRELIMINARY",
    instrument="H1,L1",
    event="LVK:S261120h",
    alert_type=AlertType.PRELIMINARY,
    trigger_time=TRIGGER,
    issued=TRIGGER + timedelta(minutes=5),
    significant=True,
    far=3.2e-10,
    classification={"NSBH": 0.86, "BBH": 0.04, "Terrestrial": 0.1},
    properties={"HasNS": 1.0, "HasRemnant": 0.0},
    tags=frozenset({"GW", "NSBH"}),
    links={"gracedb": "https://gracedb.ligo.org/superevents/S261120h/view/"},
)

GRB_NOTICE = Notice(
    format="gcn-json",
    mission="Fermi",
    kind="FLT_POS",
    instrument="GBM",
    event="Fermi:745811685",
    alert_type=AlertType.INITIAL,
    trigger_time=TRIGGER,
    issued=TRIGGER + timedelta(seconds=20),
    position=Position(ra=120.0, dec=20.0, radius=4.2, containment=0.683, sigma=2.8),
    tags=frozenset({"GRB"}),
)


def revision(
    number: int,
    notice: Notice = NSBH_NOTICE,
    *,
    statistics: SkyMapStatistics | None = None,
    observability: tuple[FacilityObservability, ...] | None = None,
) -> RevisionState:
    arrived = (notice.issued or TRIGGER) + timedelta(seconds=3)
    return RevisionState(
        id=100 + number,
        number=number,
        notice=notice,
        arrived=arrived,
        statistics=statistics,
        observability=observability,
        observability_at=arrived if observability is not None else None,
    )


def story(
    *revisions: RevisionState, role: Role = Role.OBSERVATION, tags: frozenset[str] = frozenset()
) -> EventState:
    """The event these revisions tell of, in the order of what was said."""
    notice = revisions[0].notice
    event = notice.event or "LVK:unknown"
    return EventState(
        id=1,
        event=event,
        name=event.split(":")[1],
        mission=notice.mission,
        aliases=(),
        tags=notice.tags,
        role=role,
        retracted=revisions[-1].notice.retraction,
        trigger_time=notice.trigger_time,
        revisions=revisions,
    )


def nsbh(*, area: float = 1002.0, distance: float | None = 276.0) -> EventState:
    """A significant NSBH candidate that DECam can see and ZTF cannot, after its first notice."""
    return story(
        revision(
            1,
            statistics=statistics(area, distance),
            observability=(facility("DECam", 0.61), facility("ZTF", 0.0)),
        )
    )


def initial(before: EventState, *, area: float = 666.0) -> EventState:
    """The same event once a human has looked at it."""
    notice = replace(
        NSBH_NOTICE, alert_type=AlertType.INITIAL, kind="INITIAL", issued=TRIGGER + timedelta(minutes=34)
    )
    return grown(
        before,
        notice,
        statistics=statistics(area, 276.0, Peak(98.0, -42.2)),
        observability=(facility("DECam", 0.74), facility("ZTF", 0.0)),
    )


def retraction(before: EventState) -> EventState:
    """The same event withdrawn: a notice whose event is null."""
    notice = Notice(
        format="igwn-json",
        mission="LVK",
        kind="RETRACTION",
        event=before.event,
        alert_type=AlertType.RETRACTION,
        issued=TRIGGER + timedelta(minutes=80),
    )
    return grown(before, notice)


def grown(
    before: EventState,
    notice: Notice,
    *,
    statistics: SkyMapStatistics | None = None,
    observability: tuple[FacilityObservability, ...] | None = None,
) -> EventState:
    added = revision(len(before.revisions) + 1, notice, statistics=statistics, observability=observability)
    return replace(before, revisions=(*before.revisions, added), retracted=notice.retraction)


def grb() -> EventState:
    """A gamma-ray burst: no classification, no false-alarm rate, no distance, not analysed yet."""
    return story(revision(1, GRB_NOTICE))
