"""The examples of GCN Schema and real JSON notices, against a table filled in by reading them.

Divisors of a radius into a Gaussian width are sqrt(-2 ln(1 - c)): 1.5096 at 68 %, 2.1460 at 90 %.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from gcn.localisation import GBM_SYSTEMATICS
from gcn.notice import Notice, NoticeError
from gcn.registry import parse_notice
from skymaps.shapes import Cone, Ellipse, Polygon, Shape

NOTICES = "gcn-schema/gcn/notices"
D68, D90 = 1.5096, 2.1460

Where = tuple[float, float, float | None, float | None, bool | None, float | None]
"""RA, Dec, radius, containment, systematics included, divisor of the radius."""


@dataclass(frozen=True)
class Row:
    """What one example says."""

    path: str
    mission: str
    instrument: str | None
    kind: str
    event: str | None
    aliases: tuple[str, ...] = ()
    alert_type: str = "initial"
    role: str = "observation"
    trigger_time: str | None = None
    issued: str | None = None
    where: Where | None = None
    skymap: str | None = None
    shape: Shape | None = None
    far: float | None = None
    gated: bool = False


def cone(ra: float, dec: float, radius: float, **more: object) -> dict[str, object]:
    """A circle of 90 % drawn as such."""
    return {
        "where": (ra, dec, radius, 0.9, more.get("systematic"), D90),
        "skymap": more.get("skymap", "shape"),
        "shape": Cone(ra, dec, radius, 0.9),
    }


def gbm(
    name: str, kind: str, alert_type: str, issued: str, where: Where | None = None, **more: object
) -> Row:
    return Row(
        f"fermi/gbm/trigger.{name}",
        "Fermi",
        "GBM",
        kind,
        "Fermi:745121685",
        ("Fermi:bn240812094",),
        alert_type,
        trigger_time="2024-08-24T02:14:40.430000Z",
        issued=f"2024-08-24T02:{issued}Z",
        where=where,
        **more,  # type: ignore[arg-type]
    )


def svom(name: str, alert_type: str, systematic: bool | None, instrument: str = "ECLAIRs") -> Row:
    return Row(
        f"svom/{name}",
        "SVOM",
        instrument,
        "SVOM trigger alerts",
        "SVOM:sb24022203",
        (),
        alert_type,
        role="test",
        trigger_time="2024-02-22T08:51:31.320000Z",
        issued="2024-02-22T08:51:55Z",
        gated=True,
        **cone(143.2478, -68.0289, 0.1, systematic=systematic),  # type: ignore[arg-type]
    )


def frb(mission: str, name: str, event: str, alert_type: str, shape: Ellipse | None = None) -> Row:
    folder = {"CHIME": "chime", "DSA-110": "dsa110"}[mission]
    kind = {"CHIME": "CHIME/FRB Alert", "DSA-110": "DSA-110 FRB Alert"}[mission]
    radius = (shape.semi_major * shape.semi_minor) ** 0.5 if shape else None
    return Row(
        f"{folder}/frb.{name}",
        mission,
        None,
        kind,
        f"{mission}:{event}",
        alert_type=alert_type,
        trigger_time="2024-09-18T07:19:10.765268Z",
        where=(346.77850859547, 12.632485229956252, radius, 0.9, None, D90) if shape else None,
        skymap="shape" if shape else None,
        shape=shape,
    )


def maxi(name: str, alert_type: str, issued: str, **more: object) -> Row:
    return Row(
        f"maxi/gsc.unknown.{name}",
        "MAXI",
        "GSC",
        "MAXI/GSC Unknown Source Position",
        "MAXI:9995289617",
        ("GRB 230220A",),
        alert_type,
        trigger_time="2023-02-20T08:56:01Z",
        issued=f"2023-02-20T{issued}Z",
        **more,  # type: ignore[arg-type]
    )


def guano(name: str, alert_type: str, issued: str, **more: object) -> Row:
    return Row(
        f"swift/bat/{name}",
        "Swift",
        "BAT-GUANO",
        "Swift/BAT-GUANO Alert",
        "Swift:694215995",
        (),
        alert_type,
        trigger_time="2022-12-31T21:46:05.130000Z",
        issued=f"2023-01-01T{issued}Z",
        **more,  # type: ignore[arg-type]
    )


def superk(name: str, role: str, gated: bool) -> Row:
    return Row(
        f"superk/sn_alert.{name}",
        "Super-Kamiokande",
        None,
        "Super-Kamiokande Supernova Alert",
        "Super-Kamiokande:SN.095001.000001",
        ("Super-Kamiokande:10070",),
        role=role,
        trigger_time="2023-08-01T00:00:01Z",
        issued="2023-08-01T00:00:21Z",
        where=(270.82, 31.46, 0.91, 0.68, False, D68),
        skymap="shape",
        shape=Cone(270.82, 31.46, 0.91, 0.68),
        gated=gated,
    )


def burstcube(name: str, kind: str, role: str, gated: bool) -> Row:
    return Row(
        f"burstcube/{name}",
        "BurstCube",
        None,
        kind,
        "BurstCube:240601000",
        role=role,
        trigger_time="2024-06-01T00:00:00Z",
        issued="2024-06-01T00:05:00Z",
        gated=gated,
        **cone(232, -53.1, 10, systematic=False, skymap="url"),  # type: ignore[arg-type]
    )


CHIME_ELLIPSE = Ellipse(346.77850859547, 12.632485229956252, 0.598921231135782, 0.503806986334273, 90.0, 0.9)
DSA_ELLIPSE = Ellipse(346.77850859547, 12.632485229956252, 0.02, 0.016, 90.0, 0.9)
MAXI_CORNERS = ((345.72, 19.547), (345.464, 19.29), (347.309, 17.634), (347.566, 17.889))
GUANO_FAR = 1e-5

TABLE = (
    Row(
        "boom/alert",
        "BOOM",
        None,
        "Optical alerts",
        "BOOM:ZTF25acffkdr",
        issued="2025-11-30T10:28:57Z",
        where=(150.175649, 15.2832185, None, None, None, None),
    ),
    burstcube("alert", "BurstCube Trigger Alert", "observation", gated=False),
    burstcube("test", "BurstCube Test Alert", "test", gated=True),
    frb("CHIME", "detection", "427325191", "initial", CHIME_ELLIPSE),
    frb("CHIME", "retraction", "427325191", "retraction"),
    frb("CHIME", "subsequent", "427325192", "update", CHIME_ELLIPSE),
    frb("CHIME", "update", "427325191", "update"),
    frb("DSA-110", "detection", "240918aaaa", "initial", DSA_ELLIPSE),
    frb("DSA-110", "retraction", "240918aaaa", "retraction"),
    frb("DSA-110", "subsequent", "240918aaaa", "update", DSA_ELLIPSE),
    frb("DSA-110", "update", "240918aaaa", "update"),
    Row(
        "einstein_probe/wxt/alert",
        "Einstein Probe",
        "WXT",
        "EP/WXT Alert",
        "Einstein Probe:01708973486",
        trigger_time="2024-03-01T21:46:05.130000Z",
        **cone(120, 40, 0.02),  # type: ignore[arg-type]
    ),
    gbm("alert", "INITIAL_ALERT", "initial", "14:54"),
    gbm(
        "flight1",
        "FLIGHT_POSITION",
        "update",
        "14:56",
        (136.917, -78.117, 8.32, 0.68, True, D68),
        skymap="shape",
        shape=Cone(136.917, -78.117, 8.32, 0.68),
    ),
    gbm(
        "flight2",
        "FLIGHT_POSITION",
        "update",
        "15:03",
        (236.783, 66.633, 9.23, 0.68, True, D68),
        skymap="shape",
        shape=Cone(236.783, 66.633, 9.23, 0.68),
    ),
    gbm(
        "flight3",
        "FLIGHT_POSITION",
        "update",
        "15:13",
        (235.883, 68.683, 7.15, 0.68, True, D68),
        skymap="shape",
        shape=Cone(235.883, 68.683, 7.15, 0.68),
    ),
    gbm(
        "ground1",
        "GROUND_POSITION",
        "update",
        "16:11",
        (92.17, -66.98, 1.34, 0.68, False, D68),
        skymap="url",
        shape=Cone(92.17, -66.98, 1.34, 0.68, GBM_SYSTEMATICS["GND"]),
    ),
    gbm(
        "ground2",
        "GROUND_POSITION",
        "update",
        "16:35",
        (90.56, -67.87, 1.08, 0.68, False, D68),
        skymap="url",
        shape=Cone(90.56, -67.87, 1.08, 0.68, GBM_SYSTEMATICS["GND"]),
    ),
    gbm(
        "final",
        "FINAL_POSITION",
        "final",
        "24:04",
        (29.24, -63.62, 1, 0.68, False, D68),
        skymap="url",
        shape=Cone(29.24, -63.62, 1, 0.68, GBM_SYSTEMATICS["FIN"]),
    ),
    Row(
        "fermi/lat/flare",
        "Fermi",
        "LAT",
        "Fermi-LAT Flare Advocate Alert",
        "Fermi:OQ 334 2025-11-20",
        issued="2025-11-21T00:00:00Z",
        where=(215.62657, 32.38623, None, None, None, None),
        gated=True,  # a source of the 3FGL catalogue
    ),
    Row(
        "glowbug/Alert",
        "Glowbug",
        None,
        "Glowbug Alert Notice",
        "Glowbug:BUG230423.789",
        trigger_time="2023-04-23T15:20:11Z",
        issued="2023-04-23T15:25:55Z",
        far=0.2,
    ),
    Row(
        "heasarc/archive_alert",
        "HEASARC",
        None,
        "HEASARC - Data in Archive",
        None,
        role="utility",
        issued="2022-05-04T00:00:00Z",
        gated=True,
    ),
    Row(
        "icecube/lvk_nu_track_search",
        "IceCube",
        None,
        "IceCube LVK Alert Nu Track Search",
        "IceCube:nu-track-search-S230914ak",
        alert_type="update",  # of S230914ak-2-Preliminary
        trigger_time="2023-09-14T11:14:01Z",
        issued="2023-09-14T11:49:16.526000Z",
        where=(17.49, 16.18, None, None, None, None),
    ),
    Row(
        "icecube/single_neutrino_alerts.gold_bronze_track_alerts",
        "IceCube",
        "IC86",
        "Bronze Track Alert",
        "IceCube:137840_57034692",
        ("IceCube-230416A",),
        trigger_time="2023-04-16T05:22:26.150574Z",
        issued="2023-04-16T05:42:00Z",
        far=8.029e-8,
        **cone(345.82, 9.01, 0.5, systematic=False, skymap="url"),  # type: ignore[arg-type]
    ),
    Row(
        "km3net/alert",
        "KM3NeT",
        "ORCA024",
        "KM3NeT Alerts",
        "KM3NeT:1",
        ("KM3-240901A",),
        trigger_time="2024-09-01T01:16:47Z",
        issued="2024-09-01T12:01:00Z",
        far=8.029e-8,
        **cone(10.82, 20.01, 0.9, systematic=True),  # type: ignore[arg-type]
    ),
    Row(
        "km3net/alert.multiplet",
        "KM3NeT",
        "ARCA021",
        "KM3NeT Alerts",
        "KM3NeT:2",
        ("KM3-240901B",),
        trigger_time="2025-01-01T01:16:47Z",
        issued="2025-01-01T12:01:00Z",
        far=8.029e-8,
        **cone(13.81, 18.85, 0.41, systematic=True),  # type: ignore[arg-type]
    ),
    Row(
        "maxi/gsc.known",
        "MAXI",
        "GSC",
        "MAXI/GSC Known Source Position",
        "MAXI:0858800020",
        trigger_time="2025-07-02T14:35:59Z",
        issued="2025-07-03T03:38:48Z",
        where=(285.6, -9.2, None, None, None, None),
        gated=True,
    ),
    Row(
        "maxi/gsc.known.retraction",
        "MAXI",
        "GSC",
        "MAXI/GSC Known Source Position",
        "MAXI:0858800020",
        alert_type="retraction",
        trigger_time="2025-07-02T14:35:59Z",
        issued="2025-07-05T04:00:00Z",
        gated=True,
    ),
    maxi("circle", "update", "09:53:39", **cone(346.56, 18.61, 1.5, systematic=False)),
    maxi(
        "ellipse",
        "update",
        "09:53:39",
        where=(346.56, 18.61, (0.22 * 0.19) ** 0.5, 0.9, False, D90),
        skymap="shape",
        shape=Ellipse(346.56, 18.61, 0.22, 0.19, 153.0, 0.9),
    ),
    maxi("noerror", "initial", "06:19:49", where=(346.56, 18.61, None, None, None, None)),
    maxi(
        "rectangle",
        "update",
        "09:53:39",
        # sides of 0.3535 and 2.408 deg by hand: 0.851 deg², a circle of 0.5205 deg
        where=(346.56, 18.61, 0.5205, 0.9, False, D90),
        skymap="shape",
        shape=Polygon(MAXI_CORNERS),
    ),
    maxi("retraction", "retraction", "08:00:00"),
    superk("real", "observation", gated=False),
    superk("test", "test", gated=True),
    svom("eclairs/trigger.catalog", "initial", systematic=True),
    svom("eclairs/trigger.not-slewing", "update", systematic=True),
    svom("eclairs/trigger.slewing", "update", systematic=True),
    svom("eclairs/trigger.wakeup", "initial", systematic=True),
    svom("grm/trigger", "initial", systematic=None, instrument="GRM"),
    guano("Guano", "initial", "03:24:36", far=GUANO_FAR),
    guano("Guano.Retraction", "retraction", "03:24:36"),
    guano(
        "guano.loc_arc_min",
        "update",
        "05:33:01",
        far=GUANO_FAR,
        **cone(336.26, 25.139, 0.5, systematic=True),
    ),
)

REFUSED = {
    "swift/bat/guano.loc_map": "/healpix_file: a sky map of 7 characters is not base64",
    "core/Localization": "core/localization describes a part of a notice",
    "core/Pointing": "core/pointing describes a part of a notice",
    "core/Reporter": "core/reporter describes a part of a notice",
    "core/Spectral": "core/spectral describes a part of a notice",
    "core/Statistics": "core/statistics describes a part of a notice",
}
"""Examples that are no whole notice, and why."""


def example(shared_data: Path, name: str) -> Notice:
    return parse_notice((shared_data / NOTICES / f"{name}.example.json").read_bytes())


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.path)
def test_an_example_says_what_a_person_reads_in_it(row: Row, shared_data: Path) -> None:
    said = example(shared_data, row.path).to_dict()
    assert {
        name: said[name] for name in ("mission", "instrument", "kind", "event", "alert_type", "role")
    } == {
        "mission": row.mission,
        "instrument": row.instrument,
        "kind": row.kind,
        "event": row.event,
        "alert_type": row.alert_type,
        "role": row.role,
    }
    assert tuple(said["aliases"]) == row.aliases
    assert (said["trigger_time"], said["issued"], said["far"]) == (row.trigger_time, row.issued, row.far)
    assert bool(said["gates"]) is row.gated
    assert said["format"] == "gcn-json"


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.path)
def test_the_radius_of_an_example_means_what_its_mission_says(row: Row, shared_data: Path) -> None:
    notice = example(shared_data, row.path)
    if row.where is None:
        assert notice.position is None
    else:
        ra, dec, radius, containment, systematic, divisor = row.where
        position = notice.position
        assert position is not None
        assert (position.ra, position.dec) == (ra, dec)
        assert (position.containment, position.systematic_included) == (containment, systematic)
        if radius is None or divisor is None:
            assert (position.radius, position.sigma) == (None, None)
        else:
            assert position.radius == pytest.approx(radius, rel=1e-3)
            assert position.sigma == pytest.approx(radius / divisor, rel=1e-3)
    assert (notice.skymap.source.value if notice.skymap else None) == row.skymap
    assert (notice.skymap.shape if notice.skymap else None) == row.shape


@pytest.mark.parametrize("name", REFUSED, ids=str)
def test_what_is_no_whole_notice_is_refused_with_its_reason(name: str, shared_data: Path) -> None:
    with pytest.raises(NoticeError, match=REFUSED[name]):
        example(shared_data, name)


def test_every_example_of_the_schema_is_in_one_of_the_two_tables(shared_data: Path) -> None:
    found = {
        str(path.relative_to(shared_data / NOTICES)).removesuffix(".example.json")
        for path in (shared_data / NOTICES).rglob("*.example.json")
    }
    assert found == {row.path for row in TABLE} | REFUSED.keys()
    assert Counter(row.mission for row in TABLE) == {
        "Fermi": 8, "MAXI": 7, "SVOM": 5, "CHIME": 4, "DSA-110": 4, "Swift": 3, "BurstCube": 2, "IceCube": 2,
        "KM3NeT": 2, "Super-Kamiokande": 2, "BOOM": 1, "Einstein Probe": 1, "Glowbug": 1, "HEASARC": 1,
    }  # fmt: skip


# What the table does not hold

REAL_EP = {
    247: ("01709259773", "2026-04-09T11:45:11.949000Z", 184.664, -6.146, 0.05174976),
    248: ("01709259790", "2026-04-10T11:27:58.599000Z", 166.582, 45.017, 0.05126996),
    250: ("01709260122", "2026-04-14T05:13:09.749000Z", 238.247, 44.964, 0.05100463),
    251: ("01709260236", "2026-04-16T05:29:32.199000Z", 198.836, 31.59, 0.05180248),
    253: ("01709260314", "2026-04-20T09:25:12.700000Z", 210.692, -24.501, 0.05105083),
    254: ("01709260362", "2026-04-21T20:52:02.749000Z", 223.768, -11.374, 0.05137775),
    256: ("01709261349", "2026-05-02T06:08:51.949000Z", 272.19, -76.244, 0.05137455),
    257: ("01709261576", "2026-05-02T18:35:45.549000Z", 167.335, -77.502, 0.05125543),
}


@pytest.mark.parametrize("number", REAL_EP)
def test_real_einstein_probe_alerts_of_2026(number: int, shared_data: Path) -> None:
    path = shared_data / f"voevent/gcn-notice-parser/ep/alert/alert_{number}.json"
    said = parse_notice(path.read_bytes()).to_dict()
    identifier, time, ra, dec, radius = REAL_EP[number]
    assert (said["event"], said["trigger_time"]) == (f"Einstein Probe:{identifier}", time)
    position = said["position"]
    assert (position["ra"], position["dec"], position["radius"]) == (ra, dec, radius)
    assert position["sigma"] == pytest.approx(radius / D90, rel=1e-4)


def test_the_einstein_probe_alert_of_2024_has_no_id_and_is_known_by_its_time(shared_data: Path) -> None:
    notice = parse_notice((shared_data / "voevent/skyportal/EP240508.json").read_bytes())
    assert notice.event == "Einstein Probe:WXT 2024-05-08T07:38:01.151000Z"


def test_the_track_search_keeps_all_coincident_tracks_with_their_widths(shared_data: Path) -> None:
    notice = example(shared_data, "icecube/lvk_nu_track_search")
    tracks = notice.properties["coincident_events"]
    assert [(track["ra"], track["dec"], track["radius"], track["event_dt"]) for track in tracks] == [
        (17.48, 16.15, 0.5, 12.91),
        (13.82, 18.66, 0.5, 222.46),
    ]
    assert [track["sigma"] for track in tracks] == pytest.approx([0.5 / D90, 0.5 / D90], rel=1e-4)
    assert notice.properties["ref_ID"] == "S230914ak"
    assert notice.coincidence is None  # p of 0.019 and 0.055: routine


def test_the_earlier_form_of_the_track_search_is_read_too_and_its_mock_is_a_mock(shared_data: Path) -> None:
    notice = parse_notice((shared_data / "lvk-json/icecube-lvk/example.json").read_bytes())
    assert (notice.event, notice.role.value) == ("IceCube:nu-track-search-MS230427r", "mock")
    assert [track["radius"] for track in notice.properties["coincident_events"]] == [0.51, 1.53]
    assert notice.gates


def test_the_svom_catalogue_source_is_told_from_a_burst(shared_data: Path) -> None:
    catalogued = example(shared_data, "svom/eclairs/trigger.catalog")
    wakeup = example(shared_data, "svom/eclairs/trigger.wakeup")
    assert "ECLAIRs-Catalog" in catalogued.tags
    assert "ECLAIRs-Catalog" not in wakeup.tags
    assert any("catalogue" in reason for reason in catalogued.gates)
    assert "ECLAIRs-Slewing" in example(shared_data, "svom/eclairs/trigger.slewing").tags
    assert "ECLAIRs-Not-Slewing" in example(shared_data, "svom/eclairs/trigger.not-slewing").tags


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("boom/alert", {"transient"}),
        ("burstcube/alert", {"GRB"}),
        ("chime/frb.retraction", {"FRB", "retracted"}),
        ("einstein_probe/wxt/alert", {"transient"}),
        ("fermi/gbm/trigger.flight1", set()),  # below the horizon, it says
        ("fermi/gbm/trigger.flight3", {"GRB"}),
        ("fermi/gbm/trigger.final", {"GRB", "long"}),
        ("fermi/lat/flare", {"known source", "flare"}),
        ("icecube/single_neutrino_alerts.gold_bronze_track_alerts", {"neutrino", "Bronze"}),
        ("km3net/alert", {"neutrino"}),
        ("maxi/gsc.known", {"known source", "flare"}),
        ("superk/sn_alert.real", {"neutrino", "supernova"}),
        ("swift/bat/Guano", {"GRB"}),
    ],
)
def test_the_tags_say_what_a_notice_is_of(name: str, tags: set[str], shared_data: Path) -> None:
    assert example(shared_data, name).tags == tags


def test_the_map_of_a_gbm_final_position_is_fetched_over_https(shared_data: Path) -> None:
    skymap = example(shared_data, "fermi/gbm/trigger.final").skymap
    assert skymap is not None
    assert skymap.url == (
        "https://heasarc.gsfc.nasa.gov/FTP/fermi/data/gbm/triggers/2024/bn240812094/quicklook/"
        "glg_healpix_all_bn240812094.fit"
    )


def test_the_name_of_a_source_that_bursts_again_is_no_name_of_the_event(shared_data: Path) -> None:
    known = example(shared_data, "maxi/gsc.known")
    assert known.properties["event_name"] == "Swift J1858.6-0814"
    assert known.aliases == ()
    assert example(shared_data, "chime/frb.subsequent").aliases == ()


def test_classifications_are_probabilities_by_the_senders_names(shared_data: Path) -> None:
    assert example(shared_data, "fermi/gbm/trigger.flight3").classification == {
        "GRB": 0.85,
        "GENERIC_SGR": 0.14,
    }
    assert example(shared_data, "glowbug/Alert").classification == {"BNS": 0.9, "NSBH": 0.05, "BBH": 0.05}
    assert example(shared_data, "boom/alert").classification == {"Type II": 0.9}


def test_a_km3net_multiplet_keeps_its_events_and_its_50_percent_radius(shared_data: Path) -> None:
    properties = example(shared_data, "km3net/alert.multiplet").properties
    assert properties["src_error_50"] == 0.225
    assert [event["ra_dec_error"] for event in properties["event_details"]] == [0.69, 0.52]


def test_the_distance_of_a_galactic_supernova_is_kept(shared_data: Path) -> None:
    assert example(shared_data, "superk/sn_alert.real").properties["luminosity_distance"] == 0.0025
