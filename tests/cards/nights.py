"""Events as the desk would know them: S230518h with its published numbers, and one of each other kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from events.state import AssociationState, EventState, RevisionState
from facilities.observability import FacilityObservability
from gcn.notice import AlertType, Coincidence, MapSource, Notice, Position, Role, SkyMapRef
from skymaps.statistics import Peak, SkyMapStatistics

MERGER = datetime(2023, 5, 18, 12, 59, 8, 167000, tzinfo=UTC)
NOTICE = datetime(2023, 5, 18, 13, 38, tzinfo=UTC)
GRACEDB = "https://gracedb.ligo.org/superevents/S230518h/view/"


def statistics(**changes: object) -> SkyMapStatistics:
    base = SkyMapStatistics(
        pixels=19968,
        max_order=10,
        area_50=265.8,
        area_90=1002.0,
        probability_in_100_deg2=0.22,
        probability_in_500_deg2=0.71,
        peak=Peak(96.7, -45.2),
        distance_mean=275.5,
        distance_std=78.9,
        distance_05=146.0,
        distance_50=276.0,
        distance_95=405.0,
        volume_50=1.2e6,
        volume_90=7.9e6,
        galactic_fraction=0.2,
        sun_separation=71.2,
        moon_separation=86.4,
        modes_90=2,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def facility(name: str, probability: float, **changes: object) -> FacilityObservability:
    base = FacilityObservability(
        name=name,
        probability_now=probability,
        probability_tonight=probability,
        first=NOTICE,
        last=NOTICE + timedelta(hours=2),
        hours=1.4,
        best_airmass=1.2,
        peak_visible_now=True,
        minutes_to_peak=0.0,
        night_starts=NOTICE - timedelta(hours=2),
        night_ends=NOTICE + timedelta(hours=8),
        moon_illumination=0.02,
        moon_separation=86.0,
        tiles_50=61,
        tiles_90=212,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


DECAM = facility("DECam", 0.61)
MEERLICHT = facility(
    "MeerLICHT",
    0.33,
    probability_now=0.0,
    first=NOTICE + timedelta(hours=2, minutes=10),
    last=NOTICE + timedelta(hours=5),
    hours=2.0,
    tiles_90=301,
)
ZTF = facility(
    "ZTF", 0.0, first=None, last=None, hours=0.0, best_airmass=None, tiles_50=None, tiles_90=None,
    reason="peak never above airmass 2.5",
)  # fmt: skip


def gw_notice(**changes: object) -> Notice:
    base = Notice(
        format="igwn-json",
        mission="LVK",
        kind="PRELIMINARY",
        instrument="H1 L1",
        event="LVK:S230518h",
        alert_type=AlertType.PRELIMINARY,
        trigger_time=MERGER,
        issued=NOTICE,
        significant=True,
        far=3.218261352069347e-10,
        classification={"BNS": 0.0, "NSBH": 0.8642645, "BBH": 0.0367170, "Terrestrial": 0.0990184},
        properties={
            "group": "CBC",
            "pipeline": "pycbc",
            "search": "AllSky",
            "instruments": ["H1", "L1"],
            "HasNS": 1.0,
            "HasRemnant": 0.0,
            "HasMassGap": 0.0,
        },
        skymap=SkyMapRef(MapSource.EMBEDDED, content=b""),
        links={"gracedb": GRACEDB},
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def revision(number: int, notice: Notice, **changes: object) -> RevisionState:
    base = RevisionState(id=number, number=number, notice=notice, arrived=notice.issued or NOTICE)
    return replace(base, **changes)  # type: ignore[arg-type]


PRELIMINARY = revision(
    1,
    gw_notice(),
    statistics=statistics(),
    observability=(DECAM, MEERLICHT, ZTF),
    observability_at=NOTICE,
)
INITIAL = revision(
    2,
    gw_notice(
        kind="INITIAL",
        alert_type=AlertType.INITIAL,
        issued=datetime(2023, 5, 18, 16, 7, 18, tzinfo=UTC),
    ),
    statistics=statistics(
        area_50=179.7, area_90=666.0, distance_mean=277.9, distance_std=68.3, peak=Peak(100.0, -47.3)
    ),
    observability=(replace(DECAM, probability_tonight=0.74), MEERLICHT, ZTF),
    observability_at=datetime(2023, 5, 18, 16, 8, tzinfo=UTC),
)  # fmt: skip
RETRACTION = revision(
    3,
    Notice(
        format="igwn-json",
        mission="LVK",
        kind="RETRACTION",
        event="LVK:S230518h",
        alert_type=AlertType.RETRACTION,
        issued=datetime(2023, 5, 18, 15, 41, tzinfo=UTC),
        links={"gracedb": GRACEDB},
    ),
)


def event(*revisions: RevisionState, **changes: object) -> EventState:
    newest = revisions[-1].notice
    key = newest.event or "LVK:S230518h"
    base = EventState(
        id=1,
        event=key,
        name=key.partition(":")[2],
        mission=newest.mission,
        aliases=(),
        tags=newest.tags,
        role=newest.role,
        retracted=newest.retraction,
        trigger_time=next((r.notice.trigger_time for r in revisions if r.notice.trigger_time), None),
        revisions=revisions,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


S230518H = event(PRELIMINARY)
S230518H_INITIAL = event(PRELIMINARY, INITIAL)
S230518H_RETRACTED = event(PRELIMINARY, RETRACTION)

MOCK = event(
    revision(
        1,
        gw_notice(
            event="LVK:MS181101ab",
            role=Role.MOCK,
            alert_type=AlertType.EARLY_WARNING,
            kind="EARLYWARNING",
            classification={"BNS": 0.95, "NSBH": 0.03, "Terrestrial": 0.02},
            gates=("mock event",),
        ),
        statistics=statistics(area_50=8.9, area_90=31.0, distance_mean=39.8, distance_std=8.3, modes_90=1),
    )
)

COINCIDENT = event(
    revision(
        1,
        gw_notice(
            coincidence=Coincidence("Fermi", "GRB", 1.74, 4.5e-9, 3.1e-11),
            significant=False,
            far=2e-6,
        ),
        statistics=statistics(),
        observability=(),
        observability_at=NOTICE,
    ),
    associations=(
        AssociationState("Fermi:524666471", "GRB 170817A", 1.74, 31.4, 4.5e-9, 3.1e-11),
        AssociationState("IceCube:123_456", "IC170817B", -340.0, 0.0, 2.2e-6, None),
    ),
)

GRB = event(
    revision(
        1,
        Notice(
            format="voevent",
            mission="Fermi",
            instrument="GBM",
            kind="FERMI_GBM_FLT_POS",
            event="Fermi:745811685",
            trigger_time=datetime(2024, 8, 20, 1, 14, 40, tzinfo=UTC),
            issued=datetime(2024, 8, 20, 1, 15, 3, tzinfo=UTC),
            position=Position(214.57, -12.44, 6.8, 0.68, False, 4.5),
            skymap=SkyMapRef(MapSource.SHAPE),
            properties={"Data_Signif": 9.7, "Hardness_Ratio": 0.83},
            tags=frozenset({"GRB", "short"}),
        ),
        statistics=statistics(
            area_50=210.0, area_90=1463.0, distance_mean=None, distance_std=None, peak=Peak(214.57, -12.44)
        ),
        observability=(replace(ZTF, probability_tonight=0.42, first=datetime(2024, 8, 20, 4, 0, tzinfo=UTC),
                               last=datetime(2024, 8, 20, 6, 0, tzinfo=UTC), hours=1.9, tiles_90=31),),
    ),
    name="Fermi 745811685",
)  # fmt: skip

EINSTEIN_PROBE = event(
    revision(
        1,
        Notice(
            format="gcn-json",
            mission="Einstein Probe",
            instrument="WXT",
            kind="WXT alert",
            event="Einstein Probe:01708973486",
            trigger_time=datetime(2024, 3, 1, 21, 46, 5, tzinfo=UTC),
            issued=datetime(2024, 3, 1, 22, 10, tzinfo=UTC),
            position=Position(120.0, 40.0, 0.02, 0.9, True, 0.009),
            skymap=SkyMapRef(MapSource.SHAPE),
            properties={"image_snr": 12.3, "net_count_rate": 1.0},
        ),
    ),
    name="EP240301a",
)

NEUTRINO = event(
    revision(
        1,
        Notice(
            format="gcn-json",
            mission="IceCube",
            kind="Gold Track Alert",
            event="IceCube:139645_12345",
            trigger_time=datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC),
            issued=datetime(2026, 11, 20, 1, 2, 50, tzinfo=UTC),
            far=1.3e-8,
            position=Position(77.36, 5.69, 0.51, 0.9, False, 0.24),
            properties={"signalness": 0.567, "nu_energy": 290.0},
        ),
        analysis_error="FITS file is cut off at 5,760 bytes <!channel>",
    ),
    name="IC261120A",
)

UNKNOWN = event(
    revision(
        1,
        Notice(
            format="voevent",
            mission="HAWC",
            kind="HAWC_BURST_MONITOR *new*",
            event="HAWC:17",
            alert_type=AlertType.OTHER,
            issued=datetime(2026, 11, 20, 1, 2, 50, tzinfo=UTC),
            properties={"n_hits": 31, "comment": "see <http://evil|GraceDB>\u202e & @here"},
            tags=frozenset({"transient"}),
        ),
    ),
    name="HAWC 17",
)

CIRCULAR = revision(
    2,
    Notice(
        format="circular",
        mission="LVK",
        kind="circular",
        event="LVK:S230518h",
        issued=datetime(2023, 5, 18, 17, 0, tzinfo=UTC),
        properties={
            "subject": "LIGO/Virgo/KAGRA S230518h: Identification of a GW compact binary merger candidate",
            "submitter": "A. Person at LVK <a.person@example.org>",
            "body": "The LVK Collaboration reports:\n\nWe identified *it*.",
        },
        links={"circular": "https://gcn.nasa.gov/circulars/33813"},
        gates=("a circular is a report to read, not an alert",),
    ),
)
CIRCULAR_ALONE = event(CIRCULAR)
S230518H_WITH_CIRCULAR = event(PRELIMINARY, CIRCULAR)
